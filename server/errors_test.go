package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/mysqlerr"
)

func TestErrorsOfTheStore(t *testing.T) {
	srv, err := New(Options{Store: NewStore(openLog(t, vfs.NewMem())), Executor: rows{}, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Shutdown(context.Background()) }()
	s := rootSession(srv, 1)
	tests := []struct {
		err  error
		want uint16
		says string
	}{
		{engine.ErrLockTimeout, mysqlerr.LockWaitTimeout, "Lock wait timeout"},
		{engine.ErrDeadlock, mysqlerr.LockDeadlock, "Deadlock"},
		{engine.ErrUnknownXID, mysqlerr.XAerNota, "XAER_NOTA"},
		{commitError{engine.ErrUnknownXID}, mysqlerr.XAerNota, "XAER_NOTA"},
		{engine.ErrDuplicateXID, mysqlerr.XAerDupID, "XAER_DUPID"},
		{engine.ErrTxnTooLarge, mysqlerr.TransactionTooLarge, "split it"},
		{engine.ErrConflict, mysqlerr.CheckRead, "run it again"},
		{commitError{engine.ErrDiskFull}, mysqlerr.DiskFull, "Make room"},
		{engine.ErrClosed, mysqlerr.ServerShutdown, "shutdown"},
		{engine.ErrPoisoned, mysqlerr.ReadOnlyMode, "restart xadb"},
		{commitError{engine.ErrUnknownOutcome}, mysqlerr.ErrorDuringCommit, "nobody knows"},
		{commitError{errors.Join(engine.ErrUnknownOutcome, engine.ErrPoisoned)}, mysqlerr.ErrorDuringCommit, "XA RECOVER"},
		{engine.ErrCorrupt, mysqlerr.UnknownError, "xadb check"},
		{context.Canceled, mysqlerr.QueryInterrupted, "interrupted"},
		{mysqlerr.New(mysqlerr.NoDB), mysqlerr.NoDB, "No database"},
		{errors.New("surprise"), mysqlerr.UnknownError, "surprise"},
	}
	for _, tt := range tests {
		got := s.toClient(fmt.Errorf("somewhere: %w", tt.err))
		if got.Code != tt.want || !strings.Contains(got.Message, tt.says) {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}

// A store that has stopped says why on every change, and takes none.
func TestStoppedStore(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	srv := startSQL(t, l)
	ctx := context.Background()
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1)")
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, c, "XA START 'b'", "INSERT INTO d.t VALUES (2)", "XA END 'b'")
	plain, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, plain, "BEGIN", "INSERT INTO d.t VALUES (3)")
	_ = l.Engine().Stop(errors.New("the disk is on fire"))

	for range 2 {
		for _, s := range []string{"INSERT INTO d.t VALUES (4)", "CREATE TABLE d.u (id INT PRIMARY KEY)", "XA START 'x'"} {
			if _, err := db.Exec(s); code(err) != mysqlerr.ReadOnlyMode || !strings.Contains(err.Error(), "the disk is on fire") {
				t.Errorf("%s: %v", s, err)
			}
		}
	}
	if _, err := plain.ExecContext(ctx, "COMMIT"); code(err) != mysqlerr.ReadOnlyMode {
		t.Errorf("COMMIT: %v", err)
	}
	if _, err := c.ExecContext(ctx, "XA PREPARE 'b'"); code(err) != mysqlerr.ReadOnlyMode {
		t.Errorf("XA PREPARE: %v", err)
	}
}
