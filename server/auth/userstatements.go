package auth

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A userSpec is one account of CREATE or ALTER USER.
type userSpec struct {
	user
	credential
	discard bool // DISCARD OLD PASSWORD
}

// userSpecs reads a list; of CREATE USER, which knows nothing of earlier passwords, or
// of ALTER USER.
func userSpecs(c *lex.Cursor, alter bool) (list []userSpec, err error) {
	for more := true; more; more = c.Accept(",") {
		var s userSpec
		if s.user, err = parseUser(c); err != nil {
			return nil, err
		}
		if s.credential, err = parseCredential(c); err != nil {
			return nil, err
		}
		if err = s.parseBefore(c, alter); err != nil {
			return nil, err
		}
		if alter && !s.given && c.Accept("DISCARD", "OLD", "PASSWORD") {
			s.discard = true
		}
		list = append(list, s)
	}
	return list, nil
}

// A misfits is the accounts that are there, or not, against what a statement
// says. With IF [NOT] EXISTS each is a note; else they are the statement's error.
type misfits struct {
	d     *Draft
	noted bool
	code  uint16 // of the note
	names []Name
}

func (m *misfits) add(n Name) {
	if m.names = append(m.names, n); m.noted {
		m.d.notes = append(m.d.notes, mysqlerr.New(m.code, joined([]Name{n})))
	}
}

func (m *misfits) err(statement string) error {
	if len(m.names) == 0 || m.noted {
		return nil
	}
	why := AlreadyThere
	if m.code == mysqlerr.UserDoesNotExist {
		why = NotThere
	}
	return Cannot(statement, m.names, why)
}

// mayChange: own says that the change is one that everybody may make of the own
// account.
func (d *Draft) mayChange(n Name, own bool) error {
	if !own || n != d.who.Account.Name {
		if err := d.who.Require(CreateUser); err != nil {
			return err
		}
	}
	return d.protect(n)
}

type createUser struct {
	ifNotExists bool
	list        []userSpec
	options     options
}

func parseCreateUser(c *lex.Cursor) (Statement, error) {
	s := &createUser{ifNotExists: c.Accept("IF", "NOT", "EXISTS")}
	var err error
	if s.list, err = userSpecs(c, false); err != nil {
		return nil, err
	}
	s.options, err = parseOptions(c)
	return s, err
}

// Run implements Statement.
func (s *createUser) Run(d *Draft) (string, error) {
	if err := d.who.Require(CreateUser); err != nil {
		return "", err
	}
	taken := misfits{d: d, noted: s.ifNotExists, code: mysqlerr.UserAlreadyExists}
	var made []string
	for _, u := range s.list {
		n := u.of(d)
		if _, ok := d.find(n); ok {
			taken.add(n)
			continue
		}
		a := &Account{Name: n, Plugin: SHA2, Changed: d.now}
		if err := s.options.give(d, a); err != nil {
			return "", err
		}
		if err := u.give(d, a); err != nil {
			return "", err
		}
		s.options.expire(d, a)
		for _, r := range s.options.defaultRoles() { // who is made with roles has them
			if _, ok := d.find(r); !ok {
				return "", unknown(r)
			}
			if err := d.mayGrant(r); err != nil {
				return "", err
			}
			a.Roles, a.DefaultRoles = append(a.Roles, Role{Name: r}), append(a.DefaultRoles, r)
		}
		d.put(a)
		made = append(made, literalName(n)+" "+a.identified())
	}
	if err := taken.err("CREATE USER"); err != nil {
		return "", err
	}
	return "CREATE USER " + choice(s.ifNotExists, "IF NOT EXISTS ", "") + strings.Join(made, ", ") + s.options.text(), nil
}

type alterUser struct {
	ifExists bool
	list     []userSpec
	options  options
}

func parseAlterUser(c *lex.Cursor) (Statement, error) {
	s := &alterUser{ifExists: c.Accept("IF", "EXISTS")}
	own := c.Peek().Is("USER") && c.PeekAt(1).Is("(")
	var err error
	if s.list, err = userSpecs(c, true); err != nil {
		return nil, err
	}
	if own { // nothing but its password
		if u := s.list[0]; len(s.list) > 1 || !u.discard && (u.password == nil || u.plugin != "") {
			return nil, c.Fail()
		}
		return s, nil
	}
	if s.options, err = parseOptions(c); err != nil {
		return nil, err
	}
	return s, nil
}

// Run implements Statement. Who changes nothing but the own password needs no
// privilege; the plugin is more than that, and to change it forgets past passwords.
func (s *alterUser) Run(d *Draft) (string, error) {
	missing := misfits{d: d, noted: s.ifExists, code: mysqlerr.UserDoesNotExist}
	var done []string
	for _, u := range s.list {
		n := u.of(d)
		if err := d.mayChange(n, s.options.empty() && (u.given || u.discard) && u.plugin == ""); err != nil {
			return "", err
		}
		if d.expired && !(u.given && d.self(n)) && !d.own.Renewed {
			return "", mysqlerr.New(mysqlerr.MustChangePassword)
		}
		if u.retain || u.discard { // of one's own, too
			if d.who.Require(CreateUser) != nil {
				return "", mysqlerr.New(mysqlerr.SpecificAccessDenied, "CREATE USER or APPLICATION_PASSWORD_ADMIN")
			}
		}
		a, ok := d.edit(n)
		if !ok {
			missing.add(n)
			continue
		}
		if err := s.options.give(d, a); err != nil {
			return "", err
		}
		if err := u.give(d, a); err != nil {
			return "", err
		}
		s.options.expire(d, a)
		if s.options.roles != nil {
			if err := s.options.roles.give(d, a); err != nil {
				return "", err
			}
		}
		text := literalName(n)
		switch {
		case u.given:
			text += " " + u.text(a)
		case u.discard:
			a.Second = nil
			text += " DISCARD OLD PASSWORD"
		}
		done = append(done, text)
	}
	if err := missing.err("ALTER USER"); err != nil {
		return "", err
	}
	return "ALTER USER " + choice(s.ifExists, "IF EXISTS ", "") + strings.Join(done, ", ") + s.options.text(), nil
}

// A setPassword is SET PASSWORD [FOR user] = 'password'.
type setPassword struct {
	user
	credential
}

func parseSetPassword(c *lex.Cursor) (Statement, error) {
	s := &setPassword{user: user{self: true}, credential: credential{given: true}}
	if c.Accept("FOR") {
		var err error
		if s.user, err = parseUser(c); err != nil {
			return nil, err
		}
	}
	if c.Accept("TO") {
		return nil, unsupported("RANDOM PASSWORD")
	}
	if !c.Accept("=") && !c.Accept(":=") {
		return nil, c.Fail()
	}
	if err := s.parsePassword(c); err != nil {
		return nil, err
	}
	if err := s.parseBefore(c, true); err != nil {
		return nil, err
	}
	if scrambled.MatchString(*s.password) {
		s.plugin, s.verifier, s.password = Native, s.password, nil
	}
	return s, nil
}

// SetPassword is SET PASSWORD FOR an account.
func SetPassword(n Name, password string) Statement {
	return &setPassword{user{Name: n}, credential{given: true, password: &password}}
}

// Run implements Statement.
func (s *setPassword) Run(d *Draft) (string, error) {
	n := s.of(d)
	if d.expired && !d.self(n) {
		return "", mysqlerr.New(mysqlerr.MustChangePassword)
	}
	if err := d.mayChange(n, true); err != nil {
		return "", err
	}
	if s.retain && d.who.Require(CreateUser) != nil {
		return "", mysqlerr.New(mysqlerr.SpecificAccessDenied, "CREATE USER or APPLICATION_PASSWORD_ADMIN")
	}
	a, ok := d.edit(n)
	if !ok {
		return "", mysqlerr.New(mysqlerr.PasswordNoMatch)
	}
	if err := s.give(d, a); err != nil {
		return "", err
	}
	return "ALTER USER " + literalName(n) + " " + s.text(a), nil
}

type dropUser struct {
	ifExists bool
	list     []user
}

func parseDropUser(c *lex.Cursor) (Statement, error) {
	s := &dropUser{ifExists: c.Accept("IF", "EXISTS")}
	var err error
	s.list, err = users(c)
	return s, err
}

// Run implements Statement.
func (s *dropUser) Run(d *Draft) (string, error) {
	if err := d.who.Require(CreateUser); err != nil {
		return "", err
	}
	missing := misfits{d: d, noted: s.ifExists, code: mysqlerr.UserDoesNotExist}
	var list []Name
	for _, u := range s.list {
		list = append(list, u.of(d))
	}
	done, err := d.dropAll(list, &missing)
	if err != nil {
		return "", err
	}
	if err := missing.err("DROP USER"); err != nil {
		return "", err
	}
	return "DROP USER " + choice(s.ifExists, "IF EXISTS ", "") + strings.Join(done, ", "), nil
}

type renameUser struct{ from, to []user }

func parseRenameUser(c *lex.Cursor) (Statement, error) {
	s := &renameUser{}
	for more := true; more; more = c.Accept(",") {
		from, err := parseUser(c)
		if err != nil {
			return nil, err
		}
		if err := c.Expect("TO"); err != nil {
			return nil, err
		}
		to, err := parseUser(c)
		if err != nil {
			return nil, err
		}
		s.from, s.to = append(s.from, from), append(s.to, to)
	}
	return s, nil
}

// Run implements Statement.
func (s *renameUser) Run(d *Draft) (string, error) {
	if err := d.who.Require(CreateUser); err != nil {
		return "", err
	}
	var failed []Name
	var done []string
	for i := range s.from {
		from, to := s.from[i].of(d), s.to[i].of(d)
		if err := d.protect(from); err != nil {
			return "", err
		}
		if len(d.holders(from)) > 0 {
			return "", mysqlerr.New(mysqlerr.RenameRole)
		}
		a, ok := d.find(from)
		if _, taken := d.find(to); !ok || taken {
			failed = append(failed, from)
			continue
		}
		a = a.copied()
		a.Name = to
		d.drop(from)
		d.put(a)
		done = append(done, literalName(from)+" TO "+literalName(to))
	}
	if len(failed) > 0 {
		return "", Cannot("RENAME USER", failed, "")
	}
	return "RENAME USER " + strings.Join(done, ", "), nil
}
