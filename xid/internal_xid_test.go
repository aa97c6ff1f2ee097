package xid

import (
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
)

func TestInternal(t *testing.T) {
	x := Internal(0x0102, 0x0304)
	if got, want := hex.EncodeToString(x.Data()), "4d7953514c586964"+"0201000000000000"+"0403000000000000"; got != want {
		t.Errorf("data is %s, want %s", got, want)
	}
	if x.FormatID() != 1 || len(x.Gtrid()) != 24 || len(x.Bqual()) != 0 {
		t.Errorf("parts are %d %d %d", x.FormatID(), len(x.Gtrid()), len(x.Bqual()))
	}
	if y, err := Decode(x.Encode(nil)); err != nil || y != x {
		t.Errorf("not an ordinary XID: %v, %v", y, err)
	}
	if n, ok := x.MyXID(); !ok || n != 0x0304 {
		t.Errorf("MyXID is %d, %v", n, ok)
	}
	if n, ok := Internal(math.MaxUint64, math.MaxUint64).MyXID(); !ok || n != math.MaxUint64 {
		t.Errorf("largest MyXID is %d, %v", n, ok)
	}
}

func TestMyXID(t *testing.T) {
	gtrid := string(Internal(1, 2).Gtrid())
	for _, c := range []struct {
		name         string
		x            XID
		ok, internal bool // MyXID, IsInternalForm of the gtrid
	}{
		{"format does not count", must(t, 99, gtrid, ""), true, true},
		{"bqual", must(t, 1, gtrid, "b"), false, true},
		{"short", must(t, 1, gtrid[:23], ""), false, false},
		{"long", must(t, 1, gtrid+"x", ""), false, false},
		{"prefix", must(t, 1, "mySQLXid"+gtrid[8:], ""), false, false},
		{"number 0", Internal(1, 0), false, true},
		{"user", must(t, 1, "order", "1"), false, false},
		{"null", Null(), false, false},
	} {
		if _, ok := c.x.MyXID(); ok != c.ok {
			t.Errorf("%s: MyXID says %v", c.name, ok)
		}
		if got := IsInternalForm(c.x.Gtrid()); got != c.internal {
			t.Errorf("%s: IsInternalForm says %v", c.name, got)
		}
	}
	if IsInternalForm([]byte(strings.Repeat("x", 24))) {
		t.Error("24 other bytes are taken for an internal gtrid")
	}
}

func TestMyXIDSourceNeverRepeats(t *testing.T) {
	seen := map[uint64]bool{0: true}
	for _, epoch := range []uint32{0, 1, 2, EpochMax} {
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			next = NewMyXIDSource(epoch).Next
		)
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 250 {
					n, err := next()
					mu.Lock()
					if err != nil || seen[n] || n>>40 != uint64(epoch) {
						t.Errorf("epoch %d: %#x, %v, repeated or 0: %v", epoch, n, err, seen[n])
					}
					seen[n] = true
					mu.Unlock()
				}
			}()
		}
		wg.Wait()
	}
}

func TestMyXIDSourceExhausted(t *testing.T) {
	s := NewMyXIDSource(3)
	s.counter.Store(counterMax - 1)
	if n, err := s.Next(); err != nil || n != 3<<40|counterMax {
		t.Fatalf("last number: %#x, %v", n, err)
	}
	for range 2 {
		if n, err := s.Next(); !errors.Is(err, ErrExhausted) || n != 0 {
			t.Fatalf("after the last number: %#x, %v", n, err)
		}
	}
	if n, err := NewMyXIDSource(EpochMax + 1).Next(); !errors.Is(err, ErrExhausted) || n != 0 {
		t.Fatalf("epoch above the last: %#x, %v", n, err)
	}
}
