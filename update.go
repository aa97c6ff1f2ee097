package xadb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// UpdateTries is how often Update runs its function, at most.
	UpdateTries = 100
	// The pause before try n is drawn from the upper half of a bound that
	// begins here, doubles with each try, and ends there.
	pauseFirst = time.Millisecond
	pauseMax   = 64 * time.Millisecond
)

// Update runs fn in a transaction and commits it. When fn or the commit fails
// with ErrConflict or ErrDeadlock, the transaction is rolled back and, after a
// short random pause, fn is run again in a new one, UpdateTries times at most
// and not after ctx has ended; so fn must not change anything outside of the
// transaction that a second run would not overwrite. Any other error rolls
// back and is returned as it is; so does a panic, which goes on. Fn must not
// keep tx, and must neither commit nor prepare it.
//
// An Update inside of fn is another transaction: it sees nothing that fn has
// written, and waits for a row that fn has locked until the lock timeout.
func (db *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	return db.UpdateWith(ctx, TxOptions{}, fn)
}

// UpdateWith is Update with transactions as the options say: under
// Serializable, what fn has read stays true until the commit, too.
func (db *DB) UpdateWith(ctx context.Context, o TxOptions, fn func(tx *Tx) error) error {
	if err := db.calls.enter(); err != nil {
		return err
	}
	defer db.calls.exit()
	if err := cmp.Or(ctx.Err(), o.validate()); err != nil {
		return err
	}
	return db.retry(ctx, func() error { return db.updateOnce(ctx, o, fn) })
}

func (db *DB) updateOnce(ctx context.Context, o TxOptions, fn func(tx *Tx) error) error {
	tx := db.begin(ctx, o)
	defer tx.abort() // also when fn panics
	if err := fn(tx); err != nil {
		return err
	}
	return tx.commit(ctx)
}

// retry calls try until it succeeds, or fails for good.
func (db *DB) retry(ctx context.Context, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		switch {
		case err == nil || !errors.Is(err, ErrConflict) && !errors.Is(err, ErrDeadlock):
			return err
		case n == UpdateTries:
			return fmt.Errorf("xadb: gave up after %d tries: %w", n, err)
		}
		if cerr := db.pause(ctx, n); cerr != nil {
			return fmt.Errorf("xadb: gave up after %d tries: %w (%w)", n, cerr, err)
		}
	}
}

// pause waits before the try after the n-th.
func (db *DB) pause(ctx context.Context, n int) error {
	bound := min(pauseFirst<<min(n-1, 16), pauseMax)
	db.chanceMu.Lock()
	d := bound/2 + time.Duration(db.chance.Int64N(int64(bound/2)))
	db.chanceMu.Unlock()
	timer := db.opts.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Get returns the value of key as it was committed last; ok is false if there is
// none. The value is the caller's. It is the cheapest way to read one row: it
// takes neither a lock nor a snapshot, so two calls may see different moments,
// which View's do not.
func (db *DB) Get(ctx context.Context, t *Table, key []byte) (val []byte, ok bool, err error) {
	if err := db.calls.enter(); err != nil {
		return nil, false, err
	}
	defer db.calls.exit()
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if err := db.owns(t); err != nil {
		return nil, false, err
	}
	return db.log.Engine().Get(t.rows, key)
}

// View runs fn with a snapshot of what was committed when View was called. It
// takes no locks: it blocks no writer and none blocks it. Fn must not keep s.
func (db *DB) View(ctx context.Context, fn func(s *Snap) error) error {
	if err := db.calls.enter(); err != nil {
		return err
	}
	defer db.calls.exit()
	s, err := db.snapshot(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return fn(s)
}
