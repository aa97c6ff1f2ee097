package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A sieve looks for secrets in everything that a server has written or said.
type sieve struct {
	t       *testing.T
	secrets []string
	mu      sync.Mutex
	texts   map[string]string // by where it comes from
}

// secret is a new one.
func (s *sieve) secret() string {
	text := fmt.Sprintf("canary%dXq", len(s.secrets))
	s.secrets = append(s.secrets, text)
	return text
}

func (s *sieve) add(from, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[from] += text + "\n"
}

func (s *sieve) text(from string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts[from]
}

func (s *sieve) addFiles(dir string) {
	must(s.t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		s.add(path, string(b))
		return err
	}))
}

func (s *sieve) check() {
	for from, text := range s.texts {
		for _, secret := range s.secrets {
			if i := strings.Index(text, secret); i >= 0 {
				s.t.Errorf("%s has the secret %s: …%q", from, secret, text[max(0, i-80):min(len(text), i+40)])
			}
		}
	}
}

// S-7: no password comes to light, however it was given: well or badly formed,
// prepared, while the statement runs, in logs, files, listings and errors. Names
// that are no secrets are found, so the search finds what is there.
func TestNoSecretAnywhere(t *testing.T) {
	s := &sieve{t: t, texts: map[string]string{}}
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	pages := free.Addr().String()
	must(t, free.Close())
	rootPassword := s.secret()
	store := filepath.Join(dir, "store")
	self(t)
	p, err := kill.Start(t.Context(), kill.Command{
		Binary: self(t), Dir: store, Line: func(line string) { s.add("standard error", line) },
		Args: []string{
			"--status", pages, "--slow-log", filepath.Join(dir, "slow.log"), "--log-level", "debug",
			"--init-root-password-file", passwordFile(t, rootPassword, 0o600), "--archive", filepath.Join(dir, "archive"),
		},
	})
	must(t, err)
	defer p.Kill()
	root, number := login(t, "root:"+rootPassword, p.Addr, "?multiStatements=true")
	if number != 0 {
		t.Fatal(number)
	}
	execute(t, root, "SET GLOBAL long_query_time = 0", "SET long_query_time = 0")

	forms := []string{
		"CREATE USER marker IDENTIFIED BY '%s'",
		"ALTER USER marker IDENTIFIED BY '%s'",
		"ALTER USER marker IDENTIFIED WITH mysql_native_password BY '%s'",
		"SET PASSWORD FOR marker = '%s'",
		"ALTER USER marker IDENTIFIED BY \"%s\" REPLACE 'wrong'",
		"CREATE USER marker IDENTIFIED BY '%s'",
		"CREATE USER other IDENTIFIED BY '%s' NONSENSE",
		"CREAT USER other IDENTIFIED BY '%s'",
		"CREATE USER other IDENTIFIED BY '%s",
		"CREATE USER other IDENTIFIED BY %s",
		"CREATE USER other IDENTIFIED WITH nonsense BY '%s'",
		"CREATE USER other IDENTIFIED WITH caching_sha2_password AS '%s'",
		"SET PASSWORD = %s",
		"SET PASSWORD FOR nobody = '%s'",
		"SET PASSWORD FOR marker '%s'",
		"GRANT SELECT ON *.* TO marker IDENTIFIED BY '%s'",
		"PREPARE p FROM 'ALTER USER marker IDENTIFIED BY ''%s'''",
		"PREPARE p FROM 'ALTER USER marker IDENTIFIED BY ''%s'' nonsense'",
		"EXECUTE p",
		"SELECT 1; ALTER USER marker IDENTIFIED BY '%s'; SELECT 2",
		"/* c */ alter/**/user marker identified /* x */ by '%s'",
		"EXPLAIN ALTER USER marker IDENTIFIED BY '%s'",
	}
	for _, form := range forms {
		text := form
		if strings.Contains(form, "%s") {
			text = fmt.Sprintf(form, s.secret())
		}
		if _, err := root.Exec(text); err != nil {
			s.add("error of "+form, err.Error())
		}
		s.collect(root, "SHOW WARNINGS")
		if st, err := root.Prepare(text); err != nil {
			s.add("error of preparing "+form, err.Error())
		} else {
			if _, err := st.Exec(); err != nil {
				s.add("error of executing "+form, err.Error())
			}
			_ = st.Close()
		}
	}
	for _, params := range []string{"", "?tls=skip-verify"} {
		db, _ := login(t, "marker:"+s.secret(), p.Addr, params)
		s.add("error of a login", fmt.Sprint(db.Ping()))
	}
	s.whileRunning(root, p.Addr, rootPassword)

	for _, page := range []string{"/metrics", "/", "/readyz", "/healthz"} {
		r, err := http.Get("http://" + pages + page)
		must(t, err)
		b, err := io.ReadAll(r.Body)
		must(t, err)
		must(t, r.Body.Close())
		s.add(page, string(b))
	}
	for _, query := range []string{
		"SHOW ENGINE XADB STATUS", "SHOW FULL PROCESSLIST", "SHOW GRANTS FOR marker", "SHOW CREATE USER marker", "SHOW VARIABLES", "SHOW STATUS",
		"SHOW LOCKS", "SHOW BINARY LOGS",
	} {
		s.collect(root, query)
	}
	must(t, root.Close())
	must(t, p.Stop())
	s.addFiles(dir)
	for _, args := range [][]string{{"wal", "dump", "--data", store}, {"binlog", "dump", "--data", store}, {"check", "--data", store}} {
		r := command(args...)
		s.add(strings.Join(args[:2], " "), r.out+r.err)
	}
	s.check()
	for from, want := range map[string]string{
		"binlog dump": "ALTER USER 'marker'@'%'", "standard error": "ready on", "SHOW GRANTS FOR marker": "marker",
		filepath.Join(dir, "slow.log"): "IDENTIFIED BY ?", "SHOW FULL PROCESSLIST": "SLEEP",
	} {
		if !strings.Contains(s.texts[from], want) {
			t.Errorf("%s lacks %q: the search looks at the wrong text: %.300q", from, want, s.texts[from])
		}
	}
}

// collect adds a result as text.
func (s *sieve) collect(db queryer, query string) {
	s.t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	must(s.t, err)
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	must(s.t, err)
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		must(s.t, rows.Scan(into...))
		for _, v := range values {
			s.add(query, fmt.Sprintf("%s", v))
		}
	}
	must(s.t, rows.Err())
}

// whileRunning lists processes while a statement with a password runs.
func (s *sieve) whileRunning(root queryer, addr, rootPassword string) {
	db, _ := login(s.t, "root:"+rootPassword, addr, "?multiStatements=true")
	done := make(chan error, 1)
	text := fmt.Sprintf("SELECT SLEEP(2); ALTER USER marker IDENTIFIED BY '%s'", s.secret())
	go func() {
		_, err := db.Exec(text)
		done <- err
	}()
	for end := time.Now().Add(10 * time.Second); !strings.Contains(s.text("SHOW FULL PROCESSLIST"), "SLEEP") && time.Now().Before(end); {
		s.collect(root, "SHOW FULL PROCESSLIST")
		s.collect(root, "SHOW ENGINE XADB STATUS")
	}
	must(s.t, <-done)
}
