package engine

import "github.com/cockroachdb/pebble/v2"

// An applier is the one goroutine that writes to pebble. A fatal error of
// pebble can then only stop that goroutine, never a client's.
type applier struct {
	work chan applyWork
	end  chan struct{} // closed to stop
	gone chan struct{} // closed when stopped
}

type applyWork struct {
	batch *pebble.Batch
	done  chan error
}

func (a *applier) start(e *Engine) {
	a.work, a.end, a.gone = make(chan applyWork), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(a.gone)
		for {
			select {
			case w := <-a.work:
				w.done <- e.db.Apply(w.batch, pebble.NoSync)
			case <-a.end:
				return
			}
		}
	}()
}

// write applies a batch. After a fatal error the batch may or may not be in,
// and no later one goes in: there may be a gap (I6).
func (a *applier) write(e *Engine, b *pebble.Batch) error {
	if err := e.failure(); err != nil {
		return err
	}
	w := applyWork{batch: b, done: make(chan error, 1)}
	select {
	case a.work <- w:
	case <-e.poisoned:
		return e.failure()
	}
	select {
	case err := <-w.done:
		return err
	case <-e.poisoned:
		return e.failure()
	}
}

// stop ends the goroutine. A poisoned engine's may be parked inside pebble:
// then nobody waits for it.
func (a *applier) stop(healthy bool) {
	if a.end == nil {
		return
	}
	close(a.end)
	if healthy {
		<-a.gone
	}
}
