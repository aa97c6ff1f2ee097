package engine

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// TestWriteSetModel compares a write set of few and of many keys with a list of
// what was done: the op that counts, undoing, and the ops of any range as of any
// place, both ways.
func TestWriteSetModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriteSet(1 << 30)
		var done []op
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if len(done) > 0 && rapid.IntRange(0, 19).Draw(t, "step") == 0 {
				mark := rapid.IntRange(0, len(done)).Draw(t, "undo to")
				w.undo(mark)
				done = done[:mark]
				continue
			}
			key := fmt.Appendf(nil, "\x01tabl%03d", rapid.IntRange(0, 150).Draw(t, "key"))
			val := fmt.Append(nil, len(done))
			if err := w.copyAdd(accounts, opSet, key, val); err != nil {
				t.Fatal(err)
			}
			done = append(done, op{key: bytes.Clone(key), val: val})
			key[0], val[0] = 0, 0 // the set has copies
			done[len(done)-1].val = fmt.Append(nil, len(done)-1)
		}
		if w.keys() != len(counting(done)) {
			t.Fatalf("%d keys, want %d", w.keys(), len(counting(done)))
		}
		var effective []string
		w.effective(func(o *op) { effective = append(effective, text(*o)) })
		slices.Sort(effective)
		if want := texts(counting(done)); !slices.Equal(effective, want) {
			t.Fatalf("effective: %v, want %v", effective, want)
		}
		mark := rapid.IntRange(0, len(done)).Draw(t, "mark")
		bound := rapid.Map(rapid.IntRange(0, 151), func(n int) []byte { return fmt.Appendf(nil, "\x01tabl%03d", n) })
		s := span{lower: bound.Draw(t, "lower"), upper: bound.Draw(t, "upper"), above: rapid.Bool().Draw(t, "above")}
		desc := rapid.Bool().Draw(t, "desc")
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		want := slices.DeleteFunc(texts(counting(done[:mark])), func(s2 string) bool {
			key, _, _ := strings.Cut(s2, "=")
			return key < string(s.lower) || s.above && key == string(s.lower) || key >= string(s.upper)
		})
		if desc {
			slices.Reverse(want)
		}
		want = want[:min(limit, len(want))]
		var got []string
		for _, o := range w.within(nil, s, desc, mark, limit) {
			got = append(got, text(o))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("within: %v, want %v", got, want)
		}
	})
}

func text(o op) string { return fmt.Sprintf("%s=%s", o.key, o.val) }

func texts(ops []op) []string {
	var out []string
	for _, o := range ops {
		out = append(out, text(o))
	}
	return out
}

// counting is the newest op of each key, by key.
func counting(done []op) []op {
	newest := map[string]op{}
	for _, o := range done {
		newest[string(o.key)] = o
	}
	var out []op
	for _, o := range newest {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b op) int { return bytes.Compare(a.key, b.key) })
	return out
}

// TestScanBothWays: a scan in either direction, with many own writes, deletes
// and writes made while it runs, is the reverse of the other.
func TestScanBothWays(t *testing.T) {
	e := open(t, vfs.NewMem())
	base := e.Begin()
	for i := 0; i < 400; i += 2 {
		put(t, base, accounts, fmt.Sprintf("%03d", i), "base")
	}
	commit(t, e, base)
	txn := e.Begin()
	var want []string
	for i := range 400 {
		key := fmt.Sprintf("%03d", i)
		switch i % 5 {
		case 0, 1:
			put(t, txn, accounts, key, "own")
			want = append(want, key+"=own")
		case 2:
			if err := txn.Delete(bg, accounts, []byte(key)); err != nil {
				t.Fatal(err)
			}
		default:
			if i%2 == 0 {
				want = append(want, key+"=base")
			}
		}
	}
	for _, desc := range []bool{false, true} {
		it := txn.scan(accounts, []byte("010"), []byte("390"), desc)
		var got []string
		for it.Next() {
			got = append(got, fmt.Sprintf("%s=%s", it.Key(), it.Value()))
			put(t, txn, accounts, string(it.Key())+"x", "later")
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
		if desc {
			slices.Reverse(got)
		}
		from, _ := slices.BinarySearch(want, "010")
		to, _ := slices.BinarySearch(want, "390")
		if !slices.Equal(got, want[from:to]) {
			t.Errorf("desc %v: %v", desc, got)
		}
		sp := len(txn.set.ops) - len(got)
		if err := txn.RollbackTo(Savepoint(sp)); err != nil {
			t.Fatal(err)
		}
	}
}
