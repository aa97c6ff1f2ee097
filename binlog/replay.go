package binlog

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrShortEvent: bytes end inside an event.
var ErrShortEvent = errors.New("binlog: an event is cut off")

// IsBadEvent reports whether an error says that an event is none.
func IsBadEvent(err error) bool { return errors.Is(err, errBadEvent) }

// An UnexpectedEvent is one that may not be replayed, or not yet.
type UnexpectedEvent struct {
	Type EventType
	Bare bool // rows, or their table, ahead of any FORMAT_DESCRIPTION
}

// Error implements error.
func (e *UnexpectedEvent) Error() string {
	if e.Bare {
		return fmt.Sprintf("binlog: a %v event ahead of the description of the log that it is from", e.Type)
	}
	return fmt.Sprintf("binlog: a %v event among those of rows", e.Type)
}

// A Replay takes the rows off the events that somebody sends piece by piece, as BINLOG
// statements do: first the FORMAT_DESCRIPTION of a log, of whichever server, then TABLE_MAP
// events and those of rows. Tables are remembered until the statement that they are of ends.
// The zero value is ready.
type Replay struct {
	described bool
	sums      bool // each event has a checksum, which nobody looks at: what brought the events has kept them whole
	d         decoder
}

// Take decodes one piece: whole events. ErrShortEvent, an *UnexpectedEvent, or what IsBadEvent
// knows.
func (r *Replay) Take(raw []byte) ([]TableChanges, error) {
	r.d.t = &Transaction{}
	for len(raw) > 0 {
		if len(raw) < HeaderSize {
			return nil, ErrShortEvent
		}
		h := decodeHeader(raw)
		if h.Size < HeaderSize || uint64(h.Size) > uint64(len(raw)) {
			return nil, ErrShortEvent
		}
		if err := r.event(h.Type, raw[HeaderSize:h.Size]); err != nil {
			return nil, err
		}
		raw = raw[h.Size:]
	}
	return r.d.t.Changes, nil
}

// event takes an event: all of it but the header.
func (r *Replay) event(typ EventType, body []byte) error {
	switch typ {
	case EventFormatDescription:
		return r.describe(body)
	case EventTableMap, EventRowsQuery, EventWriteRows, EventUpdateRows, EventDeleteRows,
		EventWriteRowsV1, EventUpdateRowsV1, EventDeleteRowsV1, EventPartialUpdateRows:
	default:
		return &UnexpectedEvent{Type: typ}
	}
	if !r.described {
		return &UnexpectedEvent{Type: typ, Bare: true}
	}
	if r.sums {
		if len(body) < ChecksumSize {
			return errBody(typ)
		}
		body = body[:len(body)-ChecksumSize]
	}
	switch typ {
	case EventTableMap:
		return r.d.takeTable(body)
	case EventRowsQuery:
		return nil // a comment
	case EventPartialUpdateRows:
		return fmt.Errorf("%w: %v", ErrPartialRows, typ)
	}
	return r.d.takeRows(typ, body)
}

// ErrPartialRows: an event has documents by what has changed in them (binlog_row_value_options).
var ErrPartialRows = errors.New("binlog: rows with parts of documents")

// describe takes a FORMAT_DESCRIPTION, which says of itself, too, whether it has a checksum: it
// has room for one in any case.
func (r *Replay) describe(body []byte) error {
	const fixed = 2 + versionSize + 4 + 1
	if len(body) < fixed+1+ChecksumSize || binary.LittleEndian.Uint16(body) != binlogVersion || body[fixed-1] != HeaderSize {
		return errBody(EventFormatDescription)
	}
	r.described, r.sums = true, body[len(body)-ChecksumSize-1] == checksumAlgCRC32
	return nil
}
