package wal

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestRecordLayout holds the bytes of a record to the drawing in doc.go.
func TestRecordLayout(t *testing.T) {
	r := Record{Type: TypePrepare, Flags: 0x81, TxnID: 0x1122334455667788, LSN: 0x200, SyncedLSN: 0x108, Epoch: 5}
	got := hex.EncodeToString(appendFrame(nil, &r, []byte("ab"), []byte("c")))
	want := strings.Join([]string{
		"85cafd36", "03000000", "0002000000000000", "0801000000000000",
		"8877665544332211", "02", "81", "2800", "05000000", "616263", "0000000000",
	}, "")
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestSegmentHeaderLayout(t *testing.T) {
	s := segment{number: 3, first: 0x1000, epoch: 9}
	store := [16]byte{0xaa, 15: 0xbb}
	b := encodeSegmentHeader(s, store, 0x77)
	want := strings.Join([]string{
		hex.EncodeToString([]byte("XAEWAL01")), "01000000", "40000000", "0300000000000000", "0010000000000000",
		"aa0000000000000000000000000000bb", "7700000000000000", "09000000", "17a29302",
	}, "")
	if got := hex.EncodeToString(b); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if got, reason := decodeSegmentHeader(b, 3, store); got != s || reason != "" {
		t.Fatalf("decoded %+v, %q", got, reason)
	}
	for i := range b {
		b[i] ^= 4
		if _, reason := decodeSegmentHeader(b, 3, store); reason == "" {
			t.Errorf("byte %d turned over and nobody noticed", i)
		}
		b[i] ^= 4
	}
	if _, reason := decodeSegmentHeader(b, 4, store); reason == "" {
		t.Error("a segment under another number is accepted")
	}
	if _, reason := decodeSegmentHeader(b, 3, [16]byte{}); reason == "" {
		t.Error("a segment of another store is accepted")
	}
}

func TestControlSlots(t *testing.T) {
	old := ctrlState{seq: 7, store: [16]byte{1}, epoch: 2, keepFrom: 8, synced: 800, firstNeeded: 1, last: 1}
	last := ctrlState{seq: 8, store: [16]byte{1}, epoch: 3, checkpoint: 900, keepFrom: 808, firstNeeded: 2, synced: 1000, last: 3, clean: true}
	b := append(last.encode(), old.encode()...)
	if len(b) != ctrlFileSize {
		t.Fatalf("control file of %d bytes", len(b))
	}
	if got, slot, ok := bestCtrl(b); got != last || slot != 0 || !ok {
		t.Fatalf("got %+v in slot %d, %v", got, slot, ok)
	}
	for i := range ctrlSlotLen {
		b[i] ^= 1
		if got, slot, ok := bestCtrl(b); got != old || slot != 1 || !ok {
			t.Fatalf("byte %d: got %+v in slot %d, %v", i, got, slot, ok)
		}
		b[i] ^= 1
	}
	for n := range ctrlSlotLen {
		if _, _, ok := bestCtrl(b[:n]); ok {
			t.Fatalf("a slot of %d bytes is accepted", n)
		}
	}
}

func TestSegmentNames(t *testing.T) {
	for name, want := range map[string]uint64{
		"00000000000000000001.wal":     1,
		"18446744073709551615.wal":     1<<64 - 1,
		"18446744073709551616.wal":     0,
		"00000000000000000000.wal":     0,
		"+0000000000000000001.wal":     0,
		"1.wal":                        0,
		"00000000000000000001.wal.tmp": 0,
		"00000000000000000001.free":    0,
		"CTRL":                         0,
	} {
		if n, ok := parseSegmentName(name); ok != (want > 0) || ok && n != want {
			t.Errorf("%s: got %d, %v", name, n, ok)
		}
	}
	for name, want := range map[string]bool{
		"00000000000000000001.wal.tmp": true, "00000000000000000001.free": true, "00000000000000000001.spare": true, "CTRL.tmp": true,
		"CTRL": false, "00000000000000000001.wal": false, "x.tmp": false, "x.free": false, "LOCK": false,
	} {
		if isLeftover(name) != want {
			t.Errorf("%s: leftover is %v", name, !want)
		}
	}
}

func TestRecordTypeNames(t *testing.T) {
	for typ, want := range map[RecordType]string{TypeRedoChunk: "REDO_CHUNK", TypeTCFile: "TC_FILE", 10: "TYPE_10", 0: "TYPE_0"} {
		if got := typ.String(); got != want {
			t.Errorf("type %d is called %s, want %s", uint8(typ), got, want)
		}
	}
}

// FuzzFrame decodes arbitrary bytes as a segment: no panic, no memory beyond
// the file's size, and whatever is accepted encodes to the same bytes again.
func FuzzFrame(f *testing.F) {
	r := Record{Type: TypeCommit, TxnID: 1, LSN: FirstLSN, SyncedLSN: FirstLSN, Epoch: 1}
	one := appendFrame(nil, &r, []byte("body"))
	r.LSN = r.LSN + LSN(len(one))
	f.Add(appendFrame(one, &r, bytes.Repeat([]byte("x"), 100)))
	f.Add(one[:30])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		file := append(make([]byte, segmentHeaderLen), b...)
		seg := segment{number: 1, first: FirstLSN, epoch: 1 << 31}
		r := &frameReader{seg: seg, file: memFile(file), size: int64(len(file))}
		w := walk{at: FirstLSN}
		var again []byte
		if err := w.run(r, 1<<40, func(fr frame) error {
			again = appendFrame(again, &fr.rec, fr.rec.Body)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, b[:len(again)]) || w.reason == "" {
			t.Fatalf("accepted %d bytes, reason %q, that encode otherwise", len(again), w.reason)
		}
		if _, err := r.laterPromise(w.at); err != nil {
			t.Fatal(err)
		}
		if cap(r.buf) > len(file)+64 {
			t.Fatalf("%d bytes of memory for a file of %d", cap(r.buf), len(file))
		}
	})
}

// FuzzControlSlot decodes arbitrary bytes as a slot: what is accepted encodes
// to the same bytes again.
func FuzzControlSlot(f *testing.F) {
	f.Add(ctrlState{seq: 1, keepFrom: 8, synced: 8}.encode())
	f.Add(ctrlState{seq: 9, keepFrom: 8, synced: 80, checkpoint: 40, firstNeeded: 3, clean: true}.encode())
	f.Add([]byte("XAECTRL1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := decodeCtrl(b)
		if !ok {
			return
		}
		if got := c.encode(); !bytes.Equal(got[:12], b[:12]) || !bytes.Equal(got[16:44], b[16:44]) || !bytes.Equal(got[48:80], b[48:80]) {
			t.Fatalf("%+v encodes otherwise", c)
		}
	})
}
