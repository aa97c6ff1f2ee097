package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// indexes are those of what follows an index.
func indexes(t *testing.T, l *Log, after int64) (list []int64) {
	t.Helper()
	f, err := l.Follow(FollowOptions{After: after, ToEnd: true})
	must(t, err)
	defer func() { must(t, f.Close()) }()
	for {
		tx, err := f.Next(context.Background())
		if err == io.EOF {
			return list
		}
		must(t, err)
		list = append(list, tx.Index())
	}
}

// files are the names in the log's folder.
func files(t *testing.T, fs vfs.FS) []string {
	t.Helper()
	names, err := fs.List(testDir)
	must(t, err)
	slices.Sort(names)
	return names
}

// TestReset: nothing is left, GTIDs begin anew, and files and indexes go on; so it
// is when the log is opened again, also from a place that was there before.
func TestReset(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	allKinds(t, l, 1)
	must(t, l.Rotate())
	before := commit(t, l, dml(t, 8))
	clock := l.MaxCommitted()
	must(t, l.Reset())
	check := func(l *Log, gtids string, last int64) {
		t.Helper()
		purged, err := l.PurgedGTIDs()
		must(t, err)
		first, err := l.FirstIndex()
		must(t, err)
		if got := l.ExecutedGTIDs().String(); got != gtids || !purged.IsEmpty() || l.LastIndex() != last || first != 8 {
			t.Errorf("executed %q, purged %q, indexes behind %d to %d", got, purged, first, l.LastIndex())
		}
	}
	check(l, "", 8)
	if got := files(t, fs); fmt.Sprint(got) != "[binlog.000003 binlog.index]" || len(l.Files()) != 1 {
		t.Errorf("files %v", got)
	}
	if got := string(readFile(t, fs, "binlog.index")); got != "#reset binlog.000003 8\nbinlog.000003\n" {
		t.Errorf("index %q", got)
	}
	one := dml(t, 9)
	one.LastCommitted = clock // it had its locks before
	_, seq, err := l.Append(one)
	must(t, err)
	must(t, l.Flush())
	must(t, l.Sync())
	l.Committed(seq, l.EndPos())
	check(l, testUUID.String()+":1", 9)
	must(t, l.Rotate())
	if got := string(readFile(t, fs, "binlog.index")); got != "#reset binlog.000003 8\nbinlog.000003\nbinlog.000004\n" {
		t.Errorf("index %q", got)
	}
	must(t, l.Close())

	for _, from := range []Pos{before, {1, 0}, {}} {
		l, groups := mustOpen(t, testOptions(fs), from)
		if len(groups) != 1 || groups[0].GTID.GNO != 1 || groups[0].InternalXID != 9 {
			t.Errorf("from %v: %+v", from, groups)
		}
		check(l, testUUID.String()+":1", 9)
		l.Abandon()
	}
	l = mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 10))
	if got := indexes(t, l, 8); fmt.Sprint(got) != "[9 10]" {
		t.Errorf("the feed has %v", got)
	}
	var gone *IndexError
	if _, err := l.Follow(FollowOptions{After: 7}); !errors.As(err, &gone) || gone.First != 8 || gone.Last != 10 {
		t.Errorf("behind 7: %v", err)
	}
	if p, err := l.Purge(PurgeRequest{Through: 9, Floor: l.EndPos()}); err != nil || len(p.Files) != 2 {
		t.Errorf("purged %+v, %v", p, err)
	}
	if first, err := l.FirstIndex(); err != nil || first != 9 {
		t.Errorf("purged to %d, %v", first, err)
	}
	must(t, l.Reset())
	must(t, l.Reset())
	if got := string(readFile(t, fs, "binlog.index")); got != "#reset binlog.000007 10\nbinlog.000007\n" {
		t.Errorf("index %q", got)
	}
	must(t, l.Close())
}

// TestResetReaders: a Follower reads what was there to the end and goes on, a
// Stream ends, and the files stay until then.
func TestResetReaders(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	must(t, l.Rotate())
	commit(t, l, dml(t, 2))
	f, err := l.Follow(FollowOptions{})
	must(t, err)
	amid, err := l.Stream(Pos{File: 1})
	must(t, err)
	waiting, err := l.Stream(l.EndPos())
	must(t, err)
	ended := make(chan error)
	go func() { ended <- drain(waiting) }()
	must(t, l.Reset())
	if err := <-ended; !errors.Is(err, ErrReset) {
		t.Errorf("a stream that waits: %v", err)
	}
	must(t, waiting.Close())
	commit(t, l, dml(t, 3))
	if got := files(t, fs); len(got) != 4 {
		t.Errorf("files that are read: %v", got)
	}
	if err := drain(amid); !errors.Is(err, ErrReset) {
		t.Errorf("a stream that reads: %v", err)
	}
	must(t, amid.Close())
	for n := range int64(3) {
		tx, err := f.Next(context.Background())
		must(t, err)
		if tx.Index() != n+1 || tx.InternalXID != uint64(n+1) {
			t.Errorf("number %d: index %d", n+1, tx.Index())
		}
	}
	if got := files(t, fs); fmt.Sprint(got) != "[binlog.000003 binlog.index]" {
		t.Errorf("files that were read: %v", got)
	}
	must(t, f.Close())
	must(t, l.Close())
}

// drain reads what is there, the end of a file among it, and returns why it ends.
func drain(s *Stream) error {
	for {
		if _, err := s.Next(context.Background()); err != nil && err != io.EOF {
			return err
		}
	}
}

// TestResetAnonymous: without GTIDs it is the same, and the next life may have them.
func TestResetAnonymous(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(fs)
	o.AnonymousGTID = true
	l := mustStart(t, o)
	end := commit(t, l, dml(t, 1))
	must(t, l.Reset())
	must(t, l.Close())
	if l, groups := mustOpen(t, o, end); len(groups) != 0 || l.LastIndex() != 0 {
		t.Errorf("groups %+v, index %d", groups, l.LastIndex())
	}
	o.AnonymousGTID = false
	l = mustStart(t, o)
	commit(t, l, dml(t, 2))
	if got := indexes(t, l, 0); fmt.Sprint(got) != "[1]" {
		t.Errorf("the feed has %v", got)
	}
	must(t, l.Close())
}

// TestResetIndex: an index that no Reset has written is refused, with the place.
func TestResetIndex(t *testing.T) {
	for _, text := range []string{
		"#reset binlog.000001\nbinlog.000001\n", "#reset binlog.000001 x\nbinlog.000001\n", "#reset binlog.000001 -1\nbinlog.000001\n",
		"#reset other.000001 1\nbinlog.000001\n", "#reset binlog.000002 1\nbinlog.000001\n", "#reset binlog.000001 1\n", "#reset binlog.000001 1",
		"#other\nbinlog.000001\n", "binlog.000001\n#reset binlog.000001 1\n", "#reset binlog.000001 1\n#reset binlog.000001 1\nbinlog.000001\n",
	} {
		fs := vfs.NewMem()
		must(t, mustStart(t, testOptions(fs)).Close())
		writeFile(t, fs, "binlog.index", []byte(text))
		if _, err := Open(testDir, testOptions(fs), Pos{}, nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestResetCopy: a copy of a log that was reset goes on with its indexes; one that
// files from behind a reset were added to ends in front of them.
func TestResetCopy(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	commit(t, l, dml(t, 2))
	old := snapshot(t, fs)
	must(t, l.Reset())
	end := commit(t, l, dml(t, 3))
	must(t, l.Close())
	walk := func(fs vfs.FS, first uint32) (list []int64, err error) {
		err = WalkCopy(testDir, testOptions(fs), first, func(tx *Transaction) error {
			list = append(list, tx.Index())
			return nil
		})
		return list, err
	}
	c, err := CopyOf(testDir, testOptions(fs), end)
	must(t, err)
	copied := vfs.NewMem()
	must(t, copied.MkdirAll(testDir, 0o755))
	writeFile(t, copied, c.IndexName, c.Index)
	var b strings.Builder
	must(t, c.WriteFile(&b, 0))
	writeFile(t, copied, c.Files[0].Name, []byte(b.String()))
	if got, err := walk(copied, 2); err != nil || fmt.Sprint(got) != "[3]" {
		t.Errorf("a copy has %v, %v", got, err)
	}
	must(t, CutCopy(testDir, testOptions(copied), end))
	if l := mustStart(t, testOptions(copied)); l.LastIndex() != 3 {
		t.Errorf("a copy goes on behind %d", l.LastIndex())
	}
	mixed := cloneFiles(t, old)
	writeFile(t, mixed, "binlog.000002", readFile(t, fs, "binlog.000002"))
	if got, err := walk(mixed, 1); !errors.Is(err, ErrReset) || fmt.Sprint(got) != "[1 2]" {
		t.Errorf("a mixed copy has %v, %v", got, err)
	}
}

// TestResetCrash cuts the power after each operation of a run with resets: the log
// is the one before or the one behind, from whatever place recovery asks for.
func TestResetCrash(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1, Scribble: true})
	l := mustStart(t, testOptions(d.FS()))
	var ends []Pos         // of the groups, as they are numbered
	var acked, begun []int // operations by which a group was durable, a Reset called
	var done, in []int     // by which it had returned, and the groups in front of it
	for n := range uint64(6) {
		ends = append(ends, commit(t, l, dml(t, n+1)))
		acked = append(acked, d.Ops())
		if n%2 == 1 {
			begun, in = append(begun, d.Ops()), append(in, len(ends))
			must(t, l.Reset())
			done = append(done, d.Ops())
		}
	}
	l.Abandon()
	check := func(image *simdisk.Disk, k int) error {
		first, least, promised := 0, 0, 0 // of the log found, at least, and groups that are durable
		for i := range done {
			if done[i] <= k {
				least = in[i]
			}
		}
		for i, at := range acked {
			if at <= k {
				promised = i + 1
			}
		}
		var from Pos
		if promised > 0 {
			from = ends[promised-1]
		}
		for _, from := range []Pos{from, {}} {
			var got []uint64
			l, err := Open(testDir, testOptions(image.FS()), from, func(g Group) error {
				got = append(got, g.InternalXID)
				return nil
			})
			if err != nil {
				return fmt.Errorf("from %v: %w", from, err)
			}
			first = int(l.numbers.Load().before)
			gtids, last := l.ExecutedGTIDs().Count(), l.LastIndex()
			l.Abandon()
			if first != least && !slices.Contains(in, first) || first < least || int(last) < promised || int64(first)+gtids != last {
				return fmt.Errorf("from %v: a log from %d to %d with GTIDs to %d; %d is gone, %d are durable", from, first, last, gtids, least, promised)
			}
			for i, at := range begun {
				if at > k && in[i] <= first {
					return fmt.Errorf("reset %d was not called", i)
				}
			}
			if from == (Pos{}) && len(got) != int(last)-first {
				return fmt.Errorf("groups %v in a log from %d to %d", got, first, last)
			}
		}
		return nil
	}
	for k := 0; k <= d.Ops(); k++ {
		for _, c := range append(d.Choices(k, simdisk.Bounded(4)), simdisk.Kill()) {
			if err := check(d.CrashAt(k, c), k); err != nil {
				t.Fatalf("crash at %d, %v: %v", k, c, err)
			}
		}
	}
}
