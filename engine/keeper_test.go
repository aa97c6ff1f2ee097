package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// TestC22_Timer: a checkpoint is made when its time has come, and not in a store
// where there is nothing to gain.
func TestC22_Timer(t *testing.T) {
	ended := make(chan CheckpointInfo, 64)
	fs := vfs.NewMem()
	e, now := openAt(t, fs, func(o *Options) {
		o.CheckpointInterval = time.Minute
		o.Events.CheckpointEnd = func(c CheckpointInfo) { ended <- c }
	})
	tick := func() {
		for now.Timers() == 0 { // the keeper is busy with the last one
			runtime.Gosched()
		}
		now.Advance(time.Minute)
	}
	commitKV(t, e, "a", "1")
	tick()
	for c := range ended {
		if c.Err != nil {
			t.Fatal(c.Err)
		}
		if c.Reason == CheckpointTimer {
			break
		}
	}
	if m, err := e.Metrics(); err != nil || m.Checkpoints.Count == 0 || m.LogLive > 1000 {
		t.Errorf("%+v, %v", m, err)
	}
	// What pebble's own flush has asked for comes first.
	for end, idle := e.log.End(), 0; idle < 3; idle++ {
		tick()
		tick()
		if now := e.log.End(); now != end {
			end, idle = now, 0
		}
	}
	count := e.counts.checkpoints.Load()
	for range 5 {
		tick()
	}
	if n := e.counts.checkpoints.Load(); n != count {
		t.Errorf("%d checkpoints of an idle store", n-count)
	}
}

// TestPreparedOld: each branch is told of once per multiple of the limit, and
// its age outlives a restart and its move.
func TestPreparedOld(t *testing.T) {
	fs := vfs.NewMem()
	told := make(chan PreparedOldInfo, 64)
	limit := func(o *Options) {
		o.PreparedAgeMax, o.CheckpointInterval, o.ViewAgeMax = time.Hour, -1, -1
		o.Events.PreparedOld = func(p PreparedOldInfo) { told <- p }
	}
	e, now := openAt(t, fs, limit)
	x := testXID(t, 1, "g", "")
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	prepare(t, e, txn, x)
	now.Advance(time.Hour)
	if p := <-told; p.XID != x || p.Age != time.Hour {
		t.Errorf("%+v", p)
	}
	e.noteOld(now.Now().Add(10 * time.Minute))
	e.noteOld(now.Now().Add(70 * time.Minute))
	if p := <-told; p.Age != 130*time.Minute {
		t.Errorf("%+v", p)
	}
	for range settledAfter + 1 {
		checkpoint(t, e)
	}
	m, err := e.Metrics()
	if want := (PreparedMetrics{Clients: 1, Relocated: 1, Oldest: time.Hour}); err != nil || m.Prepared != want {
		t.Errorf("%+v, %v", m.Prepared, err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	e, now = openAt(t, fs, limit) // the clock begins anew
	e.noteOld(now.Now().Add(3 * time.Hour))
	if p := <-told; p.XID != x || p.Age != 3*time.Hour {
		t.Errorf("after a restart: %+v", p)
	}
	if n := len(told); n != 0 {
		t.Errorf("%d calls more", n)
	}
}

// TestEvents: the listener hears of checkpoints, files of the log, syncs,
// recovery and the store's end, in order.
func TestEvents(t *testing.T) {
	fs := vfs.NewMem()
	var heard []string
	hear := func(o *Options) {
		o.SlowSync, o.CheckpointInterval = 1, -1
		o.ManualCheckpoint = true
		note := func(format string, args ...any) { heard = append(heard, fmt.Sprintf(format, args...)) }
		o.Events = EventListener{
			CheckpointBegin:  func(c CheckpointInfo) { note("begin %s", c.Reason) },
			CheckpointEnd:    func(c CheckpointInfo) { note("end %s %v", c.Reason, c.Err) },
			SegmentCreated:   func(s SegmentInfo) { note("created %d", s.Number) },
			SegmentRemoved:   func(s SegmentInfo) { note("removed %d", s.Number) },
			Poisoned:         func(err error) { note("poisoned %v", err) },
			RecoveryProgress: func(r RecoveryInfo) { note("read %d of %d %t", r.Read, r.Total, r.Done) },
		}
	}
	e, _ := openAt(t, fs, hear)
	commitKV(t, e, "a", strings.Repeat("v", 50<<10))
	commitKV(t, e, "b", strings.Repeat("v", 50<<10))
	checkpoint(t, e)
	if err := failpoint.Enable("commit.before_apply_batch=error"); err != nil {
		t.Fatal(err)
	}
	txn := e.Begin()
	put(t, txn, accounts, "a", "2")
	err := e.Commit(txn, true)
	failpoint.Reset()
	if !errors.Is(err, ErrPoisoned) {
		t.Fatal(err)
	}
	e.Abandon()
	got := strings.Join(heard, "\n")
	want := `created 1
read 0 of 0 true
created 2
begin call
removed 1
end call <nil>
poisoned commit.before_apply_batch: failpoint: injected error`
	if got != want {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
	heard = nil
	e, _ = openAt(t, fs, hear)
	e.Abandon()
	if last := heard[len(heard)-1]; !strings.HasPrefix(last, "read ") || !strings.HasSuffix(last, " true") || strings.HasPrefix(last, "read 0 ") {
		t.Errorf("recovery: %s", last)
	}
	if r := e.recovered; r.Redone != 1 || r.Records == 0 || r.Read != r.Total {
		t.Errorf("recovered: %+v", r)
	}
}

// TestSlowListener: a listener that falls behind holds nobody up.
func TestSlowListener(t *testing.T) {
	slow := make(chan struct{})
	e, _ := openAt(t, vfs.NewMem(), func(o *Options) {
		o.ManualCheckpoint = true
		o.Events.CheckpointBegin = func(CheckpointInfo) { <-slow }
	})
	for range eventsMax + 10 {
		tell(&e.events, e.opts.Events.CheckpointBegin, CheckpointInfo{})
	}
	checkpoint(t, e)
	m, err := e.Metrics()
	if err != nil || m.EventsMissed == 0 {
		t.Errorf("%d missed, %v", m.EventsMissed, err)
	}
	close(slow)
}

// TestMetrics: what is done is counted.
func TestMetrics(t *testing.T) {
	e := open(t, vfs.NewMem())
	for i := range 3 {
		commitKV(t, e, fmt.Sprint(i), "v")
	}
	branch, other, late := e.Begin(), e.Begin(), e.Begin()
	put(t, branch, accounts, "p", "v")
	if _, _, err := late.Get(accounts, []byte("0")); err != nil {
		t.Fatal(err)
	}
	commitKV(t, e, "0", "w")
	if err := late.Put(bg, accounts, []byte("0"), nil); !errors.Is(err, ErrConflict) {
		t.Fatal(err)
	}
	prepare(t, e, branch, testXID(t, 1, "g", ""))
	put(t, other, accounts, "o", "v")
	if err := other.Put(bg, accounts, []byte("p"), nil); !errors.Is(err, ErrLockTimeout) {
		t.Fatal(err)
	}
	if err := errors.Join(e.Rollback(other, true), e.Rollback(late, true), e.RollbackByXID(testXID(t, 1, "g", ""))); err != nil {
		t.Fatal(err)
	}
	checkpoint(t, e)
	m, err := e.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if m.Commits != 4 || m.Prepares != 1 || m.Rollbacks != 2 || m.Conflicts != 1 || m.LockTimeouts != 1 {
		t.Errorf("%+v", m)
	}
	if m.Tables.Flushes == 0 || m.Tables.Files == 0 || m.Tables.FileBytes == 0 || m.Log.Syncs == 0 || m.Checkpoints.Count == 0 {
		t.Errorf("%+v", m)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Metrics(); !errors.Is(err, ErrClosed) {
		t.Errorf("of a closed store: %v", err)
	}
}

// TestDiskEvents: the listener hears in turn that the disk is full and that
// there is room again.
func TestDiskEvents(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 3 << 20})
	var heard []string
	o := testOptions(disk.FS())
	o.Events.DiskFull = func(DiskInfo) { heard = append(heard, "full") }
	o.Events.DiskWritable = func(DiskInfo) { heard = append(heard, "writable") }
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill(t, e, 0); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	disk.SetQuota(30 << 20)
	if err := commitRow(e, "again"); err != nil {
		t.Fatal(err)
	}
	e.Abandon()
	if len(heard) == 0 || len(heard)%2 != 0 {
		t.Errorf("heard %v", heard)
	}
	for i, what := range heard {
		if what != []string{"full", "writable"}[i%2] {
			t.Errorf("heard %v", heard)
		}
	}
}
