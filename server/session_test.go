package server

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/tclog"
)

// The scripts in testdata run statements in named sessions of one server:
//
//	run
//	a: XA START 'x'
//	b: XA RECOVER
//
// A line without a session goes on with the last one's. "a: close" ends a
// session, "a: status" prints its status flags, "crash" kills the server and
// starts it again. "&a: statement" runs it beside the next lines; its answer is
// printed by the line "&a". Scripts in testdata/sql have the real executor.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.HasPrefix(path, filepath.Join("testdata", "rapid")) {
			return // what another test has failed with
		}
		if strings.HasPrefix(path, filepath.Join("testdata", "functions")) {
			return // expressions and their answers
		}
		if strings.HasPrefix(path, filepath.Join("testdata", "clientbytes")) {
			return // of clients who speak the protocol
		}
		if strings.HasPrefix(path, filepath.Join("testdata", "told")) {
			return // queries and their columns
		}
		if strings.HasPrefix(path, filepath.Join("testdata", "columnrights")) {
			return // statements and who may run them
		}
		run := newScript(t, strings.HasPrefix(path, filepath.Join("testdata", "sql")))
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				if got := run.line(strings.TrimSpace(line)); got != "" {
					fmt.Fprintln(&out, got)
				}
			}
			return out.String()
		})
		run.end()
	})
}

type script struct {
	t        *testing.T
	real     bool // the executor
	fs       vfs.FS
	log      *tclog.Log
	srv      *Server
	sessions map[string]*session
	answers  map[string]chan string
	last     string
	nextID   uint32
}

func newScript(t *testing.T, real bool) *script {
	r := &script{t: t, real: real, fs: vfs.NewMem()}
	r.start()
	if real {
		for _, sql := range []string{"CREATE DATABASE d", "USE d"} {
			r.line("a: " + sql)
		}
	}
	return r
}

func (r *script) start() {
	r.log = openLog(r.t, r.fs)
	var e Executor = rows{}
	if r.real {
		e = NewExecutor(r.log)
	}
	srv, err := New(Options{
		Store: NewStore(r.log), Executor: e, Listen: "127.0.0.1:0",
		Variables: map[string]string{"innodb_lock_wait_timeout": "1"},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.srv, r.sessions, r.answers = srv, map[string]*session{}, map[string]chan string{}
}

func (r *script) end() {
	for _, s := range r.sessions {
		s.close()
	}
	_ = r.srv.Shutdown(context.Background())
}

func (r *script) line(line string) string {
	name, sql, ok := strings.Cut(line, ": ")
	if wait, found := strings.CutPrefix(line, "&"); found && !ok {
		return line + " -> " + <-r.answers[wait]
	}
	if !ok {
		name, sql = r.last, line
	}
	if line == "crash" {
		r.log.Abandon()
		r.start()
		return line
	}
	name, beside := strings.CutPrefix(name, "&")
	r.last = name
	s := r.sessions[name]
	if s == nil {
		r.nextID++
		s = rootSession(r.srv, r.nextID)
		if r.sessions[name] = s; r.real && r.nextID > 1 {
			s.db = "d"
		}
	}
	switch {
	case sql == "close":
		s.close()
		delete(r.sessions, name)
		return line
	case sql == "status":
		return fmt.Sprintf("%s -> %#x", line, s.status())
	case beside:
		answer := make(chan string, 1)
		r.answers[name] = answer
		go func() { answer <- render(s, sql) }()
		return ""
	}
	return line + " -> " + render(s, sql)
}

func render(s *session, sql string) string {
	sql, _, err := s.read(sql)
	if err != nil {
		return strings.TrimPrefix(err.Error(), "ERROR ")
	}
	res, err := s.run(context.Background(), statement{sql: sql})
	if err != nil {
		return strings.TrimPrefix(err.Error(), "ERROR ")
	}
	if len(res.Columns) == 0 {
		return "ok"
	}
	lines := []string{}
	for _, row := range res.Rows {
		fields := []string{}
		for i, v := range row {
			text := []byte("NULL")
			if v != nil {
				if text, err = wire.AppendText(nil, &res.Columns[i], v); err != nil {
					return err.Error()
				}
			}
			if at, err := time.ParseInLocation(time.DateTime, string(text), time.Local); err == nil && time.Since(at).Abs() < time.Hour {
				text = []byte("now")
			}
			fields = append(fields, string(text))
		}
		lines = append(lines, strings.Join(fields, " | "))
	}
	if len(lines) == 0 {
		return "(no rows)"
	}
	return strings.Join(lines, "\n  ")
}

func TestListenOnlyOnLoopback(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:3306", "example.com:3306", "nonsense"} {
		if _, err := New(Options{Store: NewStore(openLog(t, vfs.NewMem())), Executor: rows{}, Listen: listen}); err == nil {
			t.Errorf("listens on %s", listen)
		}
	}
}

func TestVariablesAtStart(t *testing.T) {
	begin := func(name, value string) (*Server, error) {
		return New(Options{
			Store: NewStore(openLog(t, vfs.NewMem())), Executor: rows{}, Listen: "127.0.0.1:0",
			Variables: map[string]string{name: value},
		})
	}
	for name, tt := range map[string]struct {
		value string
		want  uint16
	}{
		"no_such": {"1", mysqlerr.UnknownSystemVariable}, "version": {"9", mysqlerr.IncorrectGlobalLocal},
		"gtid_purged": {"", mysqlerr.IncorrectGlobalLocal}, "wait_timeout": {"soon", mysqlerr.WrongTypeForVar},
		"binlog_row_image": {"SOME", mysqlerr.WrongValueForVar}, "sql_log_bin": {"1", mysqlerr.LocalVariable},
	} {
		if _, err := begin(name, tt.value); !mysqlerr.Is(err, tt.want) {
			t.Errorf("%s: %v, want %d", name, err, tt.want)
		}
	}
	srv, err := begin("binlog_transaction_dependency_tracking", "COMMIT_ORDER")
	if err != nil || srv.store.Binlog().Tracking().Mode() != writeset.CommitOrder {
		t.Error(err)
	}
}
