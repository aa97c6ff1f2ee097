package server

import (
	"context"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// filteredShow runs a SHOW ... WHERE of package exec without its WHERE, and asks that of
// the rows. ok is false for what it does not know: other statements, and conditions
// that are more than comparisons.
func (x sqlExecutor) filteredShow(ctx context.Context, ee exec.Env, t *exec.Tree) (r *Result, ok bool, err error) {
	show, is := t.Statement.(*sqlparser.Show)
	if !is {
		return nil, false, nil
	}
	bare := *show
	switch o := show.ShowTablesOpt; {
	case o != nil && o.Filter != nil && o.Filter.Filter != nil:
		opt := *o
		opt.Filter, bare.ShowTablesOpt = nil, &opt
	case show.Filter != nil && show.Filter.Filter != nil:
		bare.Filter = nil
	case show.ShowIndexFilterOpt != nil:
		bare.ShowIndexFilterOpt = nil
	default:
		return nil, false, nil
	}
	c, err := lex.NewCursor(t.Text)
	if err != nil {
		return nil, false, nil
	}
	for !c.AtEnd() && !c.Peek().Is("WHERE") {
		c.Next()
	}
	all := *t
	all.Statement = &bare
	stmt, err := x.e.Take(&all)
	if err != nil {
		return nil, false, nil // it is package sql's
	}
	ee.Sink = nil
	if r, err = x.e.Execute(ctx, ee, stmt, nil); err != nil {
		return nil, !notForQuick(err), err
	}
	r, err = filtered(c, r, 0)
	return r, !mysqlerr.Is(err, mysqlerr.ParseError), err
}
