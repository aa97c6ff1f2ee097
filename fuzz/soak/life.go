package soak

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/xid"
)

const (
	clients  = 8
	accounts = 20
	balance  = 1000 // of each account at first
)

// counts are what a run did.
type counts struct {
	commits, conflicts, branches, refused, scans, events, backups atomic.Int64
}

// A life is one time that a store is open.
type life struct {
	dir   string
	disk  *disk
	book  *ledger
	count *counts
	told  func(format string, args ...any) // tells a parent what a client was told

	db     *xadb.DB
	rows   *xadb.Table // a client's number, by client
	money  *xadb.Table
	trail  *xadb.Table // rows that come and go
	seed   uint64
	binlog bool
}

func (l *life) open(ctx context.Context) (err error) {
	l.db, err = xadb.Open(ctx, l.dir, xadb.Options{
		FS: l.disk, Binlog: l.binlog, LockTimeout: 100 * time.Millisecond, LockFileTimeout: 20 * time.Second,
		MemTableSize: 4 << 20, CacheSize: 8 << 20,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return err
	}
	for _, t := range []struct {
		to   **xadb.Table
		name string
	}{{&l.rows, "rows"}, {&l.money, "money"}, {&l.trail, "trail"}} {
		if *t.to, err = l.db.Table(ctx, t.name); err != nil {
			return err
		}
	}
	return nil
}

func key(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// found makes the accounts of a new store, and compares an old one with the
// ledger.
func (l *life) found(ctx context.Context) error {
	var list []xid.XID
	for p, err := range l.db.Recover(ctx) {
		if err != nil {
			return err
		}
		list = append(list, p.XID)
	}
	if err := l.book.listed(list); err != nil {
		return err
	}
	for i, x := range list { // settle them, one way or the other
		var err error
		if i%2 == 0 {
			err = l.db.CommitXID(ctx, x)
		} else {
			err = l.db.RollbackXID(ctx, x)
		}
		if err != nil {
			return fmt.Errorf("soak: deciding %s: %w", x, err)
		}
	}
	clear(l.book.certain)
	clear(l.book.unsure)
	err := l.db.Update(ctx, func(tx *xadb.Tx) error {
		if _, ok, err := tx.Get(l.money, key(0)); err != nil || ok {
			return err
		}
		for a := range accounts {
			if err := tx.Put(l.money, key(a), number(balance)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.db.View(ctx, func(s *xadb.Snap) error {
		for c := range clients {
			val, ok, err := s.Get(l.rows, key(c))
			if err != nil {
				return err
			}
			n := uint64(0)
			if ok {
				n = binary.BigEndian.Uint64(val)
			}
			if err := l.book.found(c, n); err != nil {
				return err
			}
		}
		return l.sum(s)
	})
}

// sum is S2.
func (l *life) sum(s *xadb.Snap) error {
	total, n := uint64(0), 0
	for row, err := range s.Scan(l.money, xadb.Range{}) {
		if err != nil {
			return err
		}
		total += binary.BigEndian.Uint64(row.Value)
		n++
	}
	l.count.scans.Add(1)
	if n != accounts || total != accounts*balance {
		return fmt.Errorf("soak: %d accounts hold %d", n, total)
	}
	return nil
}

// run lets everybody work for a while.
func (l *life) run(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, clients+3)
	work := func(fn func(context.Context) error) {
		wg.Go(func() {
			if err := fn(ctx); err != nil && !l.over(ctx, err) {
				errs <- err
				cancel()
			}
		})
	}
	for c := range clients {
		cl := &client{life: l, id: c, rand: rand.New(rand.NewPCG(l.seed, uint64(c)))}
		work(cl.run)
	}
	work(l.watch)
	if l.binlog {
		work(l.follow)
	}
	work(l.copy)
	wg.Wait()
	close(errs)
	return errors.Join(<-errs, nil)
}

// over reports whether an error is only the end of this life.
func (l *life) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) ||
		errors.Is(err, xadb.ErrPoisoned)
}

// watch adds up the accounts again and again.
func (l *life) watch(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.db.View(ctx, l.sum); err != nil {
			return err
		}
	}
	return nil
}

// copy backs the store up to nowhere.
func (l *life) copy(ctx context.Context) error {
	for ctx.Err() == nil {
		_, err := l.db.Backup(ctx, io.Discard, xadb.BackupOptions{})
		if err == nil {
			l.count.backups.Add(1)
		} else if !errors.Is(err, xadb.ErrDiskFull) {
			return err
		}
		pause(ctx, 300*time.Millisecond)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// follow is S4: the numbers of each client go up, none comes twice.
func (l *life) follow(ctx context.Context) error {
	var last [clients]uint64
	index := int64(0)
	for ev, err := range l.db.Changes(ctx, xadb.From(0)) {
		if err != nil {
			return err
		}
		l.count.events.Add(1)
		if ev.Index <= index {
			return fmt.Errorf("soak: event %d behind %d", ev.Index, index)
		}
		index = ev.Index
		for _, c := range ev.Changes {
			if c.Table != "rows" {
				continue
			}
			i, n := binary.BigEndian.Uint32(c.Key), binary.BigEndian.Uint64(c.After)
			if n <= last[i] {
				return fmt.Errorf("soak: the feed says %d of client %d behind %d", n, i, last[i])
			}
			last[i] = n
		}
	}
	return nil
}
