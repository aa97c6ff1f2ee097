package peers

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A MariaDB that follows a source whose log is reset hears of it; loaded from a
// dump, it goes on from the place of that, and one whose tables
// are the source's at a reset goes on from the beginning of the log.
func TestResetReplicas(t *testing.T) {
	source := newSource(t)
	db := dial(t, source.addr(), "")
	maria := newMariaDB(t)
	if maria == nil {
		return
	}
	replica := dial(t, maria.addr(), "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO d.t VALUES (1, 'one')")
	maria.follow(replica, source)
	executed := func() string { return statusOf(t, db, "SELECT @@GLOBAL.gtid_executed g")["g"] }
	maria.reached(replica, executed())

	mustExec(t, db, "RESET MASTER", "INSERT INTO d.t VALUES (2, 'two')")
	if got := executed(); !strings.HasSuffix(got, ":1") {
		t.Errorf("executed %q", got)
	}
	refused(t, replica)

	mustExec(t, replica, "STOP SLAVE", "RESET SLAVE ALL", "DROP DATABASE d", "SET GLOBAL gtid_slave_pos = ''")
	place := statusOf(t, db, "SHOW MASTER STATUS")
	mariadb(t, maria.addr(), dump(t, mariadbDump(source.addr()), dumping{"d", []string{"--single-transaction", "--databases", "d"}}), "mysql")
	mustExec(t, replica, fmt.Sprintf(`CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='root', MASTER_CONNECT_RETRY=1,
		MASTER_LOG_FILE='%s', MASTER_LOG_POS=%s`, source.port, place["File"], place["Position"]), "START SLAVE")
	mustExec(t, db, "INSERT INTO d.t VALUES (3, 'three')", "FLUSH BINARY LOGS", "XA START 'x'", "INSERT INTO d.t VALUES (4, 'four')",
		"XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'")
	same(t, db, replica)

	mustExec(t, replica, "STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL gtid_slave_pos = ''")
	mustExec(t, db, "RESET BINARY LOGS AND GTIDS", "INSERT INTO d.t VALUES (5, 'five')")
	source.kill()
	source.start()
	maria.follow(replica, source)
	mustExec(t, db, "INSERT INTO d.t VALUES (6, 'six')")
	if got := executed(); !strings.HasSuffix(got, ":1-2") {
		t.Errorf("executed %q", got)
	}
	maria.reached(replica, executed())
	same(t, db, replica)
}

// refused waits until the replica has heard that the log was reset.
func refused(t *testing.T, replica *sql.DB) {
	t.Helper()
	var status map[string]string
	for range 300 {
		if status = statusOf(t, replica, "SHOW SLAVE STATUS"); status["Last_IO_Errno"] == "1236" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the replica follows a log that was reset: %v", status)
}

// same waits until both have the same rows.
func same(t *testing.T, db, replica *sql.DB) {
	t.Helper()
	want, got := contents(t, db), ""
	for range 300 {
		if got = contents(t, replica); got == want {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the replica has\n%s\nthe source\n%s\n%v", got, want, statusOf(t, replica, "SHOW SLAVE STATUS"))
}
