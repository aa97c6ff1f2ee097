package exec

import (
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/reword"
)

// sizedTexts makes TEXT(n) again of what package reword has written for it, in the
// definitions of tables.
func sizedTexts(tree sqlparser.Statement) {
	if _, load := tree.(*sqlparser.Load); load {
		return // it cannot be walked
	}
	visit := func(n sqlparser.SQLNode) (bool, error) {
		d, is := n.(*sqlparser.DDL)
		if !is || d.TableSpec == nil {
			return true, nil
		}
		for _, c := range d.TableSpec.Columns {
			if c.Type.Length == nil {
				continue
			}
			if n, err := strconv.ParseUint(string(c.Type.Length.Val), 10, 64); err == nil && n >= reword.SizedText {
				c.Type.Type = "text"
				c.Type.Length = sqlparser.NewIntVal(strconv.AppendUint(nil, n-reword.SizedText, 10))
			}
		}
		return true, nil
	}
	_ = Walk(visit, tree) // the visitor has no errors
	if a, is := tree.(*sqlparser.AlterTable); is {
		for _, d := range a.Statements {
			_, _ = visit(d)
		}
	}
}
