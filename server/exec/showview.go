package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
)

// showCreateView is SHOW CREATE VIEW's result, and that of SHOW CREATE TABLE of a
// view.
func (c *call) showCreateView(db string, v catalog.View) (*Result, error) {
	text, err := viewText(v)
	if err != nil {
		return nil, err
	}
	name := quoteName(v.Name)
	if db != c.env.DB {
		name = quoteName(db) + "." + name
	}
	r := listing("View", "Create View", "character_set_client", "collation_connection")
	client, connection := v.Written.Names()
	if c.env.AsWritten {
		text = v.Written.Text(text)
	}
	r.line(v.Name, strings.Replace(text, viewName, name, 1), client, connection)
	return r, nil
}

// viewName stands for the name in viewText; no statement can hold it.
const viewName = "\x00"

// viewText is a view's definition, spelled out. What it leaves to chance is who runs
// it: dumps name the definer.
func viewText(v catalog.View) (string, error) {
	tree, err := ReadKept(v.Create)
	if err != nil {
		return "", err
	}
	algorithm, columns, check := "UNDEFINED", "", ""
	if d, ok := tree.(*sqlparser.DDL); ok && d.ViewSpec != nil {
		if d.ViewSpec.Algorithm != "" {
			algorithm = strings.ToUpper(d.ViewSpec.Algorithm)
		}
		var names []string
		for _, n := range d.ViewSpec.Columns {
			names = append(names, quoteName(n.String()))
		}
		if names != nil {
			columns = " (" + strings.Join(names, ",") + ")"
		}
		switch d.ViewSpec.CheckOption {
		case sqlparser.ViewCheckOptionCascaded:
			check = " WITH CASCADED CHECK OPTION"
		case sqlparser.ViewCheckOptionLocal:
			check = " WITH LOCAL CHECK OPTION"
		}
	}
	security, definer := "DEFINER", ""
	if v.Definer != (catalog.Definer{}) {
		definer = " DEFINER=" + quoteName(v.Definer.User) + "@" + quoteName(v.Definer.Host)
	}
	if v.Invoker {
		security = "INVOKER"
	}
	return "CREATE ALGORITHM=" + algorithm + definer + " SQL SECURITY " + security + " VIEW " + viewName + columns + " AS " + v.Query + check, nil
}
