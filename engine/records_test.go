package engine

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/xid"
)

func testXID(t testing.TB, format int64, gtrid, bqual string) xid.XID {
	t.Helper()
	x, err := xid.New(format, []byte(gtrid), []byte(bqual))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// mustEncode encodes a write set that fits into one record.
func mustEncode(t interface{ Fatal(...any) }, x xid.XID, flags uint32, w *writeSet) []byte {
	b, err := encodeTxn(x.Encode(nil), flags, w, spill{1 << 20, func([]byte) error { return errBody }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPrepareRoundTrip holds for any write set, undone statements included:
// what is decoded is what counts, and the 152 bytes are the XID's own.
func TestPrepareRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriteSet(1 << 20)
		tables := []Table{{ID: 16, DB: "d", Name: "a"}, {ID: 17, DB: "d", Name: "b"}, {ID: 1 << 31, DB: "", Name: "k"}}
		want := map[string]string{}
		steps := rapid.IntRange(0, 20).Draw(t, "steps")
		for range steps {
			tbl := rapid.SampledFrom(tables).Draw(t, "table")
			key := tbl.fullKey(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "key"))
			val := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "val")
			mark := len(w.ops)
			kind := rapid.SampledFrom([]opKind{opSet, opDelete}).Draw(t, "kind")
			if kind == opDelete {
				val = nil
			}
			if err := w.add(tbl, kind, key, val); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "undo") {
				w.undo(mark)
				continue
			}
			want[string(key)] = string(append([]byte{byte(kind)}, val...))
		}
		x, _ := xid.New(rapid.Int64().Filter(func(n int64) bool { return n != -1 }).Draw(t, "format"), []byte("g"), []byte{0, 255})
		body := mustEncode(t, x, flagExternal, w)
		if !bytes.Equal(body[:xid.EncodedSize], x.Encode(nil)) {
			t.Fatal("the body does not begin with the XID's 152 bytes")
		}
		p, err := decodePrepare(body, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		p.set.effective(func(o *op) { got[string(o.key)] = string(append([]byte{byte(o.kind)}, o.val...)) })
		if len(got) != len(want) || p.xid != x || p.flags != flagExternal {
			t.Fatalf("got %v %v, want %v", p.xid, got, want)
		}
		for k, v := range want {
			if got[k] != v {
				t.Fatalf("key %x: got %q want %q", k, got[k], v)
			}
		}
	})
}

// TestC10_Chunks: a write set of any size comes back from its chunks, none of
// which is larger than one op needs.
func TestC10_Chunks(t *testing.T) {
	const chunkSize = 4096
	rapid.Check(t, func(t *rapid.T) {
		w := newWriteSet(64 << 20)
		tbl := Table{ID: 16, DB: "d", Name: "t"}
		want := map[string]int{}
		for i := range rapid.IntRange(1, 30).Draw(t, "rows") {
			key := tbl.fullKey(le.AppendUint32(nil, uint32(i)))
			size := rapid.SampledFrom([]int{0, 100, chunkSize / 3, chunkSize, 2 * chunkSize}).Draw(t, "size")
			if err := w.add(tbl, opSet, key, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			want[string(key)] = size
		}
		var chunks [][]byte
		body, err := encodeTxn(nil, 0, w, spill{chunkSize, func(c []byte) error {
			chunks = append(chunks, c)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append(chunks, body) {
			if len(c) > 2*chunkSize+1024 {
				t.Fatalf("a record of %d bytes", len(c))
			}
		}
		p, err := decodeTxn(body, chunks)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		p.set.effective(func(o *op) {
			n++
			if size, ok := want[string(o.key)]; !ok || len(o.val) != size {
				t.Fatalf("key %x: %d bytes, want %d", o.key, len(o.val), size)
			}
		})
		if n != len(want) {
			t.Fatalf("%d rows of %d", n, len(want))
		}
		if len(chunks) > 0 {
			if _, err := decodeTxn(body, chunks[1:]); err == nil {
				t.Fatal("a missing chunk went unnoticed")
			}
		}
	})
}

func TestRecordRoundTrips(t *testing.T) {
	tc := TCPos{File: 7, Offset: 1 << 40}
	c := commitRec{prepareLSN: 1, commitNo: 2, unixNano: -3, tc: tc, crc: 5}
	if got, err := decodeCommit(c.encode(nil)); err != nil || got != c {
		t.Errorf("commit: %+v %v", got, err)
	}
	r := rollbackRec{prepareLSN: 9, crc: 8, tc: tc}
	if got, err := decodeRollback(r.encode(nil)); err != nil || got != r {
		t.Errorf("rollback: %+v %v", got, err)
	}
	m := inTCRec{prepareLSN: 9, crc: 8, tc: tc}
	if got, err := decodeInTC(m.encode(nil)); err != nil || got != m {
		t.Errorf("in TC: %+v %v", got, err)
	}
	k := checkpointRec{commitNo: 1, keepFrom: 2, tc: tc, branches: []uint64{3, 4}}
	got, err := decodeCheckpoint(k.encode(nil))
	if err != nil || got.commitNo != 1 || got.keepFrom != 2 || got.tc != tc || len(got.branches) != 2 || got.branches[1] != 4 {
		t.Errorf("checkpoint: %+v %v", got, err)
	}
	a := appliedRow{commitNo: 1, logEnd: 2, tc: tc, batch: 3}
	if got, err := decodeApplied(a.encode()); err != nil || got != a {
		t.Errorf("applied row: %+v %v", got, err)
	}
}

// FuzzDecode: no body makes a decoder panic or allocate beyond its size.
func FuzzDecode(f *testing.F) {
	w := newWriteSet(100)
	_ = w.add(Table{ID: 16, DB: "d", Name: "t"}, opSet, Table{ID: 16}.fullKey([]byte("k")), []byte("v"))
	f.Add(mustEncode(f, testXID(f, 1, "g", "b"), 0, w))
	f.Add(mustEncode(f, testXID(f, 1, "g", "b"), 0, w)[xid.EncodedSize:])
	f.Add(checkpointRec{branches: []uint64{1}}.encode(nil))
	f.Add(commitRec{}.encode(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = decodePrepare(b, nil)
		if p, err := decodeTxn(b, nil); err == nil && len(p.set.ops)*opHead > len(b) {
			t.Fatal("more ops than bytes")
		}
		if p, err := decodeTxn(b, [][]byte{b}); err == nil && len(p.set.ops)*opHead > 2*len(b) {
			t.Fatal("more ops than bytes")
		}
		_, _ = decodeTCBytes(b)
		_, _ = decodeCommit(b)
		_, _ = decodeRollback(b)
		_, _ = decodeInTC(b)
		_, _ = decodeCheckpoint(b)
		_, _ = decodeApplied(b)
	})
}
