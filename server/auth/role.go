package auth

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Role is an account that was granted to another: what the one may do the other
// may, once it has made the role active (MySQL manual, Using Roles).
type Role struct {
	Name
	Admin bool `json:"admin,omitempty"` // the other may grant it
}

// A Choice is which roles a session has made active. The zero value is none.
type Choice struct {
	set   byte   // '*': all but names; '=': names
	names []Name // not changed once it is made
}

// ChooseAll is SET ROLE ALL EXCEPT these, Choose is SET ROLE these.
func ChooseAll(except ...Name) Choice { return Choice{'*', except} }

// Choose is SET ROLE of these.
func Choose(list ...Name) Choice { return Choice{'=', list} }

func (c Choice) has(n Name) bool {
	return c.set == '=' && slices.Contains(c.names, n) || c.set == '*' && !slices.Contains(c.names, n)
}

// A finder finds accounts by their names.
type finder func(Name) (*Account, bool)

// held are the roles that an account may make active: granted, or mandatory.
func held(a *Account, mandatory []Name, find finder) (list []Role) {
	list = slices.Clone(a.Roles)
	for _, n := range mandatory {
		if _, ok := find(n); ok && n != a.Name && a.role(n) < 0 {
			list = append(list, Role{Name: n})
		}
	}
	return list
}

// reach adds an account's roles, and theirs, to a list.
func reach(a *Account, find finder, list []*Account) []*Account {
	for _, r := range a.Roles {
		if role, ok := find(r.Name); ok && !slices.Contains(list, role) {
			list = reach(role, find, append(list, role))
		}
	}
	return list
}

// role is the place of a role among those granted to the account, or -1.
func (a *Account) role(n Name) int {
	return slices.IndexFunc(a.Roles, func(r Role) bool { return r.Name == n })
}

// forget takes a role away from the account.
func (a *Account) forget(n Name) {
	a.Roles = slices.DeleteFunc(a.Roles, func(r Role) bool { return r.Name == n })
	a.DefaultRoles = slices.DeleteFunc(a.DefaultRoles, func(d Name) bool { return d == n })
}

// Active are the roles that a session uses, as of now.
type Active struct {
	list   []Name     // chosen
	roles  []*Account // they, and those that they have
	global Privilege
	held   []Role
}

func (a *Accounts) active(acc *Account, c Choice) Active {
	act := Active{held: held(acc, *a.mandatory.Load(), a.Get)}
	for _, r := range act.held {
		role, ok := a.Get(r.Name)
		if !ok || !c.has(r.Name) {
			continue
		}
		act.list = append(act.list, r.Name)
		if !slices.Contains(act.roles, role) {
			act.roles = reach(role, a.Get, append(act.roles, role))
		}
	}
	for _, role := range act.roles {
		act.global |= role.Grants.Global
	}
	slices.SortFunc(act.list, func(x, y Name) int { return strings.Compare(x.String(), y.String()) })
	return act
}

// CurrentRole is what CURRENT_ROLE() says.
func (r Rights) CurrentRole() string {
	if r.active == nil || len(r.active.list) == 0 {
		return "NONE"
	}
	return nameList(r.active.list)
}

func nameList(list []Name) string {
	var out []string
	for _, n := range list {
		out = append(out, n.String())
	}
	return strings.Join(out, ",")
}

// ActiveRoles are those that the session has made active.
func (r Rights) ActiveRoles() []Name {
	if r.active == nil {
		return nil
	}
	return r.active.list
}

// EnabledRoles are the session's active roles and those that they have.
func (r Rights) EnabledRoles() (list []Name) {
	if r.active == nil {
		return nil
	}
	for _, role := range r.active.roles {
		list = append(list, role.Name)
	}
	return list
}

// administers reports whether a session may grant a role.
func (r Rights) administers(n Name) bool {
	if r.HasAny(RoleAdmin | Super) {
		return true
	}
	may := false
	r.each(func(a *Account) {
		at := a.role(n)
		may = may || at >= 0 && a.Roles[at].Admin
	})
	return may
}

// SetMandatory makes roles everybody's: the value of mandatory_roles.
func (a *Accounts) SetMandatory(text string) error {
	list := []Name{}
	if strings.TrimSpace(text) != "" {
		c, err := lex.NewCursor(text)
		if err == nil {
			list, err = RoleNames(c)
		}
		if err == nil {
			err = c.End()
		}
		if err != nil {
			return mysqlerr.New(mysqlerr.WrongValueForVar, "mandatory_roles", text)
		}
	}
	a.mandatory.Store(&list)
	again := a.List()
	a.list.Store(&again) // whoever has looked up does so again
	return nil
}

// Choose checks that an account may make roles active.
func (a *Accounts) Choose(n Name, list []Name) error {
	acc, ok := a.Get(n)
	if !ok {
		acc = &Account{Name: n}
	}
	return granted(held(acc, *a.mandatory.Load(), a.Get), list, n)
}

// granted refuses roles that an account does not have.
func granted(held []Role, list []Name, to Name) error {
	for _, want := range list {
		if !slices.ContainsFunc(held, func(r Role) bool { return r.Name == want }) {
			return mysqlerr.New(mysqlerr.RoleNotGranted, want.String(), to.String())
		}
	}
	return nil
}

// ReadChoice reads what follows SET ROLE; byDefault says that it is DEFAULT.
func ReadChoice(c *lex.Cursor) (choice Choice, byDefault bool, err error) {
	switch {
	case c.Accept("DEFAULT"):
		return Choice{}, true, nil
	case c.Accept("NONE"):
		return Choice{}, false, nil
	case c.Accept("ALL"):
		var except []Name
		if c.Accept("EXCEPT") {
			except, err = RoleNames(c)
		}
		return ChooseAll(except...), false, err
	}
	list, err := RoleNames(c)
	return Choose(list...), false, err
}

// Named are the roles that a choice names, and that must be granted.
func (c Choice) Named() []Name {
	if c.set != '=' {
		return nil
	}
	return c.names
}

// RoleNames reads a list of roles.
func RoleNames(c *lex.Cursor) (list []Name, err error) {
	read, err := users(c)
	for _, u := range read {
		if u.self {
			return nil, c.Fail()
		}
		list = append(list, u.Name)
	}
	return list, err
}
