package server

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// read cuts the first statement off a text, and writes it as MySQL's default mode has
// it, whatever the session's sql_mode is: all that comes behind knows that mode only.
// The rest is as the client sent it, since the first may change the mode.
func (s *session) read(sql string) (first, rest string, err error) {
	text, places := s.settings.reading.Default(sql)
	if first, rest = lex.Split(text); rest != "" {
		rest = strings.TrimLeft(sql[places.Old(len(text)-len(rest)):], " \t\r\n") // as errors have it
	}
	return s.settings.charset.introduced(first), rest, places.Check(sql, len(sql)-len(rest))
}

// readOne is read of a text that may be one statement only.
func (s *session) readOne(sql string) (string, error) {
	first, rest, err := s.read(sql)
	if err == nil && rest != "" {
		err = lex.Error(sql, len(sql)-len(rest))
	}
	return first, err
}
