package sql

import (
	"cmp"
	"errors"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
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
type namer struct {
	c *call
	// warns: what is ambiguous makes warnings.
	warns   bool
	changed bool
	// strict: names that the library does not find are errors.
	strict bool
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
	return mysqlerr.New(mysqlerr.NonUniq, fullText(n), clauseNames[in])
}

func unknownName(n *sqlparser.ColName, in clause) error {
	return mysqlerr.New(mysqlerr.BadField, fullText(n), clauseNames[in])
}

// fullText is a name as messages have it.
func fullText(n *sqlparser.ColName) string {
	text := n.Name.String()
	if table := n.Qualifier.Name.String(); table != "" {
		text = table + "." + text
	}
	if db := n.Qualifier.DbQualifier.String(); db != "" {
		text = db + "." + text
	}
	return text
}

// hasNames reports whether a statement has names that a namer looks at.
func hasNames(s sqlparser.SQLNode) (found bool) {
	s = queryIn(s)
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Select:
			found = found || n.Having != nil || len(n.GroupBy) > 0 || len(n.OrderBy) > 0 || len(windowsIn(n.SelectExprs)) > 0 || hasAggregate(n.SelectExprs) && (hasQuery(n.SelectExprs) || joins(n.From))
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

// nameAll is a statement whose names mean to the library what they mean.
func (c *call) nameAll(s sqlparser.Statement) (sqlparser.Statement, error) {
	if !c.stmt.named {
		return s, nil
	}
	own := updatable.Copy(s) // the tree is the prepared statement's
	n := &namer{c: c, warns: true}
	err := n.statement(own, updatable.NewReader(viewSource{c}, c.env.DB))
	if err != nil && err != errUnknownName {
		return nil, err
	}
	if err == nil {
		return own, spellOut(own)
	}
	own = updatable.Copy(s)
	if err := spellOut(own); err != nil {
		return nil, cmp.Or(c.wrongName(s), err)
	}
	return own, nil
}

// nameError is what is wrong with a statement's names if the library has not found one.
func (c *call) nameError(s sqlparser.Statement, err error) error {
	if !gms.ErrAmbiguousColumnName.Is(err) && !gms.ErrColumnNotFound.Is(err) && !gms.ErrTableColumnNotFound.Is(err) && !gms.ErrTableNotFound.Is(err) {
		return err
	}
	return cmp.Or(c.wrongName(s), err)
}

// wrongName is what is wrong with a statement's names; nil if nothing is.
func (c *call) wrongName(s sqlparser.Statement) error {
	n := &namer{c: c, strict: true}
	err := n.statement(updatable.Copy(s), updatable.NewReader(viewSource{c}, c.env.DB))
	if mysqlerr.Is(err, mysqlerr.BadField) || mysqlerr.Is(err, mysqlerr.NonUniq) {
		return err
	}
	return nil
}

// errUnknownName ends a namer's work at a name that it does not find in a clause where the
// library knows best: see nameError.
var errUnknownName = errors.New("sql: unknown name")

// nameView does so in the query of a view.
func (c *call) nameView(s sqlparser.Statement, db string) (changed bool, err error) {
	if !hasNames(s) {
		return false, nil
	}
	n := &namer{c: c}
	if err = n.statement(s, updatable.NewReader(permanent{viewSource{c}}, db)); err == errUnknownName {
		return false, nil
	}
	return n.changed, err
}

// permanent is what views see: no temporary tables.
type permanent struct{ viewSource }

// Temporary implements updatable.Source.
func (permanent) Temporary(updatable.Name) *catalog.Table { return nil }

// remark warns that a name means two things.
func (r *namer) remark(n *sqlparser.ColName, in clause) {
	if !r.warns {
		return
	}
	e := mysqlerr.New(mysqlerr.NonUniq, fullText(n), clauseNames[in])
	r.c.s.Warn(&gms.Warning{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
	r.c.remarks = append(r.c.remarks, exec.Diagnostic{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
}
