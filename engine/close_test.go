package engine

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// TestCloseLogLast: the log is closed behind the tables. A compaction that ends
// while pebble closes syncs the log; it must not meet a closed one.
func TestCloseLogLast(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	e, err := Open(bg, "store", testOptions(d.FS()))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	log := d.OpLog()
	if last := log[len(log)-1]; !strings.Contains(last.Path, "/wal/") {
		t.Fatalf("the last operation is %v", last)
	}
}

// pendingClose begins to drop the engine and returns when it waits for those who
// are inside.
func pendingClose(e *Engine) (closed chan struct{}) {
	closed = make(chan struct{})
	go func() {
		defer close(closed)
		e.Abandon()
	}()
	for !e.gate.Shut() {
		runtime.Gosched()
	}
	return closed
}

// ends fails the test if done is not closed in time.
func ends(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

// TestCloseAmidApply: an outcome is being carried out while a branch moves to the
// tables and the engine is closed. None of the three waits for ever.
func TestCloseAmidApply(t *testing.T) {
	for _, how := range []string{"by XID", "by its owner"} {
		e := open(t, vfs.NewMem())
		txn, x := e.Begin(), testXID(t, 1, "b", "")
		put(t, txn, accounts, "a", "1")
		prepare(t, e, txn, x)
		var closed chan struct{}
		moved := make(chan struct{})
		if err := failpoint.SetHook("commit.after_apply_before_publish", func() error {
			entered := make(chan struct{})
			go func() { // as relocate does
				defer close(moved)
				err := e.enter()
				close(entered)
				if err == nil {
					e.publishMu.Lock()
					defer e.publishMu.Unlock()
					e.exit()
				}
			}()
			<-entered
			closed = pendingClose(e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		defer failpoint.Reset()
		decided := make(chan struct{})
		go func() {
			defer close(decided)
			if how == "by XID" {
				_ = e.RollbackByXID(x)
			} else {
				_ = e.Rollback(txn, true)
			}
		}()
		ends(t, "the outcome "+how, decided)
		ends(t, "the move", moved)
		ends(t, "closing", closed)
		failpoint.Reset()
	}
}

// TestC11_CloseWithStuckReader: a poisoned engine closes although somebody is
// stuck in pebble, where a goroutine that met a fatal error is parked with its
// mutex.
func TestC11_CloseWithStuckReader(t *testing.T) {
	e := open(t, vfs.NewMem())
	if err := e.enter(); err != nil {
		t.Fatal(err)
	}
	closed := pendingClose(e)
	_ = e.poison(errors.New("fatal"))
	ends(t, "closing", closed)
	e.exit()
}

// A fatalReader is a reader whose end meets a fatal error of pebble's: it waits for
// a lock that the goroutine with the error never lets go.
type fatalReader struct{ e *Engine }

func (r fatalReader) Close() error {
	fatalLogger(r).Fatalf("MANIFEST")
	return nil
}

// TestC11_FatalWhileClosing: a fatal error of pebble's that comes while the readers
// that are left are closed does not hold up the engine's end.
func TestC11_FatalWhileClosing(t *testing.T) {
	e := open(t, vfs.NewMem())
	e.readers.add(&reader{}, fatalReader{e})
	ends(t, "closing", pendingClose(e))
}
