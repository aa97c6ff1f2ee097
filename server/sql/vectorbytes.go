package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// Text is no vector, and bytes are. Of parameters and user variables nobody knows what they
// were, so that they are taken for bytes where a vector is asked for.

// besideVector is an expression in which parameters that meet a vector are vectors.
func (c *call) besideVector(e gms.Expression) (gms.Expression, transform.TreeIdentity) {
	meeting := meetVectors(e)
	if f, is := e.(*expr.Function); !(is && expr.OfVectors[f.Name]) && !slices.ContainsFunc(meeting, convert.IsVector) {
		return e, transform.SameTree
	}
	children, changed := slices.Clone(e.Children()), false
	for i, child := range children {
		if list, is := child.(expression.Tuple); is { // of IN
			list = slices.Clone(list)
			for n := range list {
				list[n] = c.asVector(list[n], meeting, &changed)
			}
			children[i] = list
		} else {
			children[i] = c.asVector(child, meeting, &changed)
		}
	}
	if !changed {
		return e, transform.SameTree
	}
	out, err := e.WithChildren(children...)
	if err != nil {
		return e, transform.SameTree
	}
	return out, transform.NewTree
}

// asVector is a parameter as a vector, if it is among those that meet one, and a variable
// for a function of vectors.
func (c *call) asVector(e gms.Expression, meeting []gms.Expression, changed *bool) gms.Expression {
	out, is := c.asBytes(e, convert.WidestVector)
	if !is || !slices.Contains(meeting, e) {
		return e
	}
	*changed = true
	return out
}

// meetVectors are the operands of which a vector makes vectors of parameters.
func meetVectors(e gms.Expression) []gms.Expression {
	switch e := e.(type) {
	case *expression.InTuple:
		if list, is := e.Right().(expression.Tuple); is {
			return append([]gms.Expression{e.Left()}, withoutVariables(list)...)
		}
	case expression.Comparer, *function.Coalesce, *function.IfNull, *function.NullIf:
		return withoutVariables(e.Children())
	case *function.If:
		return withoutVariables(e.Children()[1:])
	case *expression.Case:
		return withoutVariables(ofCaseValues(e))
	case *expr.Function:
		return e.Args
	}
	return nil
}

// withoutVariables: what is compared with a user variable is a string's business.
func withoutVariables(list []gms.Expression) []gms.Expression {
	return slices.DeleteFunc(slices.Clone(list), func(e gms.Expression) bool {
		_, is := e.(*expression.UserVar)
		return is
	})
}

// asBytes is a parameter or a variable as bytes, of the type given: of neither it is
// known whether it was text. It is not, if it is something else than a string.
func (c *call) asBytes(e gms.Expression, as gms.Type) (gms.Expression, bool) {
	switch e := e.(type) {
	case *expression.Literal:
		if !c.params[e] {
			return e, false
		}
		switch v := e.Value().(type) {
		case nil, []byte:
			return expression.NewLiteral(v, as), true
		case string:
			return expression.NewLiteral([]byte(v), as), true
		}
		return e, false
	case *expression.UserVar:
		if !gtypes.IsText(e.Type()) {
			return e, false
		}
		return byteConversion(e, as), true
	}
	return e, false
}

// storedBytes is what a vector's column is given, as bytes where it is not text: of a
// literal with _binary the library makes a string, too.
func (c *call) storedBytes(e gms.Expression) gms.Expression {
	if a, is := e.(*expression.Alias); is {
		return expression.NewAlias(a.Name(), c.storedBytes(a.Child)).WithId(a.Id()).(gms.Expression)
	}
	if out, is := c.asBytes(e, gtypes.LongBlob); is {
		return out
	}
	typ := e.Type()
	if d, is := e.(*gms.ColumnDefaultValue); is && d != nil {
		typ = d.Expr.Type()
	}
	if t, known := convert.FromType(typ); known && t.IsString() && !t.IsText() {
		return byteConversion(e, gtypes.LongBlob)
	}
	return e
}

func byteConversion(e gms.Expression, as gms.Type) *expr.Conversion {
	own := types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationBinary}
	return &expr.Conversion{UnaryExpression: expression.UnaryExpression{Child: e}, To: &expr.Merged{Own: own, Type: as, Same: false}}
}

// givenVectors is what an INSERT stores, with bytes where parameters are for a vector's
// column. list are the values of the columns.
func (c *call) givenVectors(list []gms.Expression, t *table, source gms.Node) gms.Node {
	into := map[int]bool{} // places in the source
	for i, e := range list {
		s, is := e.(*stored)
		if !is || t.def.Columns[i].Type.Kind != types.Vector {
			continue
		}
		if f, is := s.Child.(*expression.GetField); is {
			into[f.Index()] = true
		}
	}
	if len(into) == 0 {
		return source
	}
	bytes := func(row []gms.Expression) []gms.Expression {
		out := slices.Clone(row)
		for at := range into {
			if at < len(out) {
				out[at] = c.storedBytes(out[at])
			}
		}
		return out
	}
	switch n := source.(type) {
	case *plan.Values:
		rows := make([][]gms.Expression, len(n.ExpressionTuples))
		for i, row := range n.ExpressionTuples {
			rows[i] = bytes(row)
		}
		return plan.NewValues(rows)
	case *plan.Project:
		return plan.NewProject(bytes(n.Projections), n.Child)
	}
	return source
}
