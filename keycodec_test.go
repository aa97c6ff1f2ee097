package xadb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkCodec: what is written is read again, and the order of the bytes is the
// order of the keys.
func checkCodec[K any](t *testing.T, name string, c KeyCodec[K], gen *rapid.Generator[K], order func(a, b K) int) {
	t.Run(name, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
			for _, last := range []bool{true, false} {
				x, y := c.AppendKey(nil, a, last), c.AppendKey(nil, b, last)
				tail := []byte(nil)
				if !last {
					tail = rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "tail")
				}
				got, rest, err := c.TakeKey(append(bytes.Clone(x), tail...), last)
				if err != nil || order(got, a) != 0 || !bytes.Equal(rest, tail) {
					t.Fatalf("%v became %v, then %x: %v", a, got, rest, err)
				}
				if bytes.Compare(x, y) != order(a, b) {
					t.Fatalf("%v and %v compare as %d, their keys %x and %x do not", a, b, order(a, b), x, y)
				}
				if !last && order(a, b) != 0 && bytes.HasPrefix(y, x) {
					t.Fatalf("%x begins with %x", y, x)
				}
			}
		})
	})
}

func TestKeyCodecs(t *testing.T) {
	strings := rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 'b', 255}), 0, 4, -1)
	blobs := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'a', 254, 255}), 0, 4)
	times := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1<<36, 1<<36).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()
	})
	checkCodec(t, "uint64", Uint64Key, rapid.Uint64(), cmp.Compare[uint64])
	checkCodec(t, "int64", Int64Key, rapid.Int64(), cmp.Compare[int64])
	checkCodec(t, "string", StringKey, strings, cmp.Compare[string])
	checkCodec(t, "bytes", BytesKey, blobs, bytes.Compare)
	checkCodec(t, "time", TimeKey, times, time.Time.Compare)

	type pair = Pair[[]byte, int64]
	type triple = Pair[pair, string]
	triples := rapid.Custom(func(t *rapid.T) triple {
		return triple{pair{blobs.Draw(t, "1"), rapid.Int64().Draw(t, "2")}, strings.Draw(t, "3")}
	})
	checkCodec(t, "pairs", PairKey(PairKey(BytesKey, Int64Key), StringKey), triples, func(a, b triple) int {
		return cmp.Or(bytes.Compare(a.First.First, b.First.First), cmp.Compare(a.First.Second, b.First.Second),
			cmp.Compare(a.Second, b.Second))
	})
}

// What is on disk stays what it is.
func TestKeyBytes(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{Uint64Key.AppendKey(nil, 258, true), "0000000000000102"},
		{Int64Key.AppendKey(nil, -1, true), "7fffffffffffffff"},
		{Int64Key.AppendKey(nil, math.MinInt64, true), "0000000000000000"},
		{StringKey.AppendKey(nil, "a\x00b", true), "610062"},
		{StringKey.AppendKey(nil, "a\x00b", false), "6100ff620001"},
		{TimeKey.AppendKey(nil, time.Unix(1, 2), true), "800000000000000100000002"},
		{PairKey(StringKey, StringKey).AppendKey(nil, Pair[string, string]{"a", "b"}, true), "61000162"},
	} {
		if got := fmt.Sprintf("%x", c.got); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func FuzzTakeKey(f *testing.F) {
	f.Add([]byte("a\x00\x01"))
	f.Add([]byte("a\x00\xff\x00\x01bcdefghijklmnopq"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, last := range []bool{false, true} {
			fuzzTake(t, Uint64Key, b, last)
			fuzzTake(t, BytesKey, b, last)
			fuzzTake(t, TimeKey, b, last)
			fuzzTake(t, PairKey(StringKey, Int64Key), b, last)
		}
	})
}

func fuzzTake[K any](t *testing.T, c KeyCodec[K], b []byte, last bool) {
	k, rest, err := c.TakeKey(b, last)
	if err != nil {
		if !errors.Is(err, ErrDecode) {
			t.Fatal(err)
		}
		return
	}
	if got := append(c.AppendKey(nil, k, last), rest...); !bytes.Equal(got, b) {
		t.Fatalf("%x became %v and %x", b, k, got)
	}
}
