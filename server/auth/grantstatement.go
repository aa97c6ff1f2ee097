package auth

import (
	"maps"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Run implements Statement.
func (g *grant) Run(d *Draft) (string, error) {
	if g.everything {
		return g.revokeEverything(d)
	}
	if g.routine != "" {
		return "", g.runRoutine(d)
	}
	if err := g.resolve(d); err != nil {
		return "", err
	}
	if err := g.allowed(d.who); err != nil {
		return "", err
	}
	if err := g.checkTable(d); err != nil {
		return "", err
	}
	if err := g.checkColumns(d); err != nil {
		return "", err
	}
	var names []string
	for _, u := range g.list {
		n := u.of(d)
		if err := d.protect(n); err != nil {
			return "", err
		}
		if g.skips(d, n) {
			continue
		}
		if now, ok := d.find(n); ok && g.excuses(d, g.apply(now.copied())) {
			continue
		}
		a, ok := d.edit(n)
		if !ok {
			return "", g.nobody(n)
		}
		if err := g.apply(a); err != nil {
			return "", err
		}
		names = append(names, literalName(n))
	}
	return g.text(names), nil
}

// resolve names the level in full, and what ALL means there; what cannot be
// granted there is refused.
func (g *grant) resolve(d *Draft) error {
	if g.current {
		if g.db = d.db; g.db == "" {
			return mysqlerr.New(mysqlerr.NoDB)
		}
		if g.level == AtDatabase { // a name, not a pattern
			g.db = strings.NewReplacer("_", `\_`, "%", `\%`).Replace(g.db)
		}
	}
	if g.level != AtServer && IsMadeUp(g.db) {
		return mysqlerr.New(mysqlerr.DBAccessDenied, d.who.Account.User, d.who.Account.Host, g.db)
	}
	if g.level != AtTable && len(g.columns) > 0 {
		return mysqlerr.New(mysqlerr.IllegalGrantForTable)
	}
	possible := [...]Privilege{All, OnDatabase, OnTable}[g.level]
	if g.all {
		g.bits |= possible
		return nil
	}
	wrong := g.bits &^ (possible | GrantOption)
	switch {
	case wrong == 0:
		return nil
	case wrong&Dynamic != 0:
		return mysqlerr.New(mysqlerr.IllegalPrivilegeLevel, strings.Join((wrong&Dynamic).Names(), ", "))
	case g.level == AtDatabase:
		return mysqlerr.New(mysqlerr.WrongUsage, "DB GRANT", "GLOBAL PRIVILEGES")
	}
	return mysqlerr.New(mysqlerr.IllegalGrantForTable)
}

// allowed: nobody gives or takes more than he has himself, and the GRANT
// OPTION.
func (g *grant) allowed(who Rights) error {
	need := g.bits | GrantOption
	switch a := who.Account; g.level {
	case AtServer:
		if !who.Has(need) {
			return mysqlerr.New(mysqlerr.AccessDenied, a.User, who.Host, "YES")
		}
	case AtDatabase:
		if who.onPattern(g.db)&need != need {
			return mysqlerr.New(mysqlerr.DBAccessDenied, a.User, a.Host, g.db)
		}
	case AtTable:
		some, _ := who.columns(g.db, g.table, "")
		if missing := need&^who.OnTable(g.db, g.table) | g.onColumns()&^(who.OnTable(g.db, g.table)|some); missing != 0 {
			names := append(missing.Names(), "GRANT")
			if missing&GrantOption == 0 {
				names = names[:len(names)-1]
			}
			return mysqlerr.New(mysqlerr.TableAccessDenied, strings.Join(names, ", "), a.User, who.Host, g.table)
		}
	}
	return nil
}

// onPattern is what may be done with every database that a pattern matches: a
// row of the same pattern says so, or that of the one name it means.
func (r Rights) onPattern(pattern string) Privilege {
	p := r.global()
	if name, ok := literal(pattern); ok {
		return p | r.OnDatabase(name)
	}
	r.each(func(a *Account) { p |= a.Grants.Databases[pattern] })
	return p
}

// checkTable refuses a grant on a table that is not there, unless it is about
// making one.
func (g *grant) checkTable(d *Draft) error {
	if g.level != AtTable || g.revoke || g.bits&Create != 0 && len(g.columns) == 0 {
		return nil
	}
	ok, err := d.exists(g.db, g.table)
	if err == nil && !ok {
		err = mysqlerr.New(mysqlerr.NoSuchTable, g.db, g.table)
	}
	return err
}

// nobody is the error for an account that is not there.
func (g *grant) nobody(n Name) error {
	switch {
	case !g.revoke:
		return mysqlerr.New(mysqlerr.CantCreateUserWithGrant)
	case g.level == AtTable:
		return mysqlerr.New(mysqlerr.NonexistingTableGrant, n.User, n.Host, g.table)
	}
	return mysqlerr.New(mysqlerr.NonexistingGrant, n.User, n.Host)
}

func (g *grant) apply(a *Account) error {
	change := func(p Privilege) Privilege {
		if g.revoke {
			return p &^ g.bits
		}
		return p | g.bits
	}
	switch g.level {
	case AtServer:
		a.Grants.Global = change(a.Grants.Global)
	case AtDatabase:
		old, ok := a.Grants.Databases[g.db]
		if g.revoke && !ok {
			return g.nobody(a.Name)
		}
		a.Grants.Databases = set(a.Grants.Databases, g.db, change(old))
	case AtTable:
		return g.applyTable(a)
	}
	return nil
}

// revokeEverything is REVOKE ALL PRIVILEGES, GRANT OPTION FROM …: roles stay.
func (g *grant) revokeEverything(d *Draft) (string, error) {
	if err := d.who.Require(CreateUser); err != nil {
		return "", err
	}
	var names []string
	for _, u := range g.list {
		n := u.of(d)
		if err := d.protect(n); err != nil {
			return "", err
		}
		if g.skips(d, n) {
			continue
		}
		a, ok := d.edit(n)
		if !ok {
			return "", mysqlerr.New(mysqlerr.RevokeGrants)
		}
		a.Grants = Grants{}
		names = append(names, literalName(n))
	}
	return "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + strings.Join(names, ", "), nil
}

// text is the statement with its level in full.
func (g *grant) text(names []string) string {
	on := "*.*"
	switch g.level {
	case AtDatabase:
		on = quoteName(g.db) + ".*"
	case AtTable:
		on = quoteName(g.db) + "." + quoteName(g.table)
	}
	who := strings.Join(names, ", ")
	if !g.revoke {
		return "GRANT " + g.what() + " ON " + on + " TO " + who + option(g.bits)
	}
	return "REVOKE " + g.what() + " ON " + on + " FROM " + who
}

// list are a set's names as SHOW GRANTS has them.
func (p Privilege) list(l Level) string {
	all := [...]Privilege{All, OnDatabase, OnTable}[l]
	switch p &^ GrantOption {
	case 0:
		return "USAGE"
	case all:
		return "ALL PRIVILEGES"
	}
	return strings.Join(p.Names(), ", ")
}

func option(p Privilege) string { return choice(p&GrantOption != 0, " WITH GRANT OPTION", "") }

// ShowGrants is what SHOW GRANTS says of an account that uses roles.
func (a *Accounts) ShowGrants(acc *Account, using []Name) []string {
	sum := acc.copied()
	sum.Roles = held(acc, *a.mandatory.Load(), a.Get)
	for _, role := range a.active(acc, Choose(using...)).roles {
		sum.Grants.Global |= role.Grants.Global
		for key, p := range role.Grants.Databases {
			sum.Grants.Databases = set(sum.Grants.Databases, key, sum.Grants.Databases[key]|p)
		}
		for key, p := range role.Grants.Tables {
			sum.Grants.Tables = set(sum.Grants.Tables, key, sum.Grants.Tables[key]|p)
		}
		for key, p := range role.Grants.Columns {
			key = findColumn(sum.Grants.Columns, key)
			sum.Grants.Columns = set(sum.Grants.Columns, key, sum.Grants.Columns[key]|p)
		}
	}
	return sum.Show()
}

// everywhere is what SHOW GRANTS says of *.*: dynamic privileges have a line of their own,
// if these are not all.
func (p Privilege) everywhere(name string) []string {
	to := " ON *.* TO " + name + option(p)
	dynamic := p & Dynamic
	if dynamic == 0 || p|GrantOption == All|GrantOption {
		return []string{"GRANT " + p.list(AtServer) + to}
	}
	return []string{"GRANT " + (p &^ Dynamic).list(AtServer) + to, "GRANT " + strings.Join(dynamic.Names(), ",") + to}
}

// Show is what SHOW GRANTS says, in MySQL's order.
func (a *Account) Show() []string {
	name := a.Name.String()
	out := a.Grants.Global.everywhere(name)
	for _, db := range slices.Sorted(maps.Keys(a.Grants.Databases)) {
		p := a.Grants.Databases[db]
		out = append(out, "GRANT "+p.list(AtDatabase)+" ON "+quoteName(db)+".* TO "+name+option(p))
	}
	for _, key := range a.Grants.TableKeys() {
		p := a.Grants.Tables[key]
		db, table, _ := strings.Cut(key, "\x00")
		out = append(out, "GRANT "+p.withColumns(columnLists(a.Grants, key))+" ON "+quoteName(db)+"."+quoteName(table)+" TO "+name+option(p))
	}
	for _, admin := range []bool{false, true} {
		var list []Name
		for _, r := range a.Roles {
			if r.Admin == admin {
				list = append(list, r.Name)
			}
		}
		slices.SortFunc(list, func(x, y Name) int { return strings.Compare(x.String(), y.String()) })
		if list != nil {
			out = append(out, "GRANT "+nameList(list)+" TO "+name+choice(admin, " WITH ADMIN OPTION", ""))
		}
	}
	return out
}
