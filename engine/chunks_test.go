package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestC1_CutAmidChunks: the log is cut between the chunks of a transaction that
// is durable in the tables and its record. What is left of it needs no redo.
func TestC1_CutAmidChunks(t *testing.T) {
	for _, prepared := range []bool{false, true} {
		fs := vfs.NewCrashableMem()
		e := openManual(t, fs)
		large := e.Begin()
		for i := range 3 {
			put(t, large, accounts, fmt.Sprint(i), strings.Repeat("v", 600<<10))
		}
		x := testXID(t, 1, "large", "")
		large.SetXID(x, true, false)
		begin := e.BeginCommit
		if prepared {
			begin = e.BeginPrepare
		}
		if err := begin(large); err != nil { // its chunks are in the log
			t.Fatal(err)
		}
		pin := e.Begin()
		put(t, pin, history, "pin", "v")
		prepare(t, e, pin, testXID(t, 1, "pin", ""))
		var err error
		if prepared {
			err = errors.Join(e.LogPrepare(large, TCPos{}, nil), e.FlushLogs(false),
				e.PublishPrepared(large, TCPos{}), e.CommitByXID(x))
		} else {
			err = e.decideAlone(&Decision{Txn: large, Commit: true}, true)
		}
		if err != nil {
			t.Fatal(err)
		}
		checkpoint(t, e)
		e, _ = crash(t, e, fs)
		if p := e.Prepared(); len(p) != 1 {
			t.Errorf("prepared: %v", p)
		}
		if got := get(t, e, accounts, "2"); len(got) != 600<<10 {
			t.Errorf("the row is %.10s", got)
		}
		e.Abandon()
	}
}

// TestC10_CommitTwice: a large transaction whose commit has failed, with chunks
// in the log, can only be rolled back: twice its chunks would be a damaged log.
func TestC10_CommitTwice(t *testing.T) {
	fs := vfs.NewCrashableMem()
	e := openManual(t, fs)
	large := e.Begin()
	for i := range 3 {
		put(t, large, accounts, fmt.Sprint(i), strings.Repeat("v", 600<<10))
	}
	if err := e.BeginCommit(large); err != nil {
		t.Fatal(err)
	}
	if err := e.BeginCommit(large); !errors.Is(err, ErrRollbackOnly) {
		t.Errorf("again: %v", err)
	}
	if err := e.Rollback(large, true); err != nil {
		t.Fatal(err)
	}
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	commit(t, e, txn)
	e, _ = crash(t, e, fs)
	if got := get(t, e, accounts, "a"); got != "1" {
		t.Error(got)
	}
}
