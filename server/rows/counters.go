package rows

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// How many numbers are leased at once: twice as many each time, so that a start
// loses few of a table that is seldom written to.
const (
	leaseMin = 16
	leaseMax = 1024
)

// leasesMax bounds the leases kept, and churnMax the tables whose changes are
// counted; beyond it all are forgotten.
const (
	leasesMax = 4096
	churnMax  = 4096
)

// Counters give out AUTO_INCREMENT values and hidden row IDs, in blocks leased
// from the catalog (W4).
type Counters struct {
	catalog    *catalog.Catalog
	autonomous Autonomous

	mu     sync.Mutex // guards leases and churn
	leases map[leaseKey]*lease
	churn  map[uint32]*atomic.Uint64 // rows inserted and deleted, by table
}

type leaseKey struct {
	table uint32
	of    catalog.Counter
}

// A lease is the numbers [next, end) that nobody else gives out.
type lease struct {
	mu        sync.Mutex // held while it is renewed
	next, end uint64
	size      uint64 // of the last block
}

// NewCounters returns Counters. autonomous runs f in a transaction of its own
// and commits it. Nil: each number is taken in the transaction that uses it,
// which holds the counter until it ends.
func NewCounters(c *catalog.Catalog, autonomous Autonomous) *Counters {
	return &Counters{catalog: c, autonomous: autonomous, leases: make(map[leaseKey]*lease), churn: make(map[uint32]*atomic.Uint64)}
}

// Churn counts the rows that were inserted into a table and deleted from it since
// somebody asked first, whatever became of their transactions.
func (c *Counters) Churn(t *catalog.Table) *atomic.Uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.churn[t.ID]
	if n == nil {
		if len(c.churn) >= churnMax {
			clear(c.churn)
		}
		n = new(atomic.Uint64)
		c.churn[t.ID] = n
	}
	return n
}

func (c *Counters) lease(t *catalog.Table, of catalog.Counter) *lease {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := leaseKey{t.ID, of}
	l := c.leases[key]
	if l == nil {
		if len(c.leases) >= leasesMax {
			clear(c.leases)
		}
		l = new(lease)
		c.leases[key] = l
	}
	return l
}

// Take gives out n numbers in a row and returns the first. When they are used up
// it is ER_AUTOINC_READ_FAILED.
func (c *Counters) Take(ctx context.Context, txn Txn, t *catalog.Table, of catalog.Counter, n int) (first uint64, err error) {
	l := c.lease(t, of)
	l.mu.Lock()
	defer l.mu.Unlock()
	want := uint64(n)
	if l.end-l.next < want {
		if err := c.renew(ctx, txn, t, of, l, 0, want); err != nil {
			return 0, err
		}
	}
	if l.end-l.next < want {
		return 0, mysqlerr.New(mysqlerr.AutoIncReadFailed)
	}
	first = l.next
	l.next += want
	return first, nil
}

// Raise keeps the counter above a number that was chosen by somebody else.
func (c *Counters) Raise(ctx context.Context, txn Txn, t *catalog.Table, of catalog.Counter, used uint64) error {
	least := used
	if least < math.MaxUint64 {
		least++
	}
	l := c.lease(t, of)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next >= least {
		return nil
	}
	if least > l.end {
		return c.renew(ctx, txn, t, of, l, least, 0)
	}
	l.next = least
	return nil
}

// Reset makes next the number that is given out next, also if that is less than before.
// The caller has the table Exclusive, and knows that no row has next or a larger one.
// The transaction that writes it is one of its own, as ever: should the caller's fail,
// what it knew of the rows is still so.
func (c *Counters) Reset(ctx context.Context, txn Txn, t *catalog.Table, of catalog.Counter, next uint64) error {
	l := c.lease(t, of)
	l.mu.Lock()
	defer l.mu.Unlock()
	run := c.autonomous
	if run == nil {
		run = func(_ context.Context, f func(Txn) error) error { return f(txn) }
	}
	// Whatever becomes of it: numbers are leased anew, from what the catalog has.
	l.next, l.end, l.size = 0, 0, 0
	return run(ctx, func(txn Txn) error { return c.catalog.Reset(ctx, txn, t, of, next) })
}

// Next is the number that would be given out next, as far as this process
// knows.
func (c *Counters) Next(txn Txn, t *catalog.Table, of catalog.Counter) (uint64, error) {
	l := c.lease(t, of)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end > l.next {
		return l.next, nil
	}
	return c.catalog.Next(txn, t, of)
}

// renew leases at least want numbers more, none below least. What is left of
// the old block stays, if the new one follows on it.
func (c *Counters) renew(ctx context.Context, txn Txn, t *catalog.Table, of catalog.Counter, l *lease, least, want uint64) error {
	run, size := c.autonomous, max(want, min(2*l.size, leaseMax), leaseMin)
	if run == nil {
		size = want
		run = func(_ context.Context, f func(Txn) error) error { return f(txn) }
	}
	return run(ctx, func(txn Txn) error {
		first, taken, err := c.catalog.Take(ctx, txn, t, of, least, size)
		if err != nil {
			return err
		}
		if first != l.end || l.next < least {
			l.next = first
		}
		l.end, l.size = first+taken, size
		return nil
	})
}
