package sql

import (
	"math"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// storedNumber is X'41' as the number that a column stores; nil of what is none, as are bytes
// that a client gives for a ?.
func (c *call) storedNumber(e gms.Expression) gms.Expression {
	literal, is := e.(*expression.Literal)
	if !is || c.params[literal] {
		return nil
	}
	n := expr.HexNumber(e)
	if n == nil {
		return nil
	}
	if _, ok := types.BytesNumber(literal.Value().([]byte)); !ok {
		return expression.NewLiteral(math.Inf(1), gtypes.Float64)
	}
	return n
}

// ofRows is what an INSERT stores with numbers in place of X'41' where a column is
// one, and texts or numbers in place of dates, if it is written as VALUES: their rows have no types.
func (c *call) ofRows(project *plan.Project, t *table) gms.Node {
	values, is := project.Child.(*plan.Values)
	if !is {
		return project.Child
	}
	rows := slices.Clone(values.ExpressionTuples)
	for i, e := range project.Projections {
		f, is := e.(*expression.GetField)
		typ := t.def.Columns[i].Type
		if !is || typ.IsTemporal() {
			continue
		}
		for at, row := range rows {
			if f.Index() >= len(row) {
				continue
			}
			if out := c.givenTo(typ, row[f.Index()]); out != nil {
				rows[at] = slices.Clone(row)
				rows[at][f.Index()] = out
			}
		}
	}
	return plan.NewValues(rows)
}

// isWide reports whether a column's text has another code for each letter than ASCII, so that
// bytes in quotes are no letters of it.
func isWide(t types.Type) bool { return t.Recoded() && t.Collation.Charset().BytesMin() > 1 }

// givenTo is a value as what a column of numbers, of bytes or of wide text stores; nil of what
// is that.
func (c *call) givenTo(t types.Type, e gms.Expression) gms.Expression {
	if n := c.storedNumber(e); n != nil && expr.IsNumeric(t) {
		return n
	}
	if dated := datesGiven(nil, e, e, t); dated != nil {
		return dated
	}
	if literal, is := e.(*expression.Literal); is && isWide(t) && expr.IsPlainBytes(e) {
		if text, is := literal.Value().(string); is {
			return expression.NewLiteral([]byte(text), gtypes.LongBlob)
		}
	}
	if !t.TakesBytes() {
		return nil
	}
	return encoded(c.context(), e, e)
}
