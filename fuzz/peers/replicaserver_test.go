package peers

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

// freePort is one that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return free.Addr().(*net.TCPAddr).Port
}

// awaitServer waits until a server accepts clients.
func awaitServer(t *testing.T, addr string) {
	t.Helper()
	db := dial(t, addr, "")
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		if err = db.PingContext(t.Context()); err == nil {
			return
		}
		<-time.After(50 * time.Millisecond) // between two attempts to connect
	}
	t.Fatalf("nobody accepts clients on %s: %v", addr, err)
}

// A sourceServer is an xadb that keeps its addresses over kills.
type sourceServer struct {
	t               *testing.T
	dir             string
	port, mariaPort int
	p               *kill.Process
}

func newSource(t *testing.T) *sourceServer {
	s := &sourceServer{t: t, dir: filepath.Join(t.TempDir(), "data"), port: freePort(t), mariaPort: freePort(t)}
	s.start()
	return s
}

func (s *sourceServer) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }
func (s *sourceServer) kill()        { s.p.Kill() }
func (s *sourceServer) start() {
	s.t.Helper()
	s.p = serveDir(s.t, s.dir, "--listen", s.addr(), "--listen-mariadb", fmt.Sprintf("127.0.0.1:%d", s.mariaPort))
}

// A replicaServer is a server of another make that follows a source.
type replicaServer interface {
	addr() string
	// disturb ends it as hard as it can bear.
	disturb()
	start()
	// follow makes it a replica of the source; it goes on by itself when it is
	// started again.
	follow(db *sql.DB, s *sourceServer)
	// reached waits until it has all that is in a set of the source's GTIDs.
	reached(db *sql.DB, gtids string)
	// healthy checks that it follows without an error.
	healthy(db *sql.DB)
}

// firstRow is the first row of a statement, with the names of its columns.
func firstRow(t *testing.T, db *sql.DB, query string) (names []string, cells []sql.NullString) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	if names, err = rows.Columns(); err != nil || !rows.Next() {
		t.Fatalf("%s: no row; %v", query, err)
	}
	cells = make([]sql.NullString, len(names))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return names, cells
}

// statusOf is the one row of a statement, by the names of its columns.
func statusOf(t *testing.T, db *sql.DB, query string) map[string]string {
	t.Helper()
	names, cells := firstRow(t, db, query)
	row := map[string]string{}
	for i, n := range names {
		row[n] = cells[i].String
	}
	return row
}

func checkStatus(t *testing.T, who string, row map[string]string, names ...string) {
	t.Helper()
	for _, n := range names {
		want := "0"
		if strings.HasSuffix(n, "_Running") {
			want = "Yes"
		}
		if row[n] != want {
			t.Errorf("%s: %s is %q; IO: %s; SQL: %s", who, n, row[n], row["Last_IO_Error"], row["Last_SQL_Error"])
		}
	}
}

func (s *mysqlServer) disturb() { s.kill() }

func (s *mysqlServer) follow(db *sql.DB, source *sourceServer) {
	s.t.Helper()
	mustExec(s.t, db, fmt.Sprintf(`CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=%d, SOURCE_USER='root',
		SOURCE_AUTO_POSITION=1, SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=1000, SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1`, source.port),
		"START REPLICA")
}

func (s *mysqlServer) reached(db *sql.DB, gtids string) {
	s.t.Helper()
	if n := number(s.t, db, "SELECT WAIT_FOR_EXECUTED_GTID_SET('"+gtids+"', 300)"); n != 0 {
		s.healthy(db)
		s.t.Fatalf("MySQL has %s, not all of %s", statusOf(s.t, db, "SHOW REPLICA STATUS")["Executed_Gtid_Set"], gtids)
	}
}

func (s *mysqlServer) healthy(db *sql.DB) {
	s.t.Helper()
	checkStatus(s.t, "MySQL", statusOf(s.t, db, "SHOW REPLICA STATUS"),
		"Replica_IO_Running", "Replica_SQL_Running", "Last_IO_Errno", "Last_SQL_Errno")
}

// replicaOptions are those of a MySQL that follows: its own log is off, which
// would only cost time.
var replicaOptions = []string{"--server-id=88", "--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--replica-parallel-workers=4",
	"--relay-log-recovery=ON", "--innodb-flush-log-at-trx-commit=2"}

// A mariaServer is a MariaDB that follows by its own GTIDs.
type mariaServer struct {
	t    *testing.T
	dir  string
	port int
	args []string // further ones of mariadbd
	cmd  *exec.Cmd
	said bytes.Buffer // to be read when it is dead
}

func newMariaDB(t *testing.T, args ...string) *mariaServer {
	t.Helper()
	if !need(t, "mariadbd", "mariadb-install-db") {
		return nil
	}
	s := &mariaServer{t: t, dir: t.TempDir(), port: freePort(t), args: args}
	out, err := runFor(t, time.Minute, "mariadb-install-db", "--no-defaults", "--datadir="+s.data(), "--user=root",
		"--auth-root-authentication-method=normal", "--skip-test-db")
	if err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	t.Cleanup(s.kill)
	s.start()
	return s
}

func (s *mariaServer) data() string { return filepath.Join(s.dir, "data") }
func (s *mariaServer) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *mariaServer) start() {
	s.t.Helper()
	s.cmd = exec.Command("mariadbd", append([]string{"--no-defaults", "--user=root", "--datadir=" + s.data(), "--socket=" + filepath.Join(s.dir, "s"),
		"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", s.port), "--skip-name-resolve", "--server-id=77",
		"--slave-parallel-threads=4", "--slave-parallel-mode=conservative", "--innodb-flush-log-at-trx-commit=2"}, s.args...)...)
	s.cmd.Stderr = &s.said
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	awaitServer(s.t, s.addr())
}

func (s *mariaServer) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it was killed
		s.cmd = nil
	}
}

// disturb is no kill: a MariaDB's DDL and XA statements are not atomic with the
// place that it notes in gtid_slave_pos, so that behind a kill it may run one for
// the second time, whoever the source is.
func (s *mariaServer) disturb() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	s.cmd = nil
}

func (s *mariaServer) follow(db *sql.DB, source *sourceServer) {
	s.t.Helper()
	mustExec(s.t, db, fmt.Sprintf(`CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='root',
		MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=2`, source.mariaPort), "START SLAVE")
}

func (s *mariaServer) reached(db *sql.DB, gtids string) {
	s.t.Helper()
	last := gtids[strings.LastIndexAny(gtids, "-:")+1:]
	if n := number(s.t, db, "SELECT MASTER_GTID_WAIT('0-1-"+last+"', 300)"); n != 0 {
		s.healthy(db)
		rows, err := db.Query("SHOW PROCESSLIST")
		if err == nil {
			lines, err := render(rows)
			s.t.Log(err, strings.Join(lines, "\n"))
		}
		s.t.Log(statusOf(s.t, db, "SHOW SLAVE STATUS"))
		s.t.Fatalf("MariaDB has %s, not number %s", statusOf(s.t, db, "SELECT @@gtid_slave_pos p")["p"], last)
	}
}

func (s *mariaServer) healthy(db *sql.DB) {
	s.t.Helper()
	checkStatus(s.t, "MariaDB", statusOf(s.t, db, "SHOW SLAVE STATUS"),
		"Slave_IO_Running", "Slave_SQL_Running", "Last_IO_Errno", "Last_SQL_Errno")
	if s.t.Failed() {
		s.kill()
		s.t.Log(s.said.String())
		s.start()
	}
}
