package server

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Made-up databases take no privilege to read, so each of their tables asks for
// what its SHOW asks for, and shows nothing of other accounts. A table that is
// not named here must be refused.
func TestListingsAreClosed(t *testing.T) {
	open := map[string]bool{
		"PROCESSLIST": true, "processlist": true, "threads": true, "session_account_connect_attrs": true,
		"global_variables": true, "session_variables": true, "global_status": true, "session_status": true,
	}
	srv, root := office(t)
	ann := dialAs(t, srv, "ann:a", "")
	for _, l := range listings {
		query := "SELECT * FROM " + l.db + "." + l.table
		rows, err := ann.Query(query)
		if err == nil {
			for rows.Next() { // an error may come with the rows
			}
			err = rows.Err()
		}
		if open[l.table] {
			if err != nil {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		if !slices.Contains(denials, code(err)) {
			t.Errorf("%s: %v", query, err)
		}
		if rows, err := root.Query(query); err != nil {
			t.Errorf("%s by root: %v", query, err)
		} else {
			_ = rows.Close()
		}
	}
	for _, query := range []string{
		"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'root'",
		"SELECT COUNT(*) FROM performance_schema.processlist WHERE USER = 'root'",
	} {
		var n int
		if err := ann.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", query, n, err)
		}
	}
}

// A trigger does what it does for everybody who fires it: only who could do that
// himself can make one.
func TestTriggersRunForAll(t *testing.T) {
	srv, root := office(t)
	cy, bob := dialAs(t, srv, "cy:c", "d"), dialAs(t, srv, "bob:b", "d")
	mustExec(t, root, "GRANT INSERT ON d.t TO bob")
	mustExec(t, cy, "CREATE TRIGGER seen AFTER INSERT ON t FOR EACH ROW INSERT INTO u VALUES (NEW.id, NEW.v)")
	mustExec(t, bob, "INSERT INTO t VALUES (7, 'seven')")
	if got := listed(t, cy, "SELECT v FROM u WHERE id = 7"); got != "seven" {
		t.Error(got)
	}
	if _, err := bob.Exec("INSERT INTO u VALUES (8, 'no')"); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
	for query, want := range map[string]uint16{
		"CREATE TRIGGER far AFTER INSERT ON t FOR EACH ROW INSERT INTO e.t VALUES (NEW.id, NEW.v)":             mysqlerr.TableAccessDenied,
		"CREATE TRIGGER far BEFORE INSERT ON t FOR EACH ROW SET NEW.v = (SELECT MAX(v) FROM e.t)":              mysqlerr.TableAccessDenied,
		"CREATE TRIGGER far AFTER INSERT ON t FOR EACH ROW BEGIN DELETE FROM e.t; INSERT INTO u SELECT 1; END": mysqlerr.TableAccessDenied,
	} {
		if _, err := cy.Exec(query); code(err) != want {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, query := range []string{"DROP TRIGGER seen", "CREATE TRIGGER mine BEFORE INSERT ON t FOR EACH ROW SET NEW.v = ''"} {
		if _, err := bob.Exec(query); !slices.Contains(denials, code(err)) {
			t.Errorf("%s: %v", query, err)
		}
	}
	mustExec(t, cy, "DROP TRIGGER seen")
}

// A plan asks for privileges with each use, and is not for a session whose
// temporary table has the name.
func TestPlansAsk(t *testing.T) {
	srv, root := office(t)
	bob, cy := dialAs(t, srv, "bob:b", "d"), dialAs(t, srv, "cy:c", "d")
	queries := []string{"SELECT v FROM t WHERE id = 1", "SELECT v FROM t WHERE id IN (1)"}
	for range 3 { // until it has a plan
		for _, query := range queries {
			for _, db := range []*sql.DB{bob, cy} {
				if got := listed(t, db, query); got != "one" {
					t.Fatal(got)
				}
			}
		}
	}
	mustExec(t, root, "REVOKE SELECT ON d.t FROM bob")
	mustExec(t, cy, "CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO t VALUES (1, 'mine')")
	for _, query := range queries {
		if _, err := bob.Exec(query); code(err) != mysqlerr.TableAccessDenied {
			t.Errorf("%s: %v", query, err)
		}
		if got := listed(t, cy, query); got != "mine" {
			t.Errorf("%s: %s", query, got)
		}
	}
	mustExec(t, cy, "DELETE FROM t WHERE id = 1", "DROP TABLE t")
	if got := listed(t, cy, queries[0]); got != "one" {
		t.Error(got)
	}
}
