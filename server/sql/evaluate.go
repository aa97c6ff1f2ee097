package sql

import (
	"fmt"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
)

// expressions makes texts about a table's columns into expressions over its
// rows, as the library has them. The table need not be in the catalog.
func (c *call) expressions(ctx *gms.Context, t *table, texts []string) ([]gms.Expression, error) {
	tree, text, done, err := c.select1(t, texts)
	if err != nil {
		return nil, err
	}
	defer done()
	node, flags, err := c.bindKept(ctx, tree, text)
	if err != nil {
		return nil, err
	}
	codes := func(node gms.Node) (gms.Node, error) { return c.textsAndBytes(ctx, node) }
	for _, change := range []func(gms.Node) (gms.Node, error){codes, c.divisions, c.likes, nameEnums, expr.Casts, expr.Replace} {
		if node, err = change(node); err != nil {
			return nil, err
		}
	}
	if node, err = c.analyze(ctx, node, flags); err != nil {
		return nil, err
	}
	if node, err = nameEnums(node); err != nil {
		return nil, err
	}
	var found []gms.Expression
	transform.Inspect(node, func(n gms.Node) bool {
		if p, is := n.(*plan.Project); is && found == nil {
			found = p.Projections
		}
		return found == nil
	})
	if len(found) != len(texts)+1 {
		return nil, fmt.Errorf("sql: the library made %d expressions of %d", len(found), len(texts)+1)
	}
	return found[1:], nil
}

// select1 is a query of the texts, behind a 1: so it is no bare list of columns, which
// the library would drop. Until done is called the table is in its place.
func (c *call) select1(t *table, texts []string) (tree sqlparser.Statement, text string, done func(), err error) {
	id := tableID{t.def.DB, t.def.Name}
	text = "select 1"
	for _, e := range texts {
		text += ", (" + e + ")"
	}
	text += " from " + name(id.db) + "." + name(id.name)
	if tree, err = exec.ReadSQL(text); err == nil {
		err = spell.Out(tree)
	}
	if err != nil {
		return nil, "", nil, err
	}
	before, had := c.tables[id]
	c.tables[id] = t
	return tree, text, func() {
		if delete(c.tables, id); had {
			c.tables[id] = before
		}
	}, nil
}

func name(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

// A generator computes the generated columns of a table's rows.
type generator struct {
	columns []int
	exprs   []gms.Expression
	types   []gms.Type
	stores  []gms.Expression // the values as the columns take them
}

func (c *call) newGenerator(ctx *gms.Context, t *table) (*generator, error) {
	g := &generator{}
	var texts []string
	for i := range t.def.Columns {
		if text := t.def.Columns[i].Generated; text != "" && !t.def.Columns[i].Array {
			texts = append(texts, text)
			typ, _ := wide(t.schema[i].Type)
			g.columns, g.types = append(g.columns, i), append(g.types, typ)
		}
	}
	if len(texts) == 0 {
		return g, nil
	}
	var err error
	g.exprs, err = c.expressions(ctx, t, texts)
	for i, e := range g.exprs {
		g.stores = append(g.stores, c.storing(e, t, g.columns[i], false))
	}
	return g, err
}

// store sets the generated columns of a row that is to be written: what does not fit is an
// error, or cut with a warning.
func (g *generator) store(ctx *gms.Context, row gms.Row) (err error) {
	for i, col := range g.columns {
		if row[col], err = g.stores[i].Eval(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// fill sets the generated columns of a row, in order: one may read those before
// it.
func (g *generator) fill(ctx *gms.Context, row gms.Row) error {
	for i := range g.columns {
		if err := g.fillOne(ctx, row, i); err != nil {
			return err
		}
	}
	return nil
}

// fillOne sets the generated column that is the i-th.
func (g *generator) fillOne(ctx *gms.Context, row gms.Row, i int) error {
	v, err := g.exprs[i].Eval(ctx, row)
	if err != nil {
		return err
	}
	if v != nil {
		if v, _, err = g.types[i].Convert(ctx, v); err != nil {
			return err
		}
	}
	row[g.columns[i]] = v
	return nil
}
