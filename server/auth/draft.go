package auth

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Draft is what one statement makes of the accounts. Nothing of it is stored
// or published before its caller says so, so that a statement that fails at its
// last account has changed none.
type Draft struct {
	who  Rights
	db   string // the session's current database
	rand io.Reader
	now  time.Time
	// defaults count where an account has no policy.
	defaults Defaults
	expired  bool // the session must change its password first
	// exists reports whether there is a table, or a view.
	exists func(db, table string) (bool, error)
	// columnsOf are a table's or a view's columns.
	columnsOf func(db, table string) ([]string, error)

	base      []*Account
	mandatory []Name
	changed   map[Name]*Account // nil: dropped
	settled   []func()          // what is done once the changes are published
	own       Own
	notes     []*mysqlerr.Error
	warnings  []*mysqlerr.Error
}

// A Session is who runs a statement.
type Session struct {
	Rights Rights
	DB     string // current database
	// Now is the time, Defaults what the variables say, and Expired that nothing but a
	// new password is taken.
	Now      time.Time
	Defaults Defaults
	Expired  bool
	Exists   func(db, table string) (bool, error)
	// Columns are those of a table, or a view.
	Columns func(db, table string) ([]string, error)
}

// Draft begins a statement's changes. Its caller has Begin's leave.
func (a *Accounts) Draft(s Session) *Draft {
	return &Draft{
		who: s.Rights, db: s.DB, exists: s.Exists, columnsOf: s.Columns, rand: a.rand, now: s.Now, defaults: s.Defaults, expired: s.Expired,
		base: *a.list.Load(), mandatory: *a.mandatory.Load(), changed: map[Name]*Account{},
	}
}

// An Own is what a statement makes of the password of the session's own account.
type Own struct{ Renewed, Expired bool }

// Own says it.
func (d *Draft) Own() Own { return d.own }

// self reports whether an account is the session's own.
func (d *Draft) self(n Name) bool { return d.who.Account != nil && d.who.Account.Name == n }

// Changed reports whether there is something to store.
func (d *Draft) Changed() bool { return len(d.changed) > 0 }

// Notes are what the client is told besides.
func (d *Draft) Notes() []*mysqlerr.Error { return d.notes }

// Warnings are what a lenient statement could not do.
func (d *Draft) Warnings() []*mysqlerr.Error { return d.warnings }

// find is an account as it is by now.
func (d *Draft) find(n Name) (*Account, bool) {
	if acc, ok := d.changed[n]; ok {
		return acc, acc != nil
	}
	i := slices.IndexFunc(d.base, func(a *Account) bool { return a.Name == n })
	if i < 0 {
		return nil, false
	}
	return d.base[i], true
}

// edit is find for changes.
func (d *Draft) edit(n Name) (*Account, bool) {
	acc, ok := d.find(n)
	if !ok {
		return nil, false
	}
	acc = acc.copied()
	d.changed[n] = acc
	return acc, true
}

func (d *Draft) put(a *Account) { d.changed[a.Name] = a }

func (d *Draft) drop(n Name) { d.changed[n] = nil }

// protect refuses to let an account with SUPER be changed by one without:
// who may create users must not become root by giving it a password.
func (d *Draft) protect(n Name) error {
	if acc, ok := d.find(n); ok && acc.Name != d.who.Account.Name && powerful(acc, d.mandatory, d.find) {
		return d.who.Require(Super)
	}
	return nil
}

// Store writes the changes into the transaction.
func (d *Draft) Store(ctx context.Context, s catalog.Store) error {
	for _, n := range d.names() {
		if acc := d.changed[n]; acc != nil {
			if err := put(ctx, s, acc); err != nil {
				return err
			}
			continue
		}
		if err := s.Delete(ctx, catalog.Accounts, accountKey(n)); err != nil {
			return err
		}
	}
	return nil
}

// names are those of changed accounts, in the order of their keys: all
// transactions lock them in that order.
func (d *Draft) names() []Name {
	var list []Name
	for n := range d.changed {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b Name) int { return slices.Compare(accountKey(a), accountKey(b)) })
	return list
}

// PublishDraft makes the stored changes those that logins and sessions see (A3).
func (a *Accounts) PublishDraft(d *Draft) {
	var list []*Account
	for _, acc := range d.base {
		if _, ok := d.changed[acc.Name]; !ok {
			list = append(list, acc)
		}
	}
	for _, n := range d.names() {
		if acc := d.changed[n]; acc != nil {
			acc.index = dbIndex{} // that of before, if it is a copy
			list = append(list, acc)
		}
	}
	a.Publish(list)
	for _, f := range d.settled {
		f()
	}
}

// salt is SaltSize random bytes.
func (d *Draft) salt() ([]byte, error) {
	b := make([]byte, SaltSize)
	if _, err := io.ReadFull(d.rand, b); err != nil {
		return nil, fmt.Errorf("auth: salt: %w", err)
	}
	return b, nil
}
