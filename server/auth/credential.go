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
	if err == nil && (c.Peek().Is("AND") || c.Peek().Is("INITIAL")) {
		err = unsupported("several factors of authentication")
	}
	return cr, err
}

func text(c *lex.Cursor) (*string, error) {
	s, err := c.Text()
	s = strings.Clone(s)
	return &s, err
}

// parsePassword reads 'password' [REPLACE 'current'].
func (cr *credential) parsePassword(c *lex.Cursor) (err error) {
	if c.Accept("RANDOM", "PASSWORD") {
		return unsupported("RANDOM PASSWORD")
	}
	if cr.password, err = text(c); err != nil {
		return err
	}
	if c.Accept("REPLACE") {
		cr.current, err = text(c)
	}
	if err == nil && c.Peek().Is("RETAIN") {
		err = unsupported("two passwords of an account")
	}
	return err
}

// scrambled is a password that a client has hashed itself: what mariadb-admin
// puts into SET PASSWORD.
var scrambled = regexp.MustCompile(`^\*[0-9A-F]{40}$`)

// give makes the credential the account's.
func (cr credential) give(d *Draft, a *Account) error {
	if !cr.given {
		return nil
	}
	if cr.current != nil && !a.hasPassword(*cr.current) {
		return mysqlerr.New(mysqlerr.IncorrectCurrentPassword)
	}
	if cr.plugin != "" {
		a.Plugin = cr.plugin
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
	return nil
}

// hasPassword compares one that was given in a statement.
func (a *Account) hasPassword(password string) bool {
	switch {
	case len(a.Verifier) == 0:
		return password == ""
	case a.Plugin == SHA2:
		return sha2Matches(string(a.Verifier), []byte(password))
	}
	return VerifierOf(Native, password, nil) == string(a.Verifier)
}

// identified is the clause that makes the account's credential again.
func (a *Account) identified() string {
	text := "IDENTIFIED WITH " + quoteText(a.Plugin)
	if len(a.Verifier) > 0 {
		text += " AS " + quoteText(string(a.Verifier))
	}
	return text
}
