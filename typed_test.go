package xadb

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

type user struct {
	Name    string
	Balance int
}

func typedOf[K, V any](t *testing.T, db *DB, keys KeyCodec[K], values ValueCodec[V]) *TypedTable[K, V] {
	t.Helper()
	tbl, err := NewTable(bg, db, "typed", keys, values)
	if err != nil {
		t.Fatal(err)
	}
	return tbl
}

func entries[K, V any](t *testing.T, tbl *TypedTable[K, V], r Reader, in Range) string {
	t.Helper()
	var got []string
	for e, err := range tbl.Scan(r, in) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Key, "=", e.Value))
	}
	return strings.Join(got, " ")
}

func TestTypedTable(t *testing.T) {
	db := openTest(t, Options{})
	users := typedOf(t, db, Int64Key, JSON[user]())
	tx := begin(t, db, TxOptions{})
	for _, id := range []int64{3, -1, 0, 300} {
		if err := users.Put(tx, id, user{"u", int(id)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := users.Delete(tx, 300); err != nil {
		t.Fatal(err)
	}
	if u, ok, err := users.GetForUpdate(tx, 3); u != (user{"u", 3}) || !ok || err != nil {
		t.Errorf("%v %v %v", u, ok, err)
	}
	if u, ok, err := users.Get(tx, 300); u != (user{}) || ok || err != nil {
		t.Errorf("%v %v %v", u, ok, err)
	}
	for _, c := range []struct {
		in   Range
		want string
	}{
		{Range{}, "-1={u -1} 0={u 0} 3={u 3}"},
		{users.Range(-1, 3), "-1={u -1} 0={u 0}"},
		{users.From(0), "0={u 0} 3={u 3}"},
		{users.To(0), "-1={u -1}"},
	} {
		if got := entries(t, users, tx, c.in); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestTypedStrings(t *testing.T) {
	db := openTest(t, Options{})
	words := typedOf(t, db, StringKey, StringValue)
	tx := begin(t, db, TxOptions{})
	for _, w := range []string{"", "a", "ab", "b"} {
		if err := words.Put(tx, w, strings.ToUpper(w)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		in   Range
		want string
	}{
		{words.Prefix("a"), "a=A ab=AB"},
		{words.Range("", ""), ""}, // an empty key is an end all the same
		{words.To("a"), "="},
		{words.Prefix(""), "= a=A ab=AB b=B"},
	} {
		if got := entries(t, words, tx, c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
}

func checkValue[V any](t *testing.T, c ValueCodec[V], v V) {
	t.Helper()
	b, err := c.EncodeValue(v)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.DecodeValue(b)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(v) {
		t.Errorf("%v became %v: %v", v, got, err)
	}
}

func TestValueCodecs(t *testing.T) {
	checkValue(t, JSON[user](), user{"a", 1})
	checkValue(t, Gob[user](), user{"a", 1})
	checkValue(t, BytesValue, []byte{0, 1})
	checkValue(t, StringValue, "a")
	checkValue(t, Binary[url.URL](), url.URL{Scheme: "http", Host: "a"})
	checkValue(t, Binary[time.Time](), time.Unix(1, 2).UTC())
	if _, err := JSON[chan int]().EncodeValue(nil); err == nil {
		t.Error("a channel was encoded")
	}
	for _, c := range []interface{ DecodeValue([]byte) (user, error) }{JSON[user](), Gob[user]()} {
		if _, err := c.DecodeValue([]byte("[")); !errors.Is(err, ErrDecode) {
			t.Errorf("%T: %v", c, err)
		}
	}
}

// A row that the codecs cannot read is an error that names table and key.
func TestTypedRefusesWhatItCannotRead(t *testing.T) {
	fs := vfs.NewMem()
	db := openTest(t, Options{FS: fs})
	users := typedOf(t, db, Uint64Key, JSON[user]())
	put(t, db, users.Raw(), "short=x", "01234567=x")
	tx := begin(t, db, TxOptions{})
	if _, _, err := users.Get(tx, 0x3031323334353637); !errors.Is(err, ErrDecode) || !strings.Contains(err.Error(), "typed") {
		t.Error(err)
	}
	for _, in := range []Range{{}, Prefix([]byte("s"))} {
		n, last := 0, error(nil)
		for _, err := range users.Scan(tx, in) {
			n, last = n+1, err
		}
		if n != 1 || !errors.Is(last, ErrDecode) {
			t.Errorf("%d entries, then %v", n, last)
		}
	}
	if err := typedOf(t, db, StringKey, JSON[chan int]()).Put(tx, "a", nil); err == nil {
		t.Error("a value without an encoding was put")
	}
}
