package binlog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"
)

// TestCacheMarks takes back statements and leaves no trace of them.
func TestCacheMarks(t *testing.T) {
	c := NewCache(0)
	add := func(id int64) {
		must(t, c.AddRows(accounts, WriteRows, []RowChange{{After: account(id, "x", "1")}}))
	}
	start := c.Mark()
	add(1)
	one := bytes.Clone(c.buf)
	mark := c.Mark()
	add(2)
	add(3)
	c.TruncateTo(mark)
	if !bytes.Equal(c.buf, one) || c.Empty() || c.Len() != len(one) {
		t.Errorf("%d bytes behind the mark, want %d", c.Len(), len(one))
	}
	c.TruncateTo(start)
	if !c.Empty() || c.Len() != 0 {
		t.Errorf("%d bytes behind the start", c.Len())
	}
	must(t, c.AddQuery("d", "DROP TABLE t"))
	if c.Empty() {
		t.Error("empty with a statement")
	}
	c.TruncateTo(start)
	if !c.Empty() {
		t.Error("the statement stayed")
	}
	add(1)
	if !bytes.Equal(c.buf, one) {
		t.Error("different events the second time")
	}
	c.Reset()
	if !c.Empty() || c.Mark() != (Mark{}) {
		t.Error("not empty after Reset")
	}
}

// TestCacheRefusals leave the cache as it was.
func TestCacheRefusals(t *testing.T) {
	c := NewCache(1000)
	good := []RowChange{{After: account(1, "x", "1")}}
	must(t, c.AddRows(accounts, WriteRows, good))
	before := bytes.Clone(c.buf)
	big := make([]RowChange, 100)
	for i := range big {
		big[i].After = account(int64(i), "a long name for the owner", "1")
	}
	for name, f := range map[string]struct {
		err  error
		call func() error
	}{
		"too large": {ErrTooLarge, func() error { return c.AddRows(accounts, WriteRows, big) }},
		"statement": {ErrInvalid, func() error { return c.AddQuery("d", "DROP TABLE t") }},
		"kind":      {ErrInvalid, func() error { return c.AddRows(accounts, 9, good) }},
		"no before": {ErrInvalid, func() error { return c.AddRows(accounts, UpdateRows, good) }},
		"no after":  {ErrInvalid, func() error { return c.AddRows(accounts, WriteRows, []RowChange{{}}) }},
		"both": {ErrInvalid, func() error {
			return c.AddRows(accounts, DeleteRows, []RowChange{{Before: good[0].After, After: good[0].After}})
		}},
		"few": {ErrInvalid, func() error { return c.AddRows(accounts, WriteRows, []RowChange{{After: []Value{int64(1)}}}) }},
		"not null": {ErrInvalid, func() error {
			return c.AddRows(accounts, WriteRows, []RowChange{{After: []Value{nil, nil, Decimal("1")}}})
		}},
	} {
		if err := f.call(); !errors.Is(err, f.err) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(c.buf, before) || c.query != nil {
			t.Fatalf("%s: the cache changed", name)
		}
	}
	must(t, c.AddRows(accounts, WriteRows, nil))
	if !bytes.Equal(c.buf, before) {
		t.Error("no rows changed the cache")
	}
	ddl := NewCache(100)
	if err := ddl.AddQuery("d", string(make([]byte, 101))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("long statement: %v", err)
	}
	must(t, ddl.AddQuery("d", "DROP TABLE t"))
	if err := ddl.AddRows(accounts, WriteRows, good); !errors.Is(err, ErrInvalid) {
		t.Errorf("rows after a statement: %v", err)
	}
}

// TestRowsSplit looks at where one statement's rows go on in the next event.
func TestRowsSplit(t *testing.T) {
	tbl := &Table{ID: 1, DB: "d", Name: "t", Columns: []Column{{Name: "b", Type: TypeBlob, Length: 3}}}
	row := func(n int) RowChange { return RowChange{After: []Value{make([]byte, n)}} }
	for _, c := range []struct {
		rows []RowChange
		want []int // rows in each event
	}{
		{[]RowChange{row(1), row(1)}, []int{2}},
		{[]RowChange{row(4000), row(4000), row(4000)}, []int{2, 1}},
		{[]RowChange{row(100000)}, []int{1}},
		{[]RowChange{row(1), row(100000), row(1), row(1)}, []int{1, 1, 2}},
		{[]RowChange{row(8100), row(8100)}, []int{1, 1}},
	} {
		events, err := appendRows(nil, tbl, WriteRows, presence{}, c.rows)
		must(t, err)
		var got []int
		for len(events) > 0 {
			h := decodeHeader(events)
			e, err := DecodeRows(h.Type, events[HeaderSize:int(h.Size)-ChecksumSize], tbl)
			must(t, err)
			got = append(got, len(e.Rows))
			events = events[h.Size:]
			if e.StatementEnd != (len(events) == 0) {
				t.Errorf("end of statement in event %d: %t", len(got), e.StatementEnd)
			}
			if len(e.Rows) > 1 && h.Size > rowsEventSize {
				t.Errorf("event of %d bytes with %d rows", h.Size, len(e.Rows))
			}
		}
		if len(got) != len(c.want) {
			t.Fatalf("%v, want %v", got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v, want %v", got, c.want)
			}
		}
	}
}

// byteRows is a table for AddRow.
var byteRows = &Table{ID: 30, DB: "bank", Name: "rows", PrimaryKey: []int{0}, Columns: []Column{
	{Name: "k", Type: TypeVarchar, Length: 40, Collation: 63},
	{Name: "v", Type: TypeBlob, Length: 4, Nullable: true, Collation: 63},
}}

// TestAddRowIsAddRows: one row alone is the same events either way.
func TestAddRowIsAddRows(t *testing.T) {
	key, old, val := []byte("key"), []byte("old"), []byte("new")
	for _, c := range []struct {
		kind          RowsKind
		before, after [][]byte
	}{
		{WriteRows, nil, [][]byte{key, val}},
		{WriteRows, nil, [][]byte{key, nil}},
		{UpdateRows, [][]byte{key, old}, [][]byte{key, val}},
		{DeleteRows, [][]byte{key, old}, nil},
	} {
		one, rows := NewCache(0), NewCache(0)
		must(t, one.AddRow(byteRows, c.kind, c.before, c.after))
		must(t, rows.AddRows(byteRows, c.kind, []RowChange{{Before: values(c.before), After: values(c.after)}}))
		if !bytes.Equal(one.buf, rows.buf) {
			t.Errorf("%v: %x, want %x", c.kind, one.buf, rows.buf)
		}
	}
	c := NewCache(200)
	for name, got := range map[string]error{
		"no after": c.AddRow(byteRows, WriteRows, nil, nil),
		"both":     c.AddRow(byteRows, DeleteRows, [][]byte{key, old}, [][]byte{key, val}),
		"few":      c.AddRow(byteRows, WriteRows, nil, [][]byte{key}),
		"no bytes": c.AddRow(accounts, WriteRows, nil, [][]byte{key, old, val}),
		"kind":     c.AddRow(byteRows, 9, nil, [][]byte{key, val}),
		"large":    c.AddRow(byteRows, WriteRows, nil, [][]byte{key, make([]byte, 300)}),
	} {
		if want := map[bool]error{false: ErrInvalid, true: ErrTooLarge}[name == "large"]; !errors.Is(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !c.Empty() {
		t.Error("a refused row left events")
	}
}

func values(row [][]byte) (image []Value) {
	for _, v := range row {
		image = append(image, v)
	}
	return image
}

// TestAddRow: single rows share an event while they can, come back in order,
// and a mark in the middle of one takes back what came after it.
func TestAddRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := NewCache(0)
		type point struct {
			mark Mark
			rows int
		}
		var want []int64
		points := []point{{c.Mark(), 0}}
		for n := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				points = append(points, point{c.Mark(), len(want)})
			case 1:
				i := rapid.IntRange(0, len(points)-1).Draw(rt, "to")
				c.TruncateTo(points[i].mark)
				want, points = want[:points[i].rows], points[:i+1]
			case 2:
				must(t, c.AddRows(accounts, WriteRows, []RowChange{{After: account(int64(n), "ada", "1")}}))
				want = append(want, int64(n))
			default:
				val := make([]byte, rapid.SampledFrom([]int{0, 1, 40}).Draw(rt, "value"))
				must(t, c.AddRow(byteRows, WriteRows, nil, [][]byte{fmt.Append(nil, n), val}))
				want = append(want, int64(n))
				if err := c.AddRow(byteRows, WriteRows, nil, [][]byte{make([]byte, 41), val}); !errors.Is(err, ErrInvalid) {
					rt.Fatalf("a value that is too long: %v", err)
				}
			}
		}
		if len(want) == 0 {
			return
		}
		fs := vfs.NewMem()
		l := mustStart(t, testOptions(fs))
		commit(t, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 1})
		must(t, l.Close())
		if got := writtenIDs(t, fs); !slices.Equal(got, want) {
			rt.Fatalf("rows %v, want %v", got, want)
		}
	})
}

// writtenIDs reads the first column of every written row with go-mysql.
func writtenIDs(t *testing.T, fs vfs.FS) (ids []int64) {
	t.Helper()
	b := readFile(t, fs, "binlog.000001")
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	must(t, p.ParseReader(bytes.NewReader(b[4:]), func(ev *replication.BinlogEvent) error {
		if e, ok := ev.Event.(*replication.RowsEvent); ok {
			for _, row := range e.Rows {
				id, ok := row[0].(int64)
				if !ok {
					n, err := strconv.Atoi(row[0].(string))
					must(t, err)
					id = int64(n)
				}
				ids = append(ids, id)
			}
		}
		return nil
	}))
	return ids
}
