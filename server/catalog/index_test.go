package catalog

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// T1: entries sort as the columns do, NULL first, and say whose they are.
func TestT1_Entries(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		desc := rapid.SliceOfN(rapid.Bool(), 2, 2).Draw(rt, "desc")
		prefix := rapid.SampledFrom([]int{0, 2}).Draw(rt, "prefix")
		def := &Table{
			ID: 20, DB: "d", Name: "t", Schema: 1, Collation: types.CollationGeneralCI, PrimaryKey: []int{0},
			Columns: []Column{
				{Name: "id", Type: types.Type{Kind: types.Int}},
				{Name: "a", Type: types.Type{Kind: types.VarChar, Length: 9, Collation: types.CollationGeneralCI}, Nullable: true},
				{Name: "b", Type: types.Type{Kind: types.TinyInt}, Nullable: rapid.Bool().Draw(rt, "nullable")},
			},
			Indexes: []Index{{
				ID: 21, Name: "i", Unique: rapid.Bool().Draw(rt, "unique"),
				Columns: []Part{{Column: 1, Prefix: prefix, Desc: desc[0]}, {Column: 2, Desc: desc[1]}},
			}},
		}
		if err := def.Prepare(); err != nil {
			rt.Fatal(err)
		}
		row := func(label string) []binlog.Value {
			out := []binlog.Value{int64(rapid.Int32().Draw(rt, label)), nil, int64(rapid.Int8Range(-2, 2).Draw(rt, label))}
			if rapid.Bool().Draw(rt, label) {
				out[1] = []byte(rapid.StringMatching(`[aAbé ]{0,4}`).Draw(rt, label))
			}
			if def.Columns[2].Nullable && rapid.Bool().Draw(rt, label) {
				out[2] = nil
			}
			return out
		}
		x, y := row("x"), row("y")
		ex, ey := entryOf(rt, def, x), entryOf(rt, def, y)
		want := 0
		for i, p := range def.Indexes[0].Columns {
			typ := def.Columns[p.Column].Type
			a, b := cut(x[p.Column], typ, p.Prefix), cut(y[p.Column], typ, p.Prefix)
			c := 0
			switch {
			case a == nil && b == nil:
			case a == nil:
				c = -1
			case b == nil:
				c = 1
			default:
				c = types.Compare(a, b, typ)
			}
			if desc[i] {
				c = -c
			}
			if want == 0 {
				want = c
			}
		}
		if got := bytes.Compare(ex.Key, ey.Key); want != 0 && got != want {
			rt.Fatalf("%v and %v: %d, want %d", x, y, got, want)
		}
		if same := bytes.Equal(ex.Key, ey.Key); want == 0 && same != (ex.Unique || x[0] == y[0]) {
			rt.Fatalf("%v and %v: same %v, unique %v", x, y, same, ex.Unique)
		}
	})
}

func entryOf(t interface{ Fatal(...any) }, def *Table, row []binlog.Value) Entry {
	primary, err := def.AppendKey(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	e, err := def.Entry(&def.Indexes[0], row, primary)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Primary(e.Key, e.Value)
	if err != nil || !bytes.Equal(got, primary) {
		t.Fatal("not the row's key", got, err)
	}
	return e
}

func FuzzPrimary(f *testing.F) {
	f.Add([]byte("key"), []byte{0, 2})
	f.Add([]byte("key"), []byte{1, 2})
	f.Fuzz(func(t *testing.T, key, val []byte) {
		if _, err := Primary(key, val); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
	})
}
