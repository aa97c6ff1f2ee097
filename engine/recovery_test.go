package engine

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// recoverySize is how large a log BenchmarkRecovery has read, in bytes, and how
// many prepared branches are in it: XADB_RECOVERY, "MIB,BRANCHES".
func recoverySize(t testing.TB) (size int64, branches int) {
	mib, branches := int64(16), 200
	if text := os.Getenv("XADB_RECOVERY"); text != "" {
		if _, err := fmt.Sscanf(text, "%d,%d", &mib, &branches); err != nil {
			t.Fatalf("XADB_RECOVERY=%q is not MIB,BRANCHES: %v", text, err)
		}
	}
	return mib << 20, branches
}

// crashedStore makes a store that crashed with a log of that size and as many
// branches prepared, spread over it, and returns the number of its commits. There
// was no checkpoint, and of the tables nothing has survived: all is to be redone.
func crashedStore(t testing.TB, o Options, size int64, branches int) (commits int64) {
	defer func() {
		if err := o.FS.RemoveAll("store/" + dataDir); err != nil {
			t.Fatal(err)
		}
	}()
	o.ManualCheckpoint = true
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	val := bytes.Repeat([]byte("v"), 1<<10)
	for n, prepared := 0, 0; e.log.Size() < size || prepared < branches; n++ {
		commits++
		txn := e.Begin()
		for i := range 16 {
			if err := txn.Put(bg, history, fmt.Appendf(nil, "%08d", (n*7919+i*104729)%1_000_000), val); err != nil {
				t.Fatal(err)
			}
		}
		if err = e.BeginCommit(txn); err == nil {
			err = e.decideAlone(&Decision{Txn: txn, Commit: true}, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		for ; prepared < branches && int64(prepared) < int64(branches)*e.log.Size()/size; prepared++ {
			b := e.Begin()
			for i := range 4 {
				if err := b.Put(bg, accounts, fmt.Appendf(nil, "b%d-%d", prepared, i), val[:100]); err != nil {
					t.Fatal(err)
				}
			}
			b.SetXID(testXID(t, 1, "g", fmt.Sprint(prepared)), true, false)
			if err = e.Prepare(b, true); err == nil {
				err = e.PublishPrepared(b, TCPos{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.FlushLogs(false); err != nil {
		t.Fatal(err)
	}
	return commits
}

// checkRecovered says whether an engine has read and redone all of that store:
// one that did less would be quick.
func checkRecovered(t testing.TB, e *Engine, size, commits int64, branches int) {
	t.Helper()
	r := e.recovered
	if r.Read < size || r.Read != r.Total || r.Redone != commits || r.Prepared != int64(branches) || !r.Done {
		t.Errorf("recovered %+v, want %d bytes, %d commits, %d branches", r, size, commits, branches)
	}
	if n := len(e.Prepared()); n != branches {
		t.Errorf("%d branches are listed, want %d", n, branches)
	}
}

// TestRecoveryOfMany: the small store of the benchmark comes back whole.
func TestRecoveryOfMany(t *testing.T) {
	const size, branches = 4 << 20, 100
	o := testOptions(vfs.NewMem())
	commits := crashedStore(t, o, size, branches)
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	checkRecovered(t, e, size, commits, branches)
}

// BenchmarkRecovery opens a store whose process died: see recoverySize.
func BenchmarkRecovery(b *testing.B) {
	size, branches := recoverySize(b)
	for b.Loop() {
		b.StopTimer()
		o := testOptions(vfs.Default)
		o.SegmentSize, o.MemTableSize, o.CacheSize = 0, 0, 0
		b.Chdir(b.TempDir())
		commits := crashedStore(b, o, size, branches)
		b.StartTimer()
		e, err := Open(bg, "store", o)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		checkRecovered(b, e, size, commits, branches)
		b.ReportMetric(e.recovered.Duration.Seconds(), "s/log")
		b.ReportMetric(float64(e.recovered.Redone), "redone")
		e.Abandon()
		b.StartTimer()
	}
}
