package server

import (
	"bytes"
	"context"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// An intoSink takes the one row that SELECT ... INTO may give.
type intoSink struct {
	variables int
	columns   []wire.Column
	row       []binlog.Value
}

// Columns implements Sink.
func (s *intoSink) Columns(columns []wire.Column) error {
	if len(columns) != s.variables {
		return mysqlerr.New(mysqlerr.WrongNumberOfColumns)
	}
	s.columns = slices.Clone(columns)
	return nil
}

// Row implements Sink.
func (s *intoSink) Row(row []binlog.Value) error {
	if s.row != nil {
		return mysqlerr.New(mysqlerr.TooManyRows)
	}
	s.row = make([]binlog.Value, len(row))
	for i, v := range row {
		if b, is := v.([]byte); is {
			v = bytes.Clone(b)
		}
		s.row[i] = v
	}
	return nil
}

// temporalText is a date or a time as the text that a user variable has of it; others stay.
func temporalText(c wire.Column, v binlog.Value) binlog.Value {
	fsp := min(c.Decimals, types.FSPMax)
	switch v := v.(type) {
	case binlog.DateTime:
		t := types.Type{Kind: types.DateTime, FSP: fsp}
		if c.Type == mysql.MYSQL_TYPE_DATE {
			t.Kind = types.Date
		}
		return []byte(types.FormatDateTime(v, t))
	case binlog.Duration:
		return []byte(types.FormatTime(v, fsp))
	}
	return v
}

// take is the rows that the statement has kept.
func (s *intoSink) take(r *Result) error {
	if err := s.Columns(r.Columns); err != nil {
		return err
	}
	for _, row := range r.Rows {
		if err := s.Row(row); err != nil {
			return err
		}
	}
	return nil
}

// into runs a query whose row goes to user variables. Without a row they stay as
// they are.
func (x sqlExecutor) into(ctx context.Context, env Env, s *sqlStmt, args []binlog.Value) (*Result, error) {
	sink := &intoSink{variables: len(s.tree.Into)}
	env.Sink = sink
	r, err := x.run(ctx, env, s, args)
	if err == nil {
		err = sink.take(r)
	}
	if err != nil && !mysqlerr.Is(err, mysqlerr.TooManyRows) {
		return nil, err
	}
	for i := range sink.row { // of several rows the first, as in MySQL
		var of types.Collation
		if isBytes(sink.columns[i], sink.row[i]) {
			of = types.CollationBinary
		}
		if verr := env.Client.SetUserVariable(s.tree.Into[i], temporalText(sink.columns[i], sink.row[i]), of); verr != nil {
			return nil, verr
		}
	}
	if err != nil {
		return nil, err
	}
	r.Columns, r.Rows = nil, nil
	if sink.row == nil {
		e := mysqlerr.New(mysqlerr.SPFetchNoData)
		r.Diagnostics = append(r.Diagnostics, Diagnostic{Level: "Warning", Code: e.Code, Message: e.Message})
		r.Warnings++
		return r, nil
	}
	r.AffectedRows = 1
	return r, nil
}
