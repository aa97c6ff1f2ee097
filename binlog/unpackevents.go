package binlog

import "encoding/binary"

// unpack returns the events in a TRANSACTION_PAYLOAD event. They have checksums, and
// the places in the file that are the payload's own bytes, one for each, up to the
// last, which ends where the payload does: whoever reads on from such a place, by
// Log.Stream, reads what is behind that event.
func (e Event) unpack() ([]Event, error) {
	p, err := DecodePayload(e.Body())
	if err != nil {
		return nil, err
	}
	plain, err := p.plain()
	if err != nil {
		return nil, err
	}
	var events []Event
	for len(plain) > 0 {
		if len(plain) < HeaderSize {
			return nil, errBody(EventTransactionPayload)
		}
		h := decodeHeader(plain)
		if h.Size < HeaderSize || uint64(h.Size) > uint64(len(plain)) || h.Type == EventTransactionPayload {
			return nil, errBody(EventTransactionPayload)
		}
		raw := make([]byte, h.Size+ChecksumSize)
		copy(raw, plain[:h.Size])
		binary.LittleEndian.PutUint32(raw[9:], uint32(len(raw)))
		plain = plain[h.Size:]
		events = append(events, Event{Header: h, Offset: e.Offset + int64(len(events)), Raw: raw})
	}
	if len(events) == 0 || len(events) > len(e.Raw) {
		return nil, errBody(EventTransactionPayload)
	}
	for i := range events {
		in := &events[i]
		in.end = in.Offset + 1
		if i == len(events)-1 {
			in.end = e.End()
		}
		in.Size, in.LogPos = uint32(len(in.Raw)), uint32(in.end)
		sealEvent(in.Raw, in.Timestamp, in.ServerID, in.LogPos)
	}
	return events, nil
}

// Events are those that the event stands for: the ones in it, if it is a
// TRANSACTION_PAYLOAD, and else itself.
func (e Event) Events() ([]Event, error) {
	switch {
	case e.Type != EventTransactionPayload:
		return []Event{e}, nil
	case e.inside != nil:
		return e.inside, nil
	}
	return e.unpack()
}

// An Unpacker makes of a log's events those for readers that do not know
// TRANSACTION_PAYLOAD: the ones in it, behind a GTID event that says how long they
// are. Give it the events in order.
type Unpacker struct {
	// Skip is how many events of the first payload are not wanted.
	Skip int

	held Event // the GTID event that came last
	raw  []byte
	gtid []byte
	out  []Event
}

// Events returns the events to send in place of ev, none or more, valid until the
// next call.
func (u *Unpacker) Events(ev Event) ([]Event, error) {
	out := u.out[:0]
	switch ev.Type {
	case EventGTID, EventAnonymousGTID:
		u.raw = append(u.raw[:0], ev.Raw...)
		u.held = ev
		u.held.Raw = u.raw
		return nil, nil
	case EventTransactionPayload:
		events, err := ev.Events()
		if err != nil {
			return nil, err
		}
		events, u.Skip = events[min(u.Skip, len(events)):], 0
		if u.held.Raw != nil {
			held, err := u.lengthen(u.held, events)
			if err != nil {
				return nil, err
			}
			out = append(out, held)
		}
		out = append(out, events...)
	default:
		if u.held.Raw != nil {
			out = append(out, u.held)
		}
		out = append(out, ev)
	}
	u.held, u.out = Event{}, out
	return out, nil
}

// lengthen makes the GTID event that of a group with these events.
func (u *Unpacker) lengthen(held Event, events []Event) (Event, error) {
	info, err := DecodeGTID(held.Body())
	if err != nil {
		return Event{}, err
	}
	rest := 0
	for _, e := range events {
		rest += len(e.Raw)
	}
	u.gtid = appendGTID(u.gtid[:0], info, held.Type == EventAnonymousGTID, rest)
	sealEvent(u.gtid, held.Timestamp, held.ServerID, held.LogPos)
	held.end = held.End()
	held.Raw, held.Size = u.gtid, uint32(len(u.gtid))
	return held, nil
}
