package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/types"
)

// nameAs names the columns of queries by what was written.
func nameAs(tree sqlparser.Statement, as []string) error {
	if as == nil {
		return nil
	}
	written := strings.NewReplacer(as...)
	return Walk(func(n sqlparser.SQLNode) (bool, error) {
		if e, is := n.(*sqlparser.AliasedExpr); is {
			e.InputExpression = written.Replace(e.InputExpression)
		}
		return true, nil
	}, tree)
}

// castLiteral is a literal of a date or a time that package reword wrote as a cast; ok is false if an expression is another cast.
func (k *compiler) castLiteral(n *sqlparser.ConvertExpr) (e *expr, ok bool) {
	text, is := n.Expr.(*sqlparser.SQLVal)
	if !is || text.Type != sqlparser.StrVal || n.Type == nil {
		return nil, false
	}
	t := types.Type{Kind: map[string]types.Kind{"date": types.Date, "datetime": types.DateTime, "time": types.Time}[strings.ToLower(n.Type.Type)]}
	if t.Kind == 0 {
		return nil, false
	}
	if l := n.Type.Length; l != nil && len(l.Val) == 1 && l.Val[0] >= '0' && l.Val[0] <= '0'+types.FSPMax {
		t.FSP = l.Val[0] - '0'
	} else if l != nil {
		return nil, false
	}
	from := literalString(text.Val, types.CollationGeneralCI)
	v, err := types.Store(text.Val, from, types.Target{Name: "literal", Type: t, Row: 1, Zone: k.env.Location, ZeroDates: k.zeroDates(), Display: true})
	if err != nil { // which warns
		return nil, false
	}
	return constant(v, t, sqlparser.String(n)), true
}
