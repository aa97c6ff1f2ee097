package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// checkVectors refuses what MySQL does not do with vectors: most functions and
// operators (1210), and choices between a vector and something else (6135). A parameter
// beside a vector is one.
func (c *call) checkVectors(node gms.Node) (gms.Node, error) {
	return everywhere(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		out, same := c.besideVector(e)
		return out, same, checkVector(out)
	})
}

// checkMixed refuses expressions of which one is a vector; NULL has any type.
func checkMixed(list []gms.Expression) error {
	var first gms.Expression
	for _, e := range list {
		switch {
		case e.Type() == nil || e.Type() == gtypes.Null:
		case first == nil || isVector(first) == isVector(e):
			first = e
		default:
			return mysqlerr.New(mysqlerr.VectorMeetsOther, protocolName(first), protocolName(e))
		}
	}
	return nil
}

// protocolNames are MySQL's names for types by their numbers in the protocol, where they
// are others than those of columns.
var protocolNames = map[types.Kind]string{
	types.TinyInt: "TINY", types.SmallInt: "SHORT", types.MediumInt: "INT24", types.Int: "LONG", types.BigInt: "LONGLONG",
	types.Decimal: "NEWDECIMAL", types.Date: "NEWDATE", types.Char: "STRING", types.VarChar: "VARCHAR", types.Blob: "BLOB",
}

// protocolName is the type of an expression as an error calls it.
func protocolName(e gms.Expression) string {
	t, known := fromType(e.Type())
	switch e.(type) {
	case *expression.Literal, *expression.UserVar:
		switch {
		case t.IsInteger():
			t.Kind = types.BigInt
		case t.Kind == types.Blob:
			t.Kind = types.VarChar
		}
	}
	switch name := protocolNames[t.Kind]; {
	case name != "":
		return name
	case known:
		return strings.ToUpper(t.Family())
	}
	return strings.ToUpper(e.Type().String())
}

// besideVector is an expression in which parameters that meet a vector are vectors.
func (c *call) besideVector(e gms.Expression) (gms.Expression, transform.TreeIdentity) {
	children := slices.Clone(e.Children())
	switch f := e.(type) {
	case expression.Comparer:
		if !slices.ContainsFunc(children, isVector) {
			return e, transform.SameTree
		}
	case *ownFunction:
		if !ofVectors[f.name] {
			return e, transform.SameTree
		}
	default:
		return e, transform.SameTree
	}
	changed := false
	for i := range children {
		if _, variable := children[i].(*expression.UserVar); variable && len(children) > 1 {
			continue
		}
		if b, is := c.asBytes(children[i], widestVector); is {
			children[i], changed = b, true
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

// asBytes is a parameter or a variable as bytes, of the type given: of neither it is
// known whether it was text. It is not, if it is something else than a string.
func (c *call) asBytes(e gms.Expression, as gms.Type) (gms.Expression, bool) {
	switch e := e.(type) {
	case *expression.Literal:
		text, isText := e.Value().(string)
		if !c.params[e] || !isText && e.Value() != nil {
			return e, false
		}
		if !isText {
			return expression.NewLiteral(nil, as), true
		}
		return expression.NewLiteral([]byte(text), as), true
	case *expression.UserVar:
		if !gtypes.IsText(e.Type()) {
			return e, false
		}
		return byteConversion(e, as), true
	}
	return e, false
}

// checkVector refuses an expression that has a vector where it may not.
func checkVector(e gms.Expression) error {
	children := e.Children()
	if f, is := e.(*ownFunction); is && ofVectors[f.name] {
		return checkOperand(f)
	}
	if !slices.ContainsFunc(children, func(e gms.Expression) bool { return e != nil && isVector(e) }) {
		return nil
	}
	switch e := e.(type) {
	case *expression.Equals, *expression.NullSafeEquals:
		if !isVector(children[0]) || !isVector(children[1]) {
			return notWithVector(comparisonSign(e))
		}
	case *expression.GreaterThan, *expression.GreaterThanOrEqual, *expression.LessThan, *expression.LessThanOrEqual:
		return notWithVector(comparisonSign(e))
	case *expression.InTuple:
		if list, is := e.Right().(expression.Tuple); is && len(list) == 1 && !isVector(list[0]) {
			return notWithVector("=")
		}
	case *plan.InSubquery:
		if !isVector(e.Left()) || !isVector(e.Right()) {
			return notWithVector("=")
		}
	case *expression.Not:
		return notWithVector("=")
	case *expression.Between:
		return notWithVector("between")
	case *expression.Like:
		return notWithVector("like")
	case *expression.Arithmetic:
		if isInterval(children[0]) || isInterval(children[1]) {
			return notWithVector("date_add_interval")
		}
		return notWithVector(e.Op)
	case *expression.BitOp:
		return notWithVector(e.Op)
	case *expression.Div:
		return notWithVector("/")
	case *expression.IntDiv:
		return notWithVector("DIV")
	case *expression.Mod:
		return notWithVector("%")
	case *expression.UnaryMinus:
		return notWithVector("-")
	case *expression.Convert:
		return checkVectorCast(e)
	case *expression.ConvertUsing:
		if e.TargetCharSet != gms.CharacterSet_binary {
			return notWithVector("convert")
		}
	case *expression.Case:
		return checkMixed(ofCaseValues(e))
	case *function.If:
		return checkMixed(children[1:])
	case gms.WindowAdaptableExpression:
		return checkVectorCall(e.(gms.FunctionExpression).FunctionName(), ownArguments(e))
	case gms.FunctionExpression:
		return checkVectorCall(e.FunctionName(), children)
	}
	return nil
}

// ofCaseValues are the values of a CASE.
func ofCaseValues(c *expression.Case) (list []gms.Expression) {
	for _, b := range c.Branches {
		list = append(list, b.Value)
	}
	if c.Else != nil {
		list = append(list, c.Else)
	}
	return list
}

// ownArguments are the arguments of an aggregate or a window function, without what
// stands in OVER.
func ownArguments(e gms.WindowAdaptableExpression) []gms.Expression {
	list := slices.Clone(e.Children())
	if w := e.Window(); w != nil {
		for _, of := range w.ToExpressions() {
			list = slices.DeleteFunc(list, func(e gms.Expression) bool { return e == of })
		}
	}
	return list
}

func comparisonSign(e gms.Expression) string {
	switch e.(type) {
	case *expression.NullSafeEquals:
		return "<=>"
	case *expression.GreaterThan:
		return ">"
	case *expression.GreaterThanOrEqual:
		return ">="
	case *expression.LessThan:
		return "<"
	case *expression.LessThanOrEqual:
		return "<="
	}
	return "="
}

func notWithVector(what string) error { return mysqlerr.New(mysqlerr.WrongArguments, what) }

// checkVectorCast: a vector is cast to bytes only.
func checkVectorCast(e *expression.Convert) error {
	m := castType.FindStringSubmatch(e.String())
	if f, is := e.Child.(*expression.GetField); m == nil || is && f.TableId() == 0 { // the library's, of a UNION
		return nil
	}
	switch m[1] {
	case "binary":
		return nil
	case "double", "float", "real":
		m[1] = "real"
	case "nchar":
		m[1] = "char"
	}
	return notWithVector("cast_as_" + m[1])
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
	if t, known := fromType(typ); known && t.IsString() && !t.IsText() {
		return byteConversion(e, gtypes.LongBlob)
	}
	return e
}

func byteConversion(e gms.Expression, as gms.Type) *conversion {
	own := types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationBinary}
	return &conversion{expression.UnaryExpression{Child: e}, &merged{own, as, false}}
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

func isInterval(e gms.Expression) bool {
	_, is := e.(*expression.Interval)
	return is
}
