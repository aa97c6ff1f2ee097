package types

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
)

// logged writes one row of one JSON column to a binlog, and returns its file.
func logged(t *rapid.T, doc []byte) []byte {
	fs := vfs.NewMem()
	log, err := binlog.Open("log", binlog.Options{FS: fs, Clock: clock.NewManual(time.Unix(1, 0)), AnonymousGTID: true}, binlog.Pos{}, nil)
	if err == nil {
		err = log.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	cache := binlog.NewCache(0)
	table := &binlog.Table{ID: 16, DB: "d", Name: "t", Columns: []binlog.Column{Type{Kind: JSON}.Binlog("j", true)}}
	if err := cache.AddRows(table, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{doc}}}); err != nil {
		t.Fatal(err)
	}
	_, seq, err := log.Append(&binlog.PendingGroup{Kind: binlog.DML, Cache: cache, InternalXID: 42})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Flush(); err != nil {
		t.Fatal(err)
	}
	log.Committed(seq, log.EndPos())
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Open("log/binlog.000001")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestJSONOracle: go-mysql reads our documents in the binlog as what they are.
func TestJSONOracle(t *testing.T) {
	large := JSONArray{string(bytes.Repeat([]byte("x"), 70000)), int64(70000), uint64(math.MaxUint64)}
	seen := 0
	check := func(t *rapid.T, tree any) {
		doc, err := EncodeJSON(tree)
		if err != nil {
			t.Fatal(err)
		}
		parser := replication.NewBinlogParser()
		parser.SetUseDecimal(false)
		file := logged(t, doc)
		err = parser.ParseReader(bytes.NewReader(file[4:]), func(e *replication.BinlogEvent) error {
			rows, ok := e.Event.(*replication.RowsEvent)
			if !ok {
				return nil
			}
			got, ok := rows.Rows[0][0].([]byte)
			if text, is := rows.Rows[0][0].(string); is {
				got, ok = []byte(text), true
			}
			if !ok {
				t.Fatalf("go-mysql gives a %T", rows.Rows[0][0])
			}
			seen++
			want := AppendJSONText(nil, tree)
			if a, b := asGo(t, got), asGo(t, want); !bytes.Equal(a, b) {
				t.Fatalf("go-mysql reads %s, want %s", a, b)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, anyJSON(3).Draw(t, "tree")) })
	rapid.Check(t, func(t *rapid.T) { check(t, large) })
	if seen == 0 {
		t.Fatal("go-mysql saw no row")
	}
}

// asGo is a document's text as Go's encoder writes it, so that two printers can
// be compared.
func asGo(t *rapid.T, text []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out, err := json.Marshal(plainNumbers(v))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plainNumbers makes floats of numbers that are not whole: each printer has its
// own way with them.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	case json.Number:
		f, err := v.Float64()
		if _, whole := v.Int64(); whole == nil || err != nil || v[0] == '1' && len(v) == 20 && !bytes.ContainsAny([]byte(v), ".e") {
			return v
		}
		return f
	}
	return v
}
