package binlog

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/xid"
)

// A PendingGroup is one transaction on its way into the log.
type PendingGroup struct {
	Kind          Kind
	Cache         *Cache    // rows, or the statement of a DDL; nil for none
	InternalXID   uint64    // DML, DDL: the engine's number of the transaction; not 0
	Branch        xid.XID   // the XA kinds
	LastCommitted int64     // MaxCommitted when the transaction took its last lock
	ThreadID      uint32    // the session; 0: none
	Time          time.Time // of the commit; zero means now
	// GTID is what another server has called the group, or zero: Append gives it this
	// server's next. It has what the group is called, behind Append, unless groups are anonymous.
	GTID GTID

	payload []byte // the event that Pack has made of all but the GTID
}

// Append adds a group and returns the place behind it and its sequence
// number. The group goes to the file when Flush is called, or before if the
// buffer is full; in a log that is written behind see LastGroup. ErrInvalid and ErrTooLarge leave the log as it was;
// ErrPoisoned is final.
func (l *Log) Append(g *PendingGroup) (Pos, int64, error) {
	if err := l.ready(); err != nil {
		return Pos{}, 0, err
	}
	seq := l.counter + 1
	if g.LastCommitted < 0 || g.LastCommitted >= seq {
		return Pos{}, 0, fmt.Errorf("%w: last committed %d for group %d", ErrInvalid, g.LastCommitted, seq)
	}
	var err error
	if l.head, l.tail, err = g.frame(l.head[:0], l.tail[:0]); err != nil {
		return Pos{}, 0, err
	}
	if err := l.assign(g); err != nil {
		return Pos{}, 0, err
	}
	info := l.gtidInfo(g, seq)
	var rows []byte
	if g.Cache != nil {
		rows = g.Cache.buf
	}
	if g.payload != nil {
		l.head, rows, l.tail = l.head[:0], g.payload, l.tail[:0]
	}
	rest := len(l.head) + len(rows) + len(l.tail)
	if size := int64(transactionLength(rest)); l.pos+size > math.MaxUint32-endingMax {
		return Pos{}, 0, fmt.Errorf("%w: a group of %d bytes at offset %d ends beyond 4 GiB", ErrTooLarge, size, l.pos)
	}
	timestamp := uint32(g.time(info.Time).Unix())
	l.forgetLast()
	info.LastCommitted = max(l.tracker.Next(g.dependencies(seq))-l.offset, 0)
	l.gtid = appendGTID(l.gtid[:0], info, l.o.AnonymousGTID, rest)
	for _, events := range [...][]byte{l.gtid, l.head, rows, l.tail} {
		if err := l.emit(events, timestamp); err != nil {
			return Pos{}, 0, err
		}
	}
	l.numbered(g.GTID)
	l.counter = seq
	l.groups.Add(1)
	end := Pos{l.number, uint64(l.pos)}
	l.mu.Lock()
	l.end = end
	if l.o.Behind {
		l.behind.pending = append(l.behind.pending, l.buf...)
	}
	l.mu.Unlock()
	return end, seq, nil
}

// forgetLast empties the buffer of a log that is written behind: it holds the
// last group, for LastGroup.
func (l *Log) forgetLast() {
	if !l.o.Behind {
		return
	}
	l.buf = l.buf[:0]
	if cap(l.buf) > 2*l.o.BufferSizeMax {
		l.buf = nil
	}
}

// endingMax is more than the event takes that ends a file.
const endingMax = 1024

// gtidInfo is the group's GTID event, but for its dependency. Numbers are relative
// to the file: what was committed before it began is 0.
func (l *Log) gtidInfo(g *PendingGroup, seq int64) GTIDInfo {
	info := GTIDInfo{
		Statements:     g.Kind == DDL || g.Kind == XACommit || g.Kind == XARollback,
		SequenceNumber: seq - l.offset,
		Time:           g.Time,
	}
	if info.Time.IsZero() {
		info.Time = l.o.Clock.Now()
	}
	info.GTID = g.GTID
	return info
}

// time is that of the group's events: for replicas it is the statement's NOW().
func (g *PendingGroup) time(commit time.Time) time.Time {
	if g.Kind == DDL && g.Cache.query.context != nil {
		return g.Cache.query.context.Now
	}
	return commit
}

// dependencies is the group as the tracker of dependencies wants it.
func (g *PendingGroup) dependencies(seq int64) writeset.Group {
	out := writeset.Group{Seq: seq, Committed: g.LastCommitted, Session: g.ThreadID}
	if g.Cache != nil {
		out.Keys = &g.Cache.keys
	}
	switch g.Kind {
	case DDL:
		out.Kind = writeset.Barrier
		out.Keys = nil
	case Empty:
		out.Kind = writeset.Empty
	case XAPrepare:
		out.Kind, out.Branch = writeset.Prepare, g.Branch.Key()
	case XACommit, XARollback:
		out.Kind, out.Branch = writeset.Outcome, g.Branch.Key()
	}
	return out
}

// frame appends to head and tail the group's events in front of and behind its
// rows.
func (g *PendingGroup) frame(head, tail []byte) (h, t []byte, err error) {
	if err := g.check(); err != nil {
		return head, tail, err
	}
	query := func(dst []byte, sql string) []byte {
		return appendQuery(dst, queryEvent{threadID: g.ThreadID, sql: sql, flags: FlagSuppressUse})
	}
	switch g.Kind {
	case DML:
		head = query(head, sqlBegin)
		tail = appendXID(tail, g.InternalXID)
	case Empty:
		head = query(query(head, sqlBegin), sqlCommit)
	case DDL:
		q := g.Cache.query
		ev := queryEvent{threadID: g.ThreadID, db: q.DB, sql: q.SQL, ddlXID: g.InternalXID, context: q.context}
		if aboutDatabase(q.SQL) {
			ev.flags = FlagSuppressUse
		}
		head = appendQuery(head, ev)
	case XAPrepare:
		head = query(head, sqlXAStart+g.Branch.String())
		tail = query(tail, sqlXAEnd+g.Branch.String())
		tail = appendXAPrepare(tail, g.Branch)
	case XACommit:
		head = query(head, sqlXACommit+g.Branch.String())
	case XARollback:
		head = query(head, sqlXARollback+g.Branch.String())
	}
	return head, tail, nil
}

// aboutDatabase reports whether a statement is about the database that it is logged with: that
// need not be there, or not any more, for anybody to use.
func aboutDatabase(sql string) bool {
	words := strings.Fields(sql[:min(len(sql), databaseWordsMax)])
	return len(words) > 1 && slices.ContainsFunc([]string{"CREATE", "DROP", "ALTER"}, func(w string) bool { return strings.EqualFold(w, words[0]) }) &&
		(strings.EqualFold(words[1], "DATABASE") || strings.EqualFold(words[1], "SCHEMA"))
}

// databaseWordsMax is where the second word of a statement is looked for, in bytes.
const databaseWordsMax = 64

// check refuses a group that recovery could not read back.
func (g *PendingGroup) check() error {
	hasRows := g.Cache != nil && g.Cache.rows > 0
	hasQuery := g.Cache != nil && g.Cache.query != nil
	internal, rowsAllowed := false, false
	switch g.Kind {
	case DML:
		internal, rowsAllowed = true, true
	case DDL:
		internal = true
	case XAPrepare:
		rowsAllowed = true
	case XACommit, XARollback, Empty:
	default:
		return fmt.Errorf("%w: %v", ErrInvalid, g.Kind)
	}
	if hasQuery != (g.Kind == DDL) || hasRows && !rowsAllowed {
		return fmt.Errorf("%w: %v group with statement=%t rows=%t", ErrInvalid, g.Kind, hasQuery, hasRows)
	}
	if internal != (g.InternalXID != 0) {
		return fmt.Errorf("%w: %v group with internal XID %d", ErrInvalid, g.Kind, g.InternalXID)
	}
	if internal || g.Kind == Empty {
		return nil
	}
	if g.Branch.IsNull() {
		return fmt.Errorf("%w: %v group without a branch", ErrInvalid, g.Kind)
	}
	if err := xid.CheckBinlog(g.Branch); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// emit copies whole events into the buffer and completes each there. A full
// buffer is written.
func (l *Log) emit(events []byte, timestamp uint32) error {
	for len(events) > 0 {
		size := int(binary.LittleEndian.Uint32(events[9:]))
		at := len(l.buf)
		l.buf = append(l.buf, events[:size]...)
		l.pos += int64(size)
		sealEvent(l.buf[at:], timestamp, l.o.ServerID, uint32(l.pos))
		events = events[size:]
		if len(l.buf) >= l.o.BufferSizeMax && !l.o.Behind {
			if err := l.write(); err != nil {
				return err
			}
		}
	}
	return nil
}
