package engine

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestOtherFormat: a store that another version of the program has written is
// refused, by whatever opens it, before anything is changed; one whose version
// is damaged is not taken for it.
func TestOtherFormat(t *testing.T) {
	const ctrl, slotSize, versionAt = "store/wal/CTRL", 4096, 8
	for _, slot := range []int{0, 1} {
		for _, add := range []int{-1, 1, 7} {
			d := simdisk.New(simdisk.Options{Seed: 1})
			e, err := Open(bg, "store", testOptions(d.FS()))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(bg); err != nil {
				t.Fatal(err)
			}
			b, err := d.ReadFile(ctrl)
			if err != nil {
				t.Fatal(err)
			}
			version := b[slot*slotSize+versionAt:]
			supported := binary.LittleEndian.Uint32(version)
			found := uint32(int(supported) + add)
			binary.LittleEndian.PutUint32(version, found)
			clear(b[slot*slotSize+80 : slot*slotSize+slotSize]) // who knows where its checksum is
			if err := d.WriteFile(ctrl, b); err != nil {
				t.Fatal(err)
			}
			before := d.CachedHash()
			_, opened := Open(bg, "store", testOptions(d.FS()))
			_, inspected := Inspect(bg, "store", testOptions(d.FS()), false)
			for _, err := range []error{opened, inspected} {
				var format *FormatError
				if !errors.Is(err, ErrFormat) || !errors.As(err, &format) || *format != (FormatError{Found: found, Supported: supported}) {
					t.Errorf("slot %d, format %d: %v", slot, found, err)
				}
			}
			if d.CachedHash() != before {
				t.Error("something was written")
			}
		}
	}
}

func TestDamagedVersionIsNoOtherFormat(t *testing.T) {
	for bit := range 32 {
		d := simdisk.New(simdisk.Options{Seed: 1})
		e, err := Open(bg, "store", testOptions(d.FS()))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(bg); err != nil {
			t.Fatal(err)
		}
		for slot := range 2 {
			if err := d.FlipBit("store/wal/CTRL", int64(slot*4096+8+bit/8), bit%8); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(bg, "store", testOptions(d.FS())); !errors.Is(err, ErrCorrupt) || errors.Is(err, ErrFormat) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}
