package xadb

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
)

// event makes an event of a transaction; wanted says whether this feed has
// such events.
func (f *feed) event(t *binlog.Transaction) (ev Event, wanted bool, err error) {
	ev = Event{
		Index: t.Index(), Kind: EventCommit, XID: t.Branch, Time: t.Time,
		LastCommitted: t.LastCommitted, SequenceNumber: t.SequenceNumber, Database: t.DB, SQL: t.SQL,
	}
	switch t.Kind {
	case binlog.DDL:
		ev.Kind = EventDDL
	case binlog.XAPrepare:
		ev.Kind = EventPrepare
	case binlog.XARollback:
		ev.Kind = EventRollback
	}
	if !f.prepared && (ev.Kind == EventPrepare || ev.Kind == EventRollback) {
		return ev, false, nil
	}
	for _, c := range t.Changes {
		if ev.Changes, err = appendChanges(ev.Changes, &c); err != nil {
			return ev, false, err
		}
	}
	return ev, true, nil
}

var changeKinds = map[binlog.RowsKind]ChangeKind{
	binlog.WriteRows: Inserted, binlog.UpdateRows: Updated, binlog.DeleteRows: Deleted,
}

// appendChanges appends the rows of one event.
func appendChanges(dst []Change, c *binlog.TableChanges) ([]Change, error) {
	kv := c.Table.ID >= engine.FirstKVTable && c.Table.DB == tableDB
	var columns []string
	for i := range c.Table.Columns {
		columns = append(columns, c.Table.Columns[i].Name)
	}
	for _, r := range c.Rows {
		ch := Change{Database: c.Table.DB, Table: c.Table.Name, Kind: changeKinds[c.Kind]}
		if !kv {
			ch.Columns, ch.Old, ch.New = columns, r.Before, r.After
		} else if err := ch.setRow(r); err != nil {
			return nil, err
		}
		dst = append(dst, ch)
	}
	return dst, nil
}

// setRow fills in a row of a table of this API.
func (c *Change) setRow(r binlog.RowChange) error {
	for _, image := range []struct {
		values []binlog.Value
		to     *[]byte
	}{{r.Before, &c.Before}, {r.After, &c.After}} {
		if image.values == nil {
			continue
		}
		key, value, ok := keyAndValue(image.values)
		if !ok {
			return fmt.Errorf("%w: a row of table %s is not a key and a value", ErrCorrupt, c.Table)
		}
		c.Key, *image.to = key, value
	}
	return nil
}

func keyAndValue(values []binlog.Value) (key, value []byte, ok bool) {
	if len(values) != 2 {
		return nil, nil, false
	}
	key, ok = values[0].([]byte)
	value, isBytes := values[1].([]byte)
	return key, value, ok && isBytes
}

// feedError makes a follower's failures the ones that callers test for.
func feedError(err error) error {
	for _, known := range []struct{ from, to error }{
		{binlog.ErrClosed, ErrClosed},
		{binlog.ErrPoisoned, ErrPoisoned},
		{binlog.ErrCorrupt, ErrCorrupt},
		{binlog.ErrMissingFile, ErrCorrupt},
	} {
		if errors.Is(err, known.from) {
			return fmt.Errorf("xadb: change feed: %w: %w", known.to, err)
		}
	}
	return fmt.Errorf("xadb: change feed: %w", err)
}
