package server

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// errTooLong is why the context of a SELECT ends that max_execution_time limits.
var errTooLong = errors.New("server: maximum statement execution time exceeded")

// limited bounds the time of a SELECT: by its hint, or else by the session's
// max_execution_time.
func (s *session) limited(ctx context.Context, h hints) (context.Context, context.CancelFunc) {
	d := s.settings.maxTime
	if h.maxTime > 0 {
		d = h.maxTime
	}
	if d == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, d, errTooLong)
}

// ranTooLong is the error of a statement under limited.
func ranTooLong(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	interrupted := errors.Is(err, context.DeadlineExceeded) || mysqlerr.Is(err, mysqlerr.QueryInterrupted)
	if interrupted && context.Cause(ctx) == errTooLong {
		return mysqlerr.Wrap(err, mysqlerr.QueryTimeout)
	}
	return err
}

// hints are the optimizer hints of a SELECT that mean something here. Others
// are left alone, as MySQL leaves those that it does not know.
type hints struct {
	maxTime time.Duration // MAX_EXECUTION_TIME(n), in milliseconds
	view    string        // READVIEW(n)
}

// hintsMax bounds the comment that hints are read from, in bytes.
const hintsMax = 4 << 10

// hintText is what stands between /*+ and */ behind a statement's first word.
func hintText(sql string) (first lex.Token, text string) {
	first = lex.New(sql).Next()
	text, ok := strings.CutPrefix(strings.TrimLeft(sql[first.End:], " \t\r\n"), "/*+")
	if !ok {
		return first, ""
	}
	text, _, ok = strings.Cut(text[:min(len(text), hintsMax)], "*/")
	if !ok {
		return first, ""
	}
	return first, text
}

// readHints reads SELECT /*+ ... */.
func readHints(sql string) (h hints) {
	first, text := hintText(sql)
	if !first.Is("SELECT") {
		return h
	}
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; {
		open := l.Next()
		if !open.Is("(") {
			t = open
			continue
		}
		arg := l.Next()
		switch {
		case t.Is("MAX_EXECUTION_TIME"):
			if n, err := strconv.ParseUint(arg.Text, 10, 31); err == nil {
				h.maxTime = time.Duration(n) * time.Millisecond
			}
		case t.Is("READVIEW"):
			h.view = arg.Text
			if arg.Kind == lex.Quoted || arg.Kind == lex.String {
				h.view, _ = arg.Value()
			}
		}
		t = l.Next()
	}
	return h
}
