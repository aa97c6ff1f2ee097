package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// ofTheirTexts are functions whose text has the collation of the texts they are given.
// Their type in the library has another one.
var ofTheirTexts = map[string]bool{"left": true, "right": true, "lpad": true, "rpad": true, "insert": true, "repeat": true, "concat": true, "concat_ws": true}

// collationWithin is the collation of the columns that a function makes its text of; ok
// is false where none or several tell it.
func collationWithin(e gms.Expression) (c types.Collation, ok bool) {
	switch e := e.(type) {
	case *expression.GetField:
		t, known := convert.FromType(e.Type())
		return t.Collation, known && t.IsText() && !t.IsSpecial()
	case *function.Concat:
	case *ownFunction:
		if !ofTheirTexts[e.name] {
			return 0, false
		}
	case gms.FunctionExpression:
		if !ofTheirTexts[e.FunctionName()] {
			return 0, false
		}
	default:
		return 0, false
	}
	for _, arg := range e.Children() {
		other, is := collationWithin(arg)
		_, literal := arg.(*expression.Literal)
		switch {
		case !is && isText(arg) && !literal:
			return 0, false
		case is && ok && other != c:
			return 0, false
		case is:
			c, ok = other, true
		}
	}
	return c, ok
}

// textType is the type of an expression that becomes a column: of a text, with the
// collation that the expression has.
func textType(e gms.Expression) gms.Type {
	if _, column := e.(*expression.GetField); column {
		return e.Type()
	}
	t, is := e.Type().(gtypes.StringType)
	if !is || !gtypes.IsTextOnly(t) {
		return e.Type()
	}
	if c, ok := collationWithin(e); ok && gms.CollationID(c) != t.Collation() {
		if out, err := t.WithNewCollation(gms.CollationID(c)); err == nil {
			return out
		}
	}
	return t
}
