package auth

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A createRole makes accounts that nobody can log in to.
type createRole struct {
	ifNotExists bool
	list        []Name
}

func parseCreateRole(c *lex.Cursor) (_ Statement, err error) {
	s := &createRole{ifNotExists: c.Accept("IF", "NOT", "EXISTS")}
	s.list, err = RoleNames(c)
	return s, err
}

// Run implements Statement.
func (s *createRole) Run(d *Draft) (string, error) {
	if err := d.who.RequireAny(CreateRole | CreateUser); err != nil {
		return "", err
	}
	taken := misfits{d: d, noted: s.ifNotExists, code: mysqlerr.UserAlreadyExists}
	var made []string
	for _, n := range s.list {
		if _, ok := d.find(n); ok {
			taken.add(n)
			continue
		}
		d.put(&Account{Name: n, Plugin: SHA2, Locked: true, Expired: true})
		made = append(made, literalName(n))
	}
	if err := taken.err("CREATE ROLE"); err != nil {
		return "", err
	}
	return "CREATE ROLE " + choice(s.ifNotExists, "IF NOT EXISTS ", "") + strings.Join(made, ", "), nil
}

type dropRole struct {
	ifExists bool
	list     []Name
}

func parseDropRole(c *lex.Cursor) (_ Statement, err error) {
	s := &dropRole{ifExists: c.Accept("IF", "EXISTS")}
	s.list, err = RoleNames(c)
	return s, err
}

// Run implements Statement.
func (s *dropRole) Run(d *Draft) (string, error) {
	if err := d.who.RequireAny(DropRole | CreateUser); err != nil {
		return "", err
	}
	missing := misfits{d: d, noted: s.ifExists, code: mysqlerr.UserDoesNotExist}
	done, err := d.dropAll(s.list, &missing)
	if err != nil {
		return "", err
	}
	if err := missing.err("DROP ROLE"); err != nil {
		return "", err
	}
	return "DROP ROLE " + choice(s.ifExists, "IF EXISTS ", "") + strings.Join(done, ", "), nil
}

// dropAll drops accounts, and takes them away from those that have them as roles.
func (d *Draft) dropAll(list []Name, missing *misfits) (done []string, err error) {
	for _, n := range list {
		if err := d.protect(n); err != nil {
			return nil, err
		}
		if _, ok := d.find(n); !ok {
			missing.add(n)
			continue
		}
		if slices.Contains(d.mandatory, n) {
			return nil, mysqlerr.New(mysqlerr.MandatoryRole, n.String())
		}
		d.drop(n)
		for _, a := range d.holders(n) {
			a, _ = d.edit(a.Name)
			a.forget(n)
		}
		done = append(done, literalName(n))
	}
	return done, nil
}

// holders are the accounts that have a role.
func (d *Draft) holders(role Name) (list []*Account) {
	names := d.names()
	for _, a := range d.base {
		if _, changed := d.changed[a.Name]; !changed {
			names = append(names, a.Name)
		}
	}
	for _, n := range names {
		if a, ok := d.find(n); ok && a.role(role) >= 0 {
			list = append(list, a)
		}
	}
	return list
}

// A grantRoles is GRANT or REVOKE of roles.
type grantRoles struct {
	lenience
	revoke bool
	roles  []Name
	to     []user
	admin  bool
}

// ofRoles reports whether GRANT or REVOKE is about roles: no ON is ahead of TO or FROM.
func ofRoles(c *lex.Cursor) bool {
	if c.Peek().Is("ALL") {
		return false
	}
	for i := 0; ; i++ {
		switch t := c.PeekAt(i); {
		case t.Is("ON"), t.Kind == lex.EOF:
			return false
		case t.Is("TO"), t.Is("FROM"):
			return i > 0
		}
	}
}

func parseGrantRoles(c *lex.Cursor, revoke bool) (_ *grantRoles, err error) {
	s := &grantRoles{revoke: revoke}
	if s.roles, err = RoleNames(c); err != nil {
		return nil, err
	}
	if err := c.Expect(choice(revoke, "FROM", "TO")); err != nil {
		return nil, err
	}
	if s.to, err = users(c); err != nil {
		return nil, err
	}
	if !revoke && c.Accept("WITH") {
		s.admin = true
		return s, c.Expect("ADMIN", "OPTION")
	}
	return s, nil
}

// Run implements Statement.
func (s *grantRoles) Run(d *Draft) (string, error) {
	var roles []string
	for _, r := range s.roles {
		if err := d.mayGrant(r); err != nil {
			return "", err
		}
		if _, ok := d.find(r); !ok {
			if s.excuses(d, unknown(r)) {
				continue
			}
			return "", unknown(r)
		}
		if s.revoke && slices.Contains(d.mandatory, r) {
			return "", mysqlerr.New(mysqlerr.MandatoryRole, r.String())
		}
		roles = append(roles, literalName(r))
	}
	if roles == nil {
		return "", nil
	}
	var names []string
	for _, u := range s.to {
		n := u.of(d)
		if s.skips(d, n) {
			continue
		}
		a, ok := d.edit(n)
		if !ok {
			return "", unknown(n)
		}
		if err := s.apply(d, a); err != nil {
			return "", err
		}
		names = append(names, literalName(n))
	}
	what, who := strings.Join(roles, ", "), strings.Join(names, ", ")
	if s.revoke {
		return "REVOKE " + what + " FROM " + who, nil
	}
	return "GRANT " + what + " TO " + who + choice(s.admin, " WITH ADMIN OPTION", ""), nil
}

func (d *Draft) mayGrant(role Name) error {
	if d.who.administers(role) {
		return nil
	}
	return mysqlerr.New(mysqlerr.SpecificAccessDenied, "WITH ADMIN, ROLE_ADMIN, SUPER")
}

func unknown(n Name) error { return mysqlerr.New(mysqlerr.UnknownAuthID, n.String()) }

func (s *grantRoles) apply(d *Draft, a *Account) error {
	for _, r := range s.roles {
		if s.revoke {
			a.forget(r)
			continue
		}
		role, _ := d.find(r)
		if r == a.Name || slices.ContainsFunc(reach(role, d.find, nil), func(b *Account) bool { return b.Name == a.Name }) {
			return mysqlerr.New(mysqlerr.RoleLoop, a.Name.String(), r.String())
		}
		if at := a.role(r); at >= 0 {
			a.Roles[at].Admin = a.Roles[at].Admin || s.admin
			continue
		}
		a.Roles = append(a.Roles, Role{r, s.admin})
	}
	return nil
}

// A setDefaultRoles is SET DEFAULT ROLE, and that clause of ALTER and CREATE USER.
type setDefaultRoles struct {
	all  bool
	list []Name
	to   []user
}

func parseDefaultRoles(c *lex.Cursor) (s *setDefaultRoles, err error) {
	s = &setDefaultRoles{}
	switch {
	case c.Accept("NONE"):
	case c.Accept("ALL"):
		s.all = true
	default:
		s.list, err = RoleNames(c)
	}
	return s, err
}

func parseSetDefaultRoles(c *lex.Cursor) (Statement, error) {
	s, err := parseDefaultRoles(c)
	if err != nil {
		return nil, err
	}
	if err := c.Expect("TO"); err != nil {
		return nil, err
	}
	s.to, err = users(c)
	return s, err
}

// Run implements Statement.
func (s *setDefaultRoles) Run(d *Draft) (string, error) {
	var names []string
	for _, u := range s.to {
		n := u.of(d)
		if err := d.mayChange(n, true); err != nil {
			return "", err
		}
		a, ok := d.edit(n)
		switch {
		case !ok && s.all:
			return "", unknown(n)
		case !ok:
			return "", granted(nil, append(s.list, n)[:1], n)
		}
		if err := s.give(d, a); err != nil {
			return "", err
		}
		names = append(names, literalName(n))
	}
	return "SET DEFAULT ROLE " + s.what() + " TO " + strings.Join(names, ", "), nil
}

func (s *setDefaultRoles) give(d *Draft, a *Account) error {
	have := held(a, d.mandatory, d.find)
	if err := granted(have, s.list, a.Name); err != nil {
		return err
	}
	a.DefaultRoles = slices.Clone(s.list)
	if s.all {
		for _, r := range have {
			a.DefaultRoles = append(a.DefaultRoles, r.Name)
		}
	}
	return nil
}

// what is the roles as the statement has them.
func (s *setDefaultRoles) what() string {
	var out []string
	for _, r := range s.list {
		out = append(out, literalName(r))
	}
	switch {
	case s.all:
		return "ALL"
	case out == nil:
		return "NONE"
	}
	return strings.Join(out, ", ")
}
