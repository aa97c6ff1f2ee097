package auth

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Statement changes accounts.
type Statement interface {
	// Run changes the draft. text is the statement as the binary log is told it:
	// names in full, verifiers in the place of passwords.
	Run(d *Draft) (text string, err error)
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }

// Parse reads CREATE, ALTER, DROP and RENAME USER, CREATE and DROP ROLE, SET DEFAULT
// ROLE, SET PASSWORD, GRANT and REVOKE; the cursor is at the first word. SET PASSWORD ends at a comma, because
// other assignments may follow.
func Parse(c *lex.Cursor) (Statement, error) {
	switch {
	case c.Accept("CREATE", "ROLE"):
		return parseCreateRole(c)
	case c.Accept("DROP", "ROLE"):
		return parseDropRole(c)
	case c.Accept("SET", "DEFAULT", "ROLE"):
		return parseSetDefaultRoles(c)
	case c.Accept("CREATE", "USER"):
		return parseCreateUser(c)
	case c.Accept("ALTER", "USER"):
		return parseAlterUser(c)
	case c.Accept("DROP", "USER"):
		return parseDropUser(c)
	case c.Accept("RENAME", "USER"):
		return parseRenameUser(c)
	case c.Accept("SET", "PASSWORD"), c.Accept("PASSWORD"):
		return parseSetPassword(c)
	case c.Accept("GRANT"):
		return parseGrant(c)
	case c.Accept("REVOKE"):
		return parseRevoke(c)
	}
	return nil, c.Fail()
}

// A user is an account as a statement names it.
type user struct {
	Name
	self bool // CURRENT_USER(), USER()
}

// of is the account's name; the session's own for self.
func (u user) of(d *Draft) Name {
	if u.self && d.who.Account != nil {
		return d.who.Account.Name
	}
	return u.Name
}

// MySQL's limits, in characters.
const (
	userMax = 32
	hostMax = 255
)

// parseUser reads 'user'@'host', user@host, 'user', CURRENT_USER() or USER().
func parseUser(c *lex.Cursor) (user, error) {
	if c.Accept("CURRENT_USER") {
		if c.Accept("(") {
			return user{self: true}, c.Expect(")")
		}
		return user{self: true}, nil
	}
	if c.Accept("USER", "(", ")") {
		return user{self: true}, nil
	}
	name, err := nameOrText(c)
	if err != nil {
		return user{}, err
	}
	u := user{Name: Name{User: name, Host: "%"}}
	if t := c.Peek(); t.Kind == lex.UserVar {
		c.Next()
		if u.Host, _ = t.Value(); t.Text == "@" {
			if u.Host, err = nameOrText(c); err != nil {
				return user{}, err
			}
		}
	}
	u.Host = strings.ToLower(u.Host)
	return u, u.check()
}

// ParseName reads one account's name; self is what CURRENT_USER() means.
func ParseName(text string, self Name) (Name, error) {
	c, err := lex.NewCursor(text)
	if err != nil {
		return Name{}, err
	}
	n, err := ReadName(c, self)
	if err == nil {
		err = c.End()
	}
	return n, err
}

// ReadName reads an account's name where it stands.
func ReadName(c *lex.Cursor, self Name) (Name, error) {
	u, err := parseUser(c)
	if u.self {
		u.Name = self
	}
	return u.Name, err
}

func (u user) check() error {
	switch {
	case len([]rune(u.User)) > userMax:
		return mysqlerr.New(mysqlerr.WrongStringLength, u.User, "user name", userMax)
	case len([]rune(u.Host)) > hostMax:
		return mysqlerr.New(mysqlerr.WrongStringLength, u.Host, "host name", hostMax)
	case u.User == "":
		return unsupported("an anonymous account")
	case strings.ContainsRune(u.User+u.Host, 0) || strings.ToValidUTF8(u.User+u.Host, "") != u.User+u.Host:
		return mysqlerr.New(mysqlerr.CannotUser, "on an account", "a name that is not text")
	}
	return nil
}

// nameOrText is one of an account's two words: a name, or a string.
func nameOrText(c *lex.Cursor) (string, error) {
	if c.Peek().Kind == lex.String {
		return c.Text()
	}
	return c.Name()
}

// users reads a list.
func users(c *lex.Cursor) (list []user, err error) {
	for more := true; more; more = c.Accept(",") {
		u, err := parseUser(c)
		if err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

// literalName is a name as statements in the binary log have it.
func literalName(n Name) string { return quoteText(n.User) + "@" + quoteText(n.Host) }

var textEscapes = strings.NewReplacer("'", `\'`, `\`, `\\`, "\x00", `\0`, "\n", `\n`, "\r", `\r`, "\x1a", `\Z`)

func quoteText(s string) string { return "'" + textEscapes.Replace(s) + "'" }

// joined are names as errors list them.
func joined(list []Name) string {
	var out []string
	for _, n := range list {
		out = append(out, "'"+n.User+"'@'"+n.Host+"'")
	}
	return strings.Join(out, ",")
}

// Why error 1396 refuses an account.
const (
	NotThere     = " (User account does not exist)"
	AlreadyThere = " (User account already exists)"
)

// Cannot is error 1396 of a statement, with why behind each account.
func Cannot(statement string, list []Name, why string) error {
	var out []string
	for _, n := range list {
		out = append(out, joined([]Name{n})+why)
	}
	return mysqlerr.New(mysqlerr.CannotUser, statement, strings.Join(out, ","))
}
