package binlog

import (
	"fmt"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A journal is what a run told its clients.
type journal struct {
	appended []Pos     // end of each group, in order
	promises []promise // in order
}

// A promise says that after so many disk operations so many groups were
// acknowledged.
type promise struct{ ops, groups int }

func (j *journal) promisedAt(k int) (groups int) {
	for _, p := range j.promises {
		if p.ops <= k {
			groups = p.groups
		}
	}
	return groups
}

// runLog logs groups in batches over several files and two boots, and leaves
// the log open. It stops at the first error.
func runLog(t testing.TB, d *simdisk.Disk, j *journal) error {
	xids := uint64(0)
	var l *Log
	batch := func(n int) error {
		lc := l.MaxCommitted()
		var seq int64
		for range n {
			xids++
			g := dml(t, xids)
			g.LastCommitted = lc
			end, s, err := l.Append(g)
			if err != nil {
				return err
			}
			j.appended = append(j.appended, end)
			seq = s
		}
		if err := l.Flush(); err != nil {
			return err
		}
		if err := l.Sync(); err != nil {
			return err
		}
		j.promises = append(j.promises, promise{d.Ops(), len(j.appended)})
		l.Committed(seq, l.EndPos())
		return nil
	}
	boot := func() error {
		var err error
		if l, err = Open(testDir, testOptions(d.FS()), Pos{}, nil); err != nil {
			return err
		}
		return l.Start()
	}
	steps := []func() error{
		boot,
		func() error { return batch(1) },
		func() error { return batch(3) },
		func() error { return l.Rotate() },
		func() error { return batch(2) },
		func() error { return l.Close() },
		func() error { d.Restart(); return boot() },
		func() error { return batch(1) },
		func() error { l.Abandon(); d.Restart(); return boot() },
		func() error { return batch(2) },
		func() error { return l.Rotate() },
		func() error { return batch(1) },
		func() error { // in the page cache only
			xids++
			g := dml(t, xids)
			g.LastCommitted = l.MaxCommitted()
			end, _, err := l.Append(g)
			if err != nil {
				return err
			}
			j.appended = append(j.appended, end)
			return l.Flush()
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			if l != nil {
				l.Abandon()
			}
			return err
		}
	}
	l.Abandon()
	return nil
}

// recovered opens the log on d, checks that its groups are a prefix of those
// appended and cover the promises, and returns how many there are.
func recovered(d *simdisk.Disk, j *journal, promised int, start bool) (int, error) {
	var from Pos
	if promised > 0 {
		from = j.appended[promised-1]
	}
	for _, from := range []Pos{from, {}} {
		n := 0
		if from != (Pos{}) {
			n = promised
		}
		l, err := Open(testDir, testOptions(d.FS()), from, func(g Group) error {
			n++
			if g.InternalXID != uint64(n) {
				return fmt.Errorf("group %d has XID %d", n, g.InternalXID)
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("from %v: %w", from, err)
		}
		if n < promised {
			return 0, fmt.Errorf("from %v: %d groups, %d were promised", from, n, promised)
		}
		if got := l.ExecutedGTIDs().Last(testUUID); got != int64(n) {
			return 0, fmt.Errorf("GTIDs end at %d with %d groups", got, n)
		}
		if from != (Pos{}) || !start {
			l.Abandon()
			continue
		}
		err = l.Start()
		l.Abandon()
		return n, err
	}
	return promised, nil
}

// TestCrashAnywhere cuts the power after every disk operation of a run and
// recovers each image that the disk may be left with; for some it cuts the
// power again during recovery.
func TestCrashAnywhere(t *testing.T) {
	for _, profile := range simdisk.Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			d := simdisk.New(simdisk.Options{Seed: 1, Profile: profile, Scribble: true})
			var j journal
			must(t, runLog(t, d, &j))
			images, nested := 0, 0
			for k := 0; k <= d.Ops(); k++ {
				promised := j.promisedAt(k)
				for _, c := range d.Choices(k, simdisk.Bounded(12)) {
					images++
					image := d.CrashAt(k, c)
					n, err := recovered(image, &j, promised, true)
					if err != nil {
						t.Fatalf("crash at %d, %v: %v", k, c, err)
					}
					if profile == simdisk.WeakestPosix && k%6 != 0 || profile != simdisk.WeakestPosix && k%10 != 0 {
						continue
					}
					for again := 0; again <= image.Ops(); again++ {
						for _, c2 := range image.Choices(again, simdisk.Bounded(3)) {
							nested++
							second := image.CrashAt(again, c2)
							if n2, err := recovered(second, &j, promised, true); err != nil || n2 > max(n, len(j.appended)) {
								t.Fatalf("crash at %d, %v, then at %d, %v: %d groups: %v", k, c, again, c2, n2, err)
							}
						}
					}
				}
			}
			if v := d.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
			t.Logf("%d operations, %d images, %d nested", d.Ops(), images, nested)
		})
	}
}

// TestFaultAnywhere makes each write, sync, create and rename of a run fail
// once, in every way, and recovers after a kill and after a power failure.
func TestFaultAnywhere(t *testing.T) {
	kinds := map[simdisk.OpKind][]simdisk.Mode{
		simdisk.OpWrite:   {simdisk.ModeDefault, simdisk.ModePrefix, simdisk.ModeAll, simdisk.ModeShort},
		simdisk.OpSync:    {simdisk.ModeDrop, simdisk.ModeKeep, simdisk.ModeRevert, simdisk.ModeLanded},
		simdisk.OpDirSync: {simdisk.ModeKeep, simdisk.ModeDrop},
		simdisk.OpCreate:  {simdisk.ModeDefault},
		simdisk.OpRename:  {simdisk.ModeDefault},
	}
	for op, modes := range kinds {
		for _, mode := range modes {
			for nth := 1; ; nth++ {
				d := simdisk.New(simdisk.Options{Seed: 1, Scribble: true})
				must(t, d.Inject(simdisk.Rule{Op: op, Path: "*", Nth: nth, Mode: mode}))
				var j journal
				err := runLog(t, d, &j)
				if err == nil {
					if nth < 3 {
						t.Fatalf("%v mode %d: fault %d had no effect", op, mode, nth)
					}
					break
				}
				d.ClearFaults()
				promised := j.promisedAt(d.Ops())
				for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
					if _, err := recovered(d.CrashAt(d.Ops(), c), &j, promised, true); err != nil {
						t.Fatalf("%v mode %d fault %d, power failure %v: %v", op, mode, nth, c, err)
					}
				}
				// The machine lives: what a failed sync dropped still reads back
				// now, and is gone after the power failure that follows (C6).
				d.Restart()
				n, err := recovered(d, &j, promised, true)
				if err != nil {
					t.Fatalf("%v mode %d fault %d, restart: %v", op, mode, nth, err)
				}
				for _, c := range d.Choices(d.Ops(), simdisk.Bounded(4)) {
					if _, err := recovered(d.CrashAt(d.Ops(), c), &j, n, false); err != nil {
						t.Fatalf("%v mode %d fault %d, restart and power failure %v: %v", op, mode, nth, c, err)
					}
				}
				if v := d.Violations(); len(v) > 0 {
					t.Fatalf("%v mode %d fault %d: violations %q", op, mode, nth, v)
				}
			}
		}
	}
}
