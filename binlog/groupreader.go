package binlog

import (
	"errors"
	"fmt"
	"io"
)

// A groupReader reads a file group by group, beginning anywhere. The bytes
// below its limit were durable: what does not read is damage.
type groupReader struct {
	*Reader
	number   uint32
	previous GTIDSet // of the files before
	began    uint32  // when the file was, in seconds since 1970
	g        *grammar
	d        decoder
}

// openGroups opens file n at its first group.
func (f folder) openGroups(n uint32) (*groupReader, error) {
	r, err := OpenReader(f.fs, f.path(f.name(n)))
	if err != nil {
		return nil, durableError(err)
	}
	gr := &groupReader{Reader: r, number: n, g: newGrammar(n)}
	if err := gr.head(); err != nil {
		return nil, errors.Join(durableError(err), r.Close())
	}
	return gr, nil
}

// durableError makes an event that does not read one that was damaged.
func durableError(err error) error {
	if bad := (*EventError)(nil); errors.As(err, &bad) {
		return &CorruptError{bad.File, bad.Offset, bad.Reason}
	}
	return err
}

func (r *groupReader) head() error {
	for _, want := range []EventType{EventFormatDescription, EventPreviousGTIDs} {
		ev, err := r.Next()
		if err == io.EOF || err == nil && ev.Type != want {
			return r.bad(r.Offset(), fmt.Sprintf("no %v event", want))
		}
		if err != nil {
			return err
		}
		if want == EventFormatDescription {
			r.began = ev.Timestamp
		} else {
			if err := r.previous.Decode(ev.Body()); err != nil {
				return r.bad(ev.Offset, err.Error())
			}
		}
	}
	return nil
}

// behind is the index that the file goes on behind.
func (r *groupReader) behind() int64 { return r.d.before }

// at is where the reader is.
func (r *groupReader) at() Pos { return Pos{r.number, uint64(r.Offset())} }

// next decodes the next group. It is nil at the limit, and at the event that
// ends the file: ended is true then.
func (r *groupReader) next() (t *Transaction, ended bool, err error) {
	r.d.begin()
	ended, err = r.read(func(ev Event) (done bool, err error) {
		if ev.Type == EventTransactionPayload {
			if ev.inside, err = ev.unpack(); err != nil {
				return false, err
			}
		}
		if done, err = r.g.feed(ev); err == nil {
			err = r.d.take(ev)
		}
		return done, err
	})
	if err != nil || ended || r.g.group.Kind == 0 {
		return nil, ended, err
	}
	return r.d.finish(r.g.group), false, nil
}

// skip reads of the next group only what it is, and goes on behind it.
func (r *groupReader) skip() (g Group, ended bool, err error) {
	ended, err = r.read(func(ev Event) (done bool, err error) {
		if ev.Type == EventTransactionPayload && r.g.state == atBody {
			return true, r.jump()
		}
		if done, err = r.g.feed(ev); err != nil || done || r.g.state == atBody || r.g.ended {
			return done, err
		}
		return true, r.jump()
	})
	return r.g.group, ended, err
}

// jump ends the group behind its first statement, which was BEGIN or XA START.
func (r *groupReader) jump() error {
	g := &r.g.group
	g.Kind = DML // or Empty: both have no branch
	if r.g.state == inXA {
		g.Kind = XAPrepare
	}
	g.End = Pos{r.number, g.Start.Offset + r.g.length}
	if g.End.Offset < uint64(r.Offset()) || g.End.Offset > uint64(r.Limit()) {
		return errGrammar("group of %d bytes", r.g.length)
	}
	return r.SeekTo(int64(g.End.Offset))
}

// read passes the events of one group to take until that is done. At the limit
// the group is empty.
func (r *groupReader) read(take func(Event) (done bool, err error)) (ended bool, err error) {
	r.reset()
	for first := true; ; first = false {
		ev, err := r.Next()
		if err == io.EOF && first {
			return false, nil
		}
		if err == io.EOF {
			err = r.bad(r.Offset(), "a group ends here that is not complete")
		}
		if err != nil {
			return false, durableError(err)
		}
		if first {
			r.g.expect(ev)
		}
		done, err := take(ev)
		if err != nil {
			return false, durableError(r.bad(ev.Offset, err.Error()))
		}
		if done || r.g.ended {
			return r.g.ended, nil
		}
	}
}

// reset lets the grammar begin anew: groups are looked at one by one.
func (r *groupReader) reset() {
	clear(r.g.internal)
	clear(r.g.branches)
	r.g.group, r.g.state, r.g.ended = Group{}, atGroup, false
}

// expect makes a group's first event follow the group before, wherever the
// reading began.
func (g *grammar) expect(ev Event) {
	if info, err := DecodeGTID(ev.Body()); err == nil {
		g.sequence = info.SequenceNumber - 1
	}
}
