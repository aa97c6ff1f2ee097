package auth

import (
	"regexp"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A credential is IDENTIFIED … of one account.
type credential struct {
	given    bool
	plugin   string  // "": the account's, or SHA2
	password *string // BY
	verifier *string // AS
	current  *string // REPLACE
	retain   bool    // the password of before stays good
}

// parseCredential reads [IDENTIFIED [WITH plugin] [BY 'password' | AS 'verifier']].
func parseCredential(c *lex.Cursor) (cr credential, err error) {
	if !c.Accept("IDENTIFIED") {
		return cr, nil
	}
	cr.given = true
	if c.Accept("WITH") {
		if cr.plugin, err = nameOrText(c); err != nil {
			return cr, err
		}
		cr.plugin = strings.ToLower(cr.plugin)
		if cr.plugin != SHA2 && cr.plugin != Native {
			return cr, mysqlerr.New(mysqlerr.PluginIsNotLoaded, cr.plugin)
		}
	}
	switch {
	case c.Accept("BY"):
		err = cr.parsePassword(c)
	case cr.plugin != "" && c.Accept("AS"):
		cr.verifier, err = text(c)
	case cr.plugin == "":
		err = c.Fail()
	}
	return cr, err
}

func text(c *lex.Cursor) (*string, error) {
	s, err := c.Text()
	s = strings.Clone(s)
	return &s, err
}

// parsePassword reads 'password'.
func (cr *credential) parsePassword(c *lex.Cursor) (err error) {
	if c.Accept("RANDOM", "PASSWORD") {
		return unsupported("RANDOM PASSWORD")
	}
	cr.password, err = text(c)
	return err
}

// parseBefore reads [REPLACE 'current'] [RETAIN CURRENT PASSWORD], of a statement that
// alters an account.
func (cr *credential) parseBefore(c *lex.Cursor, alter bool) (err error) {
	if alter && cr.password != nil && c.Accept("REPLACE") {
		if cr.current, err = text(c); err != nil {
			return err
		}
	}
	if alter && (cr.password != nil || cr.verifier != nil) {
		cr.retain = c.Accept("RETAIN", "CURRENT", "PASSWORD")
	}
	if cr.given && (c.Peek().Is("AND") || c.Peek().Is("INITIAL")) {
		return unsupported("several factors of authentication")
	}
	return nil
}

// scrambled is a password that a client has hashed itself: what mariadb-admin
// puts into SET PASSWORD.
var scrambled = regexp.MustCompile(`^\*[0-9A-F]{40}$`)

// give makes the credential the account's.
func (cr credential) give(d *Draft, a *Account) error {
	if !cr.given {
		return nil
	}
	if err := cr.mayReplace(d, a); err != nil {
		return err
	}
	before := a.Verifier
	if cr.plugin != "" && cr.plugin != a.Plugin {
		if cr.retain {
			return mysqlerr.New(mysqlerr.RetainOtherPlugin, a.User, a.Host)
		}
		a.Plugin, a.Second, a.Past = cr.plugin, nil, nil
	}
	switch {
	case cr.verifier != nil:
		if !validVerifier(a.Plugin, *cr.verifier) {
			return mysqlerr.New(mysqlerr.PasswordFormat)
		}
		a.Verifier = []byte(*cr.verifier)
	case cr.password != nil:
		if len(*cr.password) > passwordMax {
			return mysqlerr.New(mysqlerr.NotValidPassword)
		}
		salt, err := d.salt()
		if err != nil {
			return err
		}
		a.Verifier = []byte(VerifierOf(a.Plugin, *cr.password, salt))
	default:
		a.Verifier = nil
	}
	a.Expired, a.Changed = false, d.now
	if d.self(a.Name) {
		d.own = Own{Renewed: true}
	}
	if err := cr.keep(a, before); err != nil {
		return err
	}
	return d.remember(a, cr.password)
}

// mayReplace asks for the password of before where it has to be told, and refuses it
// where somebody else tells it.
func (cr credential) mayReplace(d *Draft, a *Account) error {
	self := d.self(a.Name)
	switch {
	case cr.current != nil && !self:
		return mysqlerr.New(mysqlerr.CurrentOfOthers)
	case cr.current != nil && !a.hasPassword(*cr.current):
		return mysqlerr.New(mysqlerr.IncorrectCurrentPassword)
	case cr.current == nil && self && orDefault(a.Policy.RequireCurrent, d.defaults.RequireCurrent) && d.who.Require(CreateUser) != nil:
		return mysqlerr.New(mysqlerr.MissingCurrentPassword)
	}
	return nil
}

// keep makes the verifier of before the account's second one, if that is said. An
// account without a password has no second one either.
func (cr credential) keep(a *Account, before []byte) error {
	switch {
	case cr.retain && cr.password != nil && *cr.password == "":
		return mysqlerr.New(mysqlerr.RetainForEmpty, a.User, a.Host)
	case cr.retain && len(before) == 0:
		return mysqlerr.New(mysqlerr.RetainEmpty, a.User, a.Host)
	case len(a.Verifier) == 0:
		a.Second = nil
	case cr.retain:
		a.Second = before
	}
	return nil
}

// text is the clause that makes it again on another server: with the verifier.
func (cr credential) text(a *Account) string {
	return a.identified() + choice(cr.retain, " RETAIN CURRENT PASSWORD", "")
}

// hasPassword compares one that was given in a statement.
func (a *Account) hasPassword(password string) bool {
	return verifies(a.Plugin, string(a.Verifier), password)
}

func verifies(plugin, verifier, password string) bool {
	switch {
	case verifier == "":
		return password == ""
	case plugin == SHA2:
		return sha2Matches(verifier, []byte(password))
	}
	return VerifierOf(Native, password, nil) == verifier
}

// identified is the clause that makes the account's credential again.
func (a *Account) identified() string {
	text := "IDENTIFIED WITH " + quoteText(a.Plugin)
	if len(a.Verifier) > 0 {
		text += " AS " + quoteText(string(a.Verifier))
	}
	return text
}
