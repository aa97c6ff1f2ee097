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
			{Name: "k", Type: binlog.TypeVarchar, Length: 1024, Collation: 63},
			{Name: "v", Type: binlog.TypeVarchar, Length: 1024, Collation: 63},
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

// A mode is how the logs of a store work together.
type mode string

const (
	off    mode = "off" // no binlog
	apart  mode = "two logs"
	shared mode = "one log"
)

var (
	modes   = []mode{off, apart, shared}
	binlogs = modes[1:]
)

// inModes runs a test in each of the modes.
func inModes(t *testing.T, list []mode, test func(*testing.T, mode)) {
	for _, m := range list {
		t.Run(string(m), func(t *testing.T) { test(t, m) })
	}
}

func options(fs vfs.FS, m mode) Options {
	return Options{
		Binlog: m != off, TwoLog: m == apart,
		Engine: engine.Options{
			FS: fs, Clock: clock.Real, Rand: randReader{rand.New(rand.NewPCG(1, 2))},
			Logger:      slog.New(slog.NewTextHandler(io.Discard, nil)),
			LockTimeout: 20 * time.Millisecond, SegmentSize: 64 << 10,
			MemTableSize: 1 << 20, CacheSize: 1 << 20,
		},
	}
}

func open(t *testing.T, fs vfs.FS, m mode) *Log {
	t.Helper()
	l, err := Open(bg, "store", options(fs, m))
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
		for _, on := range modes {
			t.Run(fmt.Sprintf("%s/%s", kind, on), func(t *testing.T) {
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
				if on != off {
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
	two, one, own := []mode{apart}, []mode{shared}, []mode{off, shared} // own: the engine's log decides
	rows := []struct {
		point, kind, lost, kept string
		in                      []mode
	}{
		{"prepare.after_rollback_only_check", "commit", "absent", "absent", two},
		{"prepare.after_conflict_check", "commit", "absent", "absent", two},
		{"prepare.after_encode_record", "commit", "absent", "absent", two},
		{"prepare.before_wal_append", "commit", "absent", "absent", two},
		{"prepare.after_wal_append", "commit", "absent", "absent", two},
		{"gc.flush.before_engine_flush_logs", "commit", "absent", "absent", two},
		{"gc.flush.after_engine_flush_logs", "commit", "absent", "absent", two},
		{"gc.flush.before_binlog_append", "commit", "absent", "absent", binlogs},
		{"gc.flush.after_tc_bytes", "commit", "absent", "absent", one},
		{"gc.flush.after_all_appended", "commit", "absent", "committed", two},
		{"gc.flush.after_all_appended", "commit", "absent", "absent", one},
		{"gc.sync.before_fsync", "commit", "absent", "committed", two},
		{"gc.sync.after_fsync", "commit", "committed", "committed", modes},
		{"gc.commit.before_engine_commit", "commit", "committed", "committed", modes},
		{"bl.behind_before_write", "commit", "committed", "committed", one},
		{"bl.behind_after_write", "commit", "committed", "committed", one},
		{"commit.after_commit_record_append", "commit", "committed", "committed", two},
		{"commit.before_apply_batch", "commit", "committed", "committed", modes},
		{"commit.after_apply_before_publish", "commit", "committed", "committed", modes},
		{"commit.after_release_locks", "commit", "committed", "committed", modes},
		{"gc.commit.after_all", "commit", "committed", "committed", modes},
		{"commit.after_ack", "commit", "committed", "committed", modes},

		// What is in the log's buffer alone, no crash leaves.
		{"commit.after_commit_record_append", "commit", "absent", "absent", own},
		{"gc.sync.before_fsync", "commit", "absent", "absent", own},

		{"prepare.after_rollback_only_check", "prepare", "absent", "absent", modes},
		{"prepare.after_conflict_check", "prepare", "absent", "absent", modes},
		{"prepare.after_encode_record", "prepare", "absent", "absent", modes},
		{"prepare.before_sync_wait", "prepare", "absent", "absent", modes},
		{"prepare.before_wal_append", "prepare", "absent", "absent", modes},
		{"prepare.after_wal_append", "prepare", "absent", "absent", modes},
		{"gc.flush.after_engine_flush_logs", "prepare", "absent", "absent", two},
		{"gc.flush.after_tc_bytes", "prepare", "absent", "absent", one},
		{"gc.flush.after_all_appended", "prepare", "absent", "prepared", two},
		{"gc.flush.after_all_appended", "prepare", "absent", "absent", one},
		{"gc.sync.before_fsync", "prepare", "absent", "absent", own},
		{"gc.sync.after_fsync", "prepare", "prepared", "prepared", modes},
		{"prepare.after_sync_before_publish", "prepare", "prepared", "prepared", modes},
		{"prepare.after_publish_before_ack", "prepare", "prepared", "prepared", modes},
		{"prepare.after_ack", "prepare", "prepared", "prepared", modes},
		{"bl.behind_after_write", "prepare", "prepared", "prepared", one},

		{"cbx.lookup", "prepare+commit", "prepared", "prepared", modes},
		{"cbx.after_claim", "prepare+commit", "prepared", "prepared", modes},
		{"cbx.after_record", "prepare+commit", "committed", "committed", two},
		{"cbx.after_record", "prepare+commit", "prepared", "prepared", own},
		{"cbx.after_ack", "prepare+commit", "committed", "committed", modes},
		{"rbx.lookup", "prepare+rollback", "prepared", "prepared", modes},
		{"cbx.after_claim", "prepare+rollback", "prepared", "prepared", modes},
		{"rbx.after_claim", "prepare+rollback", "prepared", "prepared", modes},
		{"rbx.before_record", "prepare+rollback", "absent", "absent", two},
		{"rbx.before_record", "prepare+rollback", "prepared", "prepared", own},
		{"rbx.after_record", "prepare+rollback", "absent", "absent", two},
		{"rbx.after_record", "prepare+rollback", "prepared", "prepared", own},
		{"rbx.after_undo", "prepare+rollback", "absent", "absent", modes},
		{"rbx.after_ack", "prepare+rollback", "absent", "absent", modes},
	}
	for _, r := range rows {
		for _, cfg := range []struct {
			name, want string
			cfg        vfs.CrashCloneCfg
		}{
			{"lost", r.lost, vfs.CrashCloneCfg{}},
			{"kept", r.kept, vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))}},
		} {
			t.Run(fmt.Sprintf("%s/%s/%s", r.point, r.kind, cfg.name), func(t *testing.T) {
				inModes(t, r.in, func(t *testing.T, m mode) {
					image := crashAt(t, m, r.point, cfg.cfg, func(l *Log) { scenario(t, l, r.kind) })
					if got := fate(t, open(t, image, m)); got != cfg.want {
						t.Errorf("%s, want %s", got, cfg.want)
					}
				})
			})
		}
	}
}

// crashAt runs a scenario and returns the disk as it was when the point was
// passed last.
func crashAt(t *testing.T, m mode, point string, cfg vfs.CrashCloneCfg, run func(*Log)) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
	var image *vfs.MemFS
	if err := failpoint.SetHook(point, func() error {
		image = fs.CrashClone(cfg)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	defer failpoint.Reset()
	run(l)
	failpoint.Reset()
	if image == nil {
		t.Fatal("the point was never passed")
	}
	l.Abandon()
	return image
}

// TestSecondPhaseAtEachStage crashes the second phase behind its claim.
func TestSecondPhaseAtEachStage(t *testing.T) {
	for _, kind := range []string{"prepare+commit", "prepare+rollback"} {
		after := map[string]string{"prepare+commit": "committed", "prepare+rollback": "absent"}[kind]
		for _, m := range modes {
			for point, want := range map[string]string{
				"gc.sync.before_fsync": "prepared",
				"gc.sync.after_fsync":  after,
				"gc.commit.after_all":  after,
			} {
				t.Run(fmt.Sprintf("%s/%s/%s", kind, point, m), func(t *testing.T) {
					fs := vfs.NewCrashableMem()
					l := open(t, fs, m)
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
					l = open(t, image, m)
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
func TestC4_EmptyBranch(t *testing.T) { inModes(t, binlogs, emptyBranch) }

func emptyBranch(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
	x := newXID(t, "b")
	if err := l.Prepare(bg, l.Begin(), x); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		fs = fs.CrashClone(vfs.CrashCloneCfg{})
		l.Abandon()
		l = open(t, fs, m)
		if got := fate(t, l); got != "prepared" {
			t.Fatal(got)
		}
	}
	if err := l.CommitXID(bg, x); err != nil {
		t.Fatal(err)
	}
	fs = fs.CrashClone(vfs.CrashCloneCfg{})
	l.Abandon()
	if got := fate(t, open(t, fs, m)); got != "absent" {
		t.Errorf("the outcome was lost: %s", got)
	}
	if got := told(t, fs); got != "" {
		t.Errorf("the binlog says %q", got)
	}
}

// TestXIDReuse: the outcome of an earlier branch says nothing of a later one
// with the same XID (I16), across rotations and crashes.
func TestXIDReuse(t *testing.T) { inModes(t, binlogs, reuseXID) }

func reuseXID(t *testing.T, m mode) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, m)
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
	if err := failpoint.SetHook("prepare.after_wal_append", func() error {
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
	l = open(t, image, m)
	if got := fate(t, l); got != "absent" {
		t.Errorf("a branch nobody acknowledged: %s", got)
	}
	if read(t, l, "r0") != "v" || read(t, l, "r1") != "" || read(t, l, "r2") != "v" {
		t.Error("earlier outcomes changed")
	}
}
