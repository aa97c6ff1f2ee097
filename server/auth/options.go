package auth

import (
	"errors"
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
	policies       []setPolicy // in the order in which they are said
	attribute      *string     // of COMMENT or ATTRIBUTE
	roles          *setDefaultRoles
}

// defaultRoles are those that are named.
func (o options) defaultRoles() []Name {
	if o.roles == nil {
		return nil
	}
	return o.roles.list
}

// parseOptions reads REQUIRE, WITH, PASSWORD … and ACCOUNT, in MySQL's order.
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
		case c.Accept("PASSWORD"):
			err = o.add(parsePasswordOption(c))
		case c.Peek().Is("PASSWORD_LOCK_TIME"), c.Peek().Is("FAILED_LOGIN_ATTEMPTS"):
			err = o.add(parseLocking(c))
		case c.Peek().Is("COMMENT"), c.Peek().Is("ATTRIBUTE"):
			return o, o.parseAttribute(c)
		default:
			return o, c.Fail()
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *options) add(p setPolicy, err error) error {
	o.policies = append(o.policies, p)
	return err
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
		n, err := strconv.ParseUint(v.Text, 10, 64)
		if v.Kind != lex.Number || err != nil && !isRange(err) {
			return lex.Error(c.Source(), v.Pos)
		}
		if t.Is("MAX_USER_CONNECTIONS") {
			limit := int(uint32(n))
			o.maxConnections = &limit
			continue
		}
		o.policies = append(o.policies, hourly(strings.ToUpper(t.Text), uint32(n)))
	}
}

// hourly is one limit of what is done within an hour.
func hourly(name string, most uint32) setPolicy {
	return setPolicy{hour: true, text: fmt.Sprintf("%s %d", name, most), set: func(a *Account) {
		switch name {
		case "MAX_QUERIES_PER_HOUR":
			a.Policy.MaxQueries = most
		case "MAX_UPDATES_PER_HOUR":
			a.Policy.MaxUpdates = most
		default:
			a.Policy.MaxLogins = most
		}
	}}
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }

// give makes what was said the account's. What its password must be like is asked of
// the new one; that it has expired counts behind it (expire).
func (o options) give(d *Draft, a *Account) error {
	for _, p := range o.policies {
		if !p.expires {
			p.set(a)
		}
		if u := a.usage; u != nil && p.failures {
			d.settled = append(d.settled, u.forgetFailures)
		}
		if u := a.usage; u != nil && p.hour {
			d.settled = append(d.settled, u.forgetHour)
		}
	}
	if u := a.usage; u != nil && o.locked != nil && !*o.locked {
		d.settled = append(d.settled, u.forgetFailures)
	}
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

// expire is PASSWORD EXPIRE.
func (o options) expire(d *Draft, a *Account) {
	for _, p := range o.policies {
		if p.expires {
			p.set(a)
			if d.self(a.Name) {
				d.own.Expired = true
			}
		}
	}
}

// empty: nothing was said.
func (o options) empty() bool {
	return o.tls == nil && o.maxConnections == nil && o.locked == nil && o.attribute == nil && o.roles == nil && len(o.policies) == 0
}

// text is what was said.
func (o options) text() string {
	var b strings.Builder
	if o.roles != nil {
		b.WriteString(" DEFAULT ROLE " + o.roles.what())
	}
	if o.tls != nil {
		b.WriteString(" REQUIRE " + choice(*o.tls, "SSL", "NONE"))
	}
	with, rest := "", ""
	for _, p := range o.policies {
		if p.hour {
			with += " " + p.text
		} else {
			rest += " " + p.text
		}
	}
	if o.maxConnections != nil {
		with += fmt.Sprintf(" MAX_USER_CONNECTIONS %d", *o.maxConnections)
	}
	if with != "" {
		b.WriteString(" WITH" + with)
	}
	b.WriteString(rest)
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

// ShowCreate is what SHOW CREATE USER says, in MySQL's words and order; with the
// verifier, or without.
func (a *Account) ShowCreate(verifier bool) string {
	identified := a.identified()
	if !verifier && len(a.Verifier) > 0 {
		identified = "IDENTIFIED WITH " + quoteText(a.Plugin) + " AS <secret>"
	}
	roles := ""
	if len(a.DefaultRoles) > 0 {
		roles = " DEFAULT ROLE " + nameList(a.DefaultRoles)
	}
	attribute := ""
	if a.Attribute != "" {
		attribute = " ATTRIBUTE " + quoteText(a.Attribute)
	}
	return "CREATE USER " + a.Name.String() + " " + identified + roles + " REQUIRE " + choice(a.RequireTLS, "SSL", "NONE") +
		a.Policy.limits(a.MaxConnections) + " PASSWORD EXPIRE" + choice(a.Expired, "", a.Policy.expires()) +
		" ACCOUNT " + choice(a.Locked, "LOCK", "UNLOCK") + a.Policy.reuses() + attribute
}
