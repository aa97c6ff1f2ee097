package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
	"github.com/xadb/xadb/tclog"
)

func (s *session) showBinaryLogs(c *lex.Cursor) (*Result, error) {
	log := s.srv.store.Binlog()
	if log == nil {
		return nil, mysqlerr.New(mysqlerr.NoBinaryLogging)
	}
	res := &Result{Columns: []wire.Column{textColumn("Log_name"), intColumn("File_size"), textColumn("Encrypted")}}
	for _, f := range log.DurableFiles() {
		res.Rows = append(res.Rows, []binlog.Value{[]byte(f.Name), f.Size, []byte("No")})
	}
	return ended(c, res)
}

// showBinaryLogStatus is the place behind what is executed, and what that is.
func (s *session) showBinaryLogStatus(c *lex.Cursor) (*Result, error) {
	res := &Result{Columns: textColumns("File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set")}
	res.Columns[1] = intColumn("Position")
	log := s.srv.store.Binlog()
	if log == nil {
		return ended(c, res)
	}
	pos, set := log.Executed()
	res.Rows = [][]binlog.Value{{[]byte(log.FileName(pos.File)), pos.Offset, []byte{}, []byte{}, []byte(set.String())}}
	return ended(c, res)
}

// runPurge is PURGE {BINARY | MASTER} LOGS {TO 'name' | BEFORE time}.
func (s *session) runPurge(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	if !c.Accept("BINARY", "LOGS") && !c.Accept("MASTER", "LOGS") {
		return nil, c.Fail()
	}
	var r binlog.PurgeRequest
	var err error
	switch {
	case c.Accept("TO"):
		if r.To, err = c.Text(); err == nil {
			err = c.End()
		}
	case c.Accept("BEFORE"):
		r.Before, err = s.instant(ctx, c.Source()[c.Peek().Pos:])
	default:
		err = c.Fail()
	}
	if err != nil {
		return nil, err
	}
	if s.srv.store.Binlog() == nil {
		return &Result{}, nil
	}
	p, err := s.srv.store.PurgeBinlog(ctx, r)
	if errors.Is(err, binlog.ErrUnknownFile) {
		return nil, mysqlerr.New(mysqlerr.UnknownTargetBinlog)
	}
	if err != nil || p.Kept == "" {
		return &Result{}, err
	}
	why := mysqlerr.New(mysqlerr.WarnPurgeLogInUse, p.Kept, p.Readers, len(p.Files), p.Wanted)
	if p.Why != binlog.KeptReader {
		why = mysqlerr.New(mysqlerr.UnknownError, fmt.Sprintf("file %s was not purged because %v, purged only %d out of %d files.",
			p.Kept, p.Why, len(p.Files), p.Wanted))
	}
	return warned(why), nil
}

// warned is a result with one warning.
func warned(e *mysqlerr.Error) *Result {
	return &Result{Warnings: 1, Diagnostics: []Diagnostic{{Level: "Warning", Code: e.Code, Message: e.Message}}}
}

// instant computes an expression of a time, in the session's time zone.
func (s *session) instant(ctx context.Context, expr string) (time.Time, error) {
	expr = strings.TrimRight(expr, "; \t\r\n")
	if expr == "" {
		return time.Time{}, mysqlerr.New(mysqlerr.SyntaxError)
	}
	it, err := s.computed(ctx, "UNIX_TIMESTAMP("+expr+")")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseFloat(valueText(it.value), 64)
	if it.value == nil || err != nil || seconds <= 0 {
		return time.Time{}, mysqlerr.New(mysqlerr.WrongArguments, "PURGE LOGS BEFORE")
	}
	return time.UnixMicro(int64(seconds * 1e6)), nil
}

// runReset is RESET {BINARY LOGS AND GTIDS | MASTER | REPLICA [ALL]}, ... The files
// go on with their numbers, as recovery goes by them, so none can be asked for.
func (s *session) runReset(ctx context.Context, c *lex.Cursor) (*Result, error) {
	logs := false
	for c.Next(); ; c.Next() {
		switch {
		case c.Accept("MASTER"), c.Accept("BINARY", "LOGS", "AND", "GTIDS"):
			logs = true
		case c.Accept("REPLICA"), c.Accept("SLAVE"): // the server is none
			c.Accept("ALL")
		case c.AtEnd():
			return nil, c.Fail()
		default:
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "RESET "+strings.ToUpper(c.Peek().Text))
		}
		if c.Accept("TO") {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "RESET BINARY LOGS AND GTIDS TO: the files go on with their numbers")
		}
		if !c.Peek().Is(",") {
			break
		}
	}
	if err := c.End(); err != nil || !logs {
		return &Result{}, err
	}
	return s.resetLogs(ctx)
}

func (s *session) resetLogs(ctx context.Context) (*Result, error) {
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	if s.srv.store.Binlog() == nil {
		return nil, mysqlerr.New(mysqlerr.BinlogClosed, "RESET BINARY LOGS AND GTIDS")
	}
	err := s.srv.store.ResetBinlog(ctx)
	if refused := (*tclog.ResetError)(nil); errors.As(err, &refused) {
		return nil, mysqlerr.Wrap(err, mysqlerr.CantResetMaster, refused.Reason)
	}
	return &Result{}, err
}

// showBinlogEvents is SHOW BINLOG EVENTS [IN 'log'] [FROM pos] [LIMIT [offset,] n].
// Rows go to the client as they are read, up to what is durable now.
func (s *session) showBinlogEvents(ctx context.Context, c *lex.Cursor) (*Result, error) {
	res := &Result{Columns: textColumns("Log_name", "Pos", "Event_type", "Server_id", "End_log_pos", "Info")}
	for _, i := range []int{1, 3, 4} {
		res.Columns[i] = intColumn(res.Columns[i].Name)
	}
	o, err := parseBinlogEvents(c)
	log := s.srv.store.Binlog()
	if err != nil || log == nil || s.out == nil { // without out the columns are wanted alone
		return res, err
	}
	st, err := o.open(log)
	if err != nil {
		return nil, err
	}
	if err := s.out.Columns(res.Columns); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return res, errors.Join(o.send(ctx, st, s.out), st.Close())
}

// binlogEvents is what SHOW BINLOG EVENTS asks for.
type binlogEvents struct {
	file        string // "": the oldest
	from        uint64
	skip, limit uint64
}

func parseBinlogEvents(c *lex.Cursor) (o binlogEvents, err error) {
	o.limit = ^uint64(0)
	if c.Accept("IN") {
		if o.file, err = c.Text(); err != nil {
			return o, err
		}
	}
	if c.Accept("FROM") {
		if o.from, err = wholeNumber(c); err != nil {
			return o, err
		}
	}
	if c.Accept("LIMIT") {
		if o.limit, err = wholeNumber(c); err != nil {
			return o, err
		}
		if o.skip = 0; c.Accept(",") {
			o.skip = o.limit
			o.limit, err = wholeNumber(c)
		} else if c.Accept("OFFSET") {
			o.skip, err = wholeNumber(c)
		}
		if err != nil {
			return o, err
		}
	}
	return o, c.End()
}

func wholeNumber(c *lex.Cursor) (uint64, error) {
	t := c.Peek()
	n, err := strconv.ParseUint(t.Text, 10, 64)
	if t.Kind != lex.Number || err != nil {
		return 0, c.Fail()
	}
	c.Next()
	return n, nil
}

func (o binlogEvents) open(log *binlog.Log) (*binlog.Stream, error) {
	failed := func(why string) error {
		return mysqlerr.New(mysqlerr.ErrorWhenExecuting, "SHOW BINLOG EVENTS", why)
	}
	var at binlog.Pos
	for _, f := range log.DurableFiles() {
		if o.file == "" || f.Name == o.file {
			at = binlog.Pos{File: f.Number, Offset: max(o.from, uint64(len(binlog.Magic)))}
			break
		}
	}
	st, err := log.Stream(at)
	var place *binlog.PlaceError
	switch {
	case at == (binlog.Pos{}):
		return nil, failed("Could not find target log")
	case errors.As(err, &place):
		return nil, failed("Wrong offset or I/O error: " + place.Reason)
	}
	return st, err
}

// send gives out one row for each event.
func (o binlogEvents) send(ctx context.Context, st *binlog.Stream, out Sink) error {
	name := []byte(st.File())
	for n := uint64(0); n < o.skip || n-o.skip < o.limit; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !st.Ready() {
			return nil
		}
		ev, err := st.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n < o.skip {
			continue
		}
		if err := sendInfo(ev, name, out); err != nil {
			return err
		}
	}
	return nil
}

// sendInfo gives out the row of an event, and those of the events in it, which are
// where it is.
func sendInfo(ev binlog.Event, file []byte, out Sink) error {
	events := []binlog.Event{ev}
	if ev.Type == binlog.EventTransactionPayload {
		inside, err := ev.Events()
		if err != nil {
			return err
		}
		events = append(events, inside...)
	}
	for _, e := range events {
		info, err := binlog.Info(e)
		if err != nil {
			return err
		}
		err = out.Row([]binlog.Value{file, ev.Offset, []byte(e.Type.String()), int64(e.ServerID), ev.End(), []byte(info)})
		if err != nil {
			return err
		}
	}
	return nil
}
