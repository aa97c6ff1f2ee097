package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/xid"
)

// demoClients is how many clients move money at a time.
const demoClients = 4

// demoDecisions are the transfers that were decided to commit, by their gtrid:
// what a coordinator keeps, here in memory, for nobody kills the demo.
type demoDecisions struct {
	mu      sync.Mutex
	commits map[string]bool
	split   string // the transfer that was cut in half
}

func (d *demoDecisions) commit(gtrid string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commits[gtrid] = true
}

func (d *demoDecisions) has(gtrid string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.commits[gtrid]
}

func (d *demoDecisions) isSplit(p xid.Prepared) bool { return string(p.XID.Gtrid()) == d.split }

// bankTraffic moves money between two banks until one of them is gone.
type bankTraffic struct {
	north, south *demoBank
	decisions    *demoDecisions
	done         atomic.Int64 // transfers that were acknowledged
	wg           sync.WaitGroup
}

// startTraffic lets clients move money; wait returns when their connections
// are broken.
func startTraffic(ctx context.Context, north, south *demoBank) (*bankTraffic, error) {
	t := &bankTraffic{north: north, south: south, decisions: &demoDecisions{commits: map[string]bool{}}}
	for i := range demoClients {
		pair, err := t.pair(ctx)
		if err != nil {
			return nil, err
		}
		t.wg.Go(func() {
			defer pair.close()
			for n := 0; ; n++ {
				if err := t.transfer(ctx, pair, fmt.Sprintf("client-%d-%d", i, n)); err != nil {
					return // the connections are gone
				}
			}
		})
	}
	return t, nil
}

func (t *bankTraffic) wait() { t.wg.Wait() }

// A connPair is a client's connections to both banks.
type connPair struct{ north, south *sql.Conn }

func (t *bankTraffic) pair(ctx context.Context) (p connPair, err error) {
	if p.north, err = t.north.db.Conn(ctx); err != nil {
		return p, err
	}
	if p.south, err = t.south.db.Conn(ctx); err != nil {
		_ = p.north.Close() // the first error matters
	}
	return p, err
}

func (p connPair) close() { _ = errors.Join(p.north.Close(), p.south.Close()) } // only connections are lost

// halves are a transfer's two.
func halves(gtrid string) (north, south string) {
	return "'" + gtrid + "','north'", "'" + gtrid + "','south'"
}

// prepare prepares a transfer on both: always on north first, so that no two
// transfers wait for each other.
func (p connPair) prepare(ctx context.Context, gtrid string) error {
	north, south := halves(gtrid)
	amount := 1 + rand.IntN(demoBalance/10)
	if rand.IntN(2) == 0 {
		amount = -amount
	}
	if err := prepare(ctx, p.north, north, rand.IntN(demoAccounts), -amount); err != nil {
		return err
	}
	return prepare(ctx, p.south, south, rand.IntN(demoAccounts), amount)
}

// transfer is one from the first statement to both commits.
func (t *bankTraffic) transfer(ctx context.Context, p connPair, gtrid string) error {
	if err := p.prepare(ctx, gtrid); err != nil {
		return err
	}
	t.decisions.commit(gtrid)
	north, south := halves(gtrid)
	if err := errors.Join(runAll(ctx, p.north, "XA COMMIT "+north), runAll(ctx, p.south, "XA COMMIT "+south)); err != nil {
		return err
	}
	t.done.Add(1)
	return nil
}

// half is a transfer that ends with the commit on north.
func (t *bankTraffic) half(ctx context.Context) (gtrid string, err error) {
	p, err := t.pair(ctx)
	if err != nil {
		return "", err
	}
	defer p.close()
	gtrid = "mid-commit"
	if err := p.prepare(ctx, gtrid); err != nil {
		return gtrid, err
	}
	t.decisions.split = gtrid
	t.decisions.commit(gtrid)
	north, _ := halves(gtrid)
	return gtrid, runAll(ctx, p.north, "XA COMMIT "+north)
}
