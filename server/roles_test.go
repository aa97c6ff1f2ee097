package server

import (
	"database/sql"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// club is a store in which ann has the roles reader, by default, and writer, which
// has counter.
func club(t testing.TB, l *tclog.Log) (srv *Server, root *sql.DB) {
	t.Helper()
	srv = startSQL(t, l)
	root = dialAs(t, srv, "root", "")
	mustExec(t, root,
		"CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "CREATE TABLE d.u (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1, 10), (2, 20)",
		"CREATE ROLE reader, writer, counter, lonely", "GRANT SELECT ON d.t TO reader", "GRANT INSERT, UPDATE, SELECT ON d.t TO writer",
		"GRANT SELECT ON d.u TO counter", "GRANT counter TO writer",
		"CREATE USER ann IDENTIFIED BY 'a'", "GRANT reader, writer TO ann", "SET DEFAULT ROLE reader TO ann",
	)
	return srv, root
}

// What a session may do is what its active roles may, in both tiers, and as of now.
func TestRoles(t *testing.T) {
	srv, root := club(t, openLog(t, vfs.NewMem()))
	ann := dialAs(t, srv, "ann:a", "d")
	ann.SetMaxOpenConns(1)
	read, join, write, of := "SELECT v FROM t WHERE id = 1", "SELECT a.v FROM t a JOIN t b USING (id)", "UPDATE t SET v = v + 1 WHERE id = 1", "SELECT * FROM u"
	stmt, err := ann.Prepare(write + " AND id < ?")
	if err == nil {
		t.Error("prepared")
		_ = stmt.Close()
	}
	wantCode(t, ann, 0, read, join)
	wantCode(t, ann, mysqlerr.TableAccessDenied, write, "INSERT INTO t SELECT id + 5, v FROM t", of)
	mustExec(t, ann, "SET ROLE writer")
	if stmt, err = ann.Prepare(write + " AND id < ?"); err != nil {
		t.Fatal(err)
	}
	if _, err := stmt.Exec(5); err != nil {
		t.Error(err)
	}
	wantCode(t, ann, 0, read, join, write, "INSERT INTO t SELECT id + 5, v FROM t", of)
	if got := listed(t, ann, "SELECT CURRENT_ROLE(), COUNT(*) FROM t"); got != "`writer`@`%`,4" {
		t.Error(got)
	}
	if got := listed(t, ann, "SHOW GRANTS"); got != "GRANT USAGE ON *.* TO `ann`@`%` GRANT SELECT, INSERT, UPDATE ON `d`.`t` TO `ann`@`%` GRANT SELECT ON `d`.`u` TO `ann`@`%` GRANT `reader`@`%`,`writer`@`%` TO `ann`@`%`" {
		t.Error(got)
	}
	mustExec(t, root, "REVOKE INSERT ON d.t FROM writer")
	wantCode(t, ann, mysqlerr.TableAccessDenied, "INSERT INTO t VALUES (50, 1)")
	mustExec(t, root, "REVOKE writer FROM ann")
	wantCode(t, ann, mysqlerr.TableAccessDenied, read, of)
	if _, err := stmt.Exec(5); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
	wantCode(t, ann, mysqlerr.RoleNotGranted, "SET ROLE writer", "SET ROLE reader, lonely", "SET ROLE nobody")
	for _, c := range []struct{ set, current string }{
		{"SET ROLE DEFAULT", "`reader`@`%`"}, {"SET ROLE NONE", "NONE"}, {"SET ROLE ALL", "`reader`@`%`"},
		{"SET ROLE ALL EXCEPT reader", "NONE"}, {"SET ROLE 'reader'@'%'", "`reader`@`%`"},
	} {
		mustExec(t, ann, c.set)
		if got := one[string](t, ann, "SELECT CURRENT_ROLE()"); got != c.current {
			t.Errorf("%s: %s", c.set, got)
		}
	}
	wantCode(t, ann, mysqlerr.ParseError, "SET ROLE", "SET ROLE reader,", "SET DEFAULT ROLE reader", "SET ROLE ALL reader", "SET DEFAULT x = 1")
	wantCode(t, ann, 0, "SET DEFAULT ROLE NONE TO ann")
	if got := one[string](t, dialAs(t, srv, "ann:a", ""), "SELECT CURRENT_ROLE()"); got != "NONE" {
		t.Error(got)
	}
}

// What logs a session in, and begins it anew, decides which roles are active; views run
// with their definer's default roles; a restart keeps all.
func TestRolesOfLogins(t *testing.T) {
	fs := vfs.NewMem()
	l := openLog(t, fs)
	srv, root := club(t, l)
	who := func(dsn string) string { return one[string](t, dialAs(t, srv, dsn, ""), "SELECT CURRENT_ROLE()") }
	if got := who("ann:a"); got != "`reader`@`%`" {
		t.Error(got)
	}
	mustExec(t, root, "SET GLOBAL activate_all_roles_on_login = 1", "SET GLOBAL mandatory_roles = 'lonely, nobody'", "GRANT SELECT ON d.u TO lonely")
	if got := who("ann:a"); got != "`lonely`@`%`,`reader`@`%`,`writer`@`%`" {
		t.Error(got)
	}
	wantCode(t, root, mysqlerr.MandatoryRole, "DROP ROLE lonely", "DROP USER lonely", "REVOKE lonely FROM ann")
	wantCode(t, root, mysqlerr.WrongValueForVar, "SET GLOBAL mandatory_roles = 'a b'")
	wantCode(t, root, mysqlerr.RenameRole, "RENAME USER reader TO readers")
	mustExec(t, root, "SET GLOBAL activate_all_roles_on_login = 0")
	ann := dialAs(t, srv, "ann:a", "d")
	ann.SetMaxOpenConns(1)
	wantCode(t, ann, mysqlerr.TableAccessDenied, "SELECT * FROM u")
	mustExec(t, ann, "SET ROLE lonely")
	wantCode(t, ann, 0, "SELECT * FROM u")
	if got := listed(t, ann, "SELECT role_name, is_default FROM information_schema.enabled_roles"); got != "lonely,NO" {
		t.Error(got)
	}
	if got := listed(t, ann, "SELECT grantee, role_name, is_default FROM information_schema.applicable_roles ORDER BY role_name"); got != "writer,counter,NO ann,reader,YES ann,writer,NO" {
		t.Error(got)
	}

	mustExec(t, root, "GRANT CREATE VIEW ON d.* TO ann", "CREATE USER bob IDENTIFIED BY 'b'", "GRANT SELECT ON d.* TO bob WITH GRANT OPTION", "REVOKE SELECT ON d.* FROM bob")
	mustExec(t, ann, "SET ROLE reader", "CREATE VIEW w AS SELECT v FROM t")
	mustExec(t, root, "GRANT SELECT ON d.w TO bob")
	bob := dialAs(t, srv, "bob:b", "d")
	wantCode(t, bob, 0, "SELECT * FROM w")
	mustExec(t, root, "SET DEFAULT ROLE NONE TO ann")
	wantCode(t, bob, mysqlerr.ViewInvalid, "SELECT * FROM w")

	if got := listed(t, root, "SELECT * FROM mysql.role_edges ORDER BY 2, 4"); got != "%,counter,%,writer,N %,reader,%,ann,N %,writer,%,ann,N" {
		t.Error(got)
	}
	mustExec(t, root, "SET DEFAULT ROLE writer TO ann")
	_ = srv.Shutdown(t.Context())
	l.Abandon()
	srv = startSQL(t, openLog(t, fs))
	root = dialAs(t, srv, "root", "")
	if got := listed(t, root, "SELECT * FROM mysql.default_roles"); got != "%,ann,%,writer" {
		t.Error(got)
	}
	wantCode(t, dialAs(t, srv, "ann:a", "d"), 0, "SELECT * FROM u", "UPDATE t SET v = 1")
	wantCode(t, root, 0, "DROP ROLE writer")
	if got := listed(t, root, "SHOW GRANTS FOR ann USING reader"); got != "GRANT USAGE ON *.* TO `ann`@`%` GRANT CREATE VIEW ON `d`.* TO `ann`@`%` GRANT SELECT ON `d`.`t` TO `ann`@`%` GRANT `reader`@`%` TO `ann`@`%`" {
		t.Error(got)
	}
}
