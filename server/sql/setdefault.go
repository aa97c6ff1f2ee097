package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

// setDefaults is an UPDATE in which each DEFAULT that SET assigns is what it stands for:
// the library looks for it by the column's name alone, whatever table has that. Generated
// columns are computed anyway.
func (c *call) setDefaults(s *sqlparser.Update) (sqlparser.Statement, error) {
	var list sqlparser.AssignmentExprs
	var kept *sqlparser.ColName // stands for itself, so that something is set
	for _, a := range s.Exprs {
		if !isDefault(a.Expr) {
			list = append(list, a)
			continue
		}
		t, alias, err := c.assigned(s.TableExprs, a.Name)
		if err != nil {
			return nil, err
		}
		if t == nil {
			list = append(list, a) // the library says what is wrong with the name
			continue
		}
		at, _ := t.Column(a.Name.Name.String())
		if t.Columns[at].Generated != "" {
			kept = storedColumn(t, alias)
			continue
		}
		e, err := c.defaultOf(&t.Columns[at], alias)
		if err != nil {
			return nil, err
		}
		list = append(list, &sqlparser.AssignmentExpr{Name: a.Name, Expr: e})
	}
	if len(list) == 0 && kept != nil {
		list = sqlparser.AssignmentExprs{{Name: kept, Expr: kept}}
	}
	out := *s
	out.Exprs = list
	return &out, nil
}

// storedColumn is a column that is not generated.
func storedColumn(t *catalog.Table, alias sqlparser.TableName) *sqlparser.ColName {
	for i := range t.Columns {
		if t.Columns[i].Generated == "" {
			return &sqlparser.ColName{Name: sqlparser.NewColIdent(t.Columns[i].Name), Qualifier: alias}
		}
	}
	return nil
}

// assigned is the table that has a column of SET, and what the statement calls it; nil if
// it is none, or not one alone.
func (c *call) assigned(from sqlparser.TableExprs, col *sqlparser.ColName) (found *catalog.Table, as sqlparser.TableName, err error) {
	several := false
	eachTable(from, func(name sqlparser.TableName, alias string) {
		q := name
		if alias != "" {
			q = sqlparser.TableName{Name: sqlparser.NewTableIdent(alias)}
		}
		if !qualifies(col.Qualifier, q, c.env.DB) {
			return
		}
		t, terr := c.tableNamed(name)
		if terr != nil {
			err = terr
		}
		if t == nil {
			return
		}
		if _, has := t.Column(col.Name.String()); has {
			several = several || found != nil
			found, as = t, q
		}
	})
	if several {
		found = nil
	}
	return found, as, err
}

// qualifies reports whether a column's qualifier may mean a table.
func qualifies(q, table sqlparser.TableName, db string) bool {
	if q.IsEmpty() {
		return true
	}
	if !strings.EqualFold(q.Name.String(), table.Name.String()) {
		return false
	}
	want, has := q.DbQualifier.String(), table.DbQualifier.String()
	if has == "" {
		has = db
	}
	return want == "" || want == has
}

// defaultOf is a column's default as an expression.
func (c *call) defaultOf(col *catalog.Column, alias sqlparser.TableName) (sqlparser.Expr, error) {
	text := "null"
	switch {
	case col.Default != nil:
		var err error
		if text, err = defaultSQL(col, c.env.Location); err != nil {
			return nil, err
		}
	case col.Nullable:
	case col.Type.Kind == types.Enum:
		text = quote(col.Type.Members[0])
	case !col.AutoIncrement && (!c.cuts() || types.Zero(col.Type) == nil):
		return nil, mysqlerr.New(mysqlerr.NoDefaultForField, col.Name)
	default:
		if noDefault(col) {
			c.warn(mysqlerr.New(mysqlerr.NoDefaultForField, col.Name))
		}
		text = zeroSQL(col.Type)
	}
	tree, err := exec.ReadSQL("select " + text)
	if err != nil {
		return nil, err
	}
	tree = updatable.Replace(tree, func(n *sqlparser.ColName) sqlparser.Expr {
		return &sqlparser.ColName{Name: n.Name, Qualifier: alias}
	})
	return tree.(*sqlparser.Select).SelectExprs[0].(*sqlparser.AliasedExpr).Expr, nil
}
