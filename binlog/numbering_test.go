package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestGroupsOfOtherServers: groups keep the GTIDs they come with, this server's own numbers go on
// beside them, and indexes count all of them, also after the log was opened again.
func TestGroupsOfOtherServers(t *testing.T) {
	fs := vfs.NewMem()
	other, err := ParseUUID("11111111-1111-1111-1111-111111111111")
	must(t, err)
	named := func(n uint64, g GTID) *PendingGroup {
		out := dml(t, n)
		out.GTID = g
		return out
	}
	check := func(l *Log, gtids string, index int64) {
		t.Helper()
		if got := l.ExecutedGTIDs().String(); got != gtids || l.LastIndex() != index || l.ExecutedGTIDs().Count() != index {
			t.Errorf("%s at %d, want %s at %d", got, l.LastIndex(), gtids, index)
		}
	}
	own := testUUID.String()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	commit(t, l, named(2, GTID{other, 70}))
	commit(t, l, named(3, GTID{other, 71}))
	commit(t, l, dml(t, 4))
	must(t, l.Rotate())
	commit(t, l, named(5, GTID{other, 7}))
	commit(t, l, named(6, GTID{testUUID, 9}))
	commit(t, l, dml(t, 7))
	want := "11111111-1111-1111-1111-111111111111:7:70-71," + own + ":1-2:9-10"
	check(l, want, 7)
	for _, g := range []GTID{{other, 70}, {testUUID, 1}, {other, -1}} {
		if _, _, err := l.Append(named(8, g)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v again: %v", g, err)
		}
	}
	if n := len(l.numbers.Load().runs); n > 2 {
		t.Errorf("%d runs are kept", n)
	}
	must(t, l.Close())

	l = mustStart(t, testOptions(fs))
	check(l, want, 7)
	commit(t, l, dml(t, 8))
	check(l, "11111111-1111-1111-1111-111111111111:7:70-71,"+own+":1-2:9-11", 8)
	for after := range int64(8) {
		f, err := l.Follow(FollowOptions{After: after, ToEnd: true})
		must(t, err)
		for n := after + 1; ; n++ {
			tx, err := f.Next(context.Background())
			if err == io.EOF && n == 9 {
				break
			}
			must(t, err)
			if tx.Index() != n || tx.InternalXID != uint64(n) {
				t.Fatalf("behind %d: number %d has index %d", after, tx.InternalXID, tx.Index())
			}
		}
		must(t, f.Close())
	}
	first, err := l.FirstGTIDs(5)
	must(t, err)
	if got := first.String(); got != fmt.Sprintf("%v:7:70-71,%s:1-2", other, own) {
		t.Errorf("the first five are %s", got)
	}
	must(t, l.Reset())
	commit(t, l, dml(t, 9))
	if got := l.ExecutedGTIDs().String(); got != own+":1" || l.LastIndex() != 9 {
		t.Errorf("behind a reset: %s at %d", got, l.LastIndex())
	}
	must(t, l.Close())
}
