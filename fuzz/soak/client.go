package soak

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/xid"
)

// A client does one transaction after the other.
type client struct {
	*life
	id   int
	rand *rand.Rand
}

func (c *client) run(ctx context.Context) error {
	for ctx.Err() == nil {
		var err error
		switch c.rand.IntN(10) {
		case 0, 1:
			err = c.branch(ctx)
		case 2:
			err = c.sweep(ctx)
		default:
			err = c.commit(ctx)
		}
		switch {
		case errors.Is(err, xadb.ErrConflict), errors.Is(err, xadb.ErrDeadlock), errors.Is(err, xadb.ErrLockTimeout):
			c.count.conflicts.Add(1)
		case errors.Is(err, xadb.ErrDiskFull):
			c.count.refused.Add(1)
			pause(ctx, time.Millisecond)
		case err != nil:
			return err
		}
	}
	return nil
}

// write puts the client's next number, a transfer and a row of the trail.
func (c *client) write(tx *xadb.Tx, n uint64) error {
	if err := tx.Put(c.rows, key(c.id), number(n)); err != nil {
		return err
	}
	from, to := c.rand.IntN(accounts), c.rand.IntN(accounts)
	for _, move := range []struct {
		account int
		by      uint64
	}{{from, ^uint64(0)}, {to, 1}} {
		val, _, err := tx.GetForUpdate(c.money, key(move.account))
		if err != nil {
			return err
		}
		if err := tx.Put(c.money, key(move.account), number(binary.BigEndian.Uint64(val)+move.by)); err != nil {
			return err
		}
	}
	at := append(key(c.id), number(n)...)
	return tx.Put(c.trail, at, make([]byte, c.rand.IntN(2000)))
}

// commit commits the next number; sometimes it does not wait for the end.
func (c *client) commit(ctx context.Context) error {
	n := c.book.begin(c.id)
	callCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.rand.IntN(20) == 0 {
		timer := time.AfterFunc(time.Duration(c.rand.IntN(2000))*time.Microsecond, cancel)
		defer timer.Stop()
	}
	levels := []xadb.Isolation{xadb.RepeatableRead, xadb.ReadCommitted, xadb.Serializable}
	tx, err := c.db.Begin(callCtx, xadb.TxOptions{Isolation: levels[c.rand.IntN(3)]})
	if err == nil {
		c.told("try %d %d", c.id, n)
		if err = c.write(tx, n); err == nil {
			err = tx.Commit(callCtx)
		}
		if rerr := tx.Rollback(); err == nil {
			err = rerr
		}
	}
	switch {
	case err == nil:
		c.book.committed(c.id, n)
		c.told("ok %d %d", c.id, n)
		c.count.commits.Add(1)
	case errors.Is(err, xadb.ErrUnknownOutcome):
		c.book.doubted(c.id, n)
	case errors.Is(err, context.Canceled) && ctx.Err() == nil:
		return nil // it gave up, and nothing is left of it
	}
	return err
}

// branch prepares a row of the trail under a name and decides it, or leaves it
// to the next life.
func (c *client) branch(ctx context.Context) error {
	x, err := xid.New(1, fmt.Appendf(nil, "soak-%d-%d", c.id, c.rand.Uint64()), []byte("b"))
	if err != nil {
		return err
	}
	tx, err := c.db.Begin(ctx, xadb.TxOptions{})
	if err != nil {
		return err
	}
	if err := tx.Put(c.trail, append(key(c.id), x.Gtrid()...), make([]byte, 100)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	c.told("doubt %s", x)
	p, err := tx.Prepare(ctx, x)
	if err != nil {
		c.book.branch(x, false, errors.Is(err, xadb.ErrUnknownOutcome))
		return errors.Join(err, tx.Rollback())
	}
	c.book.branch(x, true, false)
	c.told("prepared %s", x)
	c.count.branches.Add(1)
	if c.rand.IntN(50) == 0 {
		return nil
	}
	c.told("doubt %s", x)
	if c.rand.IntN(2) == 0 {
		err = p.Commit(ctx)
	} else {
		err = p.Rollback(ctx)
	}
	switch {
	case err == nil:
		c.book.branch(x, false, false)
		c.told("decided %s", x)
	case errors.Is(err, xadb.ErrUnknownOutcome), errors.Is(err, xadb.ErrPoisoned):
		c.book.branch(x, false, true)
	}
	return err
}

// sweep removes what the client has left in the trail.
func (c *client) sweep(ctx context.Context) error {
	tx, err := c.db.Begin(ctx, xadb.TxOptions{})
	if err != nil {
		return err
	}
	sp := tx.Savepoint()
	if _, err = tx.DeleteRange(c.trail, xadb.Range{Start: key(c.id), End: key(c.id + 1)}); err == nil && c.rand.IntN(5) == 0 {
		err = tx.RollbackTo(sp)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	return errors.Join(err, tx.Rollback())
}
