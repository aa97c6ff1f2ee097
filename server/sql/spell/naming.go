package spell

import (
	"errors"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A namer finds what the names in GROUP BY, HAVING and ORDER BY mean, and writes it so
// that the library cannot take it for something else (MySQL manual, Problems with Column
// Aliases):
//
//	GROUP BY  a name is a column of FROM, then one of the answer; within an expression, too
//	HAVING    a name is one of the answer, unless GROUP BY names the column; columns
//	          that are in neither are not known. Within aggregates it is a column of FROM first
//	ORDER BY  a name is one of the answer, then a column of FROM; within an expression
//	          it is the other way round
//	subquery  a name is a column of its own FROM, then one of the FROM of the query
//	          around, then one of that query's answer, unless it stands in WHERE or ON
//
// What it cannot read, as tables that are not there, is left to the library.
type Namer struct {
	// warn is told what is ambiguous, if anybody is.
	Warn    func(*mysqlerr.Error)
	Changed bool
	// strict: names that the library does not find are errors.
	Strict bool
}

// A clause is a part of a query.
type clause int

const (
	inWhere clause = iota
	inOn
	inList
	inGroup
	inHaving
	inOrder
	inPartition // of a window
	inSorted    // of a window
)

// clauseNames are what messages call them.
var clauseNames = map[clause]string{inWhere: "where clause", inOn: "on clause", inList: "field list", inGroup: "group statement", inHaving: "having clause", inOrder: "order clause", inPartition: "window partition by", inSorted: "window order by"}

// seesAnswers reports whether subqueries in a clause see what the query answers.
func (in clause) seesAnswers() bool { return in != inWhere && in != inOn }

func ambiguous(n *sqlparser.ColName, in clause) error {
	return mysqlerr.New(mysqlerr.NonUniq, FullText(n), clauseNames[in])
}

func unknownName(n *sqlparser.ColName, in clause) error {
	return mysqlerr.New(mysqlerr.BadField, FullText(n), clauseNames[in])
}

// FullText is a name as messages have it.
func FullText(n *sqlparser.ColName) string {
	text := n.Name.String()
	if table := n.Qualifier.Name.String(); table != "" {
		text = table + "." + text
	}
	if db := n.Qualifier.DbQualifier.String(); db != "" {
		text = db + "." + text
	}
	return text
}

// HasNames reports whether a statement has names that a namer looks at.
func HasNames(s sqlparser.SQLNode) (found bool) {
	s = queryIn(s)
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Select:
			found = found || n.Having != nil || len(n.GroupBy) > 0 || len(n.OrderBy) > 0 || len(windowsIn(n.SelectExprs)) > 0 || hasAggregate(n.SelectExprs) && (hasQuery(n.SelectExprs) || joins(n.From)) ||
				HasStar(n.SelectExprs) && joinsByName(n.From)
		case *sqlparser.SetOp:
			found = found || len(n.OrderBy) > 0
		}
		return !found, nil
	}, s)
	return found
}

// joins reports whether a FROM clause is of several tables.
func joins(list sqlparser.TableExprs) bool {
	if len(list) != 1 {
		return len(list) > 0
	}
	_, one := list[0].(*sqlparser.AliasedTableExpr)
	return !one
}

// queryIn is the query of a definition that has one, and any other statement as it is.
func queryIn(s sqlparser.SQLNode) sqlparser.SQLNode {
	if d, is := s.(*sqlparser.DDL); is && d.ViewSpec != nil {
		return d.ViewSpec.ViewExpr
	} else if is && d.OptSelect != nil {
		return d.OptSelect.Select
	}
	return s
}

// ErrUnknownName ends a namer's work at a name that it does not find in a clause where the
// library knows best.
var ErrUnknownName = errors.New("sql: unknown name")

// remark warns that a name means two things.
func (r *Namer) remark(n *sqlparser.ColName, in clause) {
	if r.Warn != nil {
		r.Warn(mysqlerr.New(mysqlerr.NonUniq, FullText(n), clauseNames[in]))
	}
}
