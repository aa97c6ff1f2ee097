package auth

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Policy is what an account says of its passwords and of how much it may do; nil
// leaves it to the server's variables (Defaults).
type Policy struct {
	Lifetime       *int  `json:"lifetime,omitempty"` // of a password, in days; 0: it never expires
	History        *int  `json:"history,omitempty"`  // how many passwords may not come again
	Reuse          *int  `json:"reuse,omitempty"`    // days for which none may
	RequireCurrent *bool `json:"require_current,omitempty"`
	// FailedLogins one behind the other lock the account for LockDays; below zero,
	// until somebody unlocks it. With a zero in either of them none do.
	FailedLogins int `json:"failed_logins,omitempty"`
	LockDays     int `json:"lock_days,omitempty"`
	// What the account may do within an hour; 0: as much as it likes.
	MaxQueries uint32 `json:"max_queries,omitempty"`
	MaxUpdates uint32 `json:"max_updates,omitempty"`
	MaxLogins  uint32 `json:"max_logins,omitempty"`
}

// Defaults are what the server's variables say where a Policy says nothing.
type Defaults struct {
	Lifetime, History, Reuse int
	RequireCurrent           bool
}

// unbounded is PASSWORD_LOCK_TIME UNBOUNDED.
const unbounded = -1

// limited: there is something to count.
func (p Policy) limited() bool { return p.MaxQueries|p.MaxUpdates != 0 }

// locks: failed logins lock the account.
func (p Policy) locks() bool { return p.FailedLogins > 0 && p.LockDays != 0 }

func orDefault[T any](given *T, otherwise T) T {
	if given != nil {
		return *given
	}
	return otherwise
}

// ExpiredAt reports whether the account's password has to be changed.
func (a *Account) ExpiredAt(now time.Time, d Defaults) bool {
	days := orDefault(a.Policy.Lifetime, d.Lifetime)
	return a.Expired || days > 0 && !a.Changed.IsZero() && a.Changed.AddDate(0, 0, days).Before(now)
}

// A setPolicy is one clause of a statement: what it does to an account, and its text.
type setPolicy struct {
	set  func(a *Account)
	text string
	// starts anew what is counted: logins that failed, or what was done in the hour.
	failures, hour bool
	expires        bool
}

// parsePasswordOption reads PASSWORD EXPIRE, HISTORY, REUSE INTERVAL or REQUIRE CURRENT;
// the word PASSWORD is read.
func parsePasswordOption(c *lex.Cursor) (p setPolicy, err error) {
	switch {
	case c.Accept("EXPIRE"):
		return parseExpire(c)
	case c.Accept("HISTORY"):
		return parseCount(c, "PASSWORD HISTORY", "", func(a *Account) **int { return &a.Policy.History })
	case c.Accept("REUSE", "INTERVAL"):
		return parseCount(c, "PASSWORD REUSE INTERVAL", "DAY", func(a *Account) **int { return &a.Policy.Reuse })
	case c.Accept("REQUIRE", "CURRENT"):
		var need *bool
		word := ""
		switch {
		case c.Accept("DEFAULT"):
			word = " DEFAULT"
		case c.Accept("OPTIONAL"):
			word, need = " OPTIONAL", new(bool)
		default:
			need = new(bool)
			*need = true
		}
		return setPolicy{set: func(a *Account) { a.Policy.RequireCurrent = need }, text: "PASSWORD REQUIRE CURRENT" + word}, nil
	}
	c.Accept("REQUIRE")
	return p, c.Fail()
}

func parseExpire(c *lex.Cursor) (p setPolicy, err error) {
	lifetime := func(days *int) func(*Account) { return func(a *Account) { a.Policy.Lifetime = days } }
	switch {
	case c.Accept("DEFAULT"):
		return setPolicy{set: lifetime(nil), text: "PASSWORD EXPIRE DEFAULT"}, nil
	case c.Accept("NEVER"):
		return setPolicy{set: lifetime(new(int)), text: "PASSWORD EXPIRE NEVER"}, nil
	case c.Accept("INTERVAL"):
		days, err := parseNumber(c, "DAY", 1, math.MaxUint16)
		if err == nil {
			err = c.Expect("DAY")
		}
		return setPolicy{set: lifetime(&days), text: fmt.Sprintf("PASSWORD EXPIRE INTERVAL %d DAY", days)}, err
	}
	return setPolicy{set: func(a *Account) { a.Expired = true }, text: "PASSWORD EXPIRE", expires: true}, nil
}

func parseCount(c *lex.Cursor, name, unit string, field func(*Account) **int) (p setPolicy, err error) {
	if c.Accept("DEFAULT") {
		return setPolicy{set: func(a *Account) { *field(a) = nil }, text: name + " DEFAULT"}, nil
	}
	n, err := parseNumber(c, "", 0, math.MaxInt)
	if err == nil && unit != "" {
		err = c.Expect(unit)
	}
	n = min(n, math.MaxUint16)
	return setPolicy{set: func(a *Account) { *field(a) = &n }, text: strings.TrimSpace(fmt.Sprintf("%s %d %s", name, n, unit))}, err
}

// parseLocking reads FAILED_LOGIN_ATTEMPTS n or PASSWORD_LOCK_TIME n.
func parseLocking(c *lex.Cursor) (p setPolicy, err error) {
	name := strings.ToUpper(c.Next().Text)
	days := name == "PASSWORD_LOCK_TIME"
	n, word := unbounded, "UNBOUNDED"
	if !days || !c.Accept("UNBOUNDED") {
		if n, err = parseNumber(c, name, 0, math.MaxInt16); err != nil {
			return p, err
		}
		word = strconv.Itoa(n)
	}
	set := func(a *Account) { a.Policy.FailedLogins = n }
	if days {
		set = func(a *Account) { a.Policy.LockDays = n }
	}
	return setPolicy{set: set, text: name + " " + word, failures: true}, nil
}

// parseNumber reads a whole number; one that is not within its limits is no value of
// what has the name.
func parseNumber(c *lex.Cursor, name string, least, most int) (int, error) {
	t := c.Next()
	if t.Kind != lex.Number {
		return 0, lex.Error(c.Source(), t.Pos)
	}
	n, err := strconv.ParseUint(t.Text, 10, 64)
	if err != nil && !isRange(err) {
		return 0, lex.Error(c.Source(), t.Pos)
	}
	if n < uint64(least) || n > uint64(most) {
		if name == "" {
			return most, nil
		}
		return 0, mysqlerr.New(mysqlerr.WrongValue, name, t.Text)
	}
	return int(n), nil
}

// limits is what SHOW CREATE USER says of them, behind REQUIRE.
func (p Policy) limits(connections int) string {
	var b strings.Builder
	for _, l := range []struct {
		name string
		n    uint32
	}{
		{"MAX_QUERIES_PER_HOUR", p.MaxQueries}, {"MAX_UPDATES_PER_HOUR", p.MaxUpdates}, {"MAX_CONNECTIONS_PER_HOUR", p.MaxLogins},
		{"MAX_USER_CONNECTIONS", uint32(connections)},
	} {
		if l.n > 0 {
			fmt.Fprintf(&b, " %s %d", l.name, l.n)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return " WITH" + b.String()
}

// expires is what SHOW CREATE USER says behind PASSWORD EXPIRE.
func (p Policy) expires() string {
	switch {
	case p.Lifetime == nil:
		return " DEFAULT"
	case *p.Lifetime == 0:
		return " NEVER"
	}
	return fmt.Sprintf(" INTERVAL %d DAY", *p.Lifetime)
}

// reuses is how SHOW CREATE USER ends, before the attribute.
func (p Policy) reuses() string {
	history, interval, current := "DEFAULT", "DEFAULT", " DEFAULT"
	if p.History != nil {
		history = strconv.Itoa(*p.History)
	}
	if p.Reuse != nil {
		interval = strconv.Itoa(*p.Reuse) + " DAY"
	}
	if p.RequireCurrent != nil {
		current = choice(*p.RequireCurrent, "", " OPTIONAL")
	}
	text := " PASSWORD HISTORY " + history + " PASSWORD REUSE INTERVAL " + interval + " PASSWORD REQUIRE CURRENT" + current
	if p.FailedLogins > 0 {
		text += " FAILED_LOGIN_ATTEMPTS " + strconv.Itoa(p.FailedLogins)
	}
	switch {
	case p.LockDays < 0:
		text += " PASSWORD_LOCK_TIME UNBOUNDED"
	case p.LockDays > 0:
		text += " PASSWORD_LOCK_TIME " + strconv.Itoa(p.LockDays)
	}
	return text
}
