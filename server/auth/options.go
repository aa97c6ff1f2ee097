package auth

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// options are what CREATE and ALTER USER say of all the accounts they name.
type options struct {
	tls            *bool
	maxConnections *int
	locked         *bool
	attribute      *string // of COMMENT or ATTRIBUTE
	roles          *setDefaultRoles
}

// defaultRoles are those that are named.
func (o options) defaultRoles() []Name {
	if o.roles == nil {
		return nil
	}
	return o.roles.list
}

// parseOptions reads REQUIRE, WITH, PASSWORD … and ACCOUNT, in MySQL's order. Of
// what is not built, the words that mean "as if nothing were said" pass: SHOW
// CREATE USER writes them.
func parseOptions(c *lex.Cursor) (o options, err error) {
	if c.Accept("DEFAULT", "ROLE") {
		if o.roles, err = parseDefaultRoles(c); err != nil {
			return o, err
		}
	}
	if c.Accept("REQUIRE") {
		if err := o.parseRequire(c); err != nil {
			return o, err
		}
	}
	if c.Accept("WITH") {
		if err := o.parseLimits(c); err != nil {
			return o, err
		}
	}
	for !c.AtEnd() {
		switch {
		case c.Accept("ACCOUNT", "LOCK"):
			o.locked = new(bool)
			*o.locked = true
		case c.Accept("ACCOUNT", "UNLOCK"):
			o.locked = new(bool)
		case c.Accept("PASSWORD", "EXPIRE", "ACCOUNT", "LOCK"): // a role
			o.locked = new(bool)
			*o.locked = true
		case c.Accept("PASSWORD", "EXPIRE", "DEFAULT"), c.Accept("PASSWORD", "EXPIRE", "NEVER"),
			c.Accept("PASSWORD", "HISTORY", "DEFAULT"), c.Accept("PASSWORD", "REUSE", "INTERVAL", "DEFAULT"),
			c.Accept("PASSWORD", "REQUIRE", "CURRENT", "DEFAULT"), c.Accept("PASSWORD", "REQUIRE", "CURRENT", "OPTIONAL"):
		case c.Peek().Is("COMMENT"), c.Peek().Is("ATTRIBUTE"):
			return o, o.parseAttribute(c)
		case c.Peek().Is("PASSWORD"), c.Peek().Is("PASSWORD_LOCK_TIME"), c.Peek().Is("FAILED_LOGIN_ATTEMPTS"):
			return o, unsupported(optionName(c))
		default:
			return o, c.Fail()
		}
	}
	return o, nil
}

func optionName(c *lex.Cursor) string {
	name := c.Peek().Text
	if next := c.PeekAt(1); next.Kind == lex.Word {
		name += " " + next.Text
	}
	return strings.ToUpper(name)
}

func (o *options) parseRequire(c *lex.Cursor) error {
	o.tls = new(bool)
	switch {
	case c.Accept("NONE"):
	case c.Accept("SSL"):
		*o.tls = true
	case c.Peek().Is("X509"), c.Peek().Is("ISSUER"), c.Peek().Is("SUBJECT"), c.Peek().Is("CIPHER"):
		return unsupported("REQUIRE " + strings.ToUpper(c.Peek().Text))
	default:
		return c.Fail()
	}
	return nil
}

func (o *options) parseLimits(c *lex.Cursor) error {
	for n := 0; ; n++ {
		t := c.Peek()
		switch {
		case t.Is("MAX_USER_CONNECTIONS"), t.Is("MAX_QUERIES_PER_HOUR"), t.Is("MAX_UPDATES_PER_HOUR"), t.Is("MAX_CONNECTIONS_PER_HOUR"):
		case n > 0:
			return nil
		default:
			return c.Fail()
		}
		c.Next()
		v := c.Next()
		max, err := strconv.ParseUint(v.Text, 10, 31)
		switch {
		case v.Kind != lex.Number || err != nil:
			return lex.Error(c.Source(), v.Pos)
		case t.Is("MAX_USER_CONNECTIONS"):
			limit := int(max)
			o.maxConnections = &limit
		case max > 0:
			return unsupported(strings.ToUpper(t.Text))
		}
	}
}

func (o options) give(a *Account) error {
	if o.tls != nil {
		a.RequireTLS = *o.tls
	}
	if o.maxConnections != nil {
		a.MaxConnections = *o.maxConnections
	}
	if o.locked != nil {
		a.Locked = *o.locked
	}
	return o.giveAttribute(a)
}

// empty: nothing was said.
func (o options) empty() bool { return o == options{} }

// text is what was said.
func (o options) text() string {
	var b strings.Builder
	if o.roles != nil {
		b.WriteString(" DEFAULT ROLE " + o.roles.what())
	}
	if o.tls != nil {
		b.WriteString(" REQUIRE " + choice(*o.tls, "SSL", "NONE"))
	}
	if o.maxConnections != nil {
		fmt.Fprintf(&b, " WITH MAX_USER_CONNECTIONS %d", *o.maxConnections)
	}
	if o.locked != nil {
		b.WriteString(" ACCOUNT " + choice(*o.locked, "LOCK", "UNLOCK"))
	}
	if o.attribute != nil {
		b.WriteString(" ATTRIBUTE " + quoteText(*o.attribute))
	}
	return b.String()
}

func choice(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// ShowCreate is what SHOW CREATE USER says, in MySQL's words and order.
func (a *Account) ShowCreate() string {
	limits := ""
	if a.MaxConnections > 0 {
		limits = fmt.Sprintf(" WITH MAX_USER_CONNECTIONS %d", a.MaxConnections)
	}
	roles := ""
	if len(a.DefaultRoles) > 0 {
		roles = " DEFAULT ROLE " + nameList(a.DefaultRoles)
	}
	attribute := ""
	if a.Attribute != "" {
		attribute = " ATTRIBUTE " + quoteText(a.Attribute)
	}
	return "CREATE USER " + a.Name.String() + " " + a.identified() + roles + " REQUIRE " + choice(a.RequireTLS, "SSL", "NONE") +
		limits + " PASSWORD EXPIRE" + choice(a.Expired, "", " DEFAULT") + " ACCOUNT " + choice(a.Locked, "LOCK", "UNLOCK") +
		" PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT" + attribute
}
