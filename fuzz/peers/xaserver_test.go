package peers

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

// An xaServer runs the scripts: xadb, or the MySQL they were recorded from.
type xaServer interface {
	addr() string
	// waits is the query whose result is how many statements wait for a lock.
	waits() string
	kill()  // as by a loss of power
	start() // again, over the same data
}

type xadbServer struct {
	t   *testing.T
	dir string
	p   *kill.Process
}

func newXADB(t *testing.T) *xadbServer {
	s := &xadbServer{t: t, dir: filepath.Join(t.TempDir(), "data")}
	s.start()
	return s
}

func (s *xadbServer) addr() string  { return s.p.Addr }
func (s *xadbServer) waits() string { return "SHOW LOCK WAITS" }
func (s *xadbServer) kill()         { s.p.Kill() }
func (s *xadbServer) start()        { s.p = serveDir(s.t, s.dir) }

// mysqlServer is what scripts/mysql9.sh has installed.
type mysqlServer struct {
	t    *testing.T
	data string
	port int
	args []string // more options
	cmd  *exec.Cmd
}

const mysql9 = "../../scripts/mysql9.sh"

func newMySQL(t *testing.T, args ...string) *mysqlServer {
	t.Helper()
	if out, err := runFor(t, 5*time.Minute, mysql9, "install"); err != nil {
		t.Fatalf("%s: %v\n%s", mysql9, err, out)
	}
	s := &mysqlServer{t: t, data: filepath.Join(t.TempDir(), "data"), port: freePort(t), args: args}
	t.Cleanup(s.kill)
	s.start()
	return s
}

func (s *mysqlServer) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *mysqlServer) waits() string {
	return `SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'
		UNION ALL SELECT id FROM performance_schema.processlist WHERE state LIKE 'Waiting for % lock'`
}

func (s *mysqlServer) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it was killed
		s.cmd = nil
	}
}

func (s *mysqlServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(mysql9, append([]string{"serve", s.data, fmt.Sprint(s.port)}, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, io.Discard
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	awaitServer(s.t, s.addr())
}
