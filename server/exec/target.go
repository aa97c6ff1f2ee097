package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A targeting asks whether a statement reads, in a subquery, a table that it changes:
// MySQL refuses that (1093), but for what a derived table or a common table
// expression reads, which is done before the change (MySQL manual, Subquery Errors).
type targeting struct {
	*Executor
	env     Env
	op      string
	targets []aliased
	with    []string // names of common table expressions
}

// CheckTargets is 1093 for a statement that reads what it changes, and 1443 where a
// view does.
func (e *Executor) CheckTargets(env Env, t *Tree) error {
	if !t.nested {
		return nil
	}
	c := targeting{Executor: e, env: env}
	switch s := t.Statement.(type) {
	case *sqlparser.Insert:
		list, listed := s.Rows.(*sqlparser.AliasedValues)
		if !listed {
			return nil // of a SELECT the rows are found first
		}
		c.op, c.targets = strings.ToUpper(s.Action), []aliased{{TableName: s.Table}}
		nodes := []sqlparser.SQLNode{list.Values}
		for _, set := range s.OnDup {
			nodes = append(nodes, set.Expr)
		}
		return c.search(nodes...)
	case *sqlparser.Update:
		c.op = "UPDATE"
		c.named(s.With)
		if err := c.updated(s); err != nil {
			return err
		}
		return c.search(append(conditions(s.TableExprs), s.Exprs, s.Where, s.OrderBy)...)
	case *sqlparser.Delete:
		c.op = "DELETE"
		c.named(s.With)
		for _, t := range baseTables(s.TableExprs) {
			is := len(s.Targets) == 0
			for _, name := range s.Targets {
				is = is || t.is(name)
			}
			if is {
				c.targets = append(c.targets, t)
			}
		}
		return c.search(append(conditions(s.TableExprs), s.Where, s.OrderBy)...)
	}
	return nil
}

func (c *targeting) named(w *sqlparser.With) {
	if w == nil {
		return
	}
	for _, e := range w.Ctes {
		c.with = append(c.with, e.As.String())
	}
}

// updated finds the tables of which an UPDATE sets columns.
func (c *targeting) updated(s *sqlparser.Update) error {
	tables := baseTables(s.TableExprs)
	for _, t := range tables {
		is := len(tables) == 1
		for _, set := range s.Exprs {
			if name := set.Name.Qualifier; !name.IsEmpty() {
				is = is || t.is(name)
				continue
			}
			def, ok, err := c.table(t.TableName)
			if err != nil {
				return err
			}
			if ok {
				_, has := def.Column(set.Name.Name.String())
				is = is || has
			}
		}
		if is {
			c.targets = append(c.targets, t)
		}
	}
	return nil
}

func (c *targeting) db(name sqlparser.TableName) string {
	if db := name.DbQualifier.String(); db != "" {
		return db
	}
	return c.env.DB
}

func (c *targeting) table(name sqlparser.TableName) (*catalog.Table, bool, error) {
	if t, ok := c.env.Temporaries.Find(c.db(name), name.Name.String()); ok {
		return t, true, nil
	}
	return c.catalog.Find(c.env.Txn, c.db(name), name.Name.String())
}

// conditions are the ON of joins.
func conditions(list sqlparser.TableExprs) (out []sqlparser.SQLNode) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.ParenTableExpr:
			out = append(out, conditions(e.Exprs)...)
		case *sqlparser.JoinTableExpr:
			out = append(append(out, e.Condition.On), conditions(sqlparser.TableExprs{e.LeftExpr, e.RightExpr})...)
		}
	}
	return out
}

// search looks at the tables of all subqueries below the nodes.
func (c *targeting) search(nodes ...sqlparser.SQLNode) error {
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.With:
			c.named(n)
			return false, nil
		case *sqlparser.Select:
			c.named(n.With)
		case *sqlparser.SetOp:
			c.named(n.With)
		case *sqlparser.AliasedTableExpr:
			name, is := n.Expr.(sqlparser.TableName)
			if !is {
				return false, nil // a derived table
			}
			return false, c.read(name)
		}
		return true, nil
	}, nodes...)
}

// read is the error of a subquery that reads this table.
func (c *targeting) read(name sqlparser.TableName) error {
	if name.DbQualifier.IsEmpty() {
		for _, w := range c.with {
			if strings.EqualFold(w, name.Name.String()) {
				return nil
			}
		}
	}
	if c.isTarget(c.db(name), name) {
		return mysqlerr.New(mysqlerr.UpdateTableUsed, c.target())
	}
	if _, temporary := c.env.Temporaries.Find(c.db(name), name.Name.String()); temporary {
		return nil
	}
	reads, err := c.viewReads(c.db(name), name, 0)
	if err == nil && reads {
		err = mysqlerr.New(mysqlerr.ViewPreventsUpdate, name.Name.String(), c.op, c.target())
	}
	return err
}

func (c *targeting) isTarget(db string, name sqlparser.TableName) bool {
	for _, t := range c.targets {
		if t.Name.String() == name.Name.String() && c.db(t.TableName) == db {
			return true
		}
	}
	return false
}

// target is what the error calls the changed table.
func (c *targeting) target() string {
	if t := c.targets[0]; t.alias != "" {
		return t.alias
	}
	return c.targets[0].Name.String()
}

// viewsMax bounds how deep views in views are looked through.
const viewsMax = 30

// viewReads reports whether a name is that of a view that reads a target and is
// merged into the statement: one that has to be computed first may.
func (c *targeting) viewReads(db string, name sqlparser.TableName, depth int) (bool, error) {
	v, ok, err := c.catalog.View(c.env.Txn, db, name.Name.String())
	if err != nil || !ok || depth > viewsMax {
		return false, err
	}
	create, err := ReadKept(v.Create)
	d, is := create.(*sqlparser.DDL)
	if err != nil || !is || d.ViewSpec == nil || strings.EqualFold(d.ViewSpec.Algorithm, "temptable") {
		return false, nil // what is wrong with it others say
	}
	q, is := d.ViewSpec.ViewExpr.(*sqlparser.Select)
	if !is || q.QueryOpts.Distinct || q.Having != nil || q.Limit != nil || addsUp(q) {
		return false, nil
	}
	for _, t := range baseTables(q.From) {
		in := t.DbQualifier.String()
		if in == "" {
			in = db
		}
		if _, hidden := c.env.Temporaries.Find(in, t.Name.String()); !hidden && c.isTarget(in, t.TableName) {
			return true, nil
		}
		if reads, err := c.viewReads(in, t.TableName, depth+1); reads || err != nil {
			return reads, err
		}
	}
	return false, nil
}
