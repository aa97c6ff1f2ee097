package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/types"
)

// Statements of the router may be as long as those of the executor: mysqldump locks all
// tables of a database in one, mysqlcheck checks them in one, and texts are set and
// prepared.
func TestLongStatements(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE DATABASE d", "USE d", "CREATE TABLE t (a INT)")
	var locks, checks []string
	for i := range 2000 {
		locks = append(locks, fmt.Sprintf("`t` AS `a_name_that_is_rather_long_%d` READ /*!32311 LOCAL */", i))
		checks = append(checks, "`t`")
	}
	lock := "LOCK TABLES " + strings.Join(locks, ",")
	if len(lock) <= routeMax {
		t.Fatalf("%d bytes", len(lock))
	}
	mustExec(t, db, lock, "UNLOCK TABLES")
	rows, err := db.Query("CHECK TABLE " + strings.Join(checks, ","))
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 2*routeMax)
	mustExec(t, db, "SET @a = '"+long+"'", "SET @c = 1, @b = CONCAT(@a, 'y')", "PREPARE p FROM 'SELECT LENGTH(\""+long+"\")'")
	if got, want := shown(t, db, "EXECUTE p"), fmt.Sprintf("%d|\n", len(long)); got != want {
		t.Errorf("EXECUTE: %s, want %s", got, want)
	}
	if got, want := shown(t, db, "SELECT LENGTH(@a), LENGTH(@b)"), fmt.Sprintf("%d|%d|\n", len(long), len(long)+1); got != want {
		t.Errorf("user variables: %s, want %s", got, want)
	}
}

// The session's user variables are bounded together, too.
func TestUserVariablesBound(t *testing.T) {
	s := &session{}
	for i := range userVarBytesMax / userVarValueMax {
		if err := s.keepUserVar(fmt.Sprint("v", i), make([]byte, userVarValueMax), types.CollationBin); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.keepUserVar("v0", make([]byte, userVarValueMax), types.CollationBin); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := s.keepUserVar("more", []byte("x"), types.CollationBin); err == nil {
		t.Error("more than userVarBytesMax")
	}
}
