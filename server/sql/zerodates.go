package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// zeroDates has IS NULL of a DATE or DATETIME that is NOT NULL find 0000-00-00, where it is
// one of the conditions that all rows of a WHERE must meet (MySQL manual, Comparison
// Functions and Operators).
func zeroDates(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		f, is := n.(*plan.Filter)
		if !is {
			return n, transform.SameTree, nil
		}
		all, changed := expression.SplitConjunction(f.Expression), false
		tables := tablesBelow(f.Child)
		for i, e := range all {
			if field := askedForNull(e); field != nil && isDateOf(field, tables) {
				all[i], changed = orZeroDate(e, field), true
			}
		}
		if !changed {
			return n, transform.SameTree, nil
		}
		return plan.NewFilter(expression.JoinAnd(all...), f.Child), transform.NewTree, nil
	})
}

// askedForNull is the column of a condition that it is NULL; nil if it is another.
func askedForNull(e gms.Expression) *expression.GetField {
	_, is := e.(*expression.IsNull)
	if call, also := e.(gms.FunctionExpression); also {
		is = strings.EqualFold(call.FunctionName(), "isnull")
	}
	if !is {
		return nil
	}
	field, _ := e.Children()[0].(*expression.GetField)
	return field
}

// isDateOf reports whether a table's column is such a date.
func isDateOf(f *expression.GetField, tables map[sourceName]*table) bool {
	t := tables[sourceName{strings.ToLower(f.Database()), strings.ToLower(f.Table())}]
	if t == nil {
		return false
	}
	at, ok := t.def.Column(f.Name())
	if !ok || t.def.Columns[at].Nullable {
		return false
	}
	kind := t.def.Columns[at].Type.Kind
	return kind == types.Date || kind == types.DateTime
}

// orZeroDate is the condition, which rows may still meet that an outer join has no others for.
func orZeroDate(e gms.Expression, field *expression.GetField) gms.Expression {
	return expression.NewOr(e, expression.NewEquals(field, expression.NewLiteral(int64(0), gtypes.Int64)))
}
