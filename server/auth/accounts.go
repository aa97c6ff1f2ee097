package auth

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"github.com/xadb/xadb/server/catalog"
)

// Accounts are all accounts, as committed (A3). It is safe for use by many
// sessions at once.
type Accounts struct {
	rand      io.Reader
	list      atomic.Pointer[[]*Account] // the most specific host first
	mandatory atomic.Pointer[[]Name]     // roles that everybody has
	changes   chan struct{}              // held by the one that changes accounts
	limited   atomic.Bool                // the statements of an account are
	cache     cache
}

// New returns Accounts without any; Load reads them. Salts are read from rand.
func New(rand io.Reader) *Accounts {
	a := &Accounts{rand: rand, changes: make(chan struct{}, 1)}
	a.list.Store(new([]*Account))
	a.mandatory.Store(new([]Name))
	return a
}

var firstKey = []byte("i")

func accountKey(n Name) []byte { return []byte("u" + n.User + "\x00" + n.Host) }

// Init makes root@localhost, without a password, in a store that never had an
// account. made says whether it did.
func (a *Accounts) Init(ctx context.Context, s catalog.Store) (made bool, err error) {
	_, known, err := s.GetForUpdate(ctx, catalog.Accounts, firstKey, catalog.Exclusive)
	if err != nil || known {
		return false, err
	}
	root := &Account{Name: Name{"root", Localhost}, Plugin: SHA2, Grants: Grants{Global: All | GrantOption}}
	if err := put(ctx, s, root); err != nil {
		return false, err
	}
	return true, s.Put(ctx, catalog.Accounts, firstKey, []byte{accountFormat})
}

func put(ctx context.Context, s catalog.Store, a *Account) error {
	b, err := a.encode()
	if err != nil {
		return err
	}
	return s.Put(ctx, catalog.Accounts, accountKey(a.Name), b)
}

// Load publishes what is committed. Its caller has Begin's leave, or is alone.
func (a *Accounts) Load(s catalog.Store) (err error) {
	it := s.ScanLatest(catalog.Accounts, []byte("u"), []byte("v"))
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	list := []*Account{}
	for it.Next() {
		acc, err := decodeAccount(it.Value())
		if err != nil {
			return err
		}
		if !bytes.Equal(accountKey(acc.Name), it.Key()) {
			return fmt.Errorf("%w: %s is stored under another name", ErrCorrupt, acc.Name)
		}
		list = append(list, acc)
	}
	if err := it.Err(); err != nil {
		return err
	}
	a.Publish(list)
	return nil
}

// Publish makes these the accounts that there are. They are not the caller's
// any more.
func (a *Accounts) Publish(list []*Account) {
	limited := false
	for _, acc := range list {
		if acc.index.names == nil { // of those that were published before others read it
			acc.index = newIndex(acc.Grants)
		}
		limited = limited || acc.Policy.limited()
		if acc.usage == nil {
			acc.usage = new(usage)
		}
	}
	a.limited.Store(limited)
	slices.SortStableFunc(list, func(x, y *Account) int { return cmp.Compare(wildcard(y.Host), wildcard(x.Host)) })
	a.list.Store(&list)
	a.cache.clear()
}

// Begin waits until nobody else changes accounts; end must be called after
// Load.
func (a *Accounts) Begin(ctx context.Context) (end func(), err error) {
	select {
	case a.changes <- struct{}{}:
		return func() { <-a.changes }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// List is all accounts.
func (a *Accounts) List() []*Account { return slices.Clone(*a.list.Load()) }

// Get finds an account by its name.
func (a *Accounts) Get(n Name) (*Account, bool) {
	for _, acc := range *a.list.Load() {
		if acc.Name == n {
			return acc, true
		}
	}
	return nil, false
}

// A Known is an account as a session has last looked it up. The zero value has
// not looked.
type Known struct {
	list    *[]*Account
	account *Account
	choice  Choice
	active  Active
}

// SetRoles makes roles active.
func (k *Known) SetRoles(c Choice) { k.choice, k.list = c, nil }

// Rights are those of an account as of now; k spares looking it up while no
// account changes. Of one that is gone they are none.
func (a *Accounts) Rights(n Name, host string, k *Known) Rights {
	if list := a.list.Load(); k.list != list {
		k.list = list
		if acc, ok := a.Get(n); ok {
			k.account = acc
		} else {
			k.account = &Account{Name: n}
		}
		k.active = a.active(k.account, k.choice)
	}
	return Rights{Account: k.account, Host: host, active: &k.active}
}

// ByDefault are the rights that an account has with its default roles.
func (a *Accounts) ByDefault(n Name) (Rights, bool) {
	acc, ok := a.Get(n)
	if !ok {
		return Rights{Host: n.Host}, false
	}
	act := a.active(acc, Choose(acc.DefaultRoles...))
	return Rights{Account: acc, Host: n.Host, active: &act}, true
}

// Powerful reports whether an account has SUPER, or may have it by a role.
func (a *Accounts) Powerful(acc *Account) bool { return powerful(acc, *a.mandatory.Load(), a.Get) }

func powerful(acc *Account, mandatory []Name, find finder) bool {
	p := acc.Grants.Global
	for _, r := range held(acc, mandatory, find) {
		if role, ok := find(r.Name); ok {
			for _, other := range reach(role, find, []*Account{role}) {
				p |= other.Grants.Global
			}
		}
	}
	return p&Super != 0
}

// match finds the account that a user from a host logs in to.
func (a *Accounts) match(user, host string) (*Account, bool) {
	for _, acc := range *a.list.Load() {
		if acc.User == user && matchesHost(acc.Host, host) {
			return acc, true
		}
	}
	return nil, false
}

// Unprotected names an account that can be used without a password.
func (a *Accounts) Unprotected() (Name, bool) {
	for _, acc := range *a.list.Load() {
		if len(acc.Verifier) == 0 && !acc.Locked {
			return acc.Name, true
		}
	}
	return Name{}, false
}
