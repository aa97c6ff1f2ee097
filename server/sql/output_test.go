package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
)

// A taker is a Sink that counts, and can refuse.
type taker struct {
	columns []exec.Column
	rows    int
	refuse  int // the row that it does not take; 0: it takes all
	last    []binlog.Value
}

func (s *taker) Columns(list []exec.Column) error {
	s.columns = list
	return nil
}

func (s *taker) Row(row []binlog.Value) error {
	if s.columns == nil {
		return fmt.Errorf("a row before the columns")
	}
	if s.rows++; s.rows == s.refuse {
		return errRefused
	}
	s.last = append(s.last[:0], row...)
	return nil
}

var errRefused = fmt.Errorf("refused")

// stream runs a query with a Sink.
func (s *shop) stream(to exec.Sink, query string) (*exec.Result, error) {
	tree, err := exec.ParseTree(query)
	if err != nil {
		return nil, err
	}
	stmt, err := s.full.Take(tree)
	if err != nil {
		return nil, err
	}
	txn := s.log.BeginWith(engine.TxnOptions{CurrentReads: true})
	defer func() { _ = s.log.Rollback(txn) }()
	return s.full.Execute(context.Background(), exec.Env{Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Sink: to}, s.session, stmt, nil)
}

// With a Sink a result may be larger than what a statement may hold, and
// without one it may not. What is small is collected, so that its columns are
// what its values are.
func TestStreams(t *testing.T) {
	s := open(t)
	const big = "SELECT a.id, repeat('x', 1000) FROM c a JOIN c b JOIN c d" // 8000 rows
	to := &taker{}
	r, err := s.stream(to, big)
	if err != nil || to.rows != 8000 || len(r.Rows) != 0 || len(r.Columns) != 2 {
		t.Fatalf("%v, %d rows, %d columns and %d rows held", err, to.rows, len(r.Columns), len(r.Rows))
	}
	if _, err := s.stream(nil, big); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("8 MB without a Sink: %v", err)
	}
	to = &taker{}
	if r, err = s.stream(to, "SELECT a.id FROM c a JOIN c b"); err != nil || to.rows != 0 || len(r.Rows) != 400 {
		t.Errorf("%v, %d rows, %d held", err, to.rows, len(r.Rows))
	}
}

// An error of the Sink ends the statement.
func TestSinkRefuses(t *testing.T) {
	s := open(t)
	for _, at := range []int{1, 200, 7000} {
		to := &taker{refuse: at}
		if _, err := s.stream(to, "SELECT repeat('x', 1000) FROM c a JOIN c b JOIN c d"); err == nil || to.rows != at {
			t.Errorf("row %d: %v after %d", at, err, to.rows)
		}
	}
}

// Once the client knows a column, its values are made what it says, or the
// statement fails: the type that it was told does not change.
func TestSealedColumns(t *testing.T) {
	s := open(t)
	// the first rows are numbers, and one behind settleBytes is not
	query := func(last string) string {
		return "SELECT repeat('x', 5000), CASE WHEN a.id = 19 THEN " + last + " ELSE a.id END FROM c a JOIN c b ORDER BY a.id"
	}
	for _, last := range []string{"1.5", "'word'", "NULL", "DATE '2024-01-02'"} {
		to := &taker{}
		r, err := s.stream(to, query(last))
		if err != nil {
			continue // said so
		}
		if to.rows != 400 || fmt.Sprint(r.Columns) != fmt.Sprint(to.columns) {
			t.Errorf("%s: %d rows; columns %v, then %v", last, to.rows, to.columns, r.Columns)
		}
	}
}
