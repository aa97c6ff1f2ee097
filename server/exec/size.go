package exec

import (
	"sync"
	"time"

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

// A Size is about how many rows a table has, and their bytes.
type Size struct{ Rows, Bytes uint64 }

func (s *Size) add(key, value []byte) {
	s.Rows++
	s.Bytes += uint64(len(key) + len(value))
}

// sizes are those of all tables, by ID.
type sizes struct {
	mu     sync.Mutex // guards tables
	tables map[uint32]*counted
}

// A counted is a table's size, and how far it was counted the last time.
type counted struct {
	mu    sync.Mutex // held while it is counted
	known Size
	part  Size   // of the rows before from
	from  []byte // nil: it was counted to the end
	at    time.Time
	churn uint64 // at that time
	keys  cardinality
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

// SizeOf estimates a table's size.
func (e *Executor) SizeOf(txn Txn, t *catalog.Table, now time.Time) (Size, error) {
	k := e.sizes.of(t.ID)
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.renew(txn, t, now, e.counters.Churn(t).Load())
	return k.known, err
}

// renew counts, if there is something to count.
func (k *counted) renew(txn Txn, t *catalog.Table, now time.Time, churn uint64) error {
	if k.from == nil {
		if !k.stale(now, churn) {
			return nil
		}
		k.at, k.churn = now, churn
	}
	return k.count(txn, t.Space())
}

func (k *counted) stale(now time.Time, churn uint64) bool {
	moved := churn - k.churn
	return k.at.IsZero() || now.Sub(k.at).Abs() > sizeAgeMax || moved > churnMin && moved*churnShare > k.known.Rows
}

// count goes on to count rows, as they are now: the statement's snapshot is not
// taken for an estimate.
func (k *counted) count(txn Txn, space catalog.Space) (err error) {
	it := txn.ScanNow(space, k.from, nil)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for n := 0; it.Next(); n++ {
		if n == countMax {
			k.from = append([]byte{}, it.Key()...)
			k.known.Rows, k.known.Bytes = max(k.known.Rows, k.part.Rows), max(k.known.Bytes, k.part.Bytes)
			return nil
		}
		k.part.add(it.Key(), it.Value())
	}
	if err := it.Err(); err != nil {
		return err
	}
	k.known, k.part, k.from = k.part, Size{}, nil
	return nil
}
