package binlog

import (
	"fmt"
	"time"
)

// A Transaction is one group with what it did.
type Transaction struct {
	Group
	Time    time.Time // of the commit or prepare, in UTC
	DB, SQL string    // of a DDL
	// Changes are the rows, statement by statement. Those of a branch are in
	// its XAPrepare group; a Follower repeats them in its XACommit.
	Changes []TableChanges

	before int64 // the index that its file goes on behind
}

// TableChanges are rows of one table that one event holds, in order.
type TableChanges struct {
	Table     *Table
	Kind      RowsKind
	Rows      []RowChange
	Unchecked bool // as of RowsEvent
}

// Index is the transaction's number in the order of the log, whatever its GTID is, on top
// of those that there were before the log was reset. A log without GTIDs has none.
func (t *Transaction) Index() int64 {
	if t.GTID == (GTID{}) {
		return t.before
	}
	return t.before + t.SequenceNumber
}

// A decoder makes Transactions out of the events of groups.
type decoder struct {
	t      *Transaction
	tables map[uint64]*Table // of the statement that is being read
	before int64             // see Transaction
}

// begin forgets the group before.
func (d *decoder) begin() {
	d.t = &Transaction{before: d.before}
	clear(d.tables)
}

// take adds one event of the group. The grammar sees it too, and refuses what
// is out of order.
func (d *decoder) take(ev Event) error {
	body := ev.Body()
	switch ev.Type {
	case EventGTID, EventAnonymousGTID:
		info, err := DecodeGTID(body)
		d.t.Time = info.Time
		return err
	case EventQuery:
		q, err := DecodeQuery(body)
		d.t.DB, d.t.SQL = q.DB, q.SQL // the last one's; see finish
		return err
	case EventTransactionPayload:
		events, err := ev.Events()
		for i := 0; err == nil && i < len(events); i++ {
			err = d.take(events[i])
		}
		return err
	case EventTableMap:
		return d.takeTable(body)
	case EventWriteRows, EventUpdateRows, EventDeleteRows:
		return d.takeRows(ev.Type, body)
	}
	return nil
}

func (d *decoder) takeTable(body []byte) error {
	t, err := DecodeTableMap(body)
	if err != nil {
		return err
	}
	if d.tables == nil {
		d.tables = map[uint64]*Table{}
	}
	if len(d.tables) >= tablesMax {
		return errGrammar("a statement on more than %d tables", tablesMax)
	}
	d.tables[t.ID] = t
	return nil
}

func (d *decoder) takeRows(typ EventType, body []byte) error {
	id := rowsTableID(body)
	t := d.tables[id]
	if t == nil {
		return fmt.Errorf("%w: no table map for table %d", errBadEvent, id)
	}
	ev, err := DecodeRows(typ, body, t)
	if err != nil {
		return err
	}
	d.t.Changes = append(d.t.Changes, TableChanges{Table: t, Kind: ev.Kind, Rows: ev.Rows, Unchecked: ev.Unchecked})
	if ev.StatementEnd {
		clear(d.tables)
	}
	return nil
}

// finish is the transaction, now that its group is complete.
func (d *decoder) finish(g Group) *Transaction {
	d.t.Group = g
	if g.Kind != DDL {
		d.t.DB, d.t.SQL = "", ""
	}
	return d.t
}
