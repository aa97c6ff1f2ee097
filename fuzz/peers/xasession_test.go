package peers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// An xaScript runs lines of statements in named sessions of one server.
type xaScript struct {
	t        *testing.T
	server   xaServer
	control  *sql.DB // asks who waits, and clears up
	sessions map[string]*xaSession
	waiting  map[string]chan string
}

// An xaSession is one connection.
type xaSession struct {
	db   *sql.DB
	conn *sql.Conn
	id   int64
}

func newXAScript(t *testing.T, server xaServer) *xaScript {
	return &xaScript{
		t: t, server: server, control: dial(t, server.addr(), "?lock_wait_timeout=5"),
		sessions: map[string]*xaSession{}, waiting: map[string]chan string{},
	}
}

// reset ends all sessions and branches and makes an empty database.
func (r *xaScript) reset() {
	for name := range r.sessions {
		r.close(name)
	}
	rows, err := r.control.Query("XA RECOVER CONVERT XID")
	if err != nil {
		r.t.Fatal(err)
	}
	var rollbacks []string
	for rows.Next() {
		var format, gtrid, bqual int
		var data string
		if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
			r.t.Fatal(err)
		}
		data = strings.TrimPrefix(data, "0x")
		rollbacks = append(rollbacks, fmt.Sprintf("XA ROLLBACK X'%s',X'%s',%d", data[:2*gtrid], data[2*gtrid:], format))
	}
	_ = rows.Close()
	mustExec(r.t, r.control, rollbacks...)
	mustExec(r.t, r.control, "DROP DATABASE IF EXISTS x", "CREATE DATABASE x",
		"CREATE TABLE x.t (k INT PRIMARY KEY, v INT) ENGINE=InnoDB", "CREATE TABLE x.u (k INT PRIMARY KEY, v INT) ENGINE=InnoDB",
		"INSERT INTO x.t VALUES (1, 10), (2, 20), (3, 30)")
}

// line runs one line of a script and returns what is to be printed for it.
func (r *xaScript) line(line string) string {
	switch line {
	case "reset":
		r.reset()
		return line
	case "kill", "restart":
		r.restart()
		return line
	}
	if name, found := strings.CutPrefix(line, "&"); found && r.waiting[name] != nil {
		answer := <-r.waiting[name]
		delete(r.waiting, name)
		return line + " -> " + answer
	}
	name, statement, _ := strings.Cut(line, ": ")
	name, beside := strings.CutPrefix(name, "&")
	if statement == "close" {
		r.close(name)
		return line
	}
	s := r.session(name)
	if !beside {
		return line + " -> " + s.run(statement)
	}
	answer := make(chan string, 1)
	r.waiting[name] = answer
	go func() { answer <- s.run(statement) }()
	r.awaitWaits(len(r.waiting))
	return line
}

// restart kills the server; the sessions end with it.
func (r *xaScript) restart() {
	_ = r.control.Close()
	r.server.kill()
	for _, s := range r.sessions {
		_ = s.conn.Close() // broken
		_ = s.db.Close()
	}
	clear(r.sessions)
	r.server.start()
	r.control = dial(r.t, r.server.addr(), "")
}

// awaitWaits returns when n statements wait for a lock, or have their answer.
func (r *xaScript) awaitWaits(n int) {
	for {
		answered := 0
		for _, c := range r.waiting {
			answered += len(c)
		}
		rows, err := r.control.QueryContext(r.t.Context(), r.server.waits())
		if err != nil {
			r.t.Fatal(err)
		}
		waits := 0
		for rows.Next() {
			waits++
		}
		_ = rows.Close()
		if waits+answered >= n {
			return
		}
	}
}

func (r *xaScript) session(name string) *xaSession {
	if s := r.sessions[name]; s != nil {
		return s
	}
	s := &xaSession{db: dial(r.t, r.server.addr(), "x?multiStatements=true&lock_wait_timeout=1&innodb_lock_wait_timeout=1")}
	var err error
	if s.conn, err = s.db.Conn(r.t.Context()); err == nil {
		err = s.conn.QueryRowContext(r.t.Context(), "SELECT CONNECTION_ID()").Scan(&s.id)
	}
	if err != nil {
		r.t.Fatalf("session %s: %v", name, err)
	}
	r.sessions[name] = s
	return s
}

// close ends a session and returns when the server has ended it too.
func (r *xaScript) close(name string) {
	s := r.sessions[name]
	if s == nil {
		r.t.Fatalf("there is no session %s to close", name)
	}
	_ = s.conn.Close()
	_ = s.db.Close()
	delete(r.sessions, name)
	for r.connected(s.id) {
	}
}

// connected asks the server whether it still has the connection.
func (r *xaScript) connected(id int64) bool {
	rows, err := r.control.QueryContext(r.t.Context(), "SHOW PROCESSLIST")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	lines, err := render(rows)
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf("%d | ", id)) })
}

// run runs one statement, with the binary protocol if it begins so.
func (s *xaSession) run(statement string) string {
	ctx := context.Background()
	query := func() (*sql.Rows, error) { return s.conn.QueryContext(ctx, statement) }
	if text, ok := strings.CutPrefix(statement, "prepared "); ok {
		st, err := s.conn.PrepareContext(ctx, text)
		if err != nil {
			return failure(err)
		}
		defer func() { _ = st.Close() }()
		query = func() (*sql.Rows, error) { return st.QueryContext(ctx) }
	}
	rows, err := query()
	if err != nil {
		return failure(err)
	}
	defer func() { _ = rows.Close() }()
	lines, err := render(rows)
	if err != nil {
		return failure(err)
	}
	if strings.HasPrefix(strings.ToUpper(statement), "XA RECOVER") {
		slices.Sort(lines) // MySQL has no order
	}
	return strings.Join(lines, "; ")
}

// render is one text for each row, or "ok" where there are no columns.
func render(rows *sql.Rows) ([]string, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		rows.Next()
		return []string{"ok"}, rows.Err()
	}
	lines := []string{}
	values := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		var fields []string
		for _, v := range values {
			if !v.Valid {
				v.String = "NULL"
			}
			fields = append(fields, v.String)
		}
		lines = append(lines, strings.Join(fields, " | "))
	}
	if len(lines) == 0 {
		lines = []string{"(no rows)"}
	}
	return lines, rows.Err()
}

var xaState = regexp.MustCompile(`in the\s+([A-Z- ]+) state`)

// failure is an error's number and SQLSTATE, and the state of the branch where
// the message names one.
func failure(err error) string {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return "disconnected"
	}
	text := fmt.Sprintf("%d (%s)", e.Number, e.SQLState[:])
	if m := xaState.FindStringSubmatch(e.Message); m != nil {
		text += " " + m[1]
	}
	return text
}
