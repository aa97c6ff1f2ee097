package auth

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A grant is GRANT or REVOKE of privileges.
type grant struct {
	lenience
	revoke  bool
	bits    Privilege
	columns []columnGrant // beside bits
	all     bool          // ALL PRIVILEGES; with GRANT OPTION too if everything
	// everything is REVOKE ALL PRIVILEGES, GRANT OPTION, which has no level.
	everything bool
	level      Level
	db, table  string // as written; current: the session's database
	current    bool
	routine    string // what kind of routine table is; "": it is a table
	list       []user
}

func parseGrant(c *lex.Cursor) (Statement, error) {
	if ofRoles(c) {
		return parseGrantRoles(c, false)
	}
	g := &grant{}
	if err := g.parsePrivileges(c); err != nil {
		return nil, err
	}
	if err := c.Expect("ON"); err != nil {
		return nil, err
	}
	if err := g.parseLevel(c); err != nil {
		return nil, err
	}
	if err := c.Expect("TO"); err != nil {
		return nil, err
	}
	var err error
	if g.list, err = users(c); err != nil {
		return nil, err
	}
	if c.Accept("WITH") {
		if err := c.Expect("GRANT", "OPTION"); err != nil {
			return nil, err
		}
		g.bits |= GrantOption
	}
	if c.Peek().Is("AS") {
		return nil, unsupported("GRANT ... AS")
	}
	return g, nil
}

func parseRevoke(c *lex.Cursor) (Statement, error) {
	g := &grant{revoke: true, lenience: lenience{ifExists: c.Accept("IF", "EXISTS")}}
	if ofRoles(c) {
		s, err := parseGrantRoles(c, true)
		if err == nil {
			s.ifExists, s.ignoreUnknown = g.ifExists, c.Accept("IGNORE", "UNKNOWN", "USER")
		}
		return s, err
	}
	if err := g.parsePrivileges(c); err != nil {
		return nil, err
	}
	if g.all && g.bits == GrantOption && c.Peek().Is("FROM") {
		g.everything = true
	} else {
		if err := c.Expect("ON"); err != nil {
			return nil, err
		}
		if err := g.parseLevel(c); err != nil {
			return nil, err
		}
	}
	if err := c.Expect("FROM"); err != nil {
		return nil, err
	}
	var err error
	g.list, err = users(c)
	g.ignoreUnknown = c.Accept("IGNORE", "UNKNOWN", "USER")
	return g, err
}

// parsePrivileges reads the list before ON.
func (g *grant) parsePrivileges(c *lex.Cursor) error {
	for more := true; more; more = c.Accept(",") {
		if c.Accept("ALL") {
			c.Accept("PRIVILEGES")
			g.all = true
			continue
		}
		bit, err := parsePrivilege(c)
		if err != nil {
			return err
		}
		if c.Peek().Is("(") {
			if err := g.parseColumns(c, bit); err != nil {
				return err
			}
			continue
		}
		g.bits |= bit
	}
	if g.all && (g.bits&^GrantOption != 0 || len(g.columns) > 0) {
		return c.Fail()
	}
	return nil
}

// longNames are the names of privileges, cut into words; the longest first.
var longNames = func() (list []struct {
	words []string
	bit   Privilege
}) {
	for n := 3; n > 0; n-- {
		for _, p := range privileges {
			if words := strings.Fields(p.name); len(words) == n {
				list = append(list, struct {
					words []string
					bit   Privilege
				}{words, p.bit})
			}
		}
	}
	return list
}()

func parsePrivilege(c *lex.Cursor) (Privilege, error) {
	switch {
	case c.Accept("USAGE"):
		return 0, nil
	case c.Accept("GRANT", "OPTION"):
		return GrantOption, nil
	case c.Accept("PROXY"):
		return 0, unsupported("PROXY")
	case c.Accept("CREATE", "TABLESPACE"):
		return 0, unsupported("tablespaces")
	}
	for _, n := range longNames {
		if c.Accept(n.words...) {
			return n.bit, nil
		}
	}
	t := c.Peek()
	if t.Kind != lex.Word && t.Kind != lex.Quoted && t.Kind != lex.String {
		return 0, c.Fail()
	}
	for i := 0; ; i++ { // a role's name, or a privilege that nobody knows
		switch next := c.PeekAt(i); {
		case next.Is("ON"):
			return 0, mysqlerr.New(mysqlerr.SyntaxError)
		case next.Kind == lex.EOF:
			return 0, c.Fail()
		}
	}
}

// parseLevel reads *.*, *, db.*, db.table or table.
func (g *grant) parseLevel(c *lex.Cursor) (err error) {
	for _, kind := range routineKinds {
		if next := c.PeekAt(1); (next.Kind != lex.Punct || next.Is("*")) && !next.Is("TO") && !next.Is("FROM") && c.Accept(kind) {
			g.routine = kind
			break
		}
	}
	if next := c.PeekAt(1); next.Kind != lex.Punct && !next.Is("TO") && !next.Is("FROM") {
		c.Accept("TABLE")
	}
	if c.Accept("*") {
		if c.Accept(".") {
			return c.Expect("*")
		}
		g.level, g.current = AtDatabase, true
		return nil
	}
	name, err := c.Name()
	if err != nil {
		return err
	}
	name = strings.Clone(name)
	if !c.Accept(".") {
		g.level, g.current, g.table = AtTable, true, name
		return nil
	}
	g.db = name
	if c.Accept("*") {
		g.level = AtDatabase
		return nil
	}
	g.level = AtTable
	g.table, err = c.Name()
	g.table = strings.Clone(g.table)
	return err
}
