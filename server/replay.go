package server

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// runBinlog is BINLOG 'events', by which mysqlbinlog hands on the rows of a log: they are
// changed here as they were there, as a statement of the session's transaction.
func (s *session) runBinlog(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	text, err := s.eventsText(c)
	if err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	events, err := decodeChunks(text)
	if err == nil && len(events) == 0 {
		err = mysqlerr.New(mysqlerr.SyntaxError)
	}
	if err != nil {
		return nil, err
	}
	list, err := s.replay.Take(events)
	if err != nil {
		return nil, replayError(err)
	}
	if len(list) == 0 {
		return &Result{}, nil
	}
	return s.execute(ctx, statement{sql: "BINLOG", stmt: s.srv.exec.Replay(list)})
}

// eventsText is the events: one text, or, as MariaDB writes what is too long for that, two
// user variables.
func (s *session) eventsText(c *lex.Cursor) (string, error) {
	switch c.Peek().Kind {
	case lex.String:
		return c.Text()
	case lex.UserVar:
	default:
		return "", c.Fail()
	}
	first, err := s.fragment(c)
	if err != nil {
		return "", err
	}
	if err := c.Expect(","); err != nil {
		return "", err
	}
	second, err := s.fragment(c)
	return first + second, err
}

// fragment is a user variable's text.
func (s *session) fragment(c *lex.Cursor) (string, error) {
	t := c.Peek()
	if t.Kind != lex.UserVar {
		return "", c.Fail()
	}
	c.Next()
	name, _ := t.Value()
	v := s.userVars[strings.ToLower(name)]
	if v == nil {
		return "", mysqlerr.New(mysqlerr.SyntaxError)
	}
	return valueText(v), nil
}

// decodeChunks decodes base64 of which each event may have been encoded for itself: where
// padding ends one the next begins. Line ends and spaces count for nothing.
func decodeChunks(text string) ([]byte, error) {
	plain := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, text)
	var out []byte
	for plain != "" {
		end := len(plain)
		if at := strings.IndexByte(plain, '='); at >= 0 {
			end = min(end, at/4*4+4) // of the group of four that is padded
		}
		var err error
		if out, err = base64.StdEncoding.AppendDecode(out, []byte(plain[:end])); err != nil {
			return nil, mysqlerr.Wrap(err, mysqlerr.Base64Decode)
		}
		plain = plain[end:]
	}
	return out, nil
}

// replayError is what the client is told of events that are not taken.
func replayError(err error) error {
	if unexpected := (*binlog.UnexpectedEvent)(nil); errors.As(err, &unexpected) {
		code := uint16(mysqlerr.OnlyRowEvents)
		if unexpected.Bare {
			code = mysqlerr.NoFormatDescription
		}
		name, _, _ := strings.Cut(unexpected.Type.String(), "(") // of one that nobody knows without its number
		return mysqlerr.Wrap(err, code, name)
	}
	switch {
	case errors.Is(err, binlog.ErrShortEvent):
		return mysqlerr.Wrap(err, mysqlerr.SyntaxError)
	case errors.Is(err, binlog.ErrPartialRows):
		return mysqlerr.Wrap(err, mysqlerr.NotSupportedYet, "BINLOG with rows that have parts of documents")
	}
	return mysqlerr.Wrap(err, mysqlerr.CorruptEvent)
}
