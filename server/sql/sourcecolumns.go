package sql

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/updatable"
)

// ON DUPLICATE KEY UPDATE may name all columns of the tables that the query of an INSERT
// reads. The library knows those that it answers, if VALUES() asks for none. So the query
// answers them, too, behind what is inserted, and they are kept while a row is written:
//
//	INSERT INTO t SELECT a, 'z' FROM s ON DUPLICATE KEY UPDATE b = VALUES(b) + s.c
//	INSERT INTO t SELECT * FROM (
//	  SELECT keep(n0, s0), n1 FROM (SELECT a, 'z', s.c FROM s) (n0, n1, s0)) n (n0, n1)
//	  ON DUPLICATE KEY UPDATE b = VALUES(n.n1) + kept(0)

// sourceColumn is what the library calls one of those columns, and their table.
const sourceColumn = "__source"

// sourceColumns has an INSERT's changes ask for what is kept, and gives what that is; none
// where a row of the query is of several rows of its tables.
func (c *call) sourceColumns(ins *sqlparser.Insert, s *sqlparser.Select) (list []*sqlparser.ColName, err error) {
	if s.QueryOpts.Distinct || spell.HasGroups(s) {
		return nil, nil
	}
	columns, known := updatable.NewReader(viewSource{c}, c.env.DB).With(s.With).Columns(s.From)
	t, err := c.tableNamed(ins.Table)
	if err != nil || t == nil || !known {
		return nil, err
	}
	asked := map[string]int{}
	for _, a := range ins.OnDup {
		a.Expr, err = replaceNames(a.Expr, func(n *sqlparser.ColName) (sqlparser.Expr, error) {
			table := n.Qualifier.Name.String()
			_, own := t.Column(n.Name.String())
			if own = own && (table == "" || table == t.Name); own && table != "" {
				return nil, nil
			}
			var found *sqlparser.ColName
			for _, col := range columns {
				if !n.Name.EqualString(col.Name) || table == "" && col.Shadow || table != "" && table != col.Table {
					continue
				}
				if own || found != nil {
					return nil, mysqlerr.New(mysqlerr.NonUniq, spell.FullText(n), "field list")
				}
				found = &sqlparser.ColName{Name: n.Name, Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(col.Table)}}
			}
			if found == nil {
				return nil, nil
			}
			key := found.Qualifier.Name.String() + "." + found.Name.Lowered()
			at, before := asked[key]
			if !before {
				at, asked[key], list = len(list), len(list), append(list, found)
			}
			return &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(expr.KeptColumn), Exprs: sqlparser.SelectExprs{
				&sqlparser.AliasedExpr{Expr: sqlparser.NewIntVal([]byte(strconv.Itoa(at)))},
			}}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// replaceNames puts other expressions in the place of names, outside of subqueries and of
// VALUES(); nil is for those that stay.
func replaceNames(e sqlparser.Expr, f func(n *sqlparser.ColName) (sqlparser.Expr, error)) (sqlparser.Expr, error) {
	instead := map[*sqlparser.ColName]sqlparser.Expr{}
	err := exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Subquery, *sqlparser.ValuesFuncExpr:
			return false, nil
		case *sqlparser.ColName:
			if n == nil || strings.HasPrefix(n.Name.String(), "@") {
				return false, nil
			}
			to, err := f(n)
			if to != nil {
				instead[n] = to
			}
			return false, err
		}
		return true, nil
	}, e)
	if err != nil || len(instead) == 0 {
		return e, err
	}
	return updatable.Replace(e, func(n *sqlparser.ColName) sqlparser.Expr {
		return cmp.Or[sqlparser.Expr](instead[n], n)
	}), nil
}

// keepingQuery is a query whose rows are kept: of its answer and of those columns, which
// stand behind what is inserted.
func keepingQuery(of *sqlparser.Select, list []*sqlparser.ColName, inserted sqlparser.Columns) *sqlparser.Select {
	kept := &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(expr.KeepColumns)}
	answer := sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: kept, As: inserted[0]}}
	column := func(name sqlparser.ColIdent) *sqlparser.AliasedExpr {
		return &sqlparser.AliasedExpr{Expr: &sqlparser.ColName{Name: name}}
	}
	kept.Exprs = append(kept.Exprs, column(inserted[0]))
	for _, name := range inserted[1:] {
		answer = append(answer, column(name))
	}
	names := slices.Clone(inserted)
	for i, col := range list {
		of.SelectExprs = append(of.SelectExprs, &sqlparser.AliasedExpr{Expr: col})
		name := sqlparser.NewColIdent(sourceColumn + strconv.Itoa(i))
		names, kept.Exprs = append(names, name), append(kept.Exprs, column(name))
	}
	return &sqlparser.Select{SelectExprs: answer, From: rowsTable(of, sourceColumn, names)}
}

// A keeping is the first column of a row that is inserted; its other children are what
// is kept of the row.
type keeping struct {
	expression.NaryExpression
	row *[]any
}

// A keptColumn is one of those.
type keptColumn struct {
	at  int
	typ gms.Type
	row *[]any
}

// keepSources puts them into a plan.
func keepSources(node gms.Node) (gms.Node, error) {
	var row []any
	var types []gms.Type
	calls := func(e gms.Expression, name string) *expr.Function {
		if f, is := e.(*expr.Function); is && f.Name == name {
			return f
		}
		return nil
	}
	inspectAll(node, func(e gms.Expression) {
		if f := calls(e, expr.KeepColumns); f != nil {
			types = nil
			for _, arg := range f.Args[1:] {
				types = append(types, arg.Type())
			}
		}
	})
	if types == nil {
		return node, nil
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f := calls(e, expr.KeepColumns); f != nil {
			return &keeping{expression.NaryExpression{ChildExpressions: f.Args}, &row}, transform.NewTree, nil
		}
		f := calls(e, expr.KeptColumn)
		if f == nil {
			return e, transform.SameTree, nil
		}
		at, err := strconv.Atoi(f.Args[0].String())
		if err != nil || at >= len(types) {
			return nil, transform.SameTree, unsupported("ON DUPLICATE KEY UPDATE of this")
		}
		return &keptColumn{at, types[at], &row}, transform.NewTree, nil
	})
}

// Type implements gms.Expression.
func (k *keeping) Type() gms.Type { return k.ChildExpressions[0].Type() }

// String implements gms.Expression.
func (*keeping) String() string { return expr.KeepColumns }

// IsNonDeterministic implements gms.NonDeterministicExpression: it is to be asked for each row.
func (*keeping) IsNonDeterministic() bool { return true }

// WithChildren implements gms.Expression.
func (k *keeping) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	return &keeping{expression.NaryExpression{ChildExpressions: children}, k.row}, nil
}

// Eval implements gms.Expression.
func (k *keeping) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values := make([]any, len(k.ChildExpressions))
	for i, e := range k.ChildExpressions {
		var err error
		if values[i], err = e.Eval(ctx, row); err != nil {
			return nil, err
		}
	}
	*k.row = values[1:]
	return values[0], nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (k *keeping) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	return gms.GetCoercibility(ctx, k.ChildExpressions[0])
}

// Resolved implements gms.Expression.
func (*keptColumn) Resolved() bool { return true }

// String implements gms.Expression.
func (k *keptColumn) String() string { return sourceColumn + strconv.Itoa(k.at) }

// Type implements gms.Expression.
func (k *keptColumn) Type() gms.Type { return k.typ }

// IsNullable implements gms.Expression.
func (*keptColumn) IsNullable() bool { return true }

// IsNonDeterministic implements gms.NonDeterministicExpression.
func (*keptColumn) IsNonDeterministic() bool { return true }

// Children implements gms.Expression.
func (*keptColumn) Children() []gms.Expression { return []gms.Expression{expr.Unsettled} }

// WithChildren implements gms.Expression.
func (k *keptColumn) WithChildren(...gms.Expression) (gms.Expression, error) { return k, nil }

// Eval implements gms.Expression.
func (k *keptColumn) Eval(*gms.Context, gms.Row) (any, error) {
	if k.at >= len(*k.row) {
		return nil, unsupported("ON DUPLICATE KEY UPDATE of this")
	}
	return (*k.row)[k.at], nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (k *keptColumn) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	c, _ := k.typ.CollationCoercibility(ctx)
	return c, 2
}
