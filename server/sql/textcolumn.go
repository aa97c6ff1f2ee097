package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// textColumnMax is how many characters a computed text has at most that becomes a VARCHAR.
const textColumnMax = 512

// textColumn is the column of a computed text, of the library's type t.
func (x *chooser) textColumn(e gms.Expression, t types.Type) types.Type {
	if t.IsText() {
		t.Collation = x.collation(e, t.Collation)
	}
	out := types.Type{Kind: types.Blob, Length: 4, Collation: t.Collation}
	n := x.letters(e)
	if t.Collation == types.CollationBinary {
		n = x.bytes(e, n)
	}
	perChar := 1
	if t.IsText() {
		perChar = t.Collation.BytesPerChar()
	}
	switch {
	case n < 0 || x.ofBlobs(e):
	case n <= textColumnMax:
		return types.Type{Kind: types.VarChar, Length: n, Collation: t.Collation}
	case n*perChar < 1<<16:
		out.Length = 2
	}
	return out
}

// bytes is how many bytes a binary string has, of so many characters: one that is made of
// texts, too, has all of theirs.
func (x *chooser) bytes(e gms.Expression, n int) int {
	if f, is := e.(gms.FunctionExpression); is && strings.EqualFold(f.FunctionName(), "concat") && x.readsBytes(e.Children()) {
		n = 0
		for _, arg := range e.Children() {
			of := x.bytesOf(arg)
			if of < 0 {
				return of
			}
			n += of
		}
	}
	return n
}

// ofBytes are functions that give bytes if they are given any.
var ofBytes = map[string]bool{
	"concat": true, "concat_ws": true, "left": true, expr.CastLetters: true, "right": true, "substring": true, "substr": true, "mid": true, "repeat": true,
	"insert": true, "replace": true, "lpad": true, "rpad": true, "trim": true, "ltrim": true, "rtrim": true, "reverse": true, "group_concat": true,
}

// readsBytes reports whether columns or variables of bytes are among some operands.
func (x *chooser) readsBytes(list []gms.Expression) bool {
	for _, e := range list {
		if _, variable := e.(*expression.UserVar); variable && expr.IsPlainBytes(e) {
			return true
		}
		if f, is := e.(*expression.GetField); is {
			if _, col := x.field(f); col != nil && col.Type.IsString() && !col.Type.IsText() {
				return true
			}
		}
	}
	return false
}

// callCollations are the collations of functions' texts that have nothing of their
// operands' ones.
var callCollations = func() map[string]types.Collation {
	out := map[string]types.Collation{}
	for _, name := range strings.Fields("hex sha sha1 sha2 md5 to_base64 bin oct conv format inet_ntoa inet6_ntoa bin_to_uuid") {
		out[name] = types.CollationGeneralCI
	}
	for _, name := range strings.Fields("json_type json_quote json_pretty json_unquote") {
		out[name] = types.CollationBin
	}
	return out
}()

// ofBlobs reports whether an expression gives the values of TEXT or BLOB columns as they
// are.
func (x *chooser) ofBlobs(e gms.Expression) bool {
	list := e.Children()
	switch e := e.(type) {
	case *expression.Alias:
		return x.ofBlobs(e.Child)
	case *expression.GetField:
		if _, col := x.field(e); col != nil {
			return col.Type.Kind == types.Blob
		}
		if below := x.below[e.Id()]; below != nil {
			return x.ofBlobs(below)
		}
		return false
	case *expr.Choice:
		list = e.Values
	case *aggregation.Max, *aggregation.Min:
	case gms.FunctionExpression:
		if name := strings.ToLower(e.FunctionName()); !keepsType[name] && name != "greatest" && name != "least" {
			return false
		}
	default:
		return false
	}
	for _, e := range list {
		if e != nil && x.ofBlobs(e) {
			return true
		}
	}
	return false
}

// keepsFloat reports whether an expression gives a FLOAT column's values as they are, or
// is made a FLOAT: what calculates with them gives a DOUBLE.
func keepsFloat(e gms.Expression) bool {
	switch e := e.(type) {
	case *expr.Negation, *expression.UnaryMinus:
		return false
	case gms.FunctionExpression:
		return !strings.EqualFold(e.FunctionName(), "abs")
	}
	return true
}

// userVarType is the type of a user variable: only whether it is a number, and of what
// kind, is told.
func userVarType(t types.Type) types.Type {
	switch {
	case t.IsInteger():
		return types.Type{Kind: types.BigInt, Unsigned: t.Unsigned}
	case t.Kind == types.Decimal:
		return types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.DecimalScaleMax}
	case t.IsFloat():
		return types.Type{Kind: types.Double}
	case t.IsText():
		return types.Type{Kind: types.Blob, Length: 4, Collation: t.Collation}
	}
	return types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationBinary}
}

// systemVarType is the type of a system variable.
func systemVarType(t types.Type) types.Type {
	switch {
	case t.IsInteger() && t.Length == 1:
		return types.Type{Kind: types.Int}
	case t.IsInteger():
		return types.Type{Kind: types.BigInt, Unsigned: true}
	case t.IsFloat():
		return types.Type{Kind: types.Double}
	}
	return types.Type{Kind: types.Blob, Length: 2, Collation: types.CollationGeneralCI}
}
