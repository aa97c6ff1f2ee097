package auth

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A columnGrant is what a GRANT or REVOKE says of one column.
type columnGrant struct {
	name string
	bits Privilege
}

// parseColumns reads (a, b) behind a privilege.
func (g *grant) parseColumns(c *lex.Cursor, bit Privilege) error {
	if bit&OnColumn == 0 || !c.Accept("(") {
		return c.Fail()
	}
	for more := true; more; more = c.Accept(",") {
		name, err := c.Name()
		if err != nil {
			return err
		}
		at := slices.IndexFunc(g.columns, func(o columnGrant) bool { return strings.EqualFold(o.name, name) })
		if at < 0 {
			at = len(g.columns)
			g.columns = append(g.columns, columnGrant{name: strings.Clone(name)})
		}
		g.columns[at].bits |= bit
	}
	return c.Expect(")")
}

// onColumns is all that the statement says of columns.
func (g *grant) onColumns() (p Privilege) {
	for _, one := range g.columns {
		p |= one.bits
	}
	return p
}

// checkColumns refuses columns that are not there, and those of which the client has
// not itself what it gives or takes.
func (g *grant) checkColumns(d *Draft) error {
	if len(g.columns) == 0 {
		return nil
	}
	if !g.revoke {
		names, err := d.columnsOf(g.db, g.table)
		if err != nil {
			return err
		}
		for _, one := range g.columns {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, one.name) }) {
				return mysqlerr.New(mysqlerr.BadField, one.name, g.table)
			}
		}
	}
	for _, one := range g.columns {
		if missing := one.bits &^ d.who.OnColumn(g.db, g.table, one.name); missing != 0 {
			return columnDenied(d.who, missing, g.table, one.name)
		}
	}
	return nil
}

func columnDenied(r Rights, missing Privilege, table, column string) error {
	var user string
	if r.Account != nil {
		user = r.Account.User
	}
	return mysqlerr.New(mysqlerr.ColumnAccessDenied, strings.Join(missing.Names(), ", "), user, r.Host, column, table)
}

// applyTable changes what an account may do with a table and its columns. What is taken
// of the whole table is taken of the columns, too.
func (g *grant) applyTable(a *Account) error {
	key := tableKey(g.db, g.table)
	old, ok := a.Grants.Tables[key]
	if g.revoke && !ok && len(a.Grants.ofTable(key)) == 0 {
		return g.nobody(a.Name)
	}
	for _, one := range g.columns {
		at := findColumn(a.Grants.Columns, key+"\x00"+one.name)
		has := a.Grants.Columns[at]
		switch {
		case !g.revoke:
			a.Grants.Columns = set(a.Grants.Columns, at, has|one.bits)
		case has&one.bits == 0:
			return g.nobody(a.Name)
		default:
			a.Grants.Columns = set(a.Grants.Columns, at, has&^one.bits)
		}
	}
	if !g.revoke {
		a.Grants.Tables = set(a.Grants.Tables, key, old|g.bits)
		return nil
	}
	a.Grants.Tables = set(a.Grants.Tables, key, old&^g.bits)
	for _, name := range a.Grants.ofTable(key) {
		at := key + "\x00" + name
		a.Grants.Columns = set(a.Grants.Columns, at, a.Grants.Columns[at]&^g.bits)
	}
	return nil
}

// what is the statement's list of privileges, those on columns with them.
func (g *grant) what() string {
	var columns Grants
	for _, one := range g.columns {
		columns.Columns = set(columns.Columns, columnKey(g.db, g.table, one.name), one.bits)
	}
	text := g.bits.withColumns(columnLists(columns, tableKey(g.db, g.table)))
	if g.level != AtTable || len(g.columns) == 0 {
		text = g.bits.list(g.level)
	}
	if !g.revoke || g.bits&GrantOption == 0 {
		return text
	}
	if g.bits == GrantOption && len(g.columns) == 0 {
		return "GRANT OPTION"
	}
	if len(g.columns) == 0 {
		text = strings.Join(g.bits.Names(), ", ")
	}
	return strings.TrimPrefix(text+", GRANT OPTION", ", ")
}
