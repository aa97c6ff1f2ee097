package sql

import (
	"fmt"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

// setDefaults is an UPDATE in which each DEFAULT that SET assigns is what it stands for:
// the library looks for it by the column's name alone, whatever table has that. Generated
// columns are computed anyway.
func (c *call) setDefaults(s *sqlparser.Update) (sqlparser.Statement, error) {
	list, err := c.assignDefaults(s.Exprs, s.TableExprs, c.defaultOf)
	out := *s
	out.Exprs = list
	return &out, err
}

// duplicateDefaults does so for ON DUPLICATE KEY UPDATE, where a column without a default is
// an error, or is warned of, once there is a duplicate.
func (c *call) duplicateDefaults(s *sqlparser.Insert) (*sqlparser.Insert, error) {
	if !slices.ContainsFunc(s.OnDup, func(a *sqlparser.AssignmentExpr) bool { return isDefault(a.Expr) }) {
		return s, nil
	}
	into := sqlparser.TableExprs{&sqlparser.AliasedTableExpr{Expr: s.Table}}
	list, err := c.assignDefaults(sqlparser.AssignmentExprs(s.OnDup), into, func(col *catalog.Column, alias sqlparser.TableName) (sqlparser.Expr, error) {
		if noDefault(col) && col.Type.Kind != types.Enum {
			return c.expression(fmt.Sprintf("`%s`(%s, %s)", noDefaultCall, quote(col.Name), zeroSQL(col.Type)), alias)
		}
		return c.defaultOf(col, alias)
	})
	out := *s
	out.OnDup = sqlparser.OnDup(list)
	return &out, err
}

// noDefaultCall is the function that is the second of its arguments where a column, the first
// one, has no default, or an error.
const noDefaultCall = "no default"

func newNoDefault(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 2 {
		return nil, gms.ErrFunctionNotFound.New(noDefaultCall)
	}
	typ := args[1].Type()
	return &expr.Function{Name: noDefaultCall, Args: args, Recipe: expr.Recipe{TypeOf: expr.Always(typ), Compute: func(ctx *gms.Context, _ *expr.Function, v []any) (any, error) {
		c, missing := callOf(ctx), mysqlerr.New(mysqlerr.NoDefaultForField, v[0])
		if !c.cuts() {
			return nil, missing
		}
		c.warn(missing)
		return v[1], nil
	}}}, nil
}

// assignDefaults is a list of assignments to columns of tables, of which those of DEFAULT
// are what it stands for.
func (c *call) assignDefaults(exprs sqlparser.AssignmentExprs, tables sqlparser.TableExprs, of func(*catalog.Column, sqlparser.TableName) (sqlparser.Expr, error)) (sqlparser.AssignmentExprs, error) {
	var list sqlparser.AssignmentExprs
	var kept *sqlparser.ColName // stands for itself, so that something is set
	for _, a := range exprs {
		if !isDefault(a.Expr) {
			list = append(list, a)
			continue
		}
		t, alias, err := c.assigned(tables, a.Name)
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
		e, err := of(&t.Columns[at], alias)
		if err != nil {
			return nil, err
		}
		list = append(list, &sqlparser.AssignmentExpr{Name: a.Name, Expr: e})
	}
	if len(list) == 0 && kept != nil {
		list = sqlparser.AssignmentExprs{{Name: kept, Expr: kept}}
	}
	return list, nil
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
	return c.expression(text, alias)
}

// expression is a text whose columns are those of a table.
func (c *call) expression(text string, alias sqlparser.TableName) (sqlparser.Expr, error) {
	tree, err := exec.ReadSQL("select " + text)
	if err != nil {
		return nil, err
	}
	tree = c.keptText(tree)
	tree = updatable.Replace(tree, func(n *sqlparser.ColName) sqlparser.Expr {
		return &sqlparser.ColName{Name: n.Name, Qualifier: alias}
	})
	return tree.(*sqlparser.Select).SelectExprs[0].(*sqlparser.AliasedExpr).Expr, nil
}
