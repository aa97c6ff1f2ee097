package engine

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// TestGapsModel: whatever is learned and forgotten, a locked read shows a row if
// there is one, and none otherwise.
func TestGapsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := testOptions(vfs.NewMem())
		o.RecentWrites = rapid.SampledFrom([]int{1, 4, 64}).Draw(rt, "recent")
		e, err := Open(bg, "store", o)
		if err != nil {
			rt.Fatal(err)
		}
		defer e.Abandon()
		e.gaps.learnEvery = rapid.Int64Range(0, 2).Draw(rt, "learnEvery")
		model := map[string]string{}
		keys := rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf("%02d", n) })
		for range rapid.IntRange(1, 40).Draw(rt, "transactions") {
			txn, wrote := e.Begin(), map[string]string{}
			for range rapid.IntRange(1, 3).Draw(rt, "writes") {
				key := keys.Draw(rt, "key")
				want, there := model[key]
				if own, ok := wrote[key]; ok {
					want, there = own, own != ""
				}
				check := func(old []byte, had bool) error {
					if had != there || had && string(old) != want {
						rt.Fatalf("%s is %q, %t, want %q", key, old, had, want)
					}
					return nil
				}
				if rapid.Bool().Draw(rt, "put") {
					wrote[key] = fmt.Sprint("v", len(model))
					err = txn.PutOver(bg, accounts, []byte(key), []byte(wrote[key]), check)
				} else {
					wrote[key] = ""
					err = txn.DeleteOver(bg, accounts, []byte(key), func(old []byte) error { return check(old, true) })
				}
				if err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 3).Draw(rt, "commit") == 0 {
				if err := e.Rollback(txn, true); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			if err := e.Commit(txn, true); err != nil {
				rt.Fatal(err)
			}
			for k, v := range wrote {
				if model[k] = v; v == "" {
					delete(model, k)
				}
			}
		}
	})
}

// TestGapsSaveLookups: rows that arrive in two orders at once are hardly looked
// up, and those that arrive in none do not fill the memory.
func TestGapsSaveLookups(t *testing.T) {
	e := open(t, vfs.NewMem())
	insert := func(key string) {
		t.Helper()
		txn := e.Begin()
		err := txn.PutOver(bg, accounts, []byte(key), []byte("v"), func(_ []byte, had bool) error {
			if had {
				return fmt.Errorf("%s is there", key)
			}
			return nil
		})
		if err == nil {
			err = e.Commit(txn, true)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	saved := func() (n int64) {
		for _, g := range *e.gaps.known.Load() {
			n += g.hits.Load()
		}
		return n
	}
	const rows = 3000
	for i := range rows {
		insert(fmt.Sprintf("a%06d", i))
		insert(fmt.Sprintf("c%06d", i))
	}
	if n := saved(); n < 2*rows*9/10 {
		t.Errorf("%d of %d rows were not looked up", n, 2*rows)
	}
	if n := len(*e.gaps.known.Load()); n > 2 {
		t.Errorf("%d gaps", n)
	}
	for i := range rows {
		insert(fmt.Sprintf("b%06d", (i*7919)%100_000)) // in no order
	}
	if n := len(*e.gaps.known.Load()); n > gapsMax {
		t.Errorf("%d gaps", n)
	}
}

// TestGapsTogether: transactions that insert and delete among each other's keys
// see their own as they left them.
func TestGapsTogether(t *testing.T) {
	const clients, rounds = 4, 400
	o := testOptions(vfs.NewMem())
	o.RecentWrites = 64
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	e.gaps.learnEvery = 1
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			left := map[string][]byte{} // what the client left of its last rows
			for i := range rounds {
				key := fmt.Sprintf("%06d", (i-i%3)*clients+c) // each three times
				txn := e.Begin()
				see := func(old []byte, had bool) error {
					if want := left[key]; had != (want != nil) || !bytes.Equal(old, want) {
						return fmt.Errorf("%s is %q, %t, want %q", key, old, had, want)
					}
					return nil
				}
				val := fmt.Append(nil, i)
				err := txn.PutOver(bg, accounts, []byte(key), val, see)
				if err == nil && i%3 == 1 {
					val, err = nil, txn.Delete(bg, accounts, []byte(key))
				}
				if err == nil {
					err = e.Commit(txn, true)
				}
				if err != nil {
					t.Error(err)
					return
				}
				left[key] = val
			}
		})
	}
	wg.Wait()
}
