package exec

import (
	"errors"
	"hash/maphash"
	"math"
	"time"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
)

// How many rows are looked at to tell how many values an index has, by and by and by
// ANALYZE TABLE, and how many rows the latter counts.
const (
	sampleMax        = 4096
	analyzeSampleMax = 1 << 17
	analyzeMax       = 1 << 21
)

// A cardinality is how many values there are of the first parts of a table's keys: the
// primary key's first, then its indexes'.
type cardinality struct {
	values [][]uint64
	keys   []uint32 // the indexes that they are of
	at     time.Time
	churn  uint64
	whole  bool // ANALYZE TABLE has told
}

// Cardinality estimates how many values there are of the first parts of a table's keys:
// of the primary key, unless it has none, and then of its indexes.
func (e *Executor) Cardinality(txn Txn, t *catalog.Table, now time.Time) ([][]uint64, error) {
	k := e.sizes.of(t.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	churn := e.counters.Churn(t).Load()
	if err := k.renew(txn, t, now, churn); err != nil {
		return nil, err
	}
	c := &k.keys
	moved := churn - c.churn
	fresh := c.whole || now.Sub(c.at).Abs() <= sizeAgeMax
	if c.values != nil && c.of(t) && fresh && moved*churnShare <= max(k.known.Rows, churnMin*churnShare) {
		return c.values, nil
	}
	return k.sample(txn, t, now, churn, sampleMax)
}

// Analyze counts a table's rows, and the values of its keys, better than what asks for
// them on the way.
func (e *Executor) Analyze(txn Txn, t *catalog.Table, now time.Time) error {
	k := e.sizes.of(t.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	churn := e.counters.Churn(t).Load()
	k.at, k.churn, k.from, k.part = now, churn, nil, Size{}
	for counted := 0; counted < analyzeMax; counted += countMax {
		if err := k.count(txn, t.Space()); err != nil {
			return err
		}
		if k.from == nil {
			break
		}
	}
	_, err := k.sample(txn, t, now, churn, analyzeSampleMax)
	k.keys.whole = true
	return err
}

// of reports whether the indexes are still the table's.
func (c *cardinality) of(t *catalog.Table) bool {
	if len(c.keys) != len(t.Indexes) {
		return false
	}
	for i, id := range c.keys {
		if t.Indexes[i].ID != id {
			return false
		}
	}
	return true
}

// sample looks at a table's first rows.
func (k *counted) sample(txn Txn, t *catalog.Table, now time.Time, churn uint64, most int) (_ [][]uint64, err error) {
	s := newSample(t)
	it := txn.ScanNow(t.Space(), nil, nil)
	defer func() { err = errors.Join(err, it.Close()) }()
	for s.rows < most && it.Next() {
		if err := s.add(it.Value()); err != nil {
			return nil, err
		}
	}
	if err := it.Err(); err != nil {
		return nil, err
	}
	total := k.known.Rows
	if s.rows < most {
		total = uint64(s.rows)
	}
	c := cardinality{at: now, churn: churn, values: s.values(max(total, uint64(s.rows)))}
	for i := range t.Indexes {
		c.keys = append(c.keys, t.Indexes[i].ID)
	}
	k.keys = c
	return c.values, nil
}

// A sample is some rows of a table.
type sample struct {
	table *catalog.Table
	keys  []*catalog.Index
	seen  [][]map[uint64]bool // by key and number of parts: whether a value was seen once only
	rows  int
	seed  maphash.Seed
}

func newSample(t *catalog.Table) *sample {
	s := &sample{table: t, seed: maphash.MakeSeed()}
	if parts := t.PrimaryParts(); len(parts) > 0 {
		s.keys = append(s.keys, &catalog.Index{Name: catalog.PrimaryName, Unique: true, Columns: parts})
	}
	for i := range t.Indexes {
		s.keys = append(s.keys, &t.Indexes[i])
	}
	for _, ix := range s.keys {
		parts := make([]map[uint64]bool, len(ix.Columns))
		for i := range parts {
			parts[i] = map[uint64]bool{}
		}
		s.seen = append(s.seen, parts)
	}
	return s
}

func (s *sample) add(row []byte) error {
	values, err := rows.Decode(s.table, row)
	if err != nil {
		return err
	}
	s.rows++
	for i, ix := range s.keys {
		if ix.IsEmpty() {
			continue
		}
		var key []byte
		for at, p := range ix.Columns {
			if key, err = s.table.AppendPart(key, ix, at, values[p.Column]); err != nil {
				return err
			}
			hash := maphash.Bytes(s.seed, key)
			_, before := s.seen[i][at][hash]
			s.seen[i][at][hash] = !before
		}
	}
	return nil
}

// values is how many there may be among so many rows: values that were seen once have
// more beside them that were not.
func (s *sample) values(total uint64) [][]uint64 {
	out := make([][]uint64, len(s.keys))
	for i, parts := range s.seen {
		for _, seen := range parts {
			if s.keys[i].IsEmpty() { // MySQL tells as many as rows
				out[i] = append(out[i], total)
				continue
			}
			once := 0
			for _, is := range seen {
				if is {
					once++
				}
			}
			out[i] = append(out[i], estimate(len(seen), once, s.rows, total))
		}
	}
	return out
}

// estimate is the jackknife's: of n rows among total, once values were seen once.
func estimate(distinct, once, n int, total uint64) uint64 {
	if n == 0 || total <= uint64(n) {
		return uint64(distinct)
	}
	rest := float64(n-once) + float64(once)*float64(n)/float64(total)
	return min(total, uint64(math.Round(float64(n)*float64(distinct)/rest)))
}
