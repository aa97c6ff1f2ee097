package binlog

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tablesMax bounds how many table maps a Describer remembers; a transaction
// that touches more has its later rows shown as bytes.
const tablesMax = 65536

// A Describer prints events for people. It remembers table maps, so that it
// can show the rows that follow them; give it the events in order.
type Describer struct {
	tables map[uint64]*Table
}

// Describe returns one line that says where the event is and what it holds,
// and below it, each on a line that begins with "###", the rows of a rows
// event. A body that does not decode is shown in hex.
func (d *Describer) Describe(ev Event) string {
	at := time.Unix(int64(ev.Timestamp), 0).UTC().Format("2006-01-02 15:04:05")
	text, err := d.content(ev)
	if err != nil {
		text = fmt.Sprintf("%v: %s", err, hex.EncodeToString(ev.Body()))
	}
	return fmt.Sprintf("%d\t%s\tserver %d\tend %d\t%v\t%s", ev.Offset, at, ev.ServerID, ev.LogPos, ev.Type, text)
}

func (d *Describer) content(ev Event) (string, error) {
	body := ev.Body()
	switch ev.Type {
	case EventFormatDescription:
		f, err := DecodeFormatDescription(body)
		return fmt.Sprintf("version %q in_use=%t", f.ServerVersion, ev.Flags&FlagInUse != 0), err
	case EventPreviousGTIDs:
		var set GTIDSet
		err := set.Decode(body)
		return set.String(), err
	case EventGTID, EventAnonymousGTID:
		return describeGTID(body)
	case EventQuery:
		return describeQuery(body)
	case EventXID:
		n, err := DecodeXID(body)
		return "xid=" + strconv.FormatUint(n, 10), err
	case EventXAPrepare:
		x, onePhase, err := DecodeXAPrepare(body)
		if onePhase {
			return x.String() + " one phase", err
		}
		return x.String(), err
	case EventRotate:
		next, position, err := DecodeRotate(body)
		return fmt.Sprintf("%s:%d", shorten(next), position), err
	case EventTransactionPayload:
		return d.payload(ev)
	case EventRowsQuery:
		return DecodeRowsQuery(body)
	case EventTableMap:
		return d.tableMap(body)
	case EventWriteRows, EventUpdateRows, EventDeleteRows:
		return d.rows(ev.Type, body)
	case EventStop:
		return "", nil
	}
	return hex.EncodeToString(body), nil
}

// payload describes the events inside, too, a line or more for each.
func (d *Describer) payload(ev Event) (string, error) {
	text, err := Info(ev)
	if err != nil {
		return "", err
	}
	events, err := ev.Events()
	for _, in := range events {
		text += "\n" + d.Describe(in)
	}
	return text, err
}

func describeGTID(body []byte) (string, error) {
	g, err := DecodeGTID(body)
	name := "ANONYMOUS"
	if g.GTID != (GTID{}) {
		name = g.GTID.String()
	}
	return fmt.Sprintf("%s last_committed=%d sequence_number=%d length=%d",
		name, g.LastCommitted, g.SequenceNumber, g.TransactionLength), err
}

func describeQuery(body []byte) (string, error) {
	q, err := DecodeQuery(body)
	var b strings.Builder
	fmt.Fprintf(&b, "thread=%d", q.ThreadID)
	if q.DDLXID != 0 {
		fmt.Fprintf(&b, " xid=%d", q.DDLXID)
	}
	if q.DB != "" {
		fmt.Fprintf(&b, " use %s;", quoteName(q.DB))
	}
	return b.String() + " " + q.SQL, err
}

func (d *Describer) tableMap(body []byte) (string, error) {
	t, err := DecodeTableMap(body)
	if err != nil {
		return "", err
	}
	if d.tables == nil {
		d.tables = map[uint64]*Table{}
	}
	if len(d.tables) < tablesMax || d.tables[t.ID] != nil {
		d.tables[t.ID] = t
	}
	return fmt.Sprintf("%s mapped to %d, %d columns", t.sqlName(), t.ID, len(t.Columns)), nil
}

func (t *Table) sqlName() string { return quoteName(t.DB) + "." + quoteName(t.Name) }

func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

func (d *Describer) rows(typ EventType, body []byte) (string, error) {
	id := rowsTableID(body)
	t := d.tables[id]
	if t == nil {
		return "", fmt.Errorf("%w: no table map for table %d", errBadEvent, id)
	}
	ev, err := DecodeRows(typ, body, t)
	if err != nil {
		return "", err
	}
	if ev.StatementEnd {
		d.tables = nil // readers forget all maps here, and every statement has its own
	}
	var b strings.Builder
	fmt.Fprintf(&b, "table %d, %d rows", id, len(ev.Rows))
	if ev.StatementEnd {
		b.WriteString(", end of statement")
	}
	for _, r := range ev.Rows {
		switch ev.Kind {
		case WriteRows:
			b.WriteString("\n### INSERT INTO " + t.sqlName())
			t.describeImage(&b, "SET", r.After)
		case UpdateRows:
			b.WriteString("\n### UPDATE " + t.sqlName())
			t.describeImage(&b, "WHERE", r.Before)
			t.describeImage(&b, "SET", r.After)
		case DeleteRows:
			b.WriteString("\n### DELETE FROM " + t.sqlName())
			t.describeImage(&b, "WHERE", r.Before)
		}
	}
	return b.String(), nil
}

func (t *Table) describeImage(b *strings.Builder, word string, image []Value) {
	b.WriteString("\n### " + word)
	for i, v := range image {
		if v == (Absent{}) {
			continue
		}
		c := &t.Columns[i]
		name := "@" + strconv.Itoa(i+1)
		if c.Name != "" {
			name = quoteName(c.Name)
		}
		b.WriteString("\n###   " + name + "=" + c.describe(v))
	}
}

// describe is the value as SQL would write it.
func (c *Column) describe(v Value) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		if c.collation() == CollationBinary {
			return "X'" + hex.EncodeToString(v) + "'"
		}
		return strconv.Quote(string(v))
	case uint64:
		if c.Type == TypeBit {
			return "b'" + strconv.FormatUint(v, 2) + "'"
		}
		if c.Type == TypeEnum && v >= 1 && v <= uint64(len(c.Members)) {
			return strconv.Quote(c.Members[v-1])
		}
		return strconv.FormatUint(v, 10)
	case DateTime:
		s := v.String()
		if c.Type == TypeDate {
			s, _, _ = strings.Cut(s, " ")
		}
		return "'" + s + "'"
	case Duration:
		return "'" + v.String() + "'"
	}
	return fmt.Sprint(v)
}
