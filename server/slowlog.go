package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

const (
	// slowPerSecond bounds the lines of the slow log: a server on which
	// everything is slow must not be slowed down by saying so.
	slowPerSecond = 100
	// slowTextMax bounds the text of a statement in the slow log, in bytes.
	slowTextMax = 4 << 10
	// slowQueryLog is the variable that stops the slow log, for a time.
	slowQueryLog = "slow_query_log"
)

// A slowLog writes the statements that took long, at most slowPerSecond.
type slowLog struct {
	out *slog.Logger // nil: nowhere

	mu      sync.Mutex
	second  int64 // that lines are counted for
	lines   int
	dropped uint64 // since the last line
}

// admit reports whether a line may be written now, and how many were left out
// before it.
func (l *slowLog) admit(now time.Time) (dropped uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now.Unix(); second != l.second {
		l.second, l.lines = second, 0
	}
	if l.lines >= slowPerSecond {
		l.dropped++
		return 0, false
	}
	l.lines++
	dropped, l.dropped = l.dropped, 0
	return dropped, true
}

// logSlow writes a line about a statement. Values are left out of its text:
// they may be secrets.
func (s *session) logSlow(r ran) {
	l := &s.srv.slow
	if l.out == nil || s.value(sysVars[slowQueryLog], true) != "1" {
		return
	}
	dropped, ok := l.admit(s.srv.clock.Now())
	if !ok {
		return
	}
	attrs := []slog.Attr{
		slog.Uint64("connection", uint64(s.id)), slog.String("user", s.user), slog.String("db", s.db),
		slog.Float64("seconds", r.took.Seconds()), slog.Float64("lock_wait_seconds", r.lockWait.Seconds()),
		slog.Uint64("rows_sent", r.rowsSent), slog.Uint64("rows_read", r.rowsRead),
	}
	if s.machine.State() != xa.NonExisting {
		attrs = append(attrs, slog.String("xid", s.machine.XID().String()))
	}
	var e *mysqlerr.Error
	if errors.As(r.err, &e) {
		attrs = append(attrs, slog.Int("error", int(e.Code)))
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Uint64("left_out", dropped))
	}
	attrs = append(attrs, slog.String("statement", digest(r.sql)))
	l.out.LogAttrs(context.Background(), slog.LevelWarn, "slow statement", attrs...)
	s.srv.recorder.slowLogged.Add(1)
}

// digest is a statement's text with ? for each value and one space between
// words.
func digest(sql string) string {
	var b strings.Builder
	l := lex.New(sql)
	var m masker
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		text := t.Text
		switch t.Kind {
		case lex.String, lex.Number, lex.Hex, lex.Bits, lex.Bad:
			text = "?"
		}
		if m.mask(t) {
			text = hidden
		}
		if b.Len()+1+len(text) > slowTextMax {
			b.WriteString(" …")
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(text)
	}
	return b.String()
}
