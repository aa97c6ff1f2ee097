package recovery

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/xid"
)

// ErrSequence: the coordinator's log tells things in an order that cannot
// have happened, or of transactions the engine never prepared. Some durable
// bytes are missing; nothing is decided.
var ErrSequence = errors.New("recovery: coordinator log and engine disagree")

// A Pos is the end of the group that tells something, in the coordinator's
// log. The zero value is nowhere.
type Pos struct {
	File   uint32
	Offset uint64
}

func (p Pos) less(q Pos) bool {
	return p.File < q.File || p.File == q.File && p.Offset < q.Offset
}

// A Log is what the coordinator's log says beyond the place that the engine
// knows. The methods are called in the log's order.
type Log struct {
	internal map[uint64]Pos
	external map[string]*entry // by XID.Key
}

type entry struct {
	state    State
	at       Pos
	prepared Pos // of its XA PREPARE; zero if that is not beyond the place
}

// NewLog returns a Log that says nothing.
func NewLog() *Log {
	return &Log{internal: map[uint64]Pos{}, external: map[string]*entry{}}
}

// Internal notes the commit of an ordinary transaction or a DDL statement.
func (l *Log) Internal(myXID uint64, at Pos) error {
	if was, ok := l.internal[myXID]; ok {
		return fmt.Errorf("%w: internal XID %d at %v and again at %v", ErrSequence, myXID, was, at)
	}
	l.internal[myXID] = at
	return nil
}

// Prepared notes an XA PREPARE.
func (l *Log) Prepared(x xid.XID, at Pos) error {
	if e := l.external[x.Key()]; e != nil && e.state == PreparedInTC {
		return fmt.Errorf("%w: %s is prepared at %v and again at %v", ErrSequence, x, e.at, at)
	}
	l.external[x.Key()] = &entry{state: PreparedInTC, at: at, prepared: at}
	return nil
}

// Finished notes an XA COMMIT or XA ROLLBACK. The prepare may lie before what
// this Log was told.
func (l *Log) Finished(x xid.XID, commit bool, at Pos) error {
	if e := l.external[x.Key()]; e != nil && e.state != PreparedInTC {
		return fmt.Errorf("%w: %s is finished at %v and again at %v", ErrSequence, x, e.at, at)
	}
	state := RolledBack
	if commit {
		state = Committed
	}
	e := &entry{state: state, at: at}
	if was := l.external[x.Key()]; was != nil {
		e.prepared = was.prepared
	}
	l.external[x.Key()] = e
	return nil
}

// lookup is what the log says of a prepared transaction.
func (l *Log) lookup(p xid.Prepared) (found bool, state State, at Pos) {
	if n, ok := p.XID.MyXID(); ok {
		at, found = l.internal[n]
		return found, NotFound, at
	}
	if e := l.external[p.XID.Key()]; e != nil {
		return false, e.state, e.at
	}
	return false, NotFound, Pos{}
}
