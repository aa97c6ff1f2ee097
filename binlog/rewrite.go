package binlog

import (
	"slices"
	"strings"
)

// collationUTF8MB4Bin is utf8mb4_bin, that of MySQL's JSON texts.
const collationUTF8MB4Bin = 46

// A Rewriter makes of a log's events those for MariaDB's replicas, which do not know the
// JSON type: JSON columns become text; and statements have MariaDB's context, but those
// about accounts do nothing. Give it the events in order.
type Rewriter struct {
	// Text makes a JSON value in MySQL's binary form a text.
	Text func(doc []byte) ([]byte, error)

	tables map[uint64]rewritten // of the statement that is being read
	buf    []byte
}

// A rewritten table has JSON columns, and has them as text.
type rewritten struct {
	json, text *Table
	columns    []int // which those are
}

// Event returns the event as the reader gets it, valid until the next call. It
// ends at the same place of the log, whatever its length.
func (w *Rewriter) Event(ev Event) ([]byte, error) {
	switch ev.Type {
	case EventTableMap:
		t, err := w.table(ev)
		if t == nil || err != nil {
			return ev.Raw, err
		}
		w.buf = appendTableMap(w.buf[:0], t)
	case EventWriteRows, EventUpdateRows, EventDeleteRows:
		t, ok := w.tables[rowsTableID(ev.Body())]
		if !ok {
			return ev.Raw, nil
		}
		if err := w.rows(ev, t); err != nil {
			return nil, err
		}
	case EventQuery:
		if err := w.query(ev); err != nil {
			return nil, err
		}
	default:
		return ev.Raw, nil
	}
	sealEvent(w.buf, ev.Timestamp, ev.ServerID, ev.LogPos)
	return w.buf, nil
}

// aboutAccounts begin the statements about accounts, as package auth words them.
var aboutAccounts = []string{"CREATE USER ", "ALTER USER ", "DROP USER ", "RENAME USER ", "GRANT ", "REVOKE ", "SET PASSWORD ",
	"CREATE ROLE ", "DROP ROLE ", "SET DEFAULT ROLE "}

// query puts a statement into buf. Accounts are left out: MariaDB has other
// ways to check passwords, and other privileges.
func (w *Rewriter) query(ev Event) error {
	q, err := DecodeQuery(ev.Body())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(aboutAccounts, func(begin string) bool { return strings.HasPrefix(q.SQL, begin) }) {
		w.buf = appendQuery(w.buf[:0], queryEvent{threadID: q.ThreadID, sql: "DO 0 /* a statement about accounts */"})
	} else {
		w.buf = append(w.buf[:0], ev.Raw...)
	}
	mariaDBContext(w.buf[HeaderSize : len(w.buf)-ChecksumSize])
	return nil
}

// table is the table as the reader gets it; nil if it has no JSON.
func (w *Rewriter) table(ev Event) (*Table, error) {
	if has, err := tableMapHas(ev.Body(), TypeJSON); !has || err != nil {
		delete(w.tables, rowsTableID(ev.Body()))
		return nil, err
	}
	t, err := DecodeTableMap(ev.Body())
	if err != nil {
		return nil, err
	}
	r := rewritten{json: t, text: new(*t)}
	r.text.Columns = slices.Clone(t.Columns)
	for i := range r.text.Columns {
		if c := &r.text.Columns[i]; c.Type == TypeJSON {
			c.Type, c.Collation = TypeBlob, collationUTF8MB4Bin
			r.columns = append(r.columns, i)
		}
	}
	if w.tables == nil {
		w.tables = map[uint64]rewritten{}
	}
	w.tables[t.ID] = r
	return r.text, nil
}

// rows puts a rows event with texts into buf.
func (w *Rewriter) rows(ev Event, t rewritten) error {
	rows, err := DecodeRows(ev.Type, ev.Body(), t.json)
	if err != nil {
		return err
	}
	w.buf = beginRows(w.buf[:0], t.text, rows.Kind, rows.present)
	copy(w.buf[HeaderSize+6:], ev.Body()[6:8]) // the flags
	for _, r := range rows.Rows {
		for _, image := range [][]Value{r.Before, r.After} {
			if err := w.image(image, t.columns); err != nil {
				return err
			}
		}
		if w.buf, err = appendChange(w.buf, t.text, rows.Kind, rows.present, r); err != nil {
			return err
		}
	}
	w.buf = endEvent(w.buf, 0)
	if rows.StatementEnd {
		clear(w.tables)
	}
	return nil
}

func (w *Rewriter) image(image []Value, columns []int) (err error) {
	if image == nil {
		return nil
	}
	for _, i := range columns {
		doc, ok := image[i].([]byte)
		if !ok {
			continue // NULL, or absent
		}
		if image[i], err = w.Text(doc); err != nil {
			return err
		}
	}
	return nil
}
