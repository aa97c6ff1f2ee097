package exec

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/tclog"
)

// mysqlReads is how the server begins transactions under REPEATABLE READ.
var mysqlReads = engine.TxnOptions{CurrentReads: true}

// A server is a store in memory with sessions that run statements on it.
type server struct {
	t        testing.TB
	fs       vfs.FS
	log      *tclog.Log
	exec     *Executor
	sessions map[string]*session
	reads    engine.TxnOptions // how sessions begin transactions
	tidy     bool              // do what results leave over
}

type session struct {
	s    *server
	env  Env
	open *tclog.Txn // nil: autocommit
}

func newServer(t testing.TB) *server {
	s := &server{t: t, fs: vfs.NewCrashableMem(), sessions: make(map[string]*session), reads: mysqlReads}
	s.start()
	return s
}

func (s *server) start() {
	log, err := tclog.Open(context.Background(), "store", tclog.Options{
		Binlog: true,
		Engine: engine.Options{
			FS: s.fs, Clock: clock.Real, Rand: rand.NewChaCha8([32]byte{1}),
			Logger:      slog.New(slog.NewTextHandler(io.Discard, nil)),
			LockTimeout: 30 * time.Millisecond, SegmentSize: 1 << 20,
			MemTableSize: 4 << 20, CacheSize: 1 << 20,
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(log.Abandon)
	s.log = log
	s.exec = New(Options{Autonomous: s.autonomous})
}

func (s *server) autonomous(ctx context.Context, f func(Txn) error) error {
	t := s.log.BeginWith(mysqlReads)
	if err := f(Over(t)); err != nil {
		_ = s.log.Rollback(t)
		return err
	}
	return s.log.Commit(ctx, t)
}

func (s *server) session(name string) *session {
	if s.sessions[name] == nil {
		s.sessions[name] = &session{s: s, env: Env{
			SQLMode: ModeDefault,
			Rights:  auth.Everything, DB: "d", Now: time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.UTC), Location: time.UTC,
			Ranges: true,
		}}
	}
	return s.sessions[name]
}

// run executes one statement, in the open transaction or one of its own.
func (c *session) run(sql string, args ...binlog.Value) (*Result, error) {
	stmt, err := c.s.exec.Parse(sql)
	if err != nil {
		return nil, err
	}
	txn := c.open
	if txn == nil {
		txn = c.s.log.BeginWith(c.s.reads)
	}
	env := c.env
	env.Txn = Over(txn)
	r, err := c.s.exec.Execute(context.Background(), env, stmt, args)
	if c.open != nil {
		return r, err
	}
	if err == nil {
		err = c.s.log.Commit(context.Background(), txn)
	}
	if err != nil {
		_ = c.s.log.Rollback(txn)
	} else if r.Leftover != nil && c.s.tidy {
		err = r.Leftover(context.Background())
	}
	return r, err
}

func (c *session) must(sql string, args ...binlog.Value) *Result {
	c.s.t.Helper()
	r, err := c.run(sql, args...)
	if err != nil {
		c.s.t.Fatalf("%s: %v", sql, err)
	}
	return r
}

// table prints a result.
func table(r *Result) string {
	var out strings.Builder
	if r.Columns == nil {
		fmt.Fprintf(&out, "ok, %d affected", r.AffectedRows)
		if r.Info != "" {
			out.WriteString("; " + r.Info)
		}
		out.WriteString("\n")
	} else {
		var names []string
		for _, c := range r.Columns {
			names = append(names, c.Name)
		}
		out.WriteString(strings.Join(names, " | ") + "\n")
	}
	for _, row := range r.Rows {
		var cells []string
		for i, v := range row {
			cells = append(cells, cell(v, r.Columns[i]))
		}
		out.WriteString(strings.Join(cells, " | ") + "\n")
	}
	if r.Warnings > 0 {
		fmt.Fprintf(&out, "%d warnings\n", r.Warnings)
	}
	return out.String()
}

func cell(v binlog.Value, c Column) string {
	text := rawCell(v, c)
	for _, x := range []byte(text) {
		if c.Charset == 63 && (x < ' ' || x > '~') {
			return fmt.Sprintf("0x%X", text)
		}
	}
	return text
}

// rawCell is a value as the text protocol sends it.
func rawCell(v binlog.Value, c Column) string {
	if v == nil {
		return "NULL"
	}
	t := types.Type{Kind: types.Double, FSP: c.Decimals}
	switch c.Type {
	case byte(binlog.TypeDate):
		t.Kind = types.Date
	case types.WireDateTime, types.WireTimestamp:
		t.Kind = types.DateTime
	case byte(binlog.TypeFloat):
		t.Kind = types.Float
	case byte(binlog.TypeYear):
		t.Kind = types.Year
	case byte(binlog.TypeBit):
		t = types.Type{Kind: types.Bit, Length: int(c.Length)}
	}
	if c.Decimals < 31 && (c.Type == byte(binlog.TypeFloat) || c.Type == byte(binlog.TypeDouble)) {
		t.Precision, t.Scale = 255, c.Decimals
	}
	return string(types.Text(v, t))
}

// TestScripts runs testdata: "sql" runs each statement (one a line; up to a
// semicolon at the end of a line if the first line has one); arguments: s=session, read (print how
// many rows were read). "describe" gives the columns that each statement, one
// a line, would have. "begin", "commit", "rollback" act on a session.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := newServer(t)
		s.session("a").must("create database d")
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			name := "a"
			d.MaybeScanArgs(t, "s", &name)
			return s.session(name).command(d)
		})
	})
}

func (c *session) command(d *datadriven.TestData) string {
	ctx := context.Background()
	switch d.Cmd {
	case "begin":
		c.open = c.s.log.BeginWith(mysqlReads)
		return ""
	case "commit", "rollback":
		txn := c.open
		c.open = nil
		var err error
		if d.Cmd == "commit" {
			err = c.s.log.Commit(ctx, txn)
		} else {
			err = c.s.log.Rollback(txn)
		}
		if err != nil {
			return err.Error() + "\n"
		}
		return ""
	case "zone":
		loc, err := time.LoadLocation(d.CmdArgs[0].Key)
		if err != nil {
			return err.Error()
		}
		c.env.Location = loc
		return ""
	case "describe":
		var out strings.Builder
		for _, sql := range statements(d.Input) {
			out.WriteString(c.describe(sql))
		}
		return out.String()
	case "sql":
		var out strings.Builder
		for _, sql := range statements(d.Input) {
			r, err := c.run(sql)
			if err != nil {
				out.WriteString(err.Error() + "\n")
				continue
			}
			out.WriteString(table(r))
			if d.HasArg("read") {
				fmt.Fprintf(&out, "%d read\n", r.RowsRead)
			}
		}
		return out.String()
	}
	return "unknown command " + d.Cmd
}

// describe prints name, type, length, decimals and flags of columns.
func (c *session) describe(sql string) string {
	stmt, err := c.s.exec.Parse(sql)
	if err != nil {
		return err.Error() + "\n"
	}
	txn := c.s.log.BeginWith(mysqlReads)
	defer func() { _ = c.s.log.Rollback(txn) }()
	env := c.env
	env.Txn = Over(txn)
	columns, err := c.s.exec.Describe(context.Background(), env, stmt)
	if err != nil {
		return err.Error() + "\n"
	}
	if columns == nil {
		return "no columns\n"
	}
	var out []string
	for _, col := range columns {
		out = append(out, fmt.Sprintf("%s %d(%d,%d) %#x", col.Name, col.Type, col.Length, col.Decimals, col.Flags))
	}
	return strings.Join(out, "; ") + "\n"
}

func statements(input string) []string {
	if first, _, _ := strings.Cut(input, "\n"); strings.HasSuffix(first, ";") {
		var out []string
		for _, s := range strings.Split(input+"\n", ";\n") {
			if strings.TrimSpace(s) != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return strings.Split(strings.TrimSpace(input), "\n")
}
