package server

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Every listing is a table, with the columns that its SHOW has.
func TestListingTables(t *testing.T) {
	db, goOn := blocked(t)
	for i := range listings {
		l := &listings[i]
		rows, err := db.Query("SELECT * FROM " + l.db + "." + l.table)
		if err != nil {
			t.Errorf("%s: %v", l.table, err)
			continue
		}
		names, err := rows.Columns()
		_ = rows.Close()
		if err != nil || len(names) != len(l.columns) {
			t.Errorf("%s: %v, %v", l.table, names, err)
			continue
		}
		for i, c := range l.columns {
			if !strings.EqualFold(names[i], c.Name) {
				t.Errorf("%s: column %s, want %s", l.table, names[i], c.Name)
			}
		}
		if l.words == nil || l.table == "XADB_XA_TRANSACTIONS" {
			continue // ages may differ by a second
		}
		if table, show := shown(t, db, "SELECT * FROM "+l.db+"."+l.table), shown(t, db, "SHOW "+strings.Join(l.words, " ")); table != show &&
			l.table != "XADB_LOCK_WAITS" && l.table != "XADB_READ_VIEWS" && l.table != "XADB_LOCKS" {
			t.Errorf("%s:\n%s\nSHOW:\n%s", l.table, table, show)
		}
	}
	goOn()
}

// Who waits for whom is a join away.
func TestListingJoins(t *testing.T) {
	db, goOn := blocked(t)
	const schema = "information_schema."
	for query, want := range map[string]string{
		"SELECT state, gtrid, tables, keys_changed FROM " + schema + "XADB_XA_TRANSACTIONS WHERE age < 60": "PREPARED|gt|d.t|1|\n",
		"SELECT p.info, t.trx_state FROM " + schema + "processlist p JOIN " + schema + "innodb_trx t ON t.trx_mysql_thread_id = p.id " +
			"WHERE t.trx_state = 'LOCK WAIT'": "UPDATE d.t SET v = 3 WHERE k = 1|LOCK WAIT|\n",
		"SELECT trx_mysql_thread_id, trx_operation_state, trx_tables_locked, trx_rows_locked FROM " + schema + "innodb_trx WHERE trx_operation_state = 'prepared'": "0|prepared|1|1|\n",
		"SELECT h.mode, h.prepared, h.table_name FROM " + schema + "xadb_lock_waits w JOIN " + schema + "xadb_locks h ON w.blocked_by = h.transaction " +
			"AND w.target = h.target": "X|YES|d.t|\n",
		"SELECT l.object_schema, l.object_name, l.lock_status FROM performance_schema.data_lock_waits w JOIN performance_schema.data_locks l " +
			"ON l.engine_lock_id = w.requesting_engine_lock_id": "d|t|WAITING|\n",
		"SELECT stage FROM " + schema + "xadb_group_commit WHERE members > 0 ORDER BY stage LIMIT 1":                                    "COMMIT|\n",
		"SELECT count(*) > 0 FROM " + schema + "xadb_wal_segments WHERE first_lsn >= 0":                                                 "1|\n",
		"SELECT variable_value FROM performance_schema.session_variables WHERE variable_name = 'autocommit'":                            "ON|\n",
		"SELECT attr_value FROM performance_schema.session_connect_attrs WHERE attr_name = '_client_name' LIMIT 1":                      "Go-MySQL-Driver|\n",
		"SELECT table_name FROM information_schema.tables WHERE table_schema = 'information_schema' AND table_name = 'XADB_READ_VIEWS'": "XADB_READ_VIEWS|\n",
		"SELECT count(*) FROM information_schema.columns WHERE table_name = 'XADB_READ_VIEWS'":                                          "5|\n",
		"SHOW TABLES FROM performance_schema LIKE 'data%'":                                                                              "data_lock_waits|\ndata_locks|\n",
	} {
		if got := shown(t, db, query); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", query, got, want)
		}
	}
	goOn()
	if got := shown(t, db, "SELECT * FROM information_schema.innodb_trx"); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// What a session has open is seen from others, with its age and its state.
func TestListingOpenTransactions(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY)")
	c := session1(t, db)
	const branches, open = "SELECT gtrid, state FROM information_schema.xadb_xa_transactions",
		"SELECT trx_isolation_level, trx_is_read_only, trx_rows_locked FROM information_schema.innodb_trx"
	for _, step := range []struct{ statement, branches, open string }{
		{"XA START 'a'", "a|ACTIVE|\n", "REPEATABLE READ|0|0|\n"},
		{"INSERT INTO d.t VALUES (1)", "a|ACTIVE|\n", "REPEATABLE READ|0|1|\n"},
		{"XA END 'a'", "a|IDLE|\n", "REPEATABLE READ|0|1|\n"},
		{"XA PREPARE 'a'", "a|PREPARED|\n", "|0|1|\n"},
		{"XA ROLLBACK 'a'", "", ""},
		{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "", ""},
		{"START TRANSACTION READ ONLY", "", "READ COMMITTED|1|0|\n"},
		{"COMMIT", "", ""},
	} {
		mustExec(t, c, step.statement)
		if got := shown(t, db, branches); got != step.branches {
			t.Errorf("%s: branches %q, want %q", step.statement, got, step.branches)
		}
		if got := shown(t, db, open); got != step.open {
			t.Errorf("%s: transactions %q, want %q", step.statement, got, step.open)
		}
	}
}

func session1(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// The databases that are made up are listed, can be used, and stay as they
// are.
func TestMadeUpDatabases(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	db.SetMaxOpenConns(1)
	if got := shown(t, db, "SHOW DATABASES"); got != "information_schema|\nperformance_schema|\n" {
		t.Errorf("%s", got)
	}
	mustExec(t, db, "USE performance_schema", "CREATE DATABASE IF NOT EXISTS information_schema")
	if got := shown(t, db, "SELECT VARIABLE_VALUE FROM global_variables WHERE variable_name = 'performance_schema'"); got != "OFF|\n" {
		t.Errorf("%s", got)
	}
	for statement, want := range map[string]uint16{
		"CREATE DATABASE information_schema":                    mysqlerr.DBCreateExists,
		"CREATE DATABASE Performance_Schema":                    mysqlerr.DBCreateExists,
		"DROP DATABASE information_schema":                      mysqlerr.NoSystemSchemaAccess,
		"DROP DATABASE IF EXISTS performance_schema":            mysqlerr.NoSystemSchemaAccess,
		"SELECT * FROM performance_schema.nothing":              mysqlerr.NoSuchTable,
		"SELECT * FROM information_schema.nothing":              mysqlerr.UnknownTable,
		"CREATE TABLE performance_schema.t (k INT)":             mysqlerr.DBAccessDenied,
		"CREATE TABLE information_schema.t (k INT)":             mysqlerr.DBAccessDenied,
		"DELETE FROM information_schema.xadb_locks":             mysqlerr.NonUpdatableTable,
		"UPDATE performance_schema.data_locks SET engine = 'x'": mysqlerr.NonUpdatableTable,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
}

// Tables that have nothing to say here are there, empty, with their columns; and so is what
// a replica would say.
func TestEmptyTables(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	for query, want := range map[string]string{
		"SELECT COUNT(*) FROM performance_schema.events_statements_summary_by_digest WHERE count_star > 1 AND last_seen > NOW()":      "0|\n",
		"SELECT COUNT(*), MAX(service_state) FROM performance_schema.replication_connection_status":                                   "0||\n",
		"SELECT SUM(sum_timer_wait) FROM performance_schema.events_waits_summary_global_by_event_name WHERE event_name LIKE 'wait/%'": "|\n",
		"SELECT name FROM mysql.time_zone_name":                                                                                     "",
		"SELECT database_name FROM mysql.innodb_table_stats WHERE n_rows > 5":                                                       "",
		"SELECT library_name FROM information_schema.LIBRARIES":                                                                     "",
		"SELECT VARIABLE_VALUE + 0 >= 0 FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime'":                       "1|\n",
		"SELECT type, processlist_user, processlist_command FROM performance_schema.threads WHERE processlist_id = CONNECTION_ID()": "FOREGROUND|root|Query|\n",
		"SELECT execution_engine FROM performance_schema.processlist WHERE id = CONNECTION_ID()":                                    "PRIMARY|\n",
		"SELECT column_name FROM information_schema.columns WHERE table_name = 'table_handles' AND ordinal_position = 2":            "OBJECT_SCHEMA|\n",
	} {
		if got := shown(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, column := range map[string]string{
		"SHOW REPLICA STATUS": "Seconds_Behind_Source", "SHOW SLAVE STATUS": "Seconds_Behind_Master", "SHOW REPLICA STATUS FOR CHANNEL 'x'": "Channel_Name",
		"SHOW PRIVILEGES": "Context",
	} {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil || !slices.Contains(names, column) {
			t.Errorf("%s: %v, %v", query, names, err)
		}
		_ = rows.Close()
	}
}
