package sql

import (
	"math"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// Types of long texts that no column has: they say how long the text may be.
const (
	wireMediumBlob = 250
	wireLongBlob   = 251
	wireString     = 254
)

// clientBytes is the most bytes of a character of the connection's set.
const clientBytes = 4

// textWire says of a computed text, of type t, how long it may be.
func (x *chooser) textWire(e gms.Expression, t types.Type, out *exec.Column) {
	out.Decimals = floatDecimals
	out.Flags &^= types.FlagBlob
	n := x.letters(e)
	perChar, perClient := 1, 1
	if t.IsText() {
		perChar, perClient = t.Collation.BytesPerChar(), clientBytes
	} else {
		n = x.bytes(e, n)
	}
	if x.ofBlobs(e) {
		out.Type, out.Length = (types.Type{Kind: types.Blob, Length: 4}).Wire().Type, x.blobLength(e, t)
		return
	}
	if n < 0 {
		out.Type, out.Length = wireLongBlob, unknownLength(e)
		return
	}
	out.Length = uint32(min(n*perClient, math.MaxUint32))
	switch bytes := n * perChar; {
	case bytes >= 1<<24:
		out.Type = wireLongBlob
	case bytes >= 1<<16:
		out.Type = wireMediumBlob
	case movesText(e), x.keepsChars(e):
		out.Type = wireString
	default:
		out.Type = types.WireVarString
	}
}

// movesText reports whether an expression adds to a date or a time that is a text.
func movesText(e gms.Expression) bool {
	for _, name := range []string{"date_add", "date_sub", "adddate", "subdate", "addtime", "subtime", "timestampadd"} {
		if isCall(e, name) {
			return true
		}
	}
	return false
}

// keepsChars reports whether an expression gives one of some values of which some are those of
// CHAR or BINARY columns, and no others are texts.
func (x *chooser) keepsChars(e gms.Expression) bool {
	var list []gms.Expression
	switch e := e.(type) {
	case *expr.Choice:
		list = e.Values
	case gms.FunctionExpression:
		if name := strings.ToLower(e.FunctionName()); name == "greatest" || name == "least" {
			list = e.Children()
		}
	}
	found := false
	for _, e := range list {
		f, column := inside(e).(*expression.GetField)
		t, known := convert.FromType(inside(e).Type())
		if column {
			if _, col := x.field(f); col != nil {
				t = col.Type
			}
		}
		switch {
		case column && t.Kind == types.Char:
			found = true
		case !known, t.IsString(), t.IsSpecial():
			return false
		}
	}
	return found
}

// inside is what is made a text, or of another type.
func inside(e gms.Expression) gms.Expression {
	for {
		switch of := e.(type) {
		case *expr.InLetters:
			e = of.Child
		case *expr.Conversion:
			e = of.Child
		case *timeText:
			e = of.Child
		default:
			return e
		}
	}
}

// blobLength is the length of what gives the values of TEXT or BLOB columns: the largest.
func (x *chooser) blobLength(e gms.Expression, t types.Type) uint32 {
	most := 0
	gms.Inspect(e, func(e gms.Expression) bool {
		f, is := e.(*expression.GetField)
		if !is {
			return true
		}
		if below := x.below[f.Id()]; below != nil {
			most = max(most, int(x.blobLength(below, t)))
		}
		if _, col := x.field(f); col != nil && col.Type.IsString() {
			n := int(col.Type.BytesMax())
			if t.IsText() {
				n *= clientBytes
			}
			if col.Type.IsText() && col.Type.Kind == types.Blob {
				n *= clientBytes
			}
			most = max(most, n)
		}
		return true
	})
	return uint32(min(most, math.MaxUint32))
}

// unknownLengths are those of texts of which nothing is known, by the function.
var unknownLengths = map[string]uint32{
	"concat": 64 << 20, "concat_ws": 64 << 20, "regexp_replace": 64 << 20, "repeat": 256 << 20, "space": 256 << 20,
	"json_pretty": 256 << 20, "st_astext": 256 << 20, "st_aswkt": 256 << 20, "current_role": 192 << 20, "uncompress": 16 << 20,
}

// concatLength is that of GROUP_CONCAT, as group_concat_max_len has it.
const concatLength = 64 << 10

func unknownLength(e gms.Expression) uint32 {
	if _, is := e.(*aggregation.GroupConcat); is {
		return concatLength
	}
	if f, is := e.(gms.FunctionExpression); is {
		if n, ok := unknownLengths[strings.ToLower(f.FunctionName())]; ok {
			return n
		}
	}
	return math.MaxUint32
}

// variableWire is wire of a variable: its length says nothing of its value.
func variableWire(e gms.Expression, t types.Type) (exec.Column, bool) {
	out := exec.Column{Charset: uint16(types.CollationBinary), Flags: types.FlagBinary}
	w := t.Wire()
	switch e := e.(type) {
	case *expression.SystemVar:
		out.Type, out.Decimals = w.Type, w.Decimals
		out.Flags |= w.Flags & types.FlagUnsigned
		switch {
		case t.Kind == types.Int:
			out.Type, out.Length = (types.Type{Kind: types.BigInt}).Wire().Type, 1
		case t.IsInteger():
			out.Length = bigIntWidth
		case t.IsFloat():
			out.Length, out.Decimals = doubleWidth, types.FSPMax
		default:
			out.Type, out.Charset, out.Length, out.Decimals, out.Flags = types.WireVarString, uint16(types.CollationGeneralCI), 87380, floatDecimals, 0
		}
		return out, true
	case *expression.UserVar:
		out.Type, out.Length, out.Decimals = w.Type, w.Length, w.Decimals
		out.Flags |= w.Flags & types.FlagUnsigned
		switch {
		case t.IsInteger():
			out.Length = bigIntWidth
		case t.IsFloat():
			out.Length = doubleWidth
		case t.IsText():
			out.Type, out.Charset, out.Length, out.Decimals, out.Flags = wireLongBlob, uint16(types.CollationGeneralCI), 268435440, floatDecimals, 0
			out.Own = uint16(t.Collation)
		case e.Type() == gtypes.Null:
			out.Type, out.Length, out.Decimals = types.WireVarString, 65532, floatDecimals
		case t.IsString():
			out.Type, out.Length, out.Decimals = wireMediumBlob, 1<<24-1, floatDecimals
		}
		return out, true
	}
	return out, false
}
