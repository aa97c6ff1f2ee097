package binlog

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/xid"
)

// A Kind is what a group of events amounts to.
type Kind uint8

// The kinds of groups, with the events of each.
const (
	DML        Kind = iota + 1 // GTID, BEGIN, rows, XID
	DDL                        // GTID, statement with its XID
	XAPrepare                  // GTID, XA START, rows, XA END, XA_PREPARE
	XACommit                   // GTID, XA COMMIT
	XARollback                 // GTID, XA ROLLBACK
	Empty                      // GTID, BEGIN, COMMIT
)

var kindNames = [...]string{DML: "dml", DDL: "ddl", XAPrepare: "xa prepare", XACommit: "xa commit", XARollback: "xa rollback", Empty: "empty"}

// String is the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Group is what recovery needs to know of one complete group.
type Group struct {
	Kind           Kind
	Start, End     Pos
	InternalXID    uint64  // DML and DDL: the storage engine's number; 0 if none
	Branch         xid.XID // the XA kinds
	GTID           GTID    // zero if anonymous
	LastCommitted  int64   // as in the file: relative to it
	SequenceNumber int64
}

// The texts of the queries that frame a group.
const (
	sqlBegin      = "BEGIN"
	sqlCommit     = "COMMIT"
	sqlRollback   = "ROLLBACK"
	sqlXAStart    = "XA START "
	sqlXAEnd      = "XA END "
	sqlXACommit   = "XA COMMIT "
	sqlXARollback = "XA ROLLBACK "
)

// A grammar puts events together to groups.
//
//	file   = { group } [ ROTATE | STOP ]
//	group  = GTID ( BEGIN { rows } XID | BEGIN { rows } COMMIT | statement
//	       | XA START { rows } XA END XA_PREPARE | XA COMMIT | XA ROLLBACK )
//
// Among rows are table maps and ROWS_QUERY. BEGIN and what is behind it may be inside a TRANSACTION_PAYLOAD.
//
// In between it watches what a file must hold: sequence numbers without gaps,
// group lengths that are right, no XID twice, and no finish of a branch that
// was finished already.
type grammar struct {
	file     uint32
	state    grammarState
	group    Group
	length   uint64 // of the group, as its GTID event says
	sequence int64  // of the last group
	ended    bool   // by ROTATE or STOP
	internal map[uint64]struct{}
	branches map[xid.XID]bool // true while prepared
}

type grammarState uint8

const (
	atGroup      grammarState = iota // between groups
	atBody                           // GTID read
	inDML                            // BEGIN read
	inXA                             // XA START read
	atXAPrepare                      // XA END read
	rowsNotEmpty = 0x80              // rows were read, or-ed to inDML
)

func newGrammar(file uint32) *grammar {
	return &grammar{file: file, internal: map[uint64]struct{}{}, branches: map[xid.XID]bool{}}
}

func errGrammar(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errBadEvent, fmt.Sprintf(format, args...))
}

// feed takes the next event. done is true when it ends the group that is
// then in g.group.
func (g *grammar) feed(ev Event) (done bool, err error) {
	if g.ended {
		return false, errGrammar("%v event behind the end of the file's events", ev.Type)
	}
	switch ev.Type {
	case EventGTID, EventAnonymousGTID:
		return false, g.feedGTID(ev)
	case EventQuery:
		done, err = g.feedQuery(ev)
	case EventRowsQuery, EventTableMap, EventWriteRows, EventUpdateRows, EventDeleteRows:
		if s := g.state &^ rowsNotEmpty; s != inDML && s != inXA {
			return false, errGrammar("%v event outside a transaction", ev.Type)
		}
		g.state |= rowsNotEmpty
		return false, nil
	case EventTransactionPayload:
		return g.feedPayload(ev)
	case EventXID:
		done, err = true, g.feedXID(ev)
	case EventXAPrepare:
		done, err = true, g.feedXAPrepare(ev)
	case EventRotate, EventStop:
		if g.state != atGroup {
			return false, errGrammar("%v event inside a group", ev.Type)
		}
		g.ended = true
		return false, nil
	default:
		return false, errGrammar("unexpected %v event", ev.Type)
	}
	if !done || err != nil {
		return false, err
	}
	return true, g.finish(ev)
}

// feedPayload takes a whole transaction of rows.
func (g *grammar) feedPayload(ev Event) (done bool, err error) {
	if g.state != atBody {
		return false, errGrammar("%v event outside of a group's beginning", ev.Type)
	}
	events, err := ev.Events()
	if err != nil {
		return false, err
	}
	for i, in := range events {
		if done, err = g.feed(in); err != nil {
			return false, err
		}
		if last := i == len(events)-1; done != last || !done && g.state&^rowsNotEmpty != inDML {
			return false, errGrammar("%v event that is not one transaction of rows", ev.Type)
		}
	}
	return done, nil
}

func (g *grammar) feedGTID(ev Event) error {
	if g.state != atGroup {
		return errGrammar("%v event inside a group", ev.Type)
	}
	info, err := DecodeGTID(ev.Body())
	if err != nil {
		return err
	}
	if info.SequenceNumber != g.sequence+1 {
		return errGrammar("sequence number %d behind %d", info.SequenceNumber, g.sequence)
	}
	if info.LastCommitted < 0 || info.LastCommitted >= info.SequenceNumber {
		return errGrammar("last committed %d for sequence number %d", info.LastCommitted, info.SequenceNumber)
	}
	if ev.Type == EventGTID && (info.GTID.GNO < 1 || info.GTID.GNO > gnoMax) {
		return errGrammar("GTID number %d", info.GTID.GNO)
	}
	if ev.Type == EventAnonymousGTID && info.GTID != (GTID{}) {
		return errGrammar("anonymous group with GTID %v", info.GTID)
	}
	g.state, g.length = atBody, info.TransactionLength
	g.group = Group{
		Start:          Pos{g.file, uint64(ev.Offset)},
		GTID:           info.GTID,
		LastCommitted:  info.LastCommitted,
		SequenceNumber: info.SequenceNumber,
	}
	return nil
}

func (g *grammar) feedQuery(ev Event) (done bool, err error) {
	q, err := DecodeQuery(ev.Body())
	if err != nil {
		return false, err
	}
	switch g.state {
	case atBody:
		return g.feedFirstQuery(q)
	case inDML, inDML | rowsNotEmpty:
		if q.SQL != sqlCommit && q.SQL != sqlRollback {
			return false, errGrammar("statement %q inside a transaction of rows", shorten(q.SQL))
		}
		g.group.Kind = DML
		if g.state == inDML || q.SQL == sqlRollback {
			g.group.Kind = Empty
		}
		return true, nil
	case inXA, inXA | rowsNotEmpty:
		if q.SQL != sqlXAEnd+g.group.Branch.String() {
			return false, errGrammar("statement %q inside branch %v", shorten(q.SQL), g.group.Branch)
		}
		g.state = atXAPrepare
		return false, nil
	}
	return false, errGrammar("statement %q outside a group", shorten(q.SQL))
}

// feedFirstQuery takes the query right behind the GTID, which says what kind
// of group this is.
func (g *grammar) feedFirstQuery(q Query) (done bool, err error) {
	if q.SQL == sqlBegin {
		g.state = inDML
		return false, nil
	}
	for _, c := range []struct {
		prefix string
		kind   Kind
	}{{sqlXAStart, XAPrepare}, {sqlXACommit, XACommit}, {sqlXARollback, XARollback}} {
		text, ok := strings.CutPrefix(q.SQL, c.prefix)
		if !ok {
			continue
		}
		if g.group.Branch, err = xid.ParseText(text); err != nil {
			return false, fmt.Errorf("%w: %w", errBadEvent, err)
		}
		g.group.Kind = c.kind
		if c.kind == XAPrepare {
			g.state = inXA
			return false, nil
		}
		if prepared, known := g.branches[g.group.Branch]; known && !prepared {
			return false, errGrammar("%v of branch %v, which is finished", c.kind, g.group.Branch)
		}
		g.branches[g.group.Branch] = false
		return true, nil
	}
	g.group.Kind = DDL
	return true, g.setInternal(q.DDLXID)
}

func (g *grammar) feedXID(ev Event) error {
	if g.state&^rowsNotEmpty != inDML {
		return errGrammar("XID event outside a transaction")
	}
	n, err := DecodeXID(ev.Body())
	if err != nil {
		return err
	}
	g.group.Kind = DML
	return g.setInternal(n)
}

func (g *grammar) setInternal(n uint64) error {
	g.group.InternalXID = n
	if n == 0 {
		return nil
	}
	if _, twice := g.internal[n]; twice {
		return errGrammar("XID %d for the second time", n)
	}
	g.internal[n] = struct{}{}
	return nil
}

func (g *grammar) feedXAPrepare(ev Event) error {
	if g.state != atXAPrepare {
		return errGrammar("XA_PREPARE event without XA END")
	}
	x, onePhase, err := DecodeXAPrepare(ev.Body())
	if err != nil {
		return err
	}
	if x != g.group.Branch || onePhase {
		return errGrammar("XA_PREPARE event for %v, one phase %t, in branch %v", x, onePhase, g.group.Branch)
	}
	if g.branches[x] {
		return errGrammar("branch %v prepared for the second time", x)
	}
	g.branches[x] = true
	return nil
}

func (g *grammar) finish(last Event) error {
	g.group.End = Pos{g.file, uint64(last.End())}
	if length := g.group.End.Offset - g.group.Start.Offset; length != g.length {
		return errGrammar("group of %d bytes says it has %d", length, g.length)
	}
	g.state, g.sequence = atGroup, g.group.SequenceNumber
	return nil
}
