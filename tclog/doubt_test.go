package tclog

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/failpoint"
)

// openHook calls do, once armed, at the next opening of a table.
type openHook struct {
	vfs.FS
	do func()
}

func (fs *openHook) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if do := fs.do; do != nil && strings.HasSuffix(name, ".sst") {
		fs.do = nil
		do()
	}
	return fs.FS.Open(name, opts...)
}

// TestC1_RollbackAfterDoubt: a group whose sync failed may be in the binlog. A
// checkpoint that is under way must not cut its PREPARE off the engine's log
// when its client, told that nobody knows, rolls back.
func TestC1_RollbackAfterDoubt(t *testing.T) {
	fs := &openHook{FS: vfs.NewMem()}
	l := open(t, fs, apart)
	first := l.Begin()
	write(t, first, "other", "v")
	if err := l.Commit(bg, first); err != nil {
		t.Fatal(err)
	}
	defer failpoint.Reset()
	txn := l.Begin()
	write(t, txn, "k", "new")
	ran := false
	fs.do = func() { // the checkpoint looks how far the tables are durable
		ran = true
		if err := failpoint.Enable("gc.sync.before_fsync=error"); err != nil {
			t.Error(err)
		}
		if err := l.Commit(bg, txn); !errors.Is(err, engine.ErrUnknownOutcome) {
			t.Errorf("Commit: %v", err)
		}
		if err := l.Rollback(txn); err != nil {
			t.Errorf("Rollback: %v", err)
		}
	}
	_ = l.Checkpoint(bg) // of a store that stops meanwhile
	if !ran {
		t.Fatal("no table was opened")
	}
	failpoint.Reset()
	l.Abandon()
	l = open(t, fs, apart)
	if got := fate(t, l); got != "committed" {
		t.Errorf("the binlog has the group, the engine says %s", got)
	}
}

// TestC12_NoFloorOverGap: two groups are decided and acknowledged. The first
// fails in COMMIT before the engine's log has its outcome; the second must then
// not be recorded either, or the next Open takes the first for known.
func TestC12_NoFloorOverGap(t *testing.T) { inModes(t, binlogs, noFloorOverGap) }

func noFloorOverGap(t *testing.T, m mode) {
	fs := vfs.NewMem()
	l := open(t, fs, m)
	defer failpoint.Reset()
	inCommit := make(chan struct{})
	var once sync.Once
	err := failpoint.SetHook("gc.commit.before_engine_commit", func() (err error) {
		once.Do(func() {
			close(inCommit)
			for l.Stats().Stages[groupcommit.Sync].Groups < 2 {
				runtime.Gosched()
			}
			err = failpoint.ErrInjected
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	commit := func(key string) {
		txn := l.Begin()
		write(t, txn, key, "v")
		clients.Go(func() {
			if err := l.Commit(bg, txn); err != nil {
				t.Errorf("Commit of %s: %v", key, err)
			}
		})
	}
	commit("first")
	<-inCommit
	commit("second")
	clients.Wait()
	failpoint.Reset()
	if err := l.Engine().FlushLogs(true); err != nil { // as a group in FLUSH would
		t.Fatal(err)
	}
	l.Abandon()
	l = open(t, fs, m)
	for _, key := range []string{"first", "second"} {
		if got := read(t, l, key); got != "v" {
			t.Errorf("acknowledged row %s is %q", key, got)
		}
	}
}

// TestC12_StoppedAtTheDoor: a checkpoint's sync fails behind the admission of a
// commit or a prepare and ahead of its record. The store has stopped, and nothing
// is unknown: no log has anything of it.
func TestC12_StoppedAtTheDoor(t *testing.T) {
	for what, end := range map[string]func(*Log, *Txn) error{
		"commit":  func(l *Log, txn *Txn) error { return l.Commit(bg, txn) },
		"prepare": func(l *Log, txn *Txn) error { return l.Prepare(bg, txn, newXID(t, "b")) },
	} {
		t.Run(what, func(t *testing.T) {
			inModes(t, modes, func(t *testing.T, m mode) { stoppedAtTheDoor(t, m, end) })
		})
	}
}

func stoppedAtTheDoor(t *testing.T, m mode, end func(*Log, *Txn) error) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	l := open(t, d.FS(), m)
	txn := l.Begin()
	write(t, txn, "k", "new")
	rule, err := simdisk.ParseRule("sync *.wal")
	if err != nil {
		t.Fatal(err)
	}
	defer failpoint.Reset()
	err = failpoint.SetHook("gc.flush.after_fetch_queue", func() error {
		if err := d.Inject(rule); err != nil {
			return err
		}
		if err := l.Checkpoint(bg); !errors.Is(err, engine.ErrPoisoned) {
			t.Errorf("the checkpoint: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := end(l, txn); !errors.Is(err, engine.ErrPoisoned) || errors.Is(err, engine.ErrUnknownOutcome) {
		t.Error(err)
	}
	failpoint.Reset()
	l.Abandon()
	d = d.Restart()
	d.ClearFaults()
	if got := fate(t, open(t, d.FS(), m)); got != "absent" {
		t.Errorf("it is %s", got)
	}
}

// TestC12_ContextEndsAnywhere: a context that ends while a commit is anywhere in
// the pipeline ends its wait, or comes too late: nothing is ever unknown, and the
// store goes on.
func TestC12_ContextEndsAnywhere(t *testing.T) {
	for _, point := range []string{
		"gc.before_enqueue_flush", "gc.flush.leader_elected", "gc.flush.after_fetch_queue", "gc.flush.after_all_appended",
		"gc.sync.before_enqueue", "gc.sync.before_fsync", "gc.sync.after_fsync", "gc.stage_handover",
		"gc.commit.before_enqueue", "gc.commit.leader_elected", "gc.commit.before_engine_commit", "gc.commit.after_all",
		"gc.commit.before_signal_done", "commit.after_ack",
	} {
		t.Run(point, func(t *testing.T) {
			inModes(t, modes, func(t *testing.T, m mode) { contextEnds(t, m, point) })
		})
	}
}

func contextEnds(t *testing.T, m mode, point string) {
	fs := vfs.NewMem()
	l := open(t, fs, m)
	txn := l.Begin()
	write(t, txn, "k", "new")
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	defer failpoint.Reset()
	if err := failpoint.SetHook(point, func() error { cancel(); return nil }); err != nil {
		t.Fatal(err)
	}
	want := "committed"
	switch err := l.Commit(ctx, txn); {
	case errors.Is(err, context.Canceled) && !errors.Is(err, engine.ErrUnknownOutcome):
		want = "absent"
	case err != nil:
		t.Fatal(err)
	}
	failpoint.Reset()
	if early := point == "gc.before_enqueue_flush"; early != (want == "absent") {
		t.Errorf("it is %s", want)
	}
	if err := l.Rollback(txn); err != nil {
		t.Error(err)
	}
	after := l.Begin()
	write(t, after, "after", "v")
	if err := l.Commit(bg, after); err != nil {
		t.Errorf("a later commit: %v", err)
	}
	for range 2 {
		if got := fate(t, l); got != want {
			t.Errorf("it is %s, and was said to be %s", got, want)
		}
		l.Abandon()
		l = open(t, fs, m)
	}
}
