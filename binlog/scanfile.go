package binlog

import (
	"errors"
	"fmt"
	"io"
)

// A fileScan reads one file for a scanner.
type fileScan struct {
	*scanner
	number      uint32
	name        string
	first, last bool
	r           *Reader
	g           *grammar
	groups      int64 // complete ones so far, which is the last sequence number
}

func (f *fileScan) corrupt(offset int64, reason string) error {
	return &CorruptError{File: f.name, Offset: offset, Reason: reason}
}

func (f *fileScan) run() (err error) {
	if _, ok, err := f.size(f.name); err != nil {
		return err
	} else if !ok {
		return fmt.Errorf("%w: %s, which the index names", ErrMissingFile, f.name)
	}
	// The file was durable with its head before the index named it.
	f.r, err = OpenReader(f.fs, f.path(f.name))
	if bad := (*EventError)(nil); errors.As(err, &bad) {
		return f.corrupt(bad.Offset, bad.Reason)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.r.Close()) }()
	if err := f.overlayTail(); err != nil {
		return err
	}
	if err := f.head(); err != nil {
		return err
	}
	f.g = newGrammar(f.number)
	damage, err := f.events()
	if err != nil {
		return err
	}
	return f.finish(damage)
}

// overlayTail reads the end of a last file that was not closed out of the other
// log. The file was synced up to there before that log dropped what is in front.
func (f *fileScan) overlayTail() error {
	if !f.last || len(f.tail.Data) == 0 {
		return nil
	}
	if !f.r.InUse() {
		f.tail = Chunk{}
		return nil
	}
	if size := f.r.Limit(); size < f.tail.Offset {
		return f.corrupt(size, fmt.Sprintf("ends before offset %d, up to which it was durable", f.tail.Offset))
	}
	f.r.overlay(f.tail)
	return nil
}

// head reads the FORMAT_DESCRIPTION and PREVIOUS_GTIDS events.
func (f *fileScan) head() error {
	for _, want := range []EventType{EventFormatDescription, EventPreviousGTIDs} {
		ev, err := f.r.Next()
		if bad := (*EventError)(nil); errors.As(err, &bad) {
			return f.corrupt(bad.Offset, bad.Reason)
		}
		if err == io.EOF || err == nil && ev.Type != want {
			return f.corrupt(f.r.Offset(), fmt.Sprintf("no %v event", want))
		}
		if err != nil {
			return err
		}
		f.lastTime = ev.Timestamp
		if want != EventPreviousGTIDs {
			continue
		}
		var previous GTIDSet
		if err := previous.Decode(ev.Body()); err != nil {
			return f.corrupt(ev.Offset, err.Error())
		}
		if !f.first && !previous.Equal(f.GTIDs) {
			return f.corrupt(ev.Offset, fmt.Sprintf("previous GTIDs %q, but the files before hold %q",
				shorten(previous.String()), shorten(f.GTIDs.String())))
		}
		f.GTIDs = previous
	}
	f.headEnd = f.r.Offset()
	f.End = Pos{f.number, uint64(f.headEnd)}
	return nil
}

// events reads groups until the file's end or the first bytes that do not go
// on from there, which it returns as damage: bytes that are no event, an event
// out of order, or a GTID seen before. The last two are there because a file
// may grow over bytes that another file left on the disk.
func (f *fileScan) events() (damage *EventError, err error) {
	for {
		ev, err := f.r.Next()
		if err == io.EOF {
			return nil, nil
		}
		if errors.As(err, &damage) {
			return damage, nil
		}
		if err != nil {
			return nil, err
		}
		done, err := f.g.feed(ev)
		if err != nil {
			return &EventError{f.name, ev.Offset, err.Error()}, nil
		}
		if !done && !f.g.ended {
			continue
		}
		if done {
			g := f.g.group
			if g.GTID != (GTID{}) && f.GTIDs.Contains(g.GTID) {
				return &EventError{f.name, int64(g.Start.Offset), fmt.Sprintf("GTID %v for the second time", g.GTID)}, nil
			}
			if err := f.take(g); err != nil {
				return nil, err
			}
		}
		f.End, f.lastTime = Pos{f.number, uint64(ev.End())}, ev.Timestamp
	}
}

// take accounts for one complete group.
func (f *fileScan) take(g Group) error {
	f.groups = g.SequenceNumber
	if g.GTID != (GTID{}) {
		f.GTIDs.Add(g.GTID)
	}
	if !f.from.Less(g.End) {
		return nil
	}
	return f.visit(g)
}

// finish judges what is behind the last complete group.
func (f *fileScan) finish(damage *EventError) error {
	tail := f.r.Limit() - int64(f.End.Offset)
	if f.last {
		f.unclean, f.complete, f.Torn = f.r.InUse(), f.g.ended, tail
	}
	if tail == 0 && f.g.ended {
		return nil
	}
	at, reason := int64(f.End.Offset), "file ends without ROTATE or STOP event"
	if damage != nil {
		at, reason = damage.Offset, damage.Reason
	} else if tail > 0 {
		reason = "file ends inside a group"
	}
	switch {
	case !f.last:
		return f.corrupt(at, reason+", and a later file exists")
	case !f.unclean:
		return f.corrupt(at, reason+", in a file that was closed")
	case f.End.Less(f.from):
		return f.corrupt(at, fmt.Sprintf("%s, before %v, which was durable", reason, f.from))
	case f.End.Offset < uint64(f.tail.Offset):
		return f.corrupt(at, fmt.Sprintf("%s, before offset %d, up to which it was durable", reason, f.tail.Offset))
	case damage == nil:
		return nil
	}
	return f.searchProof(damage)
}

// searchProof looks behind the damage for a group which proves that the
// damaged one was durable: one that says, by its last committed number, that
// the damaged one was committed when it was prepared. Without proof the bytes
// were still on their way when the machine stopped, and a disk may well have
// written later ones first. Stamps by write sets are never above the commit
// order's, so they prove nothing that is not so, and less of what is.
func (f *fileScan) searchProof(damage *EventError) error {
	lost := f.groups + 1
	for at := damage.Offset + 1; at+eventSizeMin <= f.r.Limit(); {
		found, err := f.findGTID(at)
		if err != nil || found < 0 {
			return err
		}
		g, err := f.groupAt(found)
		if err != nil {
			return err
		}
		if g == nil {
			at = found + 1
			continue
		}
		if g.LastCommitted >= lost {
			return f.corrupt(damage.Offset, fmt.Sprintf("%s; the group at %d was prepared when number %d, damaged here, was committed",
				damage.Reason, g.Start.Offset, lost))
		}
		at = int64(g.End.Offset)
	}
	return nil
}

// gtidEventMax is more than any GTID event takes.
const gtidEventMax = 256

// findGTID returns the first offset from at on that looks like a GTID event,
// or -1.
func (f *fileScan) findGTID(at int64) (int64, error) {
	for ; at+eventSizeMin <= f.r.Limit(); at++ {
		b, err := f.r.fill(at, HeaderSize)
		if err != nil {
			return -1, err
		}
		h := decodeHeader(b)
		isGTID := h.Type == EventGTID || h.Type == EventAnonymousGTID
		if isGTID && h.Size >= eventSizeMin && h.Size <= gtidEventMax && h.LogPos == uint32(at)+h.Size {
			return at, nil
		}
	}
	return -1, nil
}

// groupAt returns the complete group at offset, or nil if there is none.
func (f *fileScan) groupAt(offset int64) (*Group, error) {
	if err := f.r.SeekTo(offset); err != nil {
		return nil, err
	}
	g := newGrammar(f.number)
	for {
		ev, err := f.r.Next()
		if err == io.EOF || errors.Is(err, errBadEvent) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if ev.Offset == offset {
			info, err := DecodeGTID(ev.Body())
			if err != nil {
				return nil, nil
			}
			g.sequence = info.SequenceNumber - 1
		}
		done, err := g.feed(ev)
		if err != nil {
			return nil, nil
		}
		if done {
			return &g.group, nil
		}
	}
}
