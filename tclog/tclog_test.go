package tclog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

var (
	bg       = context.Background()
	accounts = engine.Table{ID: 16, DB: "bank", Name: "accounts"}
	logged   = &binlog.Table{
		ID: 16, DB: "bank", Name: "accounts", PrimaryKey: []int{0},
		Columns: []binlog.Column{
			{Name: "k", Type: binlog.TypeVarchar, Length: 64, Collation: 63},
			{Name: "v", Type: binlog.TypeVarchar, Length: 64, Collation: 63},
		},
	}
)

type randReader struct{ r *rand.Rand }

func (r randReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.r.Uint32())
	}
	return len(b), nil
}

func options(fs vfs.FS, withBinlog bool) Options {
	return Options{
		Binlog: withBinlog,
		Engine: engine.Options{
			FS: fs, Clock: clock.Real, Rand: randReader{rand.New(rand.NewPCG(1, 2))},
			Logger:      slog.New(slog.NewTextHandler(io.Discard, nil)),
			LockTimeout: 20 * time.Millisecond, SegmentSize: 64 << 10,
			MemTableSize: 1 << 20, CacheSize: 1 << 20,
		},
	}
}

func open(t *testing.T, fs vfs.FS, withBinlog bool) *Log {
	t.Helper()
	l, err := Open(bg, "store", options(fs, withBinlog))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Abandon)
	return l
}

func newXID(t *testing.T, bqual string) xid.XID {
	t.Helper()
	x, err := xid.New(7, []byte("g"), []byte(bqual))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// write puts a row and logs it.
func write(t *testing.T, txn *Txn, key, val string) {
	t.Helper()
	err := txn.Put(bg, accounts, []byte(key), []byte(val))
	if err == nil {
		err = txn.LogRows(logged, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{[]byte(key), []byte(val)}}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, l *Log, key string) string {
	t.Helper()
	txn := l.Begin()
	defer l.Rollback(txn)
	val, _, err := txn.Get(accounts, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return string(val)
}

// told lists what the binlog of a store says, one word per group.
func told(t *testing.T, fs vfs.FS) string {
	t.Helper()
	var words []string
	_, err := binlog.Scan(fs.PathJoin("store", BinlogDir), binlog.Options{FS: fs, ServerUUID: binlog.UUID{1}}, binlog.Pos{},
		func(g binlog.Group) error {
			words = append(words, g.Kind.String())
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(words, ", ")
}

// fate is what became of the one branch or row of a scenario.
func fate(t *testing.T, l *Log) string {
	t.Helper()
	value, prepared := read(t, l, "k"), l.Prepared()
	switch {
	case value == "new" && len(prepared) == 0:
		return "committed"
	case value == "" && len(prepared) == 0:
		return "absent"
	case value == "" && len(prepared) == 1 && prepared[0].XID == newXID(t, "b"):
		return "prepared"
	}
	return fmt.Sprintf("k=%q prepared=%v", value, prepared)
}

func scenario(t *testing.T, l *Log, kind string) {
	t.Helper()
	x := newXID(t, "b")
	txn := l.Begin()
	write(t, txn, "k", "new")
	var err error
	switch kind {
	case "commit":
		err = l.Commit(bg, txn)
	case "prepare", "prepare+commit", "prepare+rollback":
		err = l.Prepare(bg, txn, x)
	}
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "prepare+commit":
		err = l.CommitXID(bg, x)
	case "prepare+rollback":
		err = l.RollbackXID(bg, x)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLives(t *testing.T) {
	want := map[string]string{
		"commit": "committed", "prepare": "prepared", "prepare+commit": "committed", "prepare+rollback": "absent",
	}
	words := map[string]string{
		"commit": "dml", "prepare": "xa prepare", "prepare+commit": "xa prepare, xa commit",
		"prepare+rollback": "xa prepare, xa rollback",
	}
	for kind := range want {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/binlog=%v", kind, on), func(t *testing.T) {
				fs := vfs.NewCrashableMem()
				l := open(t, fs, on)
				scenario(t, l, kind)
				for range 3 {
					fs = fs.CrashClone(vfs.CrashCloneCfg{})
					l.Abandon()
					l = open(t, fs, on)
					if got := fate(t, l); got != want[kind] {
						t.Fatalf("after a crash: %s, want %s", got, want[kind])
					}
				}
				if on {
					if got := told(t, fs); got != words[kind] {
						t.Errorf("binlog says %q, want %q", got, words[kind])
					}
				}
			})
		}
	}
}

// TestCrashPoints is the table of what must be found after a crash at each
// named moment, with everything unsynced lost and with everything kept.
func TestCrashPoints(t *testing.T) {
	rows := []struct {
		point, kind, lost, kept string
		binlog                  bool
	}{
		{"prepare.after_rollback_only_check", "commit", "absent", "absent", true},
		{"prepare.after_conflict_check", "commit", "absent", "absent", true},
		{"prepare.after_encode_record", "commit", "absent", "absent", true},
		{"prepare.before_wal_append", "commit", "absent", "absent", true},
		{"prepare.after_wal_append", "commit", "absent", "absent", true},
		{"gc.flush.before_engine_flush_logs", "commit", "absent", "absent", true},
		{"gc.flush.after_engine_flush_logs", "commit", "absent", "absent", true},
		{"gc.flush.before_binlog_append", "commit", "absent", "absent", true},
		{"gc.flush.after_all_appended", "commit", "absent", "committed", true},
		{"gc.sync.before_fsync", "commit", "absent", "committed", true},
		{"gc.sync.after_fsync", "commit", "committed", "committed", true},
		{"gc.commit.before_engine_commit", "commit", "committed", "committed", true},
		{"commit.after_commit_record_append", "commit", "committed", "committed", true},
		{"commit.before_apply_batch", "commit", "committed", "committed", true},
		{"commit.after_apply_before_publish", "commit", "committed", "committed", true},
		{"commit.after_release_locks", "commit", "committed", "committed", true},
		{"gc.commit.after_all", "commit", "committed", "committed", true},
		{"commit.after_ack", "commit", "committed", "committed", true},
		{"commit.after_ack", "commit", "committed", "committed", false},

		{"commit.after_commit_record_append", "commit", "absent", "absent", false}, // still in the log's buffer
		{"gc.sync.before_fsync", "commit", "absent", "absent", false},
		{"gc.sync.after_fsync", "commit", "committed", "committed", false},
		{"commit.before_apply_batch", "commit", "committed", "committed", false},

		{"prepare.after_wal_append", "prepare", "absent", "absent", true},
		{"gc.flush.after_engine_flush_logs", "prepare", "absent", "absent", true},
		{"gc.flush.after_all_appended", "prepare", "absent", "prepared", true},
		{"gc.sync.after_fsync", "prepare", "prepared", "prepared", true},
		{"prepare.after_sync_before_publish", "prepare", "prepared", "prepared", true},
		{"prepare.after_publish_before_ack", "prepare", "prepared", "prepared", true},
		{"prepare.after_ack", "prepare", "prepared", "prepared", true},
		{"prepare.after_ack", "prepare", "prepared", "prepared", false},
		{"prepare.before_sync_wait", "prepare", "absent", "absent", true},
		{"gc.sync.before_fsync", "prepare", "absent", "absent", false},
		{"gc.sync.after_fsync", "prepare", "prepared", "prepared", false},

		{"cbx.after_record", "prepare+commit", "committed", "committed", true},
		{"cbx.after_record", "prepare+commit", "prepared", "prepared", false}, // still in the log's buffer
		{"cbx.after_ack", "prepare+commit", "committed", "committed", true},
		{"cbx.after_ack", "prepare+commit", "committed", "committed", false},
		{"rbx.lookup", "prepare+rollback", "prepared", "prepared", true},
		{"rbx.after_claim", "prepare+rollback", "prepared", "prepared", false},
		{"rbx.before_record", "prepare+rollback", "absent", "absent", true},
		{"rbx.before_record", "prepare+rollback", "prepared", "prepared", false},
		{"rbx.after_record", "prepare+rollback", "absent", "absent", true},
		{"rbx.after_record", "prepare+rollback", "prepared", "prepared", false},
		{"rbx.after_undo", "prepare+rollback", "absent", "absent", false},
		{"rbx.after_ack", "prepare+rollback", "absent", "absent", true},
		{"rbx.after_ack", "prepare+rollback", "absent", "absent", false},
		{"cbx.lookup", "prepare+commit", "prepared", "prepared", true},
		{"cbx.after_claim", "prepare+commit", "prepared", "prepared", true},
		{"cbx.after_claim", "prepare+commit", "prepared", "prepared", false},
		{"cbx.after_claim", "prepare+rollback", "prepared", "prepared", true},
		{"cbx.after_claim", "prepare+rollback", "prepared", "prepared", false},
	}
	for _, r := range rows {
		for _, cfg := range []struct {
			name, want string
			cfg        vfs.CrashCloneCfg
		}{
			{"lost", r.lost, vfs.CrashCloneCfg{}},
			{"kept", r.kept, vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))}},
		} {
			t.Run(fmt.Sprintf("%s/%s/binlog=%v/%s", r.point, r.kind, r.binlog, cfg.name), func(t *testing.T) {
				fs := vfs.NewCrashableMem()
				l := open(t, fs, r.binlog)
				var image *vfs.MemFS
				if err := failpoint.SetHook(r.point, func() error {
					image = fs.CrashClone(cfg.cfg)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				defer failpoint.Reset()
				scenario(t, l, r.kind)
				failpoint.Reset()
				if image == nil {
					t.Fatal("the point was never passed")
				}
				l.Abandon()
				if got := fate(t, open(t, image, r.binlog)); got != cfg.want {
					t.Errorf("%s, want %s", got, cfg.want)
				}
			})
		}
	}
}

// TestSecondPhaseAtEachStage crashes the second phase behind its claim.
func TestSecondPhaseAtEachStage(t *testing.T) {
	for _, kind := range []string{"prepare+commit", "prepare+rollback"} {
		after := map[string]string{"prepare+commit": "committed", "prepare+rollback": "absent"}[kind]
		for _, on := range []bool{true, false} {
			for point, want := range map[string]string{
				"gc.sync.before_fsync": "prepared",
				"gc.sync.after_fsync":  after,
				"gc.commit.after_all":  after,
			} {
				t.Run(fmt.Sprintf("%s/%s/binlog=%v", kind, point, on), func(t *testing.T) {
					fs := vfs.NewCrashableMem()
					l := open(t, fs, on)
					scenario(t, l, "prepare")
					var image *vfs.MemFS
					if err := failpoint.SetHook(point, func() error {
						image = fs.CrashClone(vfs.CrashCloneCfg{})
						return nil
					}); err != nil {
						t.Fatal(err)
					}
					defer failpoint.Reset()
					var err error
					if kind == "prepare+commit" {
						err = l.CommitXID(bg, newXID(t, "b"))
					} else {
						err = l.RollbackXID(bg, newXID(t, "b"))
					}
					if err != nil {
						t.Fatal(err)
					}
					failpoint.Reset()
					l.Abandon()
					l = open(t, image, on)
					if got := fate(t, l); got != want {
						t.Fatalf("%s, want %s", got, want)
					}
					if want != "prepared" {
						if err := l.CommitXID(bg, newXID(t, "b")); !errors.Is(err, engine.ErrUnknownXID) {
							t.Errorf("I11: %v", err)
						}
					}
				})
			}
		}
	}
}

// TestC4_EmptyBranch: a branch without writes is prepared, survives two
// crashes, and leaves nothing in the binlog.
func TestC4_EmptyBranch(t *testing.T) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, true)
	x := newXID(t, "b")
	if err := l.Prepare(bg, l.Begin(), x); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		fs = fs.CrashClone(vfs.CrashCloneCfg{})
		l.Abandon()
		l = open(t, fs, true)
		if got := fate(t, l); got != "prepared" {
			t.Fatal(got)
		}
	}
	if err := l.CommitXID(bg, x); err != nil {
		t.Fatal(err)
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	if got := fate(t, open(t, fs, true)); got != "absent" {
		t.Errorf("the outcome was lost: %s", got)
	}
	if got := told(t, fs); got != "" {
		t.Errorf("the binlog says %q", got)
	}
}

// TestXIDReuse: the outcome of an earlier branch says nothing of a later one
// with the same XID (I16), across rotations and crashes.
func TestXIDReuse(t *testing.T) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, true)
	x := newXID(t, "b")
	for i, commit := range []bool{true, false, true} {
		txn := l.Begin()
		write(t, txn, fmt.Sprint("r", i), "v")
		if err := l.Prepare(bg, txn, x); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if err := l.Rotate(bg); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if commit {
			err = l.CommitXID(bg, x)
		} else {
			err = l.RollbackXID(bg, x)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	txn := l.Begin()
	write(t, txn, "k", "new")
	var image *vfs.MemFS
	if err := failpoint.SetHook("gc.flush.after_engine_flush_logs", func() error {
		image = fs.CrashClone(vfs.CrashCloneCfg{})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	defer failpoint.Reset()
	if err := l.Prepare(bg, txn, x); err != nil {
		t.Fatal(err)
	}
	failpoint.Reset()
	l.Abandon()
	l = open(t, image, true)
	if got := fate(t, l); got != "absent" {
		t.Errorf("a branch nobody acknowledged: %s", got)
	}
	if read(t, l, "r0") != "v" || read(t, l, "r1") != "" || read(t, l, "r2") != "v" {
		t.Error("earlier outcomes changed")
	}
}
