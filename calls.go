package xadb

import (
	"context"
	"fmt"
	"sync"
)

// calls counts the calls that run, so that Close can wait for them. The zero
// value is open.
type calls struct {
	mu      sync.Mutex
	running int
	closing bool
	drained chan struct{} // made by drain, closed when running is 0
}

// enter must precede the work of a call; ErrClosed if the store is closing.
// Exit must follow it.
func (c *calls) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return ErrClosed
	}
	c.running++
	return nil
}

func (c *calls) exit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.closing && c.running == 0 {
		close(c.drained)
	}
}

// drain lets nobody in any more and waits for those who are, or for ctx.
// REQUIRES: it is called once.
func (c *calls) drain(ctx context.Context) error {
	c.mu.Lock()
	c.closing = true
	c.drained = make(chan struct{})
	if c.running == 0 {
		close(c.drained)
	}
	c.mu.Unlock()
	select {
	case <-c.drained:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-c.drained:
		return nil // both: what matters is that nobody is left
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Errorf("xadb: closed while %d calls were running: %w", c.running, context.Cause(ctx))
}
