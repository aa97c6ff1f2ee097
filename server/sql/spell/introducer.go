package spell

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// checkIntroduced refuses literals that are no text of the character set that is said in
// front of them (1300). The library does not say which bytes are none.
func checkIntroduced(n *sqlparser.UnaryExpr) error {
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
	b := v.Val
	if v.Type == sqlparser.HexVal {
		b = make([]byte, hex.DecodedLen(len(v.Val)))
		if _, err := hex.Decode(b, v.Val); err != nil {
			return nil // the library says so
		}
	}
	if _, bad := set.Text(b); bad != nil {
		return mysqlerr.New(mysqlerr.InvalidCharacterString, set, fmt.Sprintf("%X", bad))
	}
	return nil
}
