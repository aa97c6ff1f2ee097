package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// A PlaceError says why a log cannot be read on from a place.
type PlaceError struct {
	File   string
	Offset uint64
	Reason string
}

// Error implements error.
func (e *PlaceError) Error() string {
	return fmt.Sprintf("binlog: cannot read on from %s offset %d: %s", e.File, e.Offset, e.Reason)
}

// A Stream reads the events of a log as they lie in its files, from any event on
// and as they become durable. It is not safe for concurrent use.
type Stream struct {
	l       *Log
	number  uint32
	durable Pos // as last heard of
	r       *Reader
	ended   bool  // the file's last event was returned
	inside  int   // see Inside
	pin     *pin  // keeps the file
	resets  int64 // of the log, when it began
}

// Stream returns a Stream whose next event is the one at from: the file's first
// with an offset of 0 or 4. A *PlaceError if there is no such file, or no event
// begins there. Where the log is durable now is the last place that there is.
func (l *Log) Stream(from Pos) (*Stream, error) {
	s := &Stream{l: l, number: from.File, resets: l.resets.Load(), durable: l.DurablePos()}
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.seek(from.Offset); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// A PurgedError says that what follows a set of GTIDs is no longer in the log.
type PurgedError struct {
	Purged GTIDSet // the GTIDs in files that are gone
}

// Error implements error.
func (e *PurgedError) Error() string {
	return fmt.Sprintf("binlog: cannot read on behind a set that lacks some of the GTIDs %v, whose files are gone", e.Purged)
}

// StreamBehind returns a Stream that begins with the newest file before which
// there are only GTIDs of set (B7). A *PurgedError if there is none.
func (l *Log) StreamBehind(set GTIDSet) (*Stream, error) {
	if l.o.AnonymousGTID {
		return nil, fmt.Errorf("%w: a log without GTIDs cannot be read on behind some", ErrInvalid)
	}
	defer l.Hold()()
	var purged GTIDSet
	durable := l.DurablePos()
	files := l.Files()
	for i := len(files) - 1; i >= 0; i-- {
		if files[i].Number > durable.File {
			continue
		}
		r, err := l.openGroups(files[i].Number)
		if err != nil {
			return nil, err
		}
		purged = r.previous
		if err := r.Close(); err != nil {
			return nil, err
		}
		if set.ContainsSet(purged) {
			return l.Stream(Pos{files[i].Number, 0})
		}
	}
	return nil, &PurgedError{purged}
}

// Close releases the file.
func (s *Stream) Close() error {
	s.l.unpin(s.pin)
	return s.r.Close()
}

// File is the name of the file that the next event comes from.
func (s *Stream) File() string { return s.l.name(s.number) }

// Inside is how many of the events that Next will first return, in a
// TRANSACTION_PAYLOAD, are in front of where the Stream was to begin.
func (s *Stream) Inside() int { return s.inside }

// Pos is the place of the next event.
func (s *Stream) Pos() Pos { return Pos{s.number, uint64(s.r.Offset())} }

// Format is the FORMAT_DESCRIPTION event of the file.
func (s *Stream) Format() (Event, error) {
	at := s.r.Offset()
	if err := s.r.SeekTo(firstOffset); err != nil {
		return Event{}, err
	}
	ev, err := s.r.Next()
	if err != nil {
		return Event{}, durableError(err)
	}
	return ev, s.r.SeekTo(at)
}

// Next returns the next event, valid until the next call. At the end of a file
// it is io.EOF, and the event behind is the first of the next file. Where the
// log is durable it waits until ctx ends; it may be called again then.
// ErrClosed, ErrPoisoned or ErrReset says that nothing more will come.
func (s *Stream) Next(ctx context.Context) (Event, error) {
	for {
		ev, err := s.r.Next()
		switch {
		case err == nil:
			s.ended = ev.Type == EventRotate || ev.Type == EventStop
			return ev, nil
		case err != io.EOF:
			return Event{}, durableError(err)
		}
		if err := s.current(); err != nil {
			return Event{}, err
		}
		if s.ended {
			return Event{}, s.nextFile(ctx)
		}
		s.extend()
		if s.r.Offset() < s.r.Limit() {
			continue
		}
		if s.number < s.durable.File {
			return Event{}, &CorruptError{s.File(), s.r.Offset(), "nothing ends the file"} // B6
		}
		if _, err := s.Await(ctx, nil); err != nil {
			return Event{}, err
		}
	}
}

// Await waits until Next has something without waiting, and reports whether it
// has: late ends the wait, too.
func (s *Stream) Await(ctx context.Context, late <-chan time.Time) (ready bool, err error) {
	if s.ready() {
		return true, nil
	}
	durable, err := s.l.waitDurable(ctx, late, s.Pos())
	if err == nil {
		err = s.current()
	}
	if err != nil {
		return false, err
	}
	s.durable = durable
	s.extend()
	return s.ready(), nil
}

// current is ErrReset if the log of the Stream is no more.
func (s *Stream) current() error {
	if s.l.resets.Load() != s.resets {
		return ErrReset
	}
	return nil
}

// Ready reports whether Next has something without waiting.
func (s *Stream) Ready() bool {
	if !s.ready() {
		s.durable = s.l.DurablePos()
		s.extend()
	}
	return s.ready()
}

func (s *Stream) ready() bool { return s.Pos().Less(s.durable) }

// nextFile goes to the next file once it has begun. It returns io.EOF.
func (s *Stream) nextFile(ctx context.Context) error {
	if _, err := s.Await(ctx, nil); err != nil {
		return err
	}
	next := &Stream{l: s.l, number: s.number + 1, resets: s.resets, durable: s.durable}
	if err := next.open(); err != nil {
		return err
	}
	err := s.Close()
	*s = *next
	if err == nil {
		err = io.EOF
	}
	return err
}

func (s *Stream) open() error {
	if s.durable.File >= s.number {
		s.pin = s.l.pinFile(s.number)
	}
	if s.pin == nil {
		return &PlaceError{s.File(), 0, "there is no such file"}
	}
	r, err := OpenReader(s.l.fs, s.l.path(s.File()))
	if err != nil {
		s.l.unpin(s.pin)
		return durableError(err)
	}
	s.r = r
	s.extend()
	return nil
}

// extend lets the reader go as far as its file is durable.
func (s *Stream) extend() {
	limit := int64(s.durable.Offset)
	if s.number < s.durable.File {
		limit = s.sizeNow()
	}
	if s.r.Limit() != limit {
		s.r.SetLimit(limit)
	}
}

// sizeNow is the length of the file, which is not the last.
func (s *Stream) sizeNow() int64 {
	for _, f := range s.l.Files() {
		if f.Number == s.number {
			return f.Size
		}
	}
	return s.r.Limit() // it cannot be missing: it is pinned
}

// seek goes to the event at offset, reading up to there: nothing else says where
// events begin.
func (s *Stream) seek(offset uint64) error {
	if offset != 0 && offset < uint64(firstOffset) {
		return &PlaceError{s.File(), offset, fmt.Sprintf("the first event is at %d", firstOffset)}
	}
	if offset > uint64(s.r.Limit()) {
		return &PlaceError{s.File(), offset, fmt.Sprintf("the file ends at %d", s.r.Limit())}
	}
	for uint64(s.r.Offset()) < offset {
		ev, err := s.r.Next()
		if err != nil {
			return durableError(err)
		}
		s.ended = ev.Type == EventRotate || ev.Type == EventStop
		if ev.Type == EventTransactionPayload && offset < uint64(ev.End()) {
			return s.seekInside(ev, offset)
		}
	}
	if offset != 0 && uint64(s.r.Offset()) != offset {
		return &PlaceError{s.File(), offset, "no event begins there"}
	}
	return nil
}

// seekInside goes to one of the places of the events in a payload.
func (s *Stream) seekInside(ev Event, offset uint64) error {
	events, err := ev.Events()
	if err != nil {
		return err
	}
	if s.inside = int(offset - uint64(ev.Offset)); s.inside >= len(events) {
		return &PlaceError{s.File(), offset, "no event begins there"}
	}
	return s.r.SeekTo(ev.Offset)
}
