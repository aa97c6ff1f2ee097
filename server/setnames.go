package server

import (
	"context"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// setNames is SET NAMES cs [COLLATE co].
func (s *session) setNames(ctx assignContext, c *lex.Cursor) (assignment, error) {
	cs, err := charsetName(c)
	if err != nil {
		return nil, err
	}
	ctx.oldCharset(cs)
	collation := defaultCollation(cs)
	if cs == string(types.CharsetUTF8MB4) {
		collation = s.value(sysVars["default_collation_for_utf8mb4"], false)
	}
	if c.Accept("COLLATE") {
		if collation, err = charsetName(c); err != nil {
			return nil, err
		}
		ctx.oldCharset(collation)
		if co, ok := types.CollationByName(collation); ok && knownCharset(cs) && defaultCollation(string(co.Charset())) != defaultCollation(cs) {
			return nil, mysqlerr.New(mysqlerr.CollationMismatch, collation, cs)
		}
	}
	names := []string{"character_set_client", "character_set_connection", "character_set_results"}
	return s.setCharsetVars(ctx, cs, collation, names)
}

// setCharset is SET CHARACTER SET: results and client, not the connection.
func (s *session) setCharset(ctx context.Context, c *lex.Cursor) (assignment, error) {
	cs, err := charsetName(c)
	if err != nil {
		return nil, err
	}
	names := []string{"character_set_client", "character_set_results"}
	return s.setCharsetVars(ctx, cs, s.value(sysVars["collation_database"], false), names)
}

func charsetName(c *lex.Cursor) (string, error) {
	if c.Accept("DEFAULT") {
		return "utf8mb4", nil
	}
	if t := c.Peek(); t.Kind == lex.String {
		c.Next()
		s, _ := t.Value()
		return strings.ToLower(s), nil
	}
	s, err := c.Name()
	return strings.ToLower(s), err
}

func (s *session) setCharsetVars(ctx context.Context, cs, collation string, names []string) (assignment, error) {
	if !knownCharset(cs) {
		return nil, mysqlerr.New(mysqlerr.UnknownCharacterSet, cs)
	}
	to := assignContext{Context: ctx}
	var list []assignment
	for _, name := range names {
		one, err := s.assign(to, sysVars[name], []byte(cs))
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	last, err := s.assign(to, sysVars["collation_connection"], []byte(collation)) // the character set has set another
	return together(append(list, last)), err
}
