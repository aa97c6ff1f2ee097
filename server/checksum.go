package server

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// A checksum adds up the CRCs of rows as SELECT * gives them, times in UTC: the number
// is the same for the same rows in any order, in any store and whatever indexes there
// are. It is not the one that MySQL computes of its own form of a row.
type checksum struct {
	sum uint32
	buf []byte
}

// Columns implements Sink.
func (*checksum) Columns([]wire.Column) error { return nil }

// Row implements Sink.
func (s *checksum) Row(row []binlog.Value) error {
	s.buf = s.buf[:0]
	for _, v := range row {
		if v == nil {
			s.buf = append(s.buf, 0)
			continue
		}
		text := valueText(v)
		s.buf = binary.BigEndian.AppendUint32(append(s.buf, 1), uint32(len(text)))
		s.buf = append(s.buf, text...)
	}
	s.sum += crc32.ChecksumIEEE(s.buf)
	return nil
}

// runChecksum is CHECKSUM TABLE list [QUICK | EXTENDED]. No number is kept, so that
// QUICK gives NULL.
func (s *session) runChecksum(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("TABLE") && !c.Accept("TABLES") {
		return nil, c.Fail()
	}
	names, err := s.maintained(c, auth.Select)
	if err != nil {
		return nil, err
	}
	quick := c.Accept("QUICK")
	if !quick {
		c.Accept("EXTENDED")
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	out := &Result{Columns: append(textColumns("Table"), intColumn("Checksum"))}
	for _, name := range names {
		var sum binlog.Value
		n, err := s.checksum(ctx, name, quick)
		switch {
		case err == nil && !quick:
			sum = int64(n)
		case mysqlerr.Is(err, mysqlerr.NoSuchTable), mysqlerr.Is(err, mysqlerr.WrongObject):
			e := s.toClient(err)
			out.Diagnostics = append(out.Diagnostics, Diagnostic{Level: "Error", Code: e.Code, Message: e.Message})
			out.Warnings++
		case err != nil:
			return nil, err
		}
		out.Rows = append(out.Rows, []binlog.Value{[]byte(name.DB + "." + name.Table), sum})
	}
	return out, nil
}

// checksum is that of one table: its number, unless only its being there is asked for.
func (s *session) checksum(ctx context.Context, name TableName, quick bool) (uint32, error) {
	t := s.txn
	if t == nil {
		peeked, done := s.peek()
		defer done()
		t = &transaction{t: peeked, mode: mode{isolation: s.settings.isolation}}
	}
	temporary := s.srv.exec.IsTemporary(s.kept, name.DB, name.Table)
	if there, err := s.srv.exec.HasTable(ctx, t.t, name.DB, name.Table); err != nil || !there && !temporary {
		if err == nil {
			err = mysqlerr.New(mysqlerr.NoSuchTable, name.DB, name.Table)
		}
		return 0, err
	}
	if _, err := s.srv.exec.TableColumns(ctx, t.t, name.DB, name.Table); err != nil && !temporary {
		return 0, mysqlerr.New(mysqlerr.WrongObject, name.DB+"."+name.Table, "BASE TABLE")
	}
	if quick {
		return 0, nil
	}
	quote := func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
	sql := "SELECT * FROM " + quote(name.DB) + "." + quote(name.Table)
	stmt, err := s.srv.exec.Parse(sql)
	if err != nil {
		return 0, err
	}
	sum := &checksum{}
	env := s.env(t, &statement{sql: sql, stmt: stmt})
	env.Sink, env.Location = sum, time.UTC
	r, err := s.srv.exec.Execute(ctx, env, stmt, nil)
	if err != nil {
		return 0, err
	}
	for _, row := range r.Rows {
		_ = sum.Row(row) // it has no errors
	}
	return sum.sum, nil
}
