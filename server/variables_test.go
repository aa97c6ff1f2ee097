package server

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// other is a legal value of a variable that is not its default.
func (v *sysVar) other() string {
	switch {
	case v.typ == boolVar:
		return map[string]string{"0": "1", "1": "0"}[v.def]
	case v.name == "pseudo_thread_id": // not the connection's own
		return "7777"
	case v.name == "max_execution_time": // the statements that look must have enough
		return "60000"
	case v.typ == intVar:
		n, _ := strconv.ParseInt(v.def, 10, 64)
		step := max(v.step, 1)
		if n += step; n > v.max || n < 0 {
			n -= 2 * step
		}
		return strconv.FormatInt(n, 10)
	case v.typ == enumVar && v.enum[0] != v.def:
		return "'" + v.enum[0] + "'"
	case v.typ == enumVar:
		return "'" + v.enum[1] + "'"
	}
	return map[string]string{
		"sql_mode": "'STRICT_TRANS_TABLES'", "time_zone": "'+01:00'", "long_query_time": "3.5", "xadb_read_view": "'v'",
		"character_set_client": "'latin1'", "character_set_connection": "'latin1'", "character_set_results": "'latin1'",
		"character_set_database": "'latin1'", "character_set_server": "'latin1'", "character_set_filesystem": "'utf8mb4'",
		"collation_connection": "'utf8mb4_bin'", "collation_database": "'utf8mb4_bin'", "collation_server": "'utf8mb4_bin'",
		"default_collation_for_utf8mb4": "'utf8mb4_0900_ai_ci'", "session_track_system_variables": "'*'",
		"optimizer_switch": "'mrr=off'", "max_statement_time": "1", "mandatory_roles": "'nobody'", "timestamp": "1038401397",
	}[v.name] + map[bool]string{true: "'other'"}[v.constant && v.name != "max_statement_time"]
}

// Each variable that is listed can be set and is then what it was set to, or
// says that it cannot (1238); those that can be set to one value alone can be
// set to that.
func TestEachVariable(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	mustExec(t, db, "CREATE READ VIEW v")
	for name, v := range sysVars {
		if v.mariaDB {
			continue // TestMariaDBListener
		}
		t.Run(name, func(t *testing.T) {
			c := session1(t, db)
			defer func() { _ = c.Close() }()
			scope := "SESSION "
			if v.scope == globalOnly {
				scope = "GLOBAL "
			}
			set := func(value string) error {
				_, err := c.ExecContext(context.Background(), "SET "+scope+name+" = "+value)
				return err
			}
			value := func() (s sql.NullString) {
				row := c.QueryRowContext(context.Background(), "SELECT variable_value FROM performance_schema.session_variables WHERE variable_name = '"+name+"'")
				if err := row.Scan(&s); err != nil {
					t.Fatal(err)
				}
				return s
			}
			before := value()
			switch {
			case v.readOnly:
				if err := set("DEFAULT"); code(err) != mysqlerr.IncorrectGlobalLocal && !onlyGlobally[name] {
					t.Errorf("read only, and setting it: %v", err)
				}
			case v.constant:
				if err := set(v.other()); code(err) != mysqlerr.IncorrectGlobalLocal {
					t.Errorf("constant, and %s: %v", v.other(), err)
				}
				if err := set("DEFAULT"); err != nil {
					t.Error(err)
				}
			case strings.HasPrefix(name, "rand_seed"): // is never told
			case name == "gtid_next": // TestGTIDNext
			case name == "max_allowed_packet", name == "slow_query_log": // TestOperatingVariables, TestSlowLog
			case name == "gtid_purged": // checked, and forgotten with a warning
				if err := set("'14996404-eb6f-11f1-b615-02fc00000001:1'"); err != nil {
					t.Error(err)
				}
			default:
				if err := set(v.other()); err != nil {
					t.Fatalf("%s: %v", v.other(), err)
				}
				if after := value(); after == before {
					t.Errorf("set to %s, it is still %s", v.other(), after.String)
				}
			}
			if v.readOnly || v.constant {
				if after := value(); after != before && name != "error_count" && name != "warning_count" {
					t.Errorf("%s became %s", before.String, after.String)
				}
			}
			_ = set("DEFAULT")
		})
	}
}

// What is obeyed has an effect.
func TestVariablesObeyed(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, s VARCHAR(10))", "INSERT INTO d.t VALUES (1,'a'),(2,'b'),(3,'c')",
		"SET sql_select_limit = 2, group_concat_max_len = 4")
	for query, want := range map[string]string{
		"SELECT k FROM d.t ORDER BY k":                                     "1 2",
		"SELECT k FROM d.t ORDER BY k LIMIT 3":                             "1 2 3",
		"SELECT a.k FROM d.t a JOIN d.t b ON b.k = a.k ORDER BY a.k":       "1 2",
		"SELECT count(*) FROM (SELECT k FROM d.t LIMIT 3) x":               "3",
		"SELECT k FROM d.t WHERE k IN (SELECT k FROM d.t) ORDER BY k DESC": "3 2",
		"SELECT GROUP_CONCAT(s ORDER BY s) FROM d.t":                       "a,b,",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := listed(t, db, "SELECT k FROM d.t WHERE k > ? ORDER BY k", 0); got != "1 2" {
		t.Errorf("prepared: %q", got)
	}
	mustExec(t, db, "SET sql_select_limit = 18446744073709551615")
	if got := listed(t, db, "SELECT k FROM d.t ORDER BY k"); got != "1 2 3" {
		t.Errorf("without a limit: %q", got)
	}
	for statement, want := range map[string]string{
		"DROP TABLE IF EXISTS d.none":            "Note,1051,Unknown table 'd.none'",
		"DROP DATABASE IF EXISTS absent":         "Note,1008,Can't drop database 'absent'; database doesn't exist",
		"CREATE TABLE IF NOT EXISTS d.t (k INT)": "Note,1050,Table 't' already exists",
		"CREATE DATABASE IF NOT EXISTS d":        "Note,1007,Can't create database 'd'; database exists",
	} {
		for _, notes := range []string{"1", "0"} {
			mustExec(t, db, "SET sql_notes = "+notes, statement)
			if got := listed(t, db, "SHOW WARNINGS"); got != want {
				t.Errorf("sql_notes = %s, %s: %q", notes, statement, got)
			}
			want = ""
		}
	}
}

// The store's names in the binary log are the server's.
func TestIdentityVariables(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	db := dial(t, startSQL(t, l), "")
	mustExec(t, db, "CREATE DATABASE d")
	uuid := one[string](t, db, "SELECT @@server_uuid")
	if executed := one[string](t, db, "SELECT @@gtid_executed"); len(uuid) != 36 || executed != uuid+":1" {
		t.Errorf("%s executed %s", uuid, executed)
	}
	if id := one[int](t, db, "SELECT @@server_id"); id != int(l.ServerID()) {
		t.Errorf("server_id %d", id)
	}
}

// Counters count what they say.
func TestStatusCounters(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	db.SetMaxOpenConns(1)
	status := func(name string) int64 {
		var shown, value string
		if err := db.QueryRow("SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&shown, &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY AUTO_INCREMENT)", "INSERT INTO d.t VALUES (1),(2)")
	for _, c := range []struct {
		do     func()
		deltas map[string]int64 // besides what SHOW STATUS itself adds
	}{
		{func() { _ = db.Ping() }, map[string]int64{"Queries": 1, "Questions": 0, "Com_admin_commands": 1}},
		{func() { _ = one[int](t, db, "SELECT count(*) FROM d.t WHERE k > ?", 0) }, map[string]int64{
			"Com_stmt_prepare": 1, "Com_stmt_execute": 1, "Com_stmt_close": 1, "Com_select": 1, "Questions": 1, "Queries": 3,
			"Innodb_rows_read": 2, "Com_insert": 0,
		}},
		{func() { mustExec(t, db, "BEGIN", "INSERT INTO d.t VALUES (NULL)", "COMMIT") }, map[string]int64{
			"Com_begin": 1, "Com_commit": 1, "Com_insert": 1, "Handler_commit": 1, "Com_rollback": 0,
		}},
		{func() {
			failed := status("Aborted_connects")
			_ = dial(t, srv, "none").Ping()
			for end := time.Now().Add(10 * time.Second); status("Aborted_connects") == failed && time.Now().Before(end); {
				time.Sleep(time.Millisecond) // the client may know before it is counted
			}
		}, map[string]int64{"Aborted_connects": 1, "Connections": 1, "Threads_connected": 0}},
		{func() {
			other := dial(t, srv, "")
			_ = other.Ping()
			_ = other.Close()
		}, map[string]int64{"Connections": 1, "Threads_created": 1, "Aborted_clients": 0}},
	} {
		for name, want := range c.deltas {
			before := status(name)
			c.do()
			self := map[string]int64{"Queries": 1, "Questions": 1}[name]
			if got := status(name) - before - self; got != want {
				t.Errorf("%s: %d more, want %d", name, got, want)
			}
		}
	}
	in, out := status("Bytes_received"), status("Bytes_sent")
	_ = one[string](t, db, "SELECT repeat('x', 5000)")
	if in, out = status("Bytes_received")-in, status("Bytes_sent")-out; in < 25 || in > 300 || out < 5000 || out > 6000 {
		t.Errorf("%d bytes in, %d out", in, out)
	}
	if most := status("Max_used_connections"); most < 1 || most > 3 {
		t.Errorf("%d at most", most)
	}
}

// Variables stand in statements about tables, too.
func TestVariablesInStatements(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 10), (2, 20)", "SET @b = 2")
	for query, want := range map[string]string{
		"SELECT @b, k FROM d.t WHERE k = @b":                   "2,2",
		"SELECT @none, (SELECT count(*) FROM d.t)":             "NULL,2",
		"SELECT k FROM d.t WHERE k = @none OR k = @b - 1":      "1",
		"SELECT @b + 1, @@autocommit + 1 FROM d.t WHERE k = 1": "3,2",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	mustExec(t, db, "UPDATE d.t SET n = n + @b WHERE k = @b", "INSERT INTO d.t VALUES (@b + 1, @b)", "DELETE FROM d.t WHERE k = @b - 1")
	if got := listed(t, db, "SELECT * FROM d.t ORDER BY k"); got != "2,22 3,2" {
		t.Errorf("%q", got)
	}
	for query, want := range map[string]string{"SELECT concat(?, ?)": "ab", "SELECT concat('x', ?, @b, ?)": "xa2b"} {
		if got := listed(t, db, query, "a", "b"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// Variables inside of expressions have the values that they have alone, those that the
// library does not know and the global ones as well.
func TestVariablesInExpressions(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "SET GLOBAL wait_timeout = 1234", "SET SESSION wait_timeout = 77", "SET GLOBAL sql_mode = 'ANSI_QUOTES'")
	for query, want := range map[string]string{
		"SELECT LOWER(@@GLOBAL.wait_timeout), @@GLOBAL.wait_timeout + 1, CONCAT(@@wait_timeout)": "1234|1235|77|\n",
		"SELECT CONCAT(@@GLOBAL.sql_mode)":                                                                "ANSI_QUOTES|\n",
		"SELECT LOWER(@@have_geometry), HEX(@@innodb_default_row_format)":                                 "yes|64796E616D6963|\n",
		"SELECT IF(@@innodb_file_per_table = 1, 'a', 'b'), (SELECT @@GLOBAL.xadb_snapshot_isolation + 0)": "a|0|\n",
		"SELECT COUNT(*) FROM (SELECT 1 AS x) q WHERE @@GLOBAL.event_scheduler = 'OFF'":                   "1|\n",
	} {
		if got := shown(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if _, err := db.Exec("SET GLOBAL event_scheduler = 'ON'"); code(err) != mysqlerr.IncorrectGlobalLocal {
		t.Error(err)
	}
	mustExec(t, db, "SET GLOBAL general_log = 0", "SET session_track_transaction_info = 'OFF'")
}
