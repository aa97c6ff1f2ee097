package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// InBranches is an IF or a CASE whose value is a text as the number that it is to MySQL, which
// asks the branch for it: a date is its digits and a member of an ENUM its place, as they are
// outside. Of IFNULL and COALESCE it is what the text begins with. ok is false of others.
func InBranches(e gms.Expression) (_ gms.Expression, ok bool) {
	c, is := e.(*Choice)
	if !is {
		c = newChoice(e)
	}
	if c == nil || len(c.Conds) == 0 || !c.merged().Own.IsText() {
		return nil, false
	}
	values := make([]gms.Expression, len(c.Values))
	for i, v := range c.Values {
		if n, named := v.(interface{ Member() gms.Expression }); named {
			values[i], ok = memberDouble(n.Member()), true
			continue
		}
		t, _ := convert.FromType(v.Type())
		ok = ok || t.IsTemporal() || t.IsNamed() || t.Kind == types.Bit
		switch {
		case t.Kind == types.Null:
			values[i] = v
		case t.IsNamed():
			values[i] = memberDouble(v)
		default:
			_, inner := InBranches(v)
			ok = ok || inner
			values[i] = asDouble(v)
		}
	}
	return &Choice{Name: c.Name, Conds: c.Conds, Values: values}, ok
}
