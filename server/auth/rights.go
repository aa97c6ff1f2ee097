package auth

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Rights are those of a session: what its account may do, and from where it
// says so. The zero Rights are none.
type Rights struct {
	Account *Account // published; nil: nothing is allowed
	Host    string   // of the client
	active  *Active  // roles; nil: none
}

// global is what is granted at *.*.
func (r Rights) global() (p Privilege) {
	if r.Account != nil {
		p = r.Account.Grants.Global
	}
	if r.active != nil {
		p |= r.active.global
	}
	return p
}

// each calls f for the account and each active role.
func (r Rights) each(f func(a *Account)) {
	if r.Account != nil {
		f(r.Account)
	}
	if r.active != nil {
		for _, role := range r.active.roles {
			f(role)
		}
	}
}

// Everything are the rights of the server itself.
var Everything = Rights{Account: &Account{
	Name: Name{"root", Localhost}, Plugin: SHA2, Grants: Grants{Global: All | GrantOption},
}, Host: Localhost}

// Has reports whether all of these are granted at *.*.
func (r Rights) Has(p Privilege) bool { return r.Account != nil && r.global()&p == p }

// HasAny reports whether one of these is granted at *.*.
func (r Rights) HasAny(p Privilege) bool { return r.global()&p != 0 }

// OnDatabase is what may be done with everything in a database.
func (r Rights) OnDatabase(db string) Privilege {
	p := r.global()
	r.each(func(a *Account) { p |= a.index.find(db) })
	return p
}

// OnTable is what may be done with a table or a view.
func (r Rights) OnTable(db, table string) Privilege {
	p := r.OnDatabase(db)
	r.each(func(a *Account) {
		if len(a.Grants.Tables) > 0 {
			p |= a.Grants.Tables[tableKey(db, table)]
		}
	})
	return p
}

// SeesTable reports whether anything may be done with a table, or with a column of it:
// others are not listed.
func (r Rights) SeesTable(db, table string) bool {
	return r.OnSome(db, table)&OnTable != 0
}

// SeesDatabase reports whether a database may be used, and is listed.
func (r Rights) SeesDatabase(db string) bool {
	sees := IsMadeUp(db) || r.OnDatabase(db)&(OnDatabase|GrantOption) != 0
	if !sees {
		r.each(func(a *Account) { sees = sees || a.index.inTables[db] })
	}
	return sees
}

// ListsDatabase reports whether SHOW DATABASES has a database.
func (r Rights) ListsDatabase(db string) bool { return r.HasAny(ShowDatabases) || r.SeesDatabase(db) }

// MadeUp are the databases that show each account what it may see, and take no
// privilege to read.
var MadeUp = [...]string{"information_schema", "performance_schema"}

// IsMadeUp reports whether a database is one of MadeUp.
func IsMadeUp(db string) bool {
	return slices.ContainsFunc(MadeUp[:], func(name string) bool { return strings.EqualFold(name, db) })
}

// A Level is what a need is about.
type Level uint8

// The levels.
const (
	AtServer Level = iota
	AtDatabase
	AtTable
)

// A Need is something that a statement asks of its session's rights: all of
// All, one of Any if that is not 0, and, with Seen, any privilege there.
type Need struct {
	Level     Level
	DB, Table string // DB "": the current one
	All, Any  Privilege
	Seen      bool
	// Opens: the table is one that the statement opens, which may be a temporary one.
	Opens bool
	// Columns: privileges on the columns that the statement names will do. With Guessed
	// it may be that it names none.
	Columns, Guessed bool
}

// Needs are those of a statement. The zero Needs are met by nobody but those
// who may do everything: a statement whose needs nobody has thought of is
// refused.
type Needs struct {
	known bool
	list  []Need
	all   Privilege // who has these at *.* has everything that is asked for
	uses  UsesOf
}

// NeedsOf are these needs; none: everybody may.
func NeedsOf(list ...Need) Needs {
	n := Needs{known: true, list: list}
	for _, one := range list {
		n.all |= one.All | one.Any
		if one.Seen {
			n.all |= OnDatabase
		}
	}
	return n
}

// List is what is asked for.
func (n Needs) List() []Need { return n.list }

// Check refuses what the session may not do; db is its current database. For
// an account whose privileges are at *.* it is one comparison.
func (n Needs) Check(r Rights, db string) error {
	switch {
	case !n.known:
		return r.Require(All)
	case r.Has(n.all):
		return nil
	}
	for _, one := range n.list {
		if one.Level != AtServer && one.DB == "" {
			if one.DB = db; db == "" {
				return mysqlerr.New(mysqlerr.NoDB)
			}
		}
		if err := one.check(r); err != nil {
			return err
		}
	}
	return nil
}

// Require refuses a session whose account has not all of these at *.*.
func (r Rights) Require(p Privilege) error {
	return Need{All: p}.check(r)
}

// RequireAny refuses a session whose account has none of these at *.*.
func (r Rights) RequireAny(p Privilege) error {
	return Need{Any: p}.check(r)
}

func (n Need) check(r Rights) error {
	var have Privilege
	seen := true
	switch n.Level {
	case AtServer:
		have = r.global()
	case AtDatabase:
		have, seen = r.OnDatabase(n.DB), r.SeesDatabase(n.DB)
	case AtTable:
		have, seen = r.OnTable(n.DB, n.Table), r.SeesTable(n.DB, n.Table)
	}
	if IsMadeUp(n.DB) && n.Level != AtServer {
		have, seen = Select, true
	}
	if have&n.All == n.All && (n.Any == 0 || have&n.Any != 0) && (!n.Seen || seen) {
		return nil
	}
	return n.denied(r, have)
}

// denied is MySQL's error for what is missing.
func (n Need) denied(r Rights, have Privilege) error {
	missing := n.All &^ have
	if n.Level == AtTable && n.Columns {
		some, _ := r.columns(n.DB, n.Table, "")
		missing &^= some
	}
	if missing == 0 {
		missing = n.Any
	}
	if r.Account == nil {
		r.Account = &Account{}
	}
	a := r.Account
	switch {
	case n.Level == AtServer && missing == All&^have:
		missing = Super // who lacks it cannot have been meant
		fallthrough
	case n.Level == AtServer:
		return mysqlerr.New(mysqlerr.SpecificAccessDenied, strings.Join(missing.Names(), ", "))
	case n.Level == AtDatabase || IsMadeUp(n.DB):
		return mysqlerr.New(mysqlerr.DBAccessDenied, a.User, a.Host, n.DB)
	}
	command := strings.Join(missing.Names(), ", ")
	switch {
	case n.Any == OnTable:
		command = "SHOW" // CREATE TABLE
	case n.All == Select && missing == n.Any:
		command = "SELECT with locking clause"
	case command == "":
		command = "SELECT"
	}
	return mysqlerr.New(mysqlerr.TableAccessDenied, command, a.User, r.Host, n.Table)
}
