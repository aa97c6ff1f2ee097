package server

import (
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

func TestShowWhere(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	for condition, want := range map[string]string{
		"Variable_name = 'AUTOCOMMIT'":                                                    "autocommit,ON",
		"Variable_name IN ('autocommit', 'sql_notes') AND Value = 'on'":                   "autocommit,ON sql_notes,ON",
		"Variable_name LIKE 'net%timeout' AND Value > 30":                                 "net_write_timeout,60",
		"Variable_name LIKE 'net%timeout' AND Value <= 30":                                "net_read_timeout,30",
		"Variable_name LIKE 'net%' AND NOT (Value = 30 OR Value = 60)":                    "net_buffer_length,16384 net_retry_count,10",
		"variable_name NOT IN ('x') AND `variable_name` NOT LIKE '%_%_%' AND Value <> ''": "",
		"Value = 'xadb' OR Value = 'ROW'":                                                 "binlog_format,ROW version_comment,xadb",
	} {
		if got := listed(t, db, "SHOW VARIABLES WHERE "+condition); got != want {
			t.Errorf("%s: %q, want %q", condition, got, want)
		}
	}
	for condition, want := range map[string]uint16{
		"": mysqlerr.ParseError, "Value": mysqlerr.ParseError, "Value NOT = 1": mysqlerr.ParseError, "Value IN (": mysqlerr.ParseError, "(Value = 1": mysqlerr.ParseError,
		"Value = 1 AND": mysqlerr.ParseError, "Colour = 'red'": mysqlerr.BadField, "Value = 1 2": mysqlerr.ParseError,
		strings.Repeat("(", 5000) + "Value = 1": mysqlerr.ParseError, strings.Repeat("NOT ", 5000) + "Value = 1": mysqlerr.ParseError,
	} {
		if _, err := db.Exec("SHOW VARIABLES WHERE " + condition); code(err) != want {
			t.Errorf("%.50s: %v, want %d", condition, err, want)
		}
	}
}

// What tools ask for has an answer, if only an empty one, without a current
// database too.
func TestShowsOfTools(t *testing.T) {
	db := dial(t, startSQL(t, openLog(t, vfs.NewMem())), "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY)")
	// In this order: what is deprecated warns, and the statement behind it counts.
	for _, show := range []struct{ statement, want string }{
		{"SHOW ENGINE INNODB STATUS", "TRANSACTIONS"}, {"SHOW ENGINE INNODB MUTEX", ""}, {"SHOW ENGINE PERFORMANCE_SCHEMA STATUS", ""},
		{"SHOW TABLE STATUS FROM d", "t,InnoDB"}, {"SHOW KEYS FROM t FROM d", "t,0,PRIMARY"}, {"SHOW OPEN TABLES FROM d", ""}, {"SHOW TRIGGERS FROM d", ""},
		{"SHOW EVENTS FROM d", ""}, {"SHOW PROCEDURE STATUS WHERE Db = 'd'", ""}, {"SHOW FUNCTION STATUS", ""}, {"SHOW PLUGINS", ""},
		{"SHOW COUNT(*) WARNINGS", "0"}, {"SHOW PROFILES", ""}, {"SHOW COUNT(*) WARNINGS", "1"}, {"SHOW PROFILE", ""},
		{"SHOW REPLICA STATUS", ""}, {"SHOW REPLICAS", ""}, {"SHOW STORAGE ENGINES", "xadb,DEFAULT"},
		{"SHOW CREATE TABLE information_schema.xadb_locks", "XADB_LOCKS"}, {"SHOW COLUMNS FROM performance_schema.data_locks", "ENGINE"},
		{"SHOW FULL TABLES FROM d", "t,BASE TABLE"}, {"SHOW COLLATION LIKE 'utf8mb4_bin'", "utf8mb4_bin"},
	} {
		if got := listed(t, db, show.statement); show.want == "" && got != "" || !strings.Contains(got, show.want) {
			t.Errorf("%s: %q, want %q", show.statement, got, show.want)
		}
	}
}
