package binlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// tell is a transaction in one line.
func tell(t *Transaction) string {
	s := fmt.Sprintf("%d %v", t.Index(), t.Kind)
	if !t.Branch.IsNull() {
		s += fmt.Sprintf(" %s", t.Branch.Gtrid())
	}
	for _, c := range t.Changes {
		for _, r := range c.Rows {
			s += fmt.Sprintf(" %s=%v", c.Table.Name, r.After[0])
		}
	}
	return s + t.SQL
}

// follow is what a log says from behind an index to its present end.
func follow(t testing.TB, l *Log, after int64) []string {
	t.Helper()
	f, err := l.Follow(FollowOptions{After: after, ToEnd: true})
	must(t, err)
	var told []string
	for {
		next, err := f.Next(context.Background())
		if err == io.EOF {
			break
		}
		must(t, err)
		told = append(told, tell(next))
	}
	must(t, f.Close())
	return told
}

// A scribe appends random groups and knows what a Follower must say.
type scribe struct {
	fs       *vfs.MemFS
	l        *Log
	n        uint64
	want     []string
	prepared []string
}

func (s *scribe) boot(t *rapid.T) {
	o := testOptions(s.fs)
	o.SizeMax = 4096
	l, err := Open(testDir, o, Pos{}, nil)
	if err == nil {
		err = l.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.l = l
}

func (s *scribe) step(t *rapid.T, tb testing.TB) {
	s.n++
	switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
	case what < 3:
		commit(tb, s.l, dml(tb, s.n))
		s.want = append(s.want, fmt.Sprintf("%d dml accounts=%d", len(s.want)+1, s.n))
	case what < 5:
		g := xaGroup(tb, XAPrepare, fmt.Sprintf("g%d", rapid.IntRange(0, 3).Draw(t, "branch")))
		name := string(g.Branch.Gtrid())
		if slices.Contains(s.prepared, name) {
			return
		}
		g.Cache = rowsCache(tb, int64(s.n))
		commit(tb, s.l, g)
		s.prepared = append(s.prepared, name)
		s.want = append(s.want, fmt.Sprintf("%d xa prepare %s accounts=%d", len(s.want)+1, name, s.n))
	case what < 7 && len(s.prepared) > 0:
		s.decide(t, tb)
	case what == 7:
		if err := s.l.Rotate(); err != nil {
			t.Fatal(err)
		}
	case what == 8:
		if rapid.Bool().Draw(t, "crash") {
			s.l.Abandon()
		} else if err := s.l.Close(); err != nil {
			t.Fatal(err)
		}
		s.boot(t)
	default:
		commit(tb, s.l, ddl(tb, s.n, " DROP TABLE x"))
		s.want = append(s.want, fmt.Sprintf("%d ddl DROP TABLE x", len(s.want)+1))
	}
}

// decide ends a branch. The rows of a commit are those of the newest PREPARE.
func (s *scribe) decide(t *rapid.T, tb testing.TB) {
	i := rapid.IntRange(0, len(s.prepared)-1).Draw(t, "which")
	name := s.prepared[i]
	s.prepared = slices.Delete(s.prepared, i, i+1)
	kind, rows := XARollback, ""
	if rapid.Bool().Draw(t, "commit") {
		kind = XACommit
		for _, line := range s.want {
			if at := bytes.Index([]byte(line), []byte("xa prepare "+name+" ")); at >= 0 {
				rows = line[at+len("xa prepare ")+len(name):]
			}
		}
	}
	commit(tb, s.l, xaGroup(tb, kind, name))
	s.want = append(s.want, fmt.Sprintf("%d %v %s%s", len(s.want)+1, kind, name, rows))
}

// TestFollow: behind every index a Follower says the same, with the rows of
// each branch at its commit, over rotations, closes and crashes.
func TestFollow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &scribe{fs: vfs.NewMem()}
		s.boot(rt)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			s.step(rt, t)
		}
		for after := range len(s.want) + 1 {
			if got := follow(t, s.l, int64(after)); !slices.Equal(got, s.want[after:]) {
				rt.Fatalf("behind %d:\n%q\nwant\n%q", after, got, s.want[after:])
			}
		}
		var wrong *IndexError
		if _, err := s.l.Follow(FollowOptions{After: int64(len(s.want)) + 1}); !errors.As(err, &wrong) ||
			*wrong != (IndexError{int64(len(s.want)) + 1, 0, int64(len(s.want))}) {
			rt.Fatalf("behind the end: %v", err)
		}
		if _, err := s.l.Follow(FollowOptions{After: -1}); !errors.As(err, &wrong) {
			rt.Fatalf("before the beginning: %v", err)
		}
		s.l.Abandon()
	})
}

// TestFollowReusedXID: a branch that is prepared twice, files apart, has the
// rows of the second time, although the first is found on the way to others.
func TestFollowReusedXID(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	prepare := func(name string, row int64) {
		g := xaGroup(t, XAPrepare, name)
		g.Cache = rowsCache(t, row)
		commit(t, l, g)
	}
	prepare("twice", 1)
	prepare("old", 2)
	must(t, l.Rotate())
	commit(t, l, xaGroup(t, XACommit, "twice"))
	must(t, l.Rotate())
	prepare("twice", 3)
	must(t, l.Rotate())
	commit(t, l, xaGroup(t, XACommit, "old"))
	commit(t, l, xaGroup(t, XACommit, "twice"))
	want := []string{"5 xa commit old accounts=2", "6 xa commit twice accounts=3"}
	if got := follow(t, l, 4); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	must(t, l.Close())
}

// TestFollowWaits: a Follower shows a group once it is durable, not before, and
// goes on when ctx has ended a wait.
func TestFollowWaits(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	f, err := l.Follow(FollowOptions{})
	must(t, err)
	_, seq, err := l.Append(dml(t, 1))
	must(t, err)
	must(t, l.Flush())
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Next(ended); !errors.Is(err, context.Canceled) {
		t.Fatalf("nothing is durable, and the caller gave up: %v", err)
	}
	told := make(chan string)
	go func() {
		for {
			next, err := f.Next(context.Background())
			if err != nil {
				told <- err.Error()
				return
			}
			told <- tell(next)
		}
	}()
	must(t, l.Sync())
	l.Committed(seq, l.EndPos())
	if got := <-told; got != "1 dml accounts=1" {
		t.Error(got)
	}
	must(t, l.Rotate())
	commit(t, l, dml(t, 2))
	if got := <-told; got != "2 dml accounts=2" {
		t.Error(got)
	}
	must(t, l.Close())
	if got := <-told; got != ErrClosed.Error() {
		t.Error(got)
	}
	must(t, f.Close())
}

// TestFollowDamage: what was durable and no longer reads is corruption.
func TestFollowDamage(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	at := commit(t, l, dml(t, 2))
	b := readFile(t, fs, closedFile)
	b[at.Offset-10] ^= 1
	writeFile(t, fs, closedFile, b)
	f, err := l.Follow(FollowOptions{})
	must(t, err)
	defer f.Close()
	if _, err := f.Next(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Next(context.Background()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged group: %v", err)
	}
	l.Abandon()
}

// TestNumbersGoOn: a log that another server began goes on behind its indexes, with numbers of
// its own.
func TestNumbersGoOn(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	must(t, l.Close())
	o := testOptions(fs)
	o.ServerUUID = otherUUID
	l = mustStart(t, o)
	commit(t, l, dml(t, 2))
	if got := follow(t, l, 0); !slices.Equal(got, []string{"1 dml accounts=1", "2 dml accounts=2"}) {
		t.Errorf("%q", got)
	}
	must(t, l.Close())
	if l = mustStart(t, o); l.ExecutedGTIDs().String() != fmt.Sprintf("%v:1,%v:1", otherUUID, testUUID) {
		t.Errorf("executed: %v", l.ExecutedGTIDs())
	}
	must(t, l.Close())
}

// FuzzTransaction decodes any bytes as a file of groups, and any bytes as the
// bodies of events inside a group.
func FuzzTransaction(f *testing.F) {
	fs := vfs.NewMem()
	l := mustStart(f, testOptions(fs))
	allKinds(f, l, 1)
	c := NewCache(0)
	must(f, c.AddRows(wideTable, UpdateRows, []RowChange{{Before: wideRow(1), After: wideRow(2)}}))
	commit(f, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 50, Time: testTime})
	must(f, l.Close())
	whole := readFile(f, fs, closedFile)
	f.Add(whole, byte(0))
	f.Add(whole[:len(whole)-200], byte(0))
	r, err := OpenReader(fs, fs.PathJoin(testDir, closedFile))
	must(f, err)
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		must(f, err)
		f.Add(ev.Body(), byte(ev.Type))
	}
	f.Fuzz(func(t *testing.T, in []byte, typ byte) {
		file := in
		if typ != 0 {
			file = inGroup(typ, in)
		}
		fs := vfs.NewMem()
		must(t, fs.MkdirAll(testDir, 0o755))
		writeFile(t, fs, closedFile, file)
		for _, next := range []func(*groupReader) (bool, error){
			func(r *groupReader) (bool, error) { tr, ended, err := r.next(); return ended || tr == nil, err },
			func(r *groupReader) (bool, error) { g, ended, err := r.skip(); return ended || g.Kind == 0, err },
		} {
			r, err := folder{fs, testDir, "binlog"}.openGroups(1)
			for end := false; err == nil && !end; {
				end, err = next(r)
			}
			if err != nil && !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
		}
	})
}

// inGroup is a file with a group in which one event has that type and body.
func inGroup(typ byte, body []byte) []byte {
	file := frame(typ, body)
	// The table map of wideTable comes third; the group begins before it.
	at := 4
	for range 2 {
		at += int(file[at+9]) | int(file[at+10])<<8
	}
	info := GTIDInfo{GTID: GTID{testUUID, 1}, SequenceNumber: 1, Time: testTime}
	events := slices.Concat(appendQuery(nil, queryEvent{sql: sqlBegin}), file[at:], appendXID(nil, 7))
	events = slices.Concat(appendGTID(nil, info, false, len(events)), events)
	file = file[:at]
	for len(events) > 0 {
		size := int(events[9]) | int(events[10])<<8 | int(events[11])<<16
		from := len(file)
		file = append(file, events[:size]...)
		sealEvent(file[from:], 1, 1, uint32(len(file)))
		events = events[size:]
	}
	return file
}

// A growingFS says of a binlog file that it is only so long, as while a write is
// going on.
type growingFS struct {
	vfs.FS
	size int64 // 0: what it is
}

type growingFile struct {
	vfs.File
	size int64
}

type growingInfo struct {
	vfs.FileInfo
	size int64
}

func (fs *growingFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := fs.FS.Open(name, opts...)
	if err != nil || fs.size == 0 {
		return f, err
	}
	return growingFile{f, fs.size}, nil
}

func (f growingFile) Stat() (vfs.FileInfo, error) {
	info, err := f.File.Stat()
	return growingInfo{info, f.size}, err
}

func (i growingInfo) Size() int64 { return i.size }

// A Follower that opens a file again, for a branch's rows, does so while the file
// grows: what it reads later is not cut off where the file ended then.
func TestFollowWhileItGrows(t *testing.T) {
	fs := &growingFS{FS: vfs.NewMem()}
	o := testOptions(nil)
	o.FS = fs
	l, err := Open(testDir, o, Pos{}, nil)
	must(t, err)
	must(t, l.Start())
	for i, name := range []string{"a", "b"} {
		g := xaGroup(t, XAPrepare, name)
		g.Cache = rowsCache(t, int64(i))
		end := commit(t, l, g)
		fs.size = int64(end.Offset) - 2 // amid the last event
	}
	for _, name := range []string{"a", "b"} {
		commit(t, l, xaGroup(t, XACommit, name))
	}
	want := []string{"1 xa prepare a accounts=0", "2 xa prepare b accounts=1", "3 xa commit a accounts=0", "4 xa commit b accounts=1"}
	if got := follow(t, l, 0); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	fs.size = 0
	must(t, l.Close())
}
