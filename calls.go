package xadb

import (
	"context"
	"fmt"

	"github.com/xadb/xadb/internal/gate"
)

// calls counts the calls that run, so that Close can wait for them. The zero
// value is open.
type calls struct{ gate gate.Gate }

// enter must precede the work of a call; ErrClosed if the store is closing.
// Exit must follow it.
func (c *calls) enter() error {
	if !c.gate.Enter() {
		return ErrClosed
	}
	return nil
}

func (c *calls) exit() { c.gate.Exit() }

// drain lets nobody in any more and waits for those who are, or for ctx.
// REQUIRES: it is called once.
func (c *calls) drain(ctx context.Context) error {
	if left := c.gate.Close(ctx.Done()); left > 0 {
		return fmt.Errorf("xadb: closed while %d calls were running: %w", left, ctx.Err())
	}
	return nil
}
