package auth

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A statement that lacks a privilege on a table may have it on the columns that it
// names. Then, and only then, it is read again for their names.

// A Use is a column that a statement uses, or with Every all of a table's columns that
// an asterisk means.
type Use struct {
	DB, Table, Column string
	Every             bool
	All               Privilege
}

// Tables are those that a statement's names mean.
type Tables interface {
	// Columns are a table's or a view's, in order; plain are those that an asterisk
	// means. None are known of a table that is not there.
	Columns(db, table string) (all, plain []string, err error)
	// Temporary reports whether the session has a temporary table of this name: it is
	// free to do anything with it.
	Temporary(db, table string) bool
}

// UsesOf finds the columns that a statement uses; db is the current database.
type UsesOf func(db string, t Tables) ([]Use, error)

// WithUses are needs some of which may be met by privileges on columns (Need.Columns).
func (n Needs) WithUses(f UsesOf) Needs {
	if n.known {
		n.uses = f
	}
	return n
}

// CheckIn is Check of a statement on these tables, where privileges on their columns
// count, too.
func (n Needs) CheckIn(r Rights, db string, t Tables) error {
	err := n.Check(r, db)
	if err == nil || !n.known || r.Account == nil {
		return err
	}
	byColumns := false
	for _, one := range n.list {
		if one.Level != AtServer && one.DB == "" {
			if one.DB = db; db == "" {
				return mysqlerr.New(mysqlerr.NoDB)
			}
		}
		if one.Opens && t.Temporary(one.DB, one.Table) {
			continue
		}
		err := one.check(r)
		switch {
		case err == nil:
		case n.uses != nil && one.columnsDo(r):
			byColumns = true
		default:
			return err
		}
	}
	if !byColumns {
		return nil
	}
	uses, err := n.uses(db, t)
	if err != nil {
		return err
	}
	for _, u := range uses {
		if t.Temporary(u.DB, u.Table) {
			continue
		}
		if err := u.Check(r, t); err != nil {
			return err
		}
	}
	return nil
}

// columnsDo reports whether privileges on columns may meet the need.
func (n Need) columnsDo(r Rights) bool {
	if n.Level != AtTable || !n.Columns {
		return false
	}
	have := r.OnSome(n.DB, n.Table)
	return n.Guessed || have&n.All == n.All && (n.Any == 0 || have&n.Any != 0)
}

// Check refuses what the rights have not.
func (u Use) Check(r Rights, t Tables) error {
	if IsMadeUp(u.DB) || r.OnTable(u.DB, u.Table)&u.All == u.All {
		return nil
	}
	if !u.Every {
		if missing := u.All &^ r.OnColumn(u.DB, u.Table, u.Column); missing != 0 {
			return columnDenied(r, missing, u.Table, u.Column)
		}
		return nil
	}
	_, names, err := t.Columns(u.DB, u.Table)
	if err != nil {
		return err
	}
	known := len(names) == 0
	for _, name := range names {
		_, one := r.columns(u.DB, u.Table, name)
		known = known || one != 0
		if (r.OnTable(u.DB, u.Table)|one)&u.All == u.All {
			continue
		}
		if !known { // no column that the client may know of has come before
			return columnDenied(r, u.All, u.Table, name)
		}
		return tableDenied(r, u.All, u.Table)
	}
	if len(names) == 0 {
		return tableDenied(r, u.All, u.Table)
	}
	return nil
}

func tableDenied(r Rights, missing Privilege, table string) error {
	return mysqlerr.New(mysqlerr.TableAccessDenied, strings.Join(missing.Names(), ", "), r.Account.User, r.Host, table)
}
