package kill

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/xid"
)

const (
	// statementMax is how long one statement may take; more is a hang.
	statementMax = 20 * time.Second
	// amountMax is the largest transfer.
	amountMax = 50
	// handoffs is how many prepared branches may wait for another connection.
	handoffs = 2
)

// The numbers of MySQL's errors that a client must expect.
const (
	errLockTimeout = 1205
	errDeadlock    = 1213
)

// traffic is what the clients of one server's life share.
type traffic struct {
	db    *sql.DB
	seed  uint64
	ids   *atomic.Int64 // the last transfer's number
	lanes chan int      // free ones
	hand  chan *transfer
	acks  ackCounter
}

// A client is one connection and its list.
type client struct {
	*traffic
	conn  *sql.Conn
	rng   *rand.Rand
	notes []note
}

// run moves money until a statement fails: the connection is gone, or the
// server has answered what it must not.
func (c *client) run(ctx context.Context) error {
	for {
		if err := c.step(ctx); err != nil {
			return err
		}
	}
}

func (c *client) step(ctx context.Context) error {
	select {
	case t := <-c.hand:
		return c.finish(ctx, t, c.rng.IntN(4) > 0)
	default:
	}
	switch n := c.rng.IntN(100); {
	case n < 1:
		return c.exec(ctx, "FLUSH BINARY LOGS")
	case n < 45:
		return c.plain(ctx, c.draw(false))
	case n < 55:
		return c.park(ctx)
	}
	return c.xa(ctx, c.draw(true))
}

// draw makes a transfer outside the lanes.
func (c *client) draw(branch bool) *transfer {
	free := accountsPerTable - lanes
	src := makeAccount(c.rng.IntN(2), c.rng.IntN(free))
	dst := src
	for dst == src {
		dst = makeAccount(c.rng.IntN(2), c.rng.IntN(free))
	}
	return c.make(src, dst, branch)
}

func (c *client) make(src, dst account, branch bool) *transfer {
	t := &transfer{id: c.ids.Add(1), src: src, dst: dst, amount: 1 + c.rng.Int64N(amountMax), lane: -1}
	if branch {
		t.branch = c.name(t.id)
	}
	return t
}

// familySize is how many branches in a row have one gtrid, as the branches of a
// global transaction do.
const familySize = 8

// name makes the XID of a transfer: its bqual begins with the number.
func (c *client) name(id int64) xid.XID {
	bqual := binary.BigEndian.AppendUint64(nil, uint64(id))
	for range c.rng.IntN(xid.PartMax - len(bqual) + 1) {
		bqual = append(bqual, byte(c.rng.Uint32()))
	}
	x, err := xid.New(c.rng.Int64N(1<<31), fmt.Appendf(nil, "transfer-%d", id/familySize), bqual)
	if err != nil {
		panic("kill: " + err.Error()) // the parts are in bounds by their making
	}
	return x
}

func (c *client) note(t *transfer, f fact) {
	c.notes = append(c.notes, note{t, f})
	switch f {
	case prepared, rolledBack, committed:
		c.acks.add()
	}
}

// plain is START TRANSACTION … COMMIT or ROLLBACK.
func (c *client) plain(ctx context.Context, t *transfer) error {
	c.note(t, begun)
	err := c.exec(ctx, "START TRANSACTION")
	if err == nil {
		err = c.write(ctx, t)
	}
	if refused(err) || err == nil && c.rng.IntN(10) == 0 {
		c.notes = append(c.notes, note{t, rollbackCalled})
		if err := c.exec(ctx, "ROLLBACK"); err != nil {
			return err
		}
		c.note(t, rolledBack)
		return nil
	}
	if err != nil {
		return err
	}
	c.note(t, commitCalled)
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	c.note(t, committed)
	return nil
}

func (c *client) write(ctx context.Context, t *transfer) error {
	for _, s := range t.statements() {
		if err := c.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// xa runs a branch to its end, or hands the second phase to another client.
func (c *client) xa(ctx context.Context, t *transfer) error {
	ok, err := c.work(ctx, t)
	if !ok {
		return err
	}
	if c.rng.IntN(5) == 0 {
		c.note(t, commitCalled)
		if err := c.exec(ctx, "XA COMMIT "+t.branch.String()+" ONE PHASE"); err != nil {
			return err
		}
		c.note(t, committed)
		return nil
	}
	if err := c.prepare(ctx, t); err != nil {
		return err
	}
	if c.rng.IntN(3) == 0 {
		select {
		case c.hand <- t:
			return nil
		default: // enough wait
		}
	}
	return c.finish(ctx, t, c.rng.IntN(4) > 0)
}

// park leaves a branch prepared, in a lane of its own if one is free.
func (c *client) park(ctx context.Context) error {
	select {
	case lane := <-c.lanes:
		row := accountsPerTable - 1 - lane
		t := c.make(makeAccount(0, row), makeAccount(1, row), true)
		t.lane = lane
		if ok, err := c.work(ctx, t); !ok {
			c.lanes <- lane
			return err
		}
		return c.prepare(ctx, t)
	default:
		return c.xa(ctx, c.draw(true))
	}
}

// work is everything up to XA END. ok is false if there is nothing to prepare.
func (c *client) work(ctx context.Context, t *transfer) (ok bool, err error) {
	c.note(t, begun)
	if err := c.exec(ctx, "XA START "+t.branch.String()); err != nil {
		return false, err
	}
	err = c.write(ctx, t)
	if refused(err) {
		return false, c.giveUp(ctx, t)
	}
	if err != nil {
		return false, err
	}
	return true, c.exec(ctx, "XA END "+t.branch.String())
}

// giveUp ends a branch that met a deadlock or a lock that did not come. XA END
// says so once more (XA_RBDEADLOCK, XA_RBTIMEOUT) if the branch is lost.
func (c *client) giveUp(ctx context.Context, t *transfer) error {
	c.note(t, rollbackCalled)
	var answer *mysql.MySQLError
	if err := c.exec(ctx, "XA END "+t.branch.String()); err != nil && !errors.As(err, &answer) {
		return err
	}
	if err := c.exec(ctx, "XA ROLLBACK "+t.branch.String()); err != nil {
		return err
	}
	c.note(t, rolledBack)
	return nil
}

func (c *client) prepare(ctx context.Context, t *transfer) error {
	c.note(t, prepareCalled)
	if err := c.exec(ctx, "XA PREPARE "+t.branch.String()); err != nil {
		return err
	}
	c.note(t, prepared)
	return nil
}

// finish is the second phase.
func (c *client) finish(ctx context.Context, t *transfer, commit bool) error {
	verb, called, done := "XA ROLLBACK ", rollbackCalled, rolledBack
	if commit {
		verb, called, done = "XA COMMIT ", commitCalled, committed
	}
	c.note(t, called)
	if err := c.exec(ctx, verb+t.branch.String()); err != nil {
		return err
	}
	c.note(t, done)
	return nil
}

func (c *client) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, statementMax)
	defer cancel()
	if _, err := c.conn.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// refused reports whether the server has refused a lock: the transaction is to
// be given up, and everything is well.
func refused(err error) bool {
	var answer *mysql.MySQLError
	return errors.As(err, &answer) && (answer.Number == errLockTimeout || answer.Number == errDeadlock)
}

// An ackCounter counts acknowledgements and says when there are enough.
type ackCounter struct {
	n      atomic.Int64
	enough int64
	full   chan struct{} // closed at the enough-th
}

func newAckCounter(enough int) ackCounter {
	return ackCounter{enough: int64(enough), full: make(chan struct{})}
}

func (a *ackCounter) add() {
	if a.n.Add(1) == a.enough {
		close(a.full)
	}
}
