package sql

import (
	"context"
	"testing"
	"time"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
)

// S3, E6: a condition on an index's expression reads its rows only, in either tier.
func TestKeyExpressionsFindRows(t *testing.T) {
	s := open(t)
	s.must("create table x (id int primary key, n int, v varchar(20), key k ((n+1)), key l ((lower(v))))")
	for i := range int64(20) {
		s.must("insert into x values (?, ?, ?)", i, i, []byte{'A' + byte(i)})
	}
	for _, c := range []struct {
		where      string
		rows, read int
	}{
		{"n+1 = 5", 1, 1},
		{"(x.n + 1) in (5, 7)", 2, 2},
		{"n+1 between 5 and 8", 4, 4},
		{"lower(v) = 'c'", 1, 1},
		{"n+1 = 5 and lower(v) = 'c'", 0, 1},
		{"n+2 = 5", 1, 20},
		{"upper(v) = 'C'", 1, 20},
	} {
		text := "select id from x where " + c.where
		if r := s.must(text); len(r.Rows) != c.rows || r.RowsRead != c.read {
			t.Errorf("%s: %d rows, %d read", c.where, len(r.Rows), r.RowsRead)
		}
	}
	r := s.quickly("select id from x where n+1 = 5")
	if len(r.Rows) != 1 || r.RowsRead != 1 {
		t.Errorf("%d rows, %d read", len(r.Rows), r.RowsRead)
	}
}

// quickly runs a query by package exec.
func (s *shop) quickly(text string) *exec.Result {
	s.t.Helper()
	stmt, err := s.quick.Parse(text)
	if err != nil {
		s.t.Fatal(err)
	}
	txn := s.log.BeginWith(engine.TxnOptions{})
	defer func() { _ = s.log.Rollback(txn) }()
	r, err := s.quick.Execute(context.Background(), exec.Env{
		SQLMode: exec.ModeDefault, Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Now: time.Now(), Location: time.UTC,
	}, stmt, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
