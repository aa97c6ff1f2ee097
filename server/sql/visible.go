package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/updatable"
)

// A revealer names the columns that * and an INSERT without columns mean, where a table
// has invisible ones: to the library all are visible (MySQL manual, Invisible Columns).
type revealer struct {
	*call
	db     string               // of names without one
	ctes   map[string]bool      // names that are no tables
	own    *catalog.Temporaries // that names may mean
	change bool                 // not only look
	found  bool                 // something is to be named
}

// reveal is a statement that names them.
func (c *call) reveal(s sqlparser.Statement) (sqlparser.Statement, error) {
	found, err := c.names(s, c.env.DB, c.env.Temporaries, false)
	if err != nil || !found {
		return s, err
	}
	s = updatable.Copy(s) // the tree is the prepared statement's
	_, err = c.names(s, c.env.DB, c.env.Temporaries, true)
	return s, err
}

// revealView is a view whose query names them, and what else is to be named.
func (c *call) revealView(v catalog.View, db string) (catalog.View, error) {
	s, err := exec.ReadKept(v.Query)
	at := strings.LastIndex(v.Create, v.Query)
	if err != nil || at < 0 {
		return v, nil // the library complains, if there is something wrong
	}
	named, err := c.nameView(s, db)
	if err != nil {
		return v, err
	}
	found, err := c.names(s, db, nil, true)
	if err != nil {
		return v, err
	}
	marked, err := c.markLasting(s, db)
	if err != nil || !found && !named && !marked {
		return v, err
	}
	query := exec.SQLText(s)
	v.Create = v.Create[:at] + query + v.Create[at+len(v.Query):]
	v.Query = query
	return v, nil
}

func (c *call) names(s sqlparser.SQLNode, db string, own *catalog.Temporaries, change bool) (found bool, err error) {
	r := &revealer{call: c, db: db, ctes: map[string]bool{}, own: own, change: change}
	visit := func(f func(n sqlparser.SQLNode) error) error {
		walk := func(n sqlparser.SQLNode) (bool, error) { return true, f(n) }
		return exec.Walk(walk, s)
	}
	err = visit(func(n sqlparser.SQLNode) error {
		if cte, is := n.(*sqlparser.CommonTableExpr); is {
			r.ctes[strings.ToLower(cte.As.String())] = true
		}
		return nil
	})
	if err == nil {
		err = visit(r.node)
	}
	return r.found, err
}

func (r *revealer) node(n sqlparser.SQLNode) error {
	switch n := n.(type) {
	case *sqlparser.Select:
		return r.stars(n)
	case *sqlparser.Insert:
		return r.insert(n)
	case *sqlparser.JoinTableExpr:
		if !strings.HasPrefix(n.Join, "natural") {
			return nil
		}
		return r.natural(n)
	}
	return nil
}

// natural refuses a join by names that the statement's text does not have.
func (r *revealer) natural(n *sqlparser.JoinTableExpr) (err error) {
	seen := map[*catalog.Table]bool{}
	eachTable(sqlparser.TableExprs{n}, func(name sqlparser.TableName, _ string) {
		t, terr := r.hiding(name)
		if err == nil {
			err = terr
		}
		if t != nil && (t.Hides() || seen[t]) && err == nil {
			err = unsupported("NATURAL JOIN of tables with invisible columns")
		}
		seen[t] = true
	})
	return err
}

// hiding is a table that has invisible columns, or shows its rows' keys to the statement;
// nil if it does not, or is none.
func (r *revealer) hiding(name sqlparser.TableName) (*catalog.Table, error) {
	db := name.DbQualifier.String()
	if db == "" {
		if db = r.db; r.ctes[strings.ToLower(name.Name.String())] {
			return nil, nil
		}
	}
	t, ok := r.own.Find(db, name.Name.String())
	var err error
	if !ok {
		t, ok, err = r.catalog().Find(r.env.Txn, db, name.Name.String())
	}
	if err != nil || !ok || !t.Hides() && !r.showsKeys(t) {
		return nil, err
	}
	return t, nil
}

func (r *revealer) insert(n *sqlparser.Insert) error {
	t, err := r.hiding(n.Table)
	if err != nil || t == nil || len(n.Columns) > 0 {
		return err
	}
	if v, is := n.Rows.(*sqlparser.AliasedValues); is && len(v.Values) > 0 && len(v.Values[0]) == 0 {
		return nil // VALUES () is all defaults
	}
	if r.found = true; r.change {
		for i := range t.Columns {
			if !t.Columns[i].Invisible {
				n.Columns = append(n.Columns, sqlparser.NewColIdent(t.Columns[i].Name))
			}
		}
	}
	return nil
}

// stars replaces each * of a query.
func (r *revealer) stars(n *sqlparser.Select) error {
	var out sqlparser.SelectExprs
	replaced := false
	for _, e := range n.SelectExprs {
		star, is := e.(*sqlparser.StarExpr)
		if !is {
			out = append(out, e)
			continue
		}
		list, some, err := r.columnsOf(n.From, star.TableName.Name.String())
		if err != nil {
			return err
		}
		if !some {
			list = sqlparser.SelectExprs{e}
		}
		out, replaced = append(out, list...), replaced || some
	}
	if r.found = r.found || replaced; replaced && r.change {
		n.SelectExprs = out
	}
	return nil
}

// columnsOf is what * is of tables, or of one of them; some is false if it can stay.
func (r *revealer) columnsOf(from sqlparser.TableExprs, only string) (list sqlparser.SelectExprs, some bool, err error) {
	for _, e := range from {
		var more sqlparser.SelectExprs
		hides := false
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			more, hides, err = r.columnsOfTable(e, only)
		case *sqlparser.ParenTableExpr:
			more, hides, err = r.columnsOf(e.Exprs, only)
		case *sqlparser.JoinTableExpr:
			if hides, err = r.anyHides(e); hides && len(e.Condition.Using) > 0 && only == "" {
				return nil, false, unsupported("* of a join by USING of tables with invisible columns")
			}
			if err == nil {
				more, hides, err = r.columnsOf(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, only)
			}
		case *sqlparser.JSONTableExpr:
			more = starOf(e.Alias.String(), only)
		case sqlparser.TableFuncExpr:
			more = starOf(e.Alias.String(), only)
		case *sqlparser.ValuesStatement:
			more = starOf("", only)
		}
		if err != nil {
			return nil, false, err
		}
		list, some = append(list, more...), some || hides
	}
	return list, some, nil
}

func (r *revealer) columnsOfTable(e *sqlparser.AliasedTableExpr, only string) (list sqlparser.SelectExprs, hides bool, err error) {
	name, is := e.Expr.(sqlparser.TableName)
	alias := e.As.String()
	if alias == "" {
		alias = name.Name.String()
	}
	list = starOf(alias, only)
	if !is || list == nil {
		return list, false, nil
	}
	t, err := r.hiding(name)
	if err != nil || t == nil {
		return list, false, err
	}
	list = nil
	for i := range t.Columns {
		if !t.Columns[i].Invisible {
			list = append(list, &sqlparser.AliasedExpr{Expr: &sqlparser.ColName{
				Name: sqlparser.NewColIdent(t.Columns[i].Name), Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(alias)},
			}})
		}
	}
	return list, true, nil
}

// starOf is alias.*, unless only another table's columns are asked for.
func starOf(alias, only string) sqlparser.SelectExprs {
	if only != "" && !strings.EqualFold(alias, only) {
		return nil
	}
	return sqlparser.SelectExprs{&sqlparser.StarExpr{TableName: sqlparser.TableName{Name: sqlparser.NewTableIdent(alias)}}}
}

// anyHides reports whether a table of a join has invisible columns.
func (r *revealer) anyHides(n *sqlparser.JoinTableExpr) (hides bool, err error) {
	eachTable(sqlparser.TableExprs{n}, func(name sqlparser.TableName, _ string) {
		t, herr := r.hiding(name)
		if err == nil {
			err = herr
		}
		hides = hides || t != nil
	})
	return hides, err
}
