package binlog

import (
	"fmt"
	"strings"
)

// Info is what MySQL's SHOW BINLOG EVENTS says of an event's content.
func Info(ev Event) (string, error) {
	body := ev.Body()
	switch ev.Type {
	case EventFormatDescription:
		f, err := DecodeFormatDescription(body)
		return fmt.Sprintf("Server ver: %s, Binlog ver: %d", f.ServerVersion, binlogVersion), err
	case EventPreviousGTIDs:
		var set GTIDSet
		err := set.Decode(body)
		return strings.ReplaceAll(set.String(), ",", ",\n"), err
	case EventGTID:
		g, err := DecodeGTID(body)
		return fmt.Sprintf("SET @@SESSION.GTID_NEXT= '%v'", g.GTID), err
	case EventAnonymousGTID:
		return "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'", nil
	case EventQuery:
		return queryInfo(ev)
	case EventXID:
		n, err := DecodeXID(body)
		return fmt.Sprintf("COMMIT /* xid=%d */", n), err
	case EventXAPrepare:
		x, onePhase, err := DecodeXAPrepare(body)
		if onePhase {
			return sqlXACommit + x.String() + " ONE PHASE", err
		}
		return "XA PREPARE " + x.String(), err
	case EventRotate:
		next, position, err := DecodeRotate(body)
		return fmt.Sprintf("%s;pos=%d", next, position), err
	case EventTransactionPayload:
		p, err := DecodePayload(body)
		return fmt.Sprintf("compression='%s', decompressed_size=%d bytes", p.algorithm(), p.PlainSize), err
	case EventRowsQuery:
		text, err := DecodeRowsQuery(body)
		return "# " + text, err
	case EventTableMap:
		t, err := DecodeTableMap(body)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("table_id: %d (%s.%s)", t.ID, t.DB, t.Name), nil
	case EventWriteRows, EventUpdateRows, EventDeleteRows:
		return rowsInfo(ev)
	}
	return "", nil
}

func queryInfo(ev Event) (string, error) {
	q, err := DecodeQuery(ev.Body())
	text := q.SQL
	if q.DB != "" && ev.Flags&FlagSuppressUse == 0 {
		text = "use " + quoteName(q.DB) + "; " + text
	}
	if q.DDLXID != 0 {
		text += fmt.Sprintf(" /* xid=%d */", q.DDLXID)
	}
	return text, err
}

// rowsInfo does not decode the rows.
func rowsInfo(ev Event) (string, error) {
	cur := cursor{b: ev.Body()}
	id, flags := cur.uint(6), cur.uint(2)
	if cur.bad {
		return "", errBody(ev.Type)
	}
	text := fmt.Sprintf("table_id: %d", id)
	if flags&rowsStatementEnd != 0 {
		text += " flags: STMT_END_F"
	}
	return text, nil
}
