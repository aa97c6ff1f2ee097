package spell

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// introduce makes texts of literals that have a character set in front, whether they are
// said in hex or not, and refuses those that are none (1300): the library does not say which
// bytes are none, and takes those in hex for bytes of the column that they are stored in.
func introduce(n *sqlparser.UnaryExpr) error {
	name, is := strings.CutPrefix(strings.TrimSpace(strings.ToLower(n.Operator)), "_")
	set, _, known := types.CharsetByName(name)
	e := n.Expr
	if c, collated := e.(*sqlparser.CollateExpr); collated {
		e = c.Expr
	}
	v, literal := e.(*sqlparser.SQLVal)
	if !is || !known || !literal || set == types.CharsetBinary {
		return nil
	}
	b, ok := literalBytes(v)
	if !ok {
		return nil // the library says so
	}
	if _, bad := set.Text(b); bad != nil {
		return mysqlerr.New(mysqlerr.InvalidCharacterString, set, fmt.Sprintf("%X", bad))
	}
	v.Type, v.Val = sqlparser.StrVal, b
	return nil
}

// introducedName is the name of a result's column that is a literal with a character set in
// front: its text, but of one in hex its words.
func introducedName(e sqlparser.Expr, words string) string {
	n, is := e.(*sqlparser.UnaryExpr)
	if !is || !strings.HasPrefix(strings.TrimSpace(n.Operator), "_") {
		return words
	}
	v, is := n.Expr.(*sqlparser.SQLVal)
	if !is || v.Type != sqlparser.StrVal {
		if strings.HasPrefix(words, "_binary"+reword.SentMark+"X'") && is {
			return ""
		}
		return words
	}
	if !utf8.Valid(v.Val) || strings.TrimSpace(strings.ToLower(n.Operator)) == "_binary" && !types.CharsetASCII.Holds(v.Val) {
		return "" // as MySQL has it
	}
	return string(v.Val)
}

// literalBytes are the bytes of a text's literal, or of one in hex or in bits.
func literalBytes(v *sqlparser.SQLVal) (b []byte, ok bool) {
	text := string(v.Val)
	switch v.Type {
	case sqlparser.StrVal:
		return v.Val, true
	case sqlparser.HexVal, sqlparser.HexNum:
		text = strings.TrimPrefix(strings.ToLower(text), "0x")
		b, err := hex.DecodeString(strings.Repeat("0", len(text)%2) + text)
		return b, err == nil
	case sqlparser.BitVal:
		text = strings.TrimPrefix(strings.ToLower(text), "0b")
		n, ok := new(big.Int).SetString(text, 2)
		if !ok {
			return nil, false
		}
		return n.FillBytes(make([]byte, (len(text)+7)/8)), true
	}
	return nil, false
}
