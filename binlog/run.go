package binlog

import (
	"errors"
	"sync"
)

// runMax bounds a Run, in bytes. Who has more than that in front of him is not
// where the others are.
const runMax = 128 << 10

// A Run is some events as they lie in the log, the newest. All Streams that come by
// share one: with many of them, reading and checking the events costs more than
// sending them. It never changes.
type Run struct {
	From Pos
	Raw  []byte
	Ends []int // of the events, in Raw
	// JSON says that there are tables with JSON columns, Definition that there are data
	// definitions, Payload that there are compressed transactions: not all readers take
	// these as they are.
	JSON, Definition, Payload bool
}

// End is the place behind the Run.
func (r *Run) End() Pos { return Pos{r.From.File, r.From.Offset + uint64(len(r.Raw))} }

// runs is the Run that was read last. Whoever needs the next one reads it, and the
// others wait for that. Its mutex is a leaf.
type runs struct {
	mu   sync.Mutex
	last *Run
}

// Run returns the events from the Stream's place on, and leaves it there; nil if
// there are none that are shared, as Next would not return one of them at once, or
// too many. Stream.Pass goes behind them.
func (s *Stream) Run() (*Run, error) {
	left := s.r.Limit() - s.r.Offset()
	if s.ended || left <= 0 || left > runMax {
		return nil, nil
	}
	c := &s.l.runs
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.From == s.Pos() {
		return c.last, nil
	}
	run, err := s.readRun(int(left))
	if err != nil || len(run.Ends) == 0 {
		return nil, err
	}
	c.last = run
	return run, nil
}

// readRun reads what is left of the file, up to the event that ends it.
func (s *Stream) readRun(left int) (run *Run, err error) {
	run = &Run{From: s.Pos(), Raw: make([]byte, 0, left)}
	for len(run.Raw) < left {
		ev, err := s.r.Next()
		if err != nil {
			return nil, durableError(err)
		}
		if ev.Type == EventRotate || ev.Type == EventStop {
			break
		}
		if err := run.note(ev); err != nil {
			return nil, err
		}
		run.Raw = append(run.Raw, ev.Raw...)
		run.Ends = append(run.Ends, len(run.Raw))
	}
	return run, s.r.SeekTo(int64(run.From.Offset))
}

func (r *Run) note(ev Event) (err error) {
	switch ev.Type {
	case EventTransactionPayload:
		r.Payload = true
	case EventQuery:
		r.Definition = r.Definition || isDefinition(ev)
	case EventTableMap:
		if !r.JSON {
			r.JSON, err = tableMapHas(ev.Body(), TypeJSON)
		}
	}
	return err
}

// Pass goes behind a Run that the Stream has returned, at the same place.
func (s *Stream) Pass(run *Run) error {
	if s.Pos() != run.From {
		return errors.Join(ErrInvalid, errors.New("binlog: the stream is not where the run begins"))
	}
	if end := run.End(); s.durable.Less(end) { // another one has heard of more
		s.durable = s.l.DurablePos()
		s.extend()
	}
	return s.r.SeekTo(int64(run.End().Offset))
}
