package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// explainColumns are those of the traditional format.
var explainColumns = textColumns("id", "select_type", "table", "partitions", "type", "possible_keys", "key", "key_len", "ref",
	"rows", "filtered", "Extra")

// explain answers EXPLAIN: in the traditional format a line for each table that is
// read, as JSON or as a tree one text.
func (x sqlExecutor) explain(ctx context.Context, env Env, s *sqlStmt, args []binlog.Value) (*Result, error) {
	list, err := x.accesses(ctx, env, s)
	if err != nil {
		return nil, err
	}
	out := explained{list: list}
	if out.rows, err = x.rowsOf(ctx, env, list); err != nil {
		return nil, err
	}
	var text string
	switch explainFormat(env, s.tree.Explain) {
	case "JSON":
		text, err = out.json()
	case "TREE":
		if text = out.tree(); s.tree.Explain.Analyze {
			text, err = x.analyze(ctx, env, s, args, text)
		}
	default:
		return out.lines(), nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range s.tree.Into {
		return &Result{}, env.Client.SetUserVariable(name, []byte(text), 0)
	}
	return &Result{Columns: textColumns("EXPLAIN"), Rows: [][]binlog.Value{textRow(text)}}, nil
}

// explainFormat is what the statement says, or else the session's explain_format.
func explainFormat(env Env, e *exec.Explain) string {
	if e.Analyze {
		return "TREE"
	}
	format, _ := env.Client.Variable("explain_format")
	return cmp.Or(e.Format, format)
}

func describeExplain(env Env, s *sqlStmt) []wire.Column {
	switch explainFormat(env, s.tree.Explain) {
	case "JSON", "TREE":
		if s.tree.Into != nil {
			return nil
		}
		return textColumns("EXPLAIN")
	}
	return explainColumns
}

// accesses asks the tier that would run the statement.
func (x sqlExecutor) accesses(ctx context.Context, env Env, s *sqlStmt) ([]exec.Access, error) {
	ee := execEnv(env)
	if s.quick != nil {
		list, err := x.e.Explain(ctx, ee, s.quick)
		if err == nil || !notForQuick(err) {
			return list, err
		}
		if err := x.next(s, err); err != nil {
			return nil, err
		}
	}
	return x.full.Explain(ctx, ee, x.session(env), s.full)
}

// rowsOf is about how many rows each table has of those that are read as a whole.
func (x sqlExecutor) rowsOf(ctx context.Context, env Env, list []exec.Access) ([]uint64, error) {
	out := make([]uint64, len(list))
	for i, a := range list {
		if out[i] = a.Rows; a.Rows > 0 || a.Def == nil {
			continue
		}
		n, err := x.full.RowsOf(ctx, execEnv(env), x.session(env), a.Def)
		if err != nil {
			return nil, err
		}
		if out[i] = max(n, 1); a.Type == exec.AccessRef {
			out[i] = max(n/10, 1) // nobody knows how many are alike
		}
	}
	return out, nil
}

// A countingSink lets rows go.
type countingSink struct {
	rows  int
	first time.Time
}

// Columns implements Sink.
func (*countingSink) Columns([]wire.Column) error { return nil }

// Row implements Sink.
func (s *countingSink) Row([]binlog.Value) error {
	if s.rows++; s.rows == 1 {
		s.first = time.Now()
	}
	return nil
}

// analyze runs the query, and says what that took.
func (x sqlExecutor) analyze(ctx context.Context, env Env, s *sqlStmt, args []binlog.Value, tree string) (string, error) {
	if s.runs() != Read {
		return "", mysqlerr.New(mysqlerr.NotSupportedYet, "EXPLAIN ANALYZE of a change")
	}
	sink := &countingSink{}
	env.Sink = sink
	began := time.Now()
	r, err := x.run(ctx, env, s, args)
	if err != nil {
		return "", err
	}
	last := time.Now()
	if sink.rows += len(r.Rows); sink.first.IsZero() {
		sink.first = last
	}
	ms := func(t time.Time) float64 { return float64(t.Sub(began)) / float64(time.Millisecond) }
	lines := strings.Split(strings.TrimSuffix(tree, "\n"), "\n")
	return fmt.Sprintf("-> Result  (actual time=%.3f..%.3f rows=%d loops=1)\n    %s\n", ms(sink.first), ms(last), sink.rows,
		strings.Join(lines, "\n    ")), nil
}
