package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/expr"
)

// storedNumber is X'41' as the number that a column stores; nil of what is none, as are bytes
// that a client gives for a ?.
func (c *call) storedNumber(e gms.Expression) gms.Expression {
	if literal, is := e.(*expression.Literal); !is || c.params[literal] {
		return nil
	}
	return expr.HexNumber(e)
}

// ofRows is what an INSERT stores with numbers in place of X'41' where a column is
// one, if it is written as VALUES: their rows have no types.
func (c *call) ofRows(project *plan.Project, t *table) gms.Node {
	values, is := project.Child.(*plan.Values)
	if !is {
		return project.Child
	}
	rows := slices.Clone(values.ExpressionTuples)
	for i, e := range project.Projections {
		f, is := e.(*expression.GetField)
		typ := t.def.Columns[i].Type
		if !is || !typ.IsNumber() && !typ.TakesBytes() {
			continue
		}
		for at, row := range rows {
			if f.Index() >= len(row) {
				continue
			}
			e := row[f.Index()]
			out := encoded(c.context(), e, e)
			if typ.IsNumber() {
				out = c.storedNumber(e)
			}
			if out != nil {
				rows[at] = slices.Clone(row)
				rows[at][f.Index()] = out
			}
		}
	}
	return plan.NewValues(rows)
}
