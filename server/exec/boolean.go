package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/reword"
)

// truths are the functions whose answer MySQL takes for true or false, not for a number.
var truths = map[string]bool{
	"isnull": true, "regexp_like": true, "strcmp": true, "is_uuid": true, "is_ipv4": true, "is_ipv6": true, "is_ipv4_compat": true,
	"is_ipv4_mapped": true, "json_valid": true, "json_contains": true, "json_contains_path": true, "json_overlaps": true,
	"json_schema_valid": true, reword.Member: true, "st_isvalid": true, "st_isempty": true, "st_issimple": true, "st_isclosed": true,
	"st_contains": true, "st_crosses": true, "st_disjoint": true, "st_equals": true, "st_intersects": true, "st_overlaps": true,
	"st_touches": true, "st_within": true, "mbrcontains": true, "mbrcoveredby": true, "mbrcovers": true, "mbrdisjoint": true,
	"mbrequals": true, "mbrintersects": true, "mbroverlaps": true, "mbrtouches": true, "mbrwithin": true,
}

// isTruth reports whether an expression is one of true and false, as a CHECK has to be.
func isTruth(e sqlparser.Expr) bool {
	switch e := e.(type) {
	case *sqlparser.ParenExpr:
		return isTruth(e.Expr)
	case *sqlparser.ComparisonExpr, *sqlparser.RangeCond, *sqlparser.IsExpr, *sqlparser.AndExpr, *sqlparser.OrExpr, *sqlparser.XorExpr,
		*sqlparser.NotExpr, *sqlparser.ExistsExpr, sqlparser.BoolVal:
		return true
	case *sqlparser.UnaryExpr:
		return e.Operator == sqlparser.BangStr
	case *sqlparser.FuncExpr:
		return truths[e.Name.Lowered()]
	}
	return false
}
