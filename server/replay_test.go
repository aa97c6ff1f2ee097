package server

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// TestReplayRights: BINLOG asks for no rights on tables, gtid_next not for those on what is run.
func TestReplayRights(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "d")
	mustExec(t, root, "CREATE USER ann IDENTIFIED BY ''", "CREATE USER bob IDENTIFIED BY ''", "GRANT REPLICATION_APPLIER ON *.* TO bob")
	const description = "BINLOG 'cg8Naw8BAAAAewAAAH8AAAABAAQAOS43LjQtMgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAByDw1r" +
		"EwANAAgAAAAABAAEAAAAYwAEGggAAAAAAAACAAAACgoKKioAEjQACigAAAG1QgRT'"
	const next = "SET gtid_next = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1'"
	ann, bob := dialAs(t, srv, "ann", ""), dialAs(t, srv, "bob", "")
	mustExec(t, bob, description, next, "COMMIT", "SET gtid_next = 'AUTOMATIC'")
	for _, statement := range []string{description, next} {
		if _, err := ann.Exec(statement); code(err) != mysqlerr.SpecificAccessDenied {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestOneSessionHasAGTID: the second that wants to execute a transaction waits for the first, and
// then passes over it.
func TestOneSessionHasAGTID(t *testing.T) {
	srv := source(t)
	const next = "SET gtid_next = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1'"
	first, second := dialAs(t, srv, "root", "d"), dialAs(t, srv, "root", "d")
	first.SetMaxOpenConns(1)
	second.SetMaxOpenConns(1)
	mustExec(t, first, "CREATE TABLE once (a INT PRIMARY KEY)", next, "BEGIN", "INSERT INTO once VALUES (1)")
	done := make(chan error, 1)
	go func() {
		_, err := second.Exec(next)
		if err == nil {
			_, err = second.Exec("INSERT INTO once VALUES (1)")
		}
		done <- err
	}()
	mustExec(t, first, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := lines(t, first, "SELECT COUNT(*) FROM once"); got[0] != "1" {
		t.Errorf("%q", got)
	}
}
