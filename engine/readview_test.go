package engine

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestReadView: views that are taken between two commits share a snapshot, show
// what was committed then, forwards and backwards, and are closed one by one.
func TestReadView(t *testing.T) {
	e := open(t, vfs.NewMem())
	commitKV(t, e, "a", "1")
	take := func() *ReadView {
		v, err := e.ReadView()
		if err != nil {
			t.Fatal(err)
		}
		return &v
	}
	one, two := take(), take()
	other, err := one.Share()
	if err != nil {
		t.Fatal(err)
	}
	if one.snap != two.snap || one.snap != other.snap {
		t.Error("nothing was committed, and the snapshots differ")
	}
	one.Close()
	one.Close()
	commitKV(t, e, "a", "2")
	commitKV(t, e, "b", "2")
	for _, v := range []*ReadView{two, &other} {
		if got := scan(t, v.Scan(accounts, nil, nil)); got != "a=1" {
			t.Errorf("an old view shows %s", got)
		}
	}
	late := take()
	if got := scan(t, late.ScanReverse(accounts, nil, nil)); got != "b=2 a=2" {
		t.Errorf("a new view shows %s", got)
	}
	for _, v := range []*ReadView{one, two, &other, late} {
		v.Close()
		_, _, getErr := v.Get(accounts, []byte("a"))
		_, shareErr := v.Share()
		for _, err := range []error{getErr, shareErr, v.Scan(accounts, nil, nil).Err()} {
			if !errors.Is(err, ErrSnapshotClosed) || !errors.Is(err, ErrTxnDone) {
				t.Errorf("a closed view: %v", err)
			}
		}
	}
	commitKV(t, e, "c", "1")
	if n := e.readers.count(); n != 0 {
		t.Errorf("%d snapshots are open", n)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	_, viewErr := e.ReadView()
	_, _, getErr := e.Get(accounts, []byte("a"))
	_, _, lateErr := late.Get(accounts, []byte("a"))
	for _, err := range []error{viewErr, getErr, lateErr} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a closed store: %v", err)
		}
	}
}

// TestI1_ReadsSeeWhatIsAcknowledged: whoever begins to read behind an
// acknowledgement sees the commit, while snapshots come and go; and no snapshot
// is left over.
func TestI1_ReadsSeeWhatIsAcknowledged(t *testing.T) {
	e := open(t, vfs.NewMem())
	commitKV(t, e, "n", "0")
	const commits = 300
	var acked atomic.Int64
	var readers sync.WaitGroup
	key := []byte("n")
	for r := range 4 {
		readers.Go(func() {
			for was := int64(-1); was < commits; {
				from := acked.Load()
				val, _, err := e.Get(accounts, key)
				if r%2 == 0 {
					var v ReadView
					if v, err = e.ReadView(); err == nil {
						val, _, err = v.Get(accounts, key)
						v.Close()
					}
				}
				n, _ := strconv.ParseInt(string(val), 10, 64)
				if err != nil || n < from || n < was {
					t.Errorf("read %d behind the acknowledgement of %d and a read of %d: %v", n, from, was, err)
					return
				}
				was = n
			}
		})
	}
	for n := int64(1); n <= commits; n++ {
		commitKV(t, e, "n", strconv.FormatInt(n, 10))
		acked.Store(n)
	}
	readers.Wait()
	commitKV(t, e, "n", "0")
	if n := e.readers.count(); n != 0 {
		t.Errorf("%d snapshots are open", n)
	}
}

// TestScanOfHotRows: a scan does not step over the versions of rows that have
// changed often since the tables were flushed.
func TestScanOfHotRows(t *testing.T) {
	e := open(t, vfs.NewMem())
	for n := range 500 {
		txn := e.Begin()
		for _, k := range []string{"a", "b", "c"} {
			put(t, txn, accounts, k, strconv.Itoa(n))
		}
		commit(t, e, txn)
	}
	it := e.Begin().Scan(accounts, nil, nil)
	rows := 0
	for it.Next() {
		if rows++; string(it.Value()) != "499" {
			t.Errorf("%s=%s", it.Key(), it.Value())
		}
	}
	stats := it.base.Stats()
	if steps := stats.ForwardStepCount[pebble.InternalIterCall]; rows != 3 || steps > 20 {
		t.Errorf("%d rows in %d steps", rows, steps)
	}
	if err := it.Close(); err != nil {
		t.Error(err)
	}
}
