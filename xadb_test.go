package xadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/xid"
)

func openTest(t *testing.T, fs vfs.FS, withBinlog bool) *DB {
	t.Helper()
	db, err := Open(context.Background(), "store", &Options{FS: fs, Binlog: withBinlog})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

func TestTables(t *testing.T) {
	ctx := context.Background()
	for _, on := range []bool{false, true} {
		fs := vfs.NewMem()
		db := openTest(t, fs, on)
		a, err := db.Table(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		b, err := db.Table(ctx, "b")
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"", strings.Repeat("x", NameMax+1), "a`b"} {
			if _, err := db.Table(ctx, bad); err == nil {
				t.Errorf("table %q was made", bad)
			}
		}
		tx := db.Begin(ctx)
		for i := range 3 {
			key := []byte{byte(i)}
			if err := errors.Join(tx.Put(a, key, []byte("a")), tx.Put(a, key, []byte("aa")), tx.Put(b, key, []byte("b"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Delete(a, []byte{1}); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); !errors.Is(err, ErrTxDone) {
			t.Errorf("second commit: %v", err)
		}
		if err := db.Close(ctx); err != nil {
			t.Fatal(err)
		}
		db = openTest(t, fs, on)
		if a, err = db.Table(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		tx = db.Begin(ctx)
		var got []string
		for row, err := range tx.Scan(a, nil, nil) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%d=%s", row.Key[0], row.Value))
		}
		if s := strings.Join(got, " "); s != "0=aa 2=aa" {
			t.Errorf("binlog=%v: %s", on, s)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if on {
			checkBinlog(t, fs)
		}
	}
}

// checkBinlog: two tables were made, each behind its database, and one
// transaction was committed.
func checkBinlog(t *testing.T, fs vfs.FS) {
	t.Helper()
	var kinds []string
	_, err := binlog.Scan(fs.PathJoin("store", "binlog"), binlog.Options{FS: fs, ServerUUID: binlog.UUID{1}}, binlog.Pos{},
		func(g binlog.Group) error {
			kinds = append(kinds, g.Kind.String())
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(kinds, " "); s != "ddl ddl ddl ddl dml" {
		t.Errorf("the binlog says %q", s)
	}
}

// A deferred Rollback must not undo what Prepare made durable.
func TestRollbackAfterPrepareDoesNothing(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, vfs.NewMem(), false)
	tbl, err := db.Table(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	tx := db.Begin(ctx)
	if err := tx.Put(tbl, []byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	x := mustXID(t)
	if err := tx.Prepare(x); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := len(db.Recover()); n != 1 {
		t.Fatalf("%d branches are prepared", n)
	}
	if err := db.CommitXID(ctx, x); err != nil {
		t.Fatal(err)
	}
	if err := db.RollbackXID(ctx, x); !errors.Is(err, ErrUnknownXID) {
		t.Errorf("decided twice: %v", err)
	}
}

func mustXID(t *testing.T) xid.XID {
	t.Helper()
	x, err := xid.New(1, []byte("g"), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}
