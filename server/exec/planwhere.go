package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// A condition of a plan is what a WHERE clause says of one column.
type condition struct {
	equal     int   // parameter, or -1
	in        []int // parameters
	low, high edge
}

func noCondition() *condition {
	return &condition{equal: -1, low: edge{param: -1}, high: edge{param: -1}}
}

func (c *condition) isEquality() bool { return c.equal >= 0 || c.in != nil }

// find derives the key from a WHERE clause of nothing but conditions that the
// key alone fulfils. The key is the one that the call would take (E6).
func (p *plan) find(t *catalog.Table, alias string, where sqlparser.Expr) bool {
	k := &compiler{call: &call{}, table: t, alias: alias}
	conds := make(map[int]*condition)
	if !k.conditions(where, conds) || len(conds) == 0 {
		return false
	}
	for col := range conds {
		if !keyedAsWritten(t.Columns[col].Type, conds[col]) {
			return false
		}
	}
	unique := uniqueBy(t, conds)
	switch {
	case p.take(nil, t.PrimaryParts(), conds) && p.where.point:
		return true
	case len(unique) == 0:
		return len(t.PrimaryKey) > 0 && p.take(nil, t.PrimaryParts(), conds)
	case len(unique) == 1:
		return p.take(unique[0], unique[0].Columns, conds) && p.where.point
	}
	return false
}

// keyedAsWritten reports whether a column's keys compare as its values do with
// what parameters can be, see argKey.
func keyedAsWritten(t types.Type, c *condition) bool {
	if t.IsString() {
		// Other sets lack characters that a literal may have.
		return t.IsText() && t.Collation.Charset() == types.CharsetUTF8MB4 && t.Kind != types.Blob && c.isEquality()
	}
	return t.IsInteger() && t.Kind != types.Year
}

// uniqueBy is the unique indexes all of whose columns equalities bind.
func uniqueBy(t *catalog.Table, conds map[int]*condition) (out []*catalog.Index) {
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		bound := ix.Unique && t.Finds(ix)
		for _, part := range ix.Columns {
			c := conds[part.Column]
			bound = bound && c != nil && c.isEquality()
		}
		if bound {
			out = append(out, ix)
		}
	}
	return out
}

// take makes the parts of a key fulfil all conditions, if they can: equalities
// of the first ones, IN in the last of them, then a range of the next.
func (p *plan) take(ix *catalog.Index, parts []catalog.Part, conds map[int]*condition) bool {
	w, left := byKey{index: ix, low: edge{param: -1}, high: edge{param: -1}}, len(conds)
	for _, part := range parts {
		c := conds[part.Column]
		if c == nil || part.Prefix > 0 || w.in != nil {
			break
		}
		if !c.isEquality() {
			w.low, w.high, w.next = c.low, c.high, part.Column
			left--
			break
		}
		w.parts, w.in = append(w.parts, part), c.in
		if c.in == nil {
			w.equal = append(w.equal, c.equal)
		}
		left--
	}
	w.point = left == 0 && len(parts) > 0 && len(w.parts) == len(parts)
	p.where = w
	return left == 0
}

// conditions collects what a conjunction says of each column, which must not
// say two things of one.
func (k *compiler) conditions(n sqlparser.Expr, into map[int]*condition) bool {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return k.conditions(n.Expr, into)
	case *sqlparser.AndExpr:
		return k.conditions(n.Left, into) && k.conditions(n.Right, into)
	case *sqlparser.RangeCond:
		c, ok := k.conditionOf(n.Left, into)
		if !ok || n.Operator != sqlparser.BetweenStr {
			return false
		}
		low, ok := param(n.From)
		high, also := param(n.To)
		free := c.low.param < 0 && c.high.param < 0 && !c.isEquality()
		c.low, c.high = edge{low, true}, edge{high, true}
		return ok && also && free
	case *sqlparser.ComparisonExpr:
		c, ok := k.conditionOf(n.Left, into)
		return ok && n.Escape == nil && c.compare(n)
	}
	return false
}

func (k *compiler) conditionOf(n sqlparser.Expr, into map[int]*condition) (*condition, bool) {
	name, ok := n.(*sqlparser.ColName)
	if !ok {
		return nil, false
	}
	col, err := k.resolve(name)
	if err != nil {
		return nil, false
	}
	if into[col] == nil {
		into[col] = noCondition()
	}
	return into[col], true
}

func (c *condition) compare(n *sqlparser.ComparisonExpr) bool {
	if c.isEquality() {
		return false
	}
	if list, ok := n.Right.(sqlparser.ValTuple); ok && n.Operator == sqlparser.InStr {
		for _, item := range list {
			at, ok := param(item)
			if !ok {
				return false
			}
			c.in = append(c.in, at)
		}
		return c.low.param < 0 && c.high.param < 0
	}
	at, ok := param(n.Right)
	if !ok {
		return false
	}
	end := &c.high
	switch n.Operator {
	case sqlparser.EqualStr:
		c.equal = at
		return c.low.param < 0 && c.high.param < 0
	case sqlparser.GreaterThanStr, sqlparser.GreaterEqualStr:
		end = &c.low
	case sqlparser.LessThanStr, sqlparser.LessEqualStr:
	default:
		return false
	}
	free := end.param < 0
	*end = edge{at, n.Operator == sqlparser.GreaterEqualStr || n.Operator == sqlparser.LessEqualStr}
	return free
}
