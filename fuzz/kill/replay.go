package kill

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/xid"
)

// A replay builds the tables out of binlog files with a reader that is not
// ours. It knows the events that this bank needs and refuses all others.
type replay struct {
	tables tables
	held   map[string][]change // prepared branches, by XID

	group  []change
	branch string // the group's, "" if it has none
	open   bool   // inside BEGIN or XA START
}

// A change is one row's: nil before is an insert, nil after a delete.
type change struct {
	table         string
	before, after []int64
}

func newReplay() *replay { return &replay{tables: tables{}, held: map[string][]change{}} }

// magicSize is what a file begins with, and flagsOffset where the flags of its
// first event are; inUse is the one that a closed file does not have.
const (
	magicSize   = 4
	flagsOffset = magicSize + 17
	inUse       = 1
)

// file reads one file to its end. The first event's checksum is that of a
// closed file, in which the parser believes only.
func (r *replay) file(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if len(content) <= flagsOffset {
		return fmt.Errorf("only %d bytes", len(content))
	}
	content[flagsOffset] &^= inUse
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	if err := p.ParseReader(bytes.NewReader(content[magicSize:]), r.event); err != nil {
		return err
	}
	if r.open {
		return errors.New("the file ends inside a group")
	}
	return nil
}

func (r *replay) event(ev *replication.BinlogEvent) error {
	switch e := ev.Event.(type) {
	case *replication.QueryEvent:
		return r.query(string(e.Query))
	case *replication.RowsEvent:
		return r.rows(ev.Header.EventType, e)
	case *replication.XIDEvent:
		return r.end()
	case *replication.FormatDescriptionEvent, *replication.PreviousGTIDsEvent, *replication.GTIDEvent,
		*replication.TableMapEvent, *replication.RotateEvent:
		return nil
	}
	switch ev.Header.EventType {
	case replication.XA_PREPARE_LOG_EVENT:
		return r.prepare()
	case replication.STOP_EVENT:
		return nil
	}
	return fmt.Errorf("unexpected %v event", ev.Header.EventType)
}

func (r *replay) query(text string) error {
	verb, rest, _ := strings.Cut(text, " X'")
	x := "X'" + rest
	switch verb {
	case "BEGIN":
		return r.begin("")
	case "COMMIT":
		return r.end()
	case "XA START":
		if _, err := xid.ParseText(x); err != nil {
			return err
		}
		return r.begin(x)
	case "XA END":
		if !r.open || r.branch != x {
			return fmt.Errorf("%s in the group of %q", text, r.branch)
		}
		return nil
	case "XA COMMIT", "XA ROLLBACK":
		held, ok := r.held[x]
		if !ok || r.open {
			return fmt.Errorf("%s of a branch that is not prepared", text)
		}
		delete(r.held, x)
		if verb == "XA ROLLBACK" {
			return nil
		}
		return r.apply(held)
	}
	return r.ddl(text)
}

func (r *replay) begin(branch string) error {
	if r.open {
		return errors.New("a group begins inside a group")
	}
	r.open, r.branch, r.group = true, branch, nil
	return nil
}

func (r *replay) end() error {
	if !r.open || r.branch != "" {
		return errors.New("a commit outside a transaction")
	}
	r.open = false
	return r.apply(r.group)
}

func (r *replay) prepare() error {
	if !r.open || r.branch == "" {
		return errors.New("XA_PREPARE outside a branch")
	}
	if _, ok := r.held[r.branch]; ok {
		return fmt.Errorf("%s is prepared twice", r.branch)
	}
	r.open = false
	r.held[r.branch] = r.group
	return nil
}

func (r *replay) ddl(text string) error {
	if r.open {
		return fmt.Errorf("%q inside a group", text)
	}
	if strings.HasPrefix(text, "CREATE DATABASE ") {
		return nil
	}
	rest, ok := strings.CutPrefix(text, "CREATE TABLE bank.")
	if !ok {
		return fmt.Errorf("unexpected statement %q", text)
	}
	name, _, _ := strings.Cut(rest, " ")
	if r.tables[name] != nil {
		return fmt.Errorf("%s is created twice", name)
	}
	r.tables[name] = map[int64][]int64{}
	return nil
}

func (r *replay) rows(kind replication.EventType, e *replication.RowsEvent) error {
	if !r.open {
		return errors.New("rows outside a transaction")
	}
	if db := string(e.Table.Schema); db != "bank" {
		return fmt.Errorf("rows of database %q", db)
	}
	var rows [][]int64
	for _, row := range e.Rows {
		numbers, err := integers(row)
		if err != nil {
			return err
		}
		rows = append(rows, numbers)
	}
	table := string(e.Table.Table)
	switch kind {
	case replication.WRITE_ROWS_EVENTv2:
		for _, row := range rows {
			r.group = append(r.group, change{table, nil, row})
		}
	case replication.UPDATE_ROWS_EVENTv2:
		for i := 0; i+1 < len(rows); i += 2 {
			r.group = append(r.group, change{table, rows[i], rows[i+1]})
		}
	default:
		return fmt.Errorf("unexpected %v event", kind)
	}
	return nil
}

func integers(row []any) ([]int64, error) {
	numbers := make([]int64, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case int32:
			numbers[i] = int64(v)
		case int64:
			numbers[i] = v
		default:
			return nil, fmt.Errorf("column %d holds %T(%v)", i, v, v)
		}
	}
	return numbers, nil
}

// apply changes the tables, as a strict replica does: the row before must be
// there as it was.
func (r *replay) apply(group []change) error {
	for _, c := range group {
		t := r.tables[c.table]
		if t == nil {
			return fmt.Errorf("rows of the unknown table %q", c.table)
		}
		id := c.after[0]
		old, ok := t[id]
		if ok != (c.before != nil) || ok && fmt.Sprint(old) != fmt.Sprint(c.before) {
			return fmt.Errorf("%s: %v becomes %v, but the row was %v", c.table, c.before, c.after, old)
		}
		t[id] = c.after
	}
	return nil
}
