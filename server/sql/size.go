package sql

import (
	"sync"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
)

// How the sizes of tables are estimated: rows are counted, for countMax rows in
// one statement at most; the next statement that asks goes on from there. A
// table is counted again when an eighth of it has come or gone, or after
// sizeAgeMax: what was prepared long ago may have been committed since.
const (
	countMax   = 8192
	churnShare = 8
	churnMin   = 32
	sizeAgeMax = 10 * time.Second
)

// sizesMax bounds the tables whose sizes are kept; beyond it all are forgotten.
const sizesMax = 4096

// A size is about how many rows a table has, and their bytes.
type size struct{ rows, bytes uint64 }

func (s *size) add(key, value []byte) {
	s.rows++
	s.bytes += uint64(len(key) + len(value))
}

// sizes are those of all tables, by ID.
type sizes struct {
	mu     sync.Mutex // guards tables
	tables map[uint32]*counted
}

// A counted is a table's size, and how far it was counted the last time.
type counted struct {
	mu    sync.Mutex // held while it is counted
	known size
	part  size   // of the rows before from
	from  []byte // nil: it was counted to the end
	at    time.Time
	churn uint64 // at that time
}

func (s *sizes) of(id uint32) *counted {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.tables[id]
	if k == nil {
		if s.tables == nil || len(s.tables) >= sizesMax {
			s.tables = make(map[uint32]*counted)
		}
		k = new(counted)
		s.tables[id] = k
	}
	return k
}

// forget makes the next statement count a table again.
func (s *sizes) forget(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tables, id)
}

// sizeOf estimates a table's size, once a statement.
func (c *call) sizeOf(t *table) (size, error) {
	if t.size != nil {
		return *t.size, nil
	}
	k := c.sizes.of(t.def.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	churn := c.exec.Counters().Churn(t.def).Load()
	if k.from != nil || k.stale(c.env.Now, churn) {
		if k.from == nil {
			k.at, k.churn = c.env.Now, churn
		}
		if err := k.count(c, t.def.Space()); err != nil {
			return size{}, err
		}
	}
	known := k.known
	t.size = &known
	return known, nil
}

func (k *counted) stale(now time.Time, churn uint64) bool {
	moved := churn - k.churn
	return k.at.IsZero() || now.Sub(k.at).Abs() > sizeAgeMax || moved > churnMin && moved*churnShare > k.known.rows
}

// count goes on to count rows, as they are now: the statement's snapshot is not
// taken for an estimate.
func (k *counted) count(c *call, space catalog.Space) (err error) {
	it := c.env.Txn.ScanNow(space, k.from, nil)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for n := 0; it.Next(); n++ {
		if n == countMax {
			k.from = append([]byte{}, it.Key()...)
			k.known.rows, k.known.bytes = max(k.known.rows, k.part.rows), max(k.known.bytes, k.part.bytes)
			return nil
		}
		k.part.add(it.Key(), it.Value())
	}
	if err := it.Err(); err != nil {
		return err
	}
	k.known, k.part, k.from = k.part, size{}, nil
	return nil
}

// lockedMin is the least size that the library is told of a table whose rows are
// locked as they are read: it reads small tables as a whole, but each row that
// is not asked for is one more that others wait for.
const lockedMin = 1024

// RowCount implements gms.StatisticsTable. It is never exact: the library would
// answer COUNT(*) with it.
func (t *table) RowCount(*gms.Context) (uint64, bool, error) {
	s, err := t.c.sizeOf(t)
	if t.mode != 0 {
		s.rows = max(s.rows, lockedMin)
	}
	return s.rows, false, err
}

// DataLength implements gms.StatisticsTable.
func (t *table) DataLength(*gms.Context) (uint64, error) {
	s, err := t.c.sizeOf(t)
	return s.bytes, err
}

// statistics implements gms.StatsProvider with nothing but the sizes that tables
// tell themselves: the library keeps what its own provider learns without locks
// and for ever.
type statistics struct{}

var _ gms.StatsProvider = statistics{}

// GetTableStats implements gms.StatsProvider.
func (statistics) GetTableStats(*gms.Context, string, gms.Table) ([]gms.Statistic, error) {
	return nil, nil
}

// AnalyzeTable implements gms.StatsProvider.
func (statistics) AnalyzeTable(_ *gms.Context, t gms.Table, _ string) error {
	if t, is := t.(*table); is {
		t.c.sizes.forget(t.def.ID)
	}
	return nil
}

// SetStats implements gms.StatsProvider.
func (statistics) SetStats(*gms.Context, gms.Statistic) error { return unsupported("histograms") }

// GetStats implements gms.StatsProvider.
func (statistics) GetStats(*gms.Context, gms.StatQualifier, []string) (gms.Statistic, bool) {
	return nil, false
}

// DropStats implements gms.StatsProvider.
func (statistics) DropStats(*gms.Context, gms.StatQualifier, []string) error { return nil }

// DropDbStats implements gms.StatsProvider.
func (statistics) DropDbStats(*gms.Context, string, bool) error { return nil }

// RowCount implements gms.StatsProvider: 0 sends the library to the table.
func (statistics) RowCount(*gms.Context, string, gms.Table) (uint64, error) { return 0, nil }

// DataLength implements gms.StatsProvider.
func (statistics) DataLength(*gms.Context, string, gms.Table) (uint64, error) { return 0, nil }
