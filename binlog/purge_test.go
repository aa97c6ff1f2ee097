package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/internal/failpoint"
)

// purge is [to=n] [before=seconds] [size=n] [floor=n].
func (s *script) purge(t *testing.T, d *datadriven.TestData) string {
	r := PurgeRequest{Floor: s.l.EndPos()}
	var to, seconds int
	d.MaybeScanArgs(t, "to", &to)
	d.MaybeScanArgs(t, "before", &seconds)
	d.MaybeScanArgs(t, "size", &r.SizeMax)
	d.MaybeScanArgs(t, "floor", &r.Floor.File)
	if to > 0 {
		r.To = FileName("binlog", uint32(to))
	}
	if d.HasArg("before") {
		r.Before = testTime.Add(time.Duration(seconds) * time.Second)
	}
	p, err := s.l.Purge(r)
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, f := range p.Files {
		fmt.Fprintf(&out, "gone: %s\n", f.Name)
	}
	if p.Kept != "" {
		fmt.Fprintf(&out, "%s of %d stays: %v, %d readers\n", p.Kept, p.Wanted, p.Why, p.Readers)
	}
	names, err := s.fs.List(testDir)
	must(t, err)
	slices.Sort(names)
	purged, err := s.l.PurgedGTIDs()
	must(t, err)
	fmt.Fprintf(&out, "there: %s\npurged %v\nexecuted %v", strings.Join(names, " "), purged, s.l.ExecutedGTIDs())
	return out.String()
}

// runPurges logs groups over many files, with branches, and purges now and then.
// first is the oldest file that each operation of the disk may have left.
func runPurges(t testing.TB, d *simdisk.Disk, j *purges) error {
	l, err := Open(testDir, testOptions(d.FS()), Pos{}, nil)
	if err == nil {
		err = l.Start()
	}
	if err != nil {
		return err
	}
	defer l.Abandon()
	for n := uint64(1); n <= 12; n++ {
		g := dml(t, n)
		g.LastCommitted = l.MaxCommitted()
		end, seq, err := l.Append(g)
		if err == nil {
			err = errors.Join(l.Flush(), l.Sync())
		}
		if err != nil {
			return err
		}
		l.Committed(seq, end)
		j.groups = append(j.groups, promise{d.Ops(), int(n)})
		if n%2 == 0 {
			if err := l.Rotate(); err != nil {
				return err
			}
		}
		if n%5 != 0 {
			continue
		}
		files := l.Files()
		to := files[len(files)-2]
		j.begun = append(j.begun, promise{d.Ops(), int(to.Number)})
		p, err := l.Purge(PurgeRequest{To: to.Name, Floor: end})
		if err != nil {
			return err
		}
		if p.Kept != "" || len(p.Files) == 0 {
			t.Fatalf("purge to %s: %+v", to.Name, p)
		}
		j.done = append(j.done, promise{d.Ops(), int(to.Number)})
	}
	return nil
}

// purges is what a run has promised: how many groups there are, up to which file
// it had begun to purge, and up to which it had purged.
type purges struct{ groups, begun, done []promise }

func at(list []promise, k, none int) int {
	for _, p := range list {
		if p.ops <= k {
			none = p.groups
		}
	}
	return none
}

// check opens the log on d, which is what was left at operation k.
func (j *purges) check(d *simdisk.Disk, k int) error {
	promised := at(j.groups, k, 0)
	l, err := Open(testDir, testOptions(d.FS()), Pos{}, nil)
	if err != nil {
		return err
	}
	defer l.Abandon()
	files := l.Files()
	if len(files) == 0 {
		if promised > 0 {
			return errors.New("no file is left")
		}
		return nil
	}
	if first := int(files[0].Number); first < at(j.done, k, 1) || first > at(j.begun, k, 1) {
		return fmt.Errorf("the log begins with %s", files[0].Name)
	}
	names, err := d.FS().List(testDir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Size == 0 || !slices.Contains(names, f.Name) {
			return fmt.Errorf("%s is missing: %q", f.Name, names)
		}
	}
	if len(names) != len(files)+1 {
		return fmt.Errorf("the log is %v, the folder has %q", files, names)
	}
	purged, err := l.PurgedGTIDs()
	if err != nil {
		return err
	}
	got := l.ExecutedGTIDs()
	if want := int64(2 * (files[0].Number - 1)); purged.Last(testUUID) != want {
		return fmt.Errorf("purged %v, not up to %d", purged, want)
	}
	if got.Last(testUUID) < int64(promised) || got.String() != fmt.Sprintf("%v:1-%d", testUUID, got.Last(testUUID)) && got.Last(testUUID) > 1 {
		return fmt.Errorf("executed %v, %d were promised", got, promised)
	}
	f, err := l.Follow(FollowOptions{After: purged.Last(testUUID), ToEnd: true})
	if err != nil {
		return err
	}
	defer f.Close()
	for n := purged.Last(testUUID); ; n++ {
		tx, err := f.Next(context.Background())
		if err == io.EOF && n == got.Last(testUUID) {
			return nil
		}
		if err != nil || tx.Index() != n+1 {
			return fmt.Errorf("behind %d: %v, %w", n, tx, err)
		}
	}
}

// TestPurgeCrash cuts the power after each operation of a run with purges, and
// again while that is repaired: the log begins where it began before a purge or
// behind it, whole and without leftovers.
func TestPurgeCrash(t *testing.T) {
	for _, profile := range simdisk.Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			d := simdisk.New(simdisk.Options{Seed: 1, Profile: profile, Scribble: true})
			var j purges
			must(t, runPurges(t, d, &j))
			images := 0
			for k := 0; k <= d.Ops(); k++ {
				for _, c := range d.Choices(k, simdisk.Bounded(8)) {
					images++
					image := d.CrashAt(k, c)
					if err := j.check(image, k); err != nil {
						t.Fatalf("crash at %d, %v: %v", k, c, err)
					}
					if k%7 != 0 {
						continue
					}
					for again := 0; again <= image.Ops(); again++ {
						for _, c2 := range image.Choices(again, simdisk.Bounded(2)) {
							if err := j.check(image.CrashAt(again, c2), k); err != nil {
								t.Fatalf("crash at %d, %v, then at %d, %v: %v", k, c, again, c2, err)
							}
						}
					}
				}
			}
			if v := d.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
			t.Logf("%d operations, %d images", d.Ops(), images)
		})
	}
}

// TestPurgeFaults makes each operation of a purge fail once: the log goes on, or
// says why not, and what the disk has is a log.
func TestPurgeFaults(t *testing.T) {
	for _, op := range []simdisk.OpKind{simdisk.OpWrite, simdisk.OpSync, simdisk.OpDirSync, simdisk.OpCreate, simdisk.OpRename, simdisk.OpRemove} {
		faults := 0
		for nth := 1; ; nth++ {
			d := simdisk.New(simdisk.Options{Seed: 1, Scribble: true})
			must(t, d.Inject(simdisk.Rule{Op: op, Path: "*", Nth: nth}))
			var j purges
			err := runPurges(t, d, &j)
			if err == nil {
				break
			}
			faults++
			d.ClearFaults()
			for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
				if err := j.check(d.CrashAt(d.Ops(), c), d.Ops()); err != nil {
					t.Fatalf("%v fault %d, power failure %v: %v", op, nth, c, err)
				}
			}
			d.Restart()
			if err := j.check(d, d.Ops()); err != nil {
				t.Fatalf("%v fault %d, restart: %v", op, nth, err)
			}
		}
		if faults == 0 {
			t.Errorf("no %v failed", op)
		}
	}
}

// TestPurgeFailpoints stops at each point of a purge: the log goes on with what
// its index names, and a later purge and the next Open clear the rest away.
func TestPurgeFailpoints(t *testing.T) {
	defer failpoint.Reset()
	for _, name := range failpoint.List() {
		if !strings.HasPrefix(name, "bl.purge_") {
			continue
		}
		for nth := 1; ; nth++ {
			d := simdisk.New(simdisk.Options{Seed: 1})
			var j purges
			must(t, failpoint.Enable(fmt.Sprintf("%s=error@%d", name, nth)))
			err := runPurges(t, d, &j)
			must(t, failpoint.Enable(name+"=off"))
			if err == nil && nth > 1 {
				break
			}
			if !errors.Is(err, failpoint.ErrInjected) {
				t.Fatalf("%s hit %d: %v", name, nth, err)
			}
			for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
				if err := j.check(d.CrashAt(d.Ops(), c), d.Ops()); err != nil {
					t.Fatalf("%s hit %d, %v: %v", name, nth, c, err)
				}
			}
		}
	}
}

// TestPurgeGoesOn: what stops a purge is no end of the log.
func TestPurgeGoesOn(t *testing.T) {
	defer failpoint.Reset()
	for _, name := range []string{"bl.purge_before_update_index", "bl.index_crash_safe_copy_mid", "bl.index_rename_after", "bl.purge_before_unlink"} {
		fs := vfs.NewMem()
		l := mustStart(t, testOptions(fs))
		for n := range uint64(4) {
			commit(t, l, dml(t, n+1))
			must(t, l.Rotate())
		}
		must(t, failpoint.Enable(name+"=error"))
		_, err := l.Purge(PurgeRequest{To: "binlog.000003", Floor: l.EndPos()})
		must(t, failpoint.Enable(name+"=off"))
		if !errors.Is(err, failpoint.ErrInjected) {
			t.Fatalf("%s: %v", name, err)
		}
		commit(t, l, dml(t, 5))
		must(t, l.Rotate())
		p, err := l.Purge(PurgeRequest{To: "binlog.000004", Floor: l.EndPos()})
		must(t, err)
		if files := l.Files(); p.Kept != "" || files[0].Name != "binlog.000004" || len(files) != 3 {
			t.Errorf("%s: then %+v, %v", name, p, files)
		}
		must(t, l.Close())
		l, groups := mustOpen(t, testOptions(fs), Pos{})
		if names, err := fs.List(testDir); err != nil || len(names) != 4 || len(groups) != 2 {
			t.Errorf("%s: %q with %d groups: %v", name, names, len(groups), err)
		}
		l.Abandon()
	}
}

// TestPurgeWhileRotating purges beside a writer and a reader: the index has what
// both have done.
func TestPurgeWhileRotating(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	f, err := l.Follow(FollowOptions{})
	must(t, err)
	const groups = 200
	read := make(chan error, 1)
	go func() {
		for n := 1; n <= groups; n++ {
			tx, err := f.Next(context.Background())
			if err == nil && tx.Index() != int64(n) {
				err = fmt.Errorf("group %d is numbered %d", n, tx.Index())
			}
			if err != nil {
				read <- err
				return
			}
		}
		read <- nil
	}()
	stop, purged := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				purged <- nil
				return
			default:
			}
			if _, err := l.Purge(PurgeRequest{SizeMax: 1, Floor: l.EndPos()}); err != nil {
				purged <- err
				return
			}
		}
	}()
	for n := uint64(2); n <= groups; n++ {
		commit(t, l, dml(t, n))
		must(t, l.Rotate())
	}
	must(t, <-read)
	must(t, f.Close())
	close(stop)
	must(t, <-purged)
	p, err := l.Purge(PurgeRequest{SizeMax: 1, Floor: l.EndPos()})
	must(t, err)
	if files := l.Files(); len(files) != 1 || p.Kept != "" {
		t.Errorf("%v, %+v", files, p)
	}
	must(t, l.Close())
	if l = mustStart(t, testOptions(fs)); l.ExecutedGTIDs().Last(testUUID) != groups {
		t.Errorf("executed %v", l.ExecutedGTIDs())
	}
	must(t, l.Close())
}

// TestPurgeByTime: a file goes when the one behind it was begun in time.
func TestPurgeByTime(t *testing.T) {
	o := testOptions(vfs.NewMem())
	now := clock.NewManual(testTime)
	o.Clock = now
	l := mustStart(t, o)
	for n := range uint64(3) {
		commit(t, l, dml(t, n+1))
		now.Advance(time.Hour)
		must(t, l.Rotate())
	}
	p, err := l.Purge(PurgeRequest{Before: testTime.Add(time.Hour - time.Second), Floor: l.EndPos()})
	if err != nil || p.Wanted != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = l.Purge(PurgeRequest{Before: testTime.Add(2 * time.Hour), Floor: l.EndPos()})
	if err != nil || len(p.Files) != 2 || p.Files[1].Name != "binlog.000002" {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = l.Purge(PurgeRequest{Before: testTime.Add(100 * time.Hour), Floor: l.EndPos()})
	if err != nil || len(p.Files) != 1 || len(l.Files()) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	must(t, l.Close())
}

// TestFollowPurged: whoever follows from a file that was not to go gets all that
// he would have got, with the rows of branches prepared before; others hear that
// there is something missing, and go on behind it.
func TestFollowPurged(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &scribe{fs: vfs.NewMem()}
		s.boot(rt)
		first := 0 // index that all is there behind of
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			s.step(rt, t)
			files := s.l.Files()
			if !rapid.Bool().Draw(rt, "purge") {
				continue
			}
			to := files[rapid.IntRange(0, len(files)-1).Draw(rt, "to")]
			r, err := s.l.openGroups(to.Number)
			must(t, err)
			first = max(first, int(r.previous.Count()))
			must(t, r.Close())
			p, err := s.l.Purge(PurgeRequest{To: to.Name, Floor: s.l.EndPos()})
			if err != nil || p.Kept != "" && p.Why != KeptBranch {
				rt.Fatalf("%+v, %v", p, err)
			}
		}
		for after := first; after <= len(s.want); after++ {
			if got := follow(t, s.l, int64(after)); !slices.Equal(got, s.want[after:]) {
				rt.Fatalf("behind %d:\n%q\nwant\n%q", after, got, s.want[after:])
			}
		}
		s.checkBefore(rt, first)
		s.l.Abandon()
	})
}

// checkBefore follows from where something may be missing.
func (s *scribe) checkBefore(t *rapid.T, first int) {
	for at := 0; at < first; {
		f, err := s.l.Follow(FollowOptions{After: int64(at), ToEnd: true})
		next := at
		for err == nil {
			var tx *Transaction
			if tx, err = f.Next(context.Background()); err != nil {
				break
			}
			if got := tell(tx); got != s.want[next] {
				t.Fatalf("behind %d: %q, not %q", next, got, s.want[next])
			}
			next++
		}
		if f != nil {
			_ = f.Close()
		}
		if err == io.EOF {
			return
		}
		var gone *IndexError
		if !errors.As(err, &gone) || gone.First <= int64(next) && next > at || gone.First <= int64(at) {
			t.Fatalf("behind %d: %v", next, err)
		}
		at = int(gone.First)
	}
}
