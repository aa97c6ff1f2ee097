package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"
)

// streamed is what a Stream says up to where the log is durable now: the place
// of each event, and its bytes.
func streamed(t testing.TB, s *Stream) (at []Pos, raw []string) {
	t.Helper()
	for s.Ready() {
		p := s.Pos()
		ev, err := s.Next(context.Background())
		if err == io.EOF {
			continue
		}
		must(t, err)
		at, raw = append(at, p), append(raw, string(ev.Raw))
	}
	must(t, s.Close())
	return at, raw
}

// TestStream: from every event on a Stream gives the rest of the log, byte for
// byte, over rotations, closes and crashes; and no place between two is one.
func TestStream(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := &scribe{fs: vfs.NewMem()}
		sc.boot(rt)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			sc.step(rt, t)
		}
		s, err := sc.l.Stream(Pos{File: 1})
		must(t, err)
		at, raw := streamed(t, s)
		i := rapid.IntRange(0, len(at)-1).Draw(rt, "from")
		if s, err = sc.l.Stream(at[i]); err != nil {
			rt.Fatal(err)
		}
		if again, rest := streamed(t, s); !slices.Equal(again, at[i:]) || !slices.Equal(rest, raw[i:]) {
			rt.Fatalf("from %v: %v, want %v", at[i], again, at[i:])
		}
		wrong := Pos{at[i].File, at[i].Offset + uint64(rapid.IntRange(1, len(raw[i])-1).Draw(rt, "into"))}
		var place *PlaceError
		if _, err := sc.l.Stream(wrong); !errors.As(err, &place) {
			rt.Fatalf("from %v: %v", wrong, err)
		}
		sc.l.Abandon()
	})
}

// TestStreamBehind: a Stream behind a set begins where all before it is in the
// set, as late as that is possible.
func TestStreamBehind(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	for n := range uint64(6) {
		commit(t, l, dml(t, n+1))
		if n%2 == 1 {
			must(t, l.Rotate())
		}
	}
	for have, file := range []uint32{1, 1, 2, 2, 3, 3, 4} {
		var set GTIDSet
		if have > 0 {
			set.AddRange(testUUID, 1, int64(have))
		}
		set.AddRange(otherUUID, 1, 9) // of another source
		s, err := l.StreamBehind(set)
		must(t, err)
		if s.Pos() != (Pos{file, uint64(firstOffset)}) {
			t.Errorf("behind %v: %v, want file %d", set, s.Pos(), file)
		}
		must(t, s.Close())
	}
	must(t, l.Close())
}

// mariaDBTold is what a MariaDB is sent, as go-mysql reads it.
func mariaDBTold(t *testing.T, l *Log) (told []string) {
	t.Helper()
	s, err := l.Stream(Pos{File: 1})
	must(t, err)
	m := MariaDB{Version: "10.11.6-MariaDB-test", Rewriter: Rewriter{Text: func(doc []byte) ([]byte, error) { return append([]byte("text of "), doc...), nil }}}
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	p.SetFlavor("mariadb")
	for s.Ready() {
		ev, err := s.Next(context.Background())
		if err == io.EOF {
			continue
		}
		must(t, err)
		events, err := m.Event(ev)
		must(t, err)
		for _, raw := range events {
			read, err := p.Parse(slices.Clone(raw))
			if err != nil {
				t.Fatalf("%v: %v", ev.Type, err)
			}
			told = append(told, mariaDBEvent(read))
		}
	}
	must(t, s.Close())
	return told
}

func mariaDBEvent(read *replication.BinlogEvent) string {
	switch e := read.Event.(type) {
	case *replication.MariadbGTIDEvent:
		return fmt.Sprintf("GTID %s flags %02x commit %d", e.GTID.String(), e.Flags, e.CommitID)
	case *replication.MariadbGTIDListEvent:
		if len(e.GTIDs) == 0 {
			return "list"
		}
		return "list " + e.GTIDs[0].String()
	case *replication.QueryEvent:
		return string(e.Query)
	case *replication.RowsEvent:
		return fmt.Sprint(e.Rows)
	case *replication.FormatDescriptionEvent:
		return "server " + e.ServerVersion
	}
	return read.Header.EventType.String()
}

// TestMariaDB: groups have MariaDB's GTIDs, in place of BEGIN and XA START; those
// that do not depend on each other share a commit id.
func TestMariaDB(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	x := xaGroup(t, XAPrepare, "x")
	x.Cache = rowsCache(t, 7)
	commit(t, l, dml(t, 1))
	lc := l.MaxCommitted()
	for n := range uint64(2) { // beside each other
		g := dml(t, n+2)
		g.LastCommitted = lc
		_, seq, err := l.Append(g)
		must(t, err)
		must(t, l.Flush())
		must(t, l.Sync())
		defer l.Committed(seq, l.EndPos())
	}
	l.Committed(3, l.EndPos())
	commit(t, l, x)
	commit(t, l, xaGroup(t, XACommit, "x"))
	must(t, l.Rotate())
	commit(t, l, ddl(t, 9, " DROP TABLE x"))
	name := x.Branch
	const open = "flags 0e"
	want := []string{
		"server 10.11.6-MariaDB-test", "list",
		"GTID 0-7-1 " + open + " commit 1", "TableMapEvent", "[[1 ada 12.50]]", "XIDEvent",
		"GTID 0-7-2 " + open + " commit 2", "TableMapEvent", "[[2 ada 12.50]]", "XIDEvent",
		"GTID 0-7-3 " + open + " commit 2", "TableMapEvent", "[[3 ada 12.50]]", "XIDEvent",
		"GTID 0-7-4 flags 4e commit 4", "TableMapEvent", "[[7 ada 12.50]]", "XA END " + name.String(), "XAPrepareLogEvent",
		"GTID 0-7-5 flags 8f commit 5", "XA COMMIT " + name.String(), "RotateEvent",
		"server 10.11.6-MariaDB-test", "list 0-7-5",
		"GTID 0-7-6 flags 2b commit 6", " DROP TABLE x",
	}
	if got := mariaDBTold(t, l); !slices.Equal(got, want) {
		for i := range max(len(got), len(want)) {
			t.Logf("%q %q", append(got, make([]string, 50)...)[i], append(want, make([]string, 50)...)[i])
		}
		t.Error("not what a MariaDB expects")
	}
	must(t, l.Close())
}

// TestRewriter: JSON columns become texts, in both images of a row; the rest stays
// as it is, and each event ends where it did.
func TestRewriter(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	table := &Table{ID: 5, DB: "d", Name: "t", Checked: true, PrimaryKey: []int{0}, Columns: []Column{
		{Name: "id", Type: TypeLong}, {Name: "j", Type: TypeJSON, Length: 4, Nullable: true}, {Name: "v", Type: TypeVarchar, Length: 9, Collation: 45},
	}}
	g := dml(t, 1)
	g.Cache = NewCache(0)
	must(t, g.Cache.AddRows(table, UpdateRows, []RowChange{
		{Before: []Value{int64(1), nil, []byte("a")}, After: []Value{int64(1), []byte("doc"), []byte("b")}},
	}))
	commit(t, l, g)
	s, err := l.Stream(Pos{File: 1})
	must(t, err)
	w := Rewriter{Text: func(doc []byte) ([]byte, error) { return append([]byte("text of "), doc...), nil }}
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	seen := ""
	for s.Ready() {
		ev, err := s.Next(context.Background())
		must(t, err)
		raw, err := w.Event(ev)
		must(t, err)
		if ev.Type == EventFormatDescription {
			raw = AppendSentFormat(nil, ev, true)
		}
		read, err := p.Parse(slices.Clone(raw))
		must(t, err)
		if read.Header.LogPos != ev.LogPos || read.Header.Timestamp != ev.Timestamp {
			t.Errorf("%+v of %+v", read.Header, ev.Header)
		}
		if rows, ok := read.Event.(*replication.RowsEvent); ok {
			seen = fmt.Sprintf("%x %s", rows.Flags, rows.Rows)
		}
	}
	must(t, s.Close())
	if want := "3 [[%!s(int32=1) <nil> a] [%!s(int32=1) text of doc b]]"; seen != want {
		t.Errorf("%s, want %s", seen, want)
	}
	w.Text = func([]byte) ([]byte, error) { return nil, errBadEvent }
	s, err = l.Stream(Pos{File: 1})
	must(t, err)
	failed := false
	for s.Ready() {
		ev, err := s.Next(context.Background())
		must(t, err)
		if _, err := w.Event(ev); err != nil {
			failed = errors.Is(err, errBadEvent)
		}
	}
	if !failed {
		t.Error("a document that is none went through")
	}
	must(t, s.Close())
	must(t, l.Close())
}
