package server

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// dialAs connects as somebody, with one connection.
func dialAs(t testing.TB, srv *Server, who, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", who+"@tcp("+srv.Addr().String()+")/"+params)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// office is a server with two databases, and users: ann has nothing, bob SELECT
// on one table, cy everything in d.
func office(t testing.TB) (srv *Server, root *sql.DB) {
	t.Helper()
	srv = startSQL(t, openLog(t, vfs.NewMem()))
	root = dialAs(t, srv, "root", "")
	mustExec(t, root,
		"CREATE DATABASE d", "CREATE DATABASE e",
		"CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20), KEY (v))", "INSERT INTO d.t VALUES (1, 'one'), (2, 'two')",
		"CREATE TABLE d.u (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO d.u VALUES (1, 'hidden')",
		"CREATE TABLE e.t (id INT PRIMARY KEY, v VARCHAR(20))", "INSERT INTO e.t VALUES (1, 'far')",
		"CREATE USER ann IDENTIFIED BY 'a', bob IDENTIFIED BY 'b', cy IDENTIFIED BY 'c'",
		"GRANT SELECT ON d.t TO bob", "GRANT ALL ON d.* TO cy",
	)
	return srv, root
}

// denials are the numbers that say: you may not.
var denials = []uint16{
	mysqlerr.DBAccessDenied, mysqlerr.AccessDenied, mysqlerr.TableAccessDenied, mysqlerr.SpecificAccessDenied,
	mysqlerr.XAerRMErr, mysqlerr.KillDenied, mysqlerr.PasswordNoMatch,
}

// What an account with nothing may say, of all routes. One that is not here
// must be refused: a new route has to be thought about.
func TestRoutesAreClosed(t *testing.T) {
	open := map[string]string{ // an example, "" if the handler alone would have to say
		"BEGIN": "BEGIN", "START": "START TRANSACTION", "COMMIT": "COMMIT", "ROLLBACK": "ROLLBACK",
		"SAVEPOINT": "SAVEPOINT s", "RELEASE": "", "SET": "SET @a = 1", "USE": "USE information_schema",
		"SHOW": "SHOW WARNINGS", "SELECT": "SELECT 1", "DO": "DO 1", "KILL": "", "LOCK": "", "UNLOCK": "UNLOCK TABLES",
		"PREPARE": "PREPARE p FROM 'SELECT 1'", "DEALLOCATE": "", "DROP PREPARE": "",
		"CREATE USER": "", "ALTER USER": "", "DROP USER": "", "RENAME USER": "", "GRANT": "", "REVOKE": "",
		"CREATE ROLE": "", "DROP ROLE": "", "CALL": "", "HANDLER": "", "SIGNAL": "", "RESIGNAL": "", "GET": "GET DIAGNOSTICS @n = NUMBER",
		"CREATE SPATIAL": "", "DROP SPATIAL": "", // the executor's, or there is none
		"CREATE DEFINER":   "", // the executor's, or there is none of these
		"CREATE PROCEDURE": "", "ALTER PROCEDURE": "", "DROP PROCEDURE": "", "CREATE FUNCTION": "", "ALTER FUNCTION": "", "DROP FUNCTION": "",
		"CREATE AGGREGATE": "", "CREATE EVENT": "", "ALTER EVENT": "", "DROP EVENT": "",
	}
	examples := map[string]string{
		"FLUSH": "FLUSH TABLES", "CREATE READ": "CREATE READ VIEW x", "DROP READ": "DROP READ VIEW x", "PURGE": "PURGE BINARY LOGS TO 'x'",
		"CHECK": "CHECK TABLE d.t", "ANALYZE": "ANALYZE TABLE d.t", "OPTIMIZE": "OPTIMIZE TABLE d.t", "REPAIR": "REPAIR TABLE d.t",
		"CHECKSUM": "CHECKSUM TABLE d.t",
	}
	srv, _ := office(t)
	ann := dialAs(t, srv, "ann:a", "")
	for word := range routes {
		example, ok := open[word]
		if ok && example == "" {
			continue
		}
		if !ok {
			if example = examples[word]; example == "" {
				example = word
			}
		}
		_, err := ann.Exec(example)
		if ok && err != nil {
			t.Errorf("%s: %v", example, err)
		}
		if !ok && !slices.Contains(denials, code(err)) {
			t.Errorf("%s is open to everybody: %v", example, err)
		}
	}
}

// The same of SHOW.
func TestShowsAreClosed(t *testing.T) {
	open := []string{
		"VARIABLES", "STATUS", "WARNINGS", "ERRORS", "COUNT ( * )", "ENGINES", "STORAGE ENGINES", "COLLATION", "CHARACTER SET",
		"CHARSET", "PROCESSLIST", "GRANTS", "CREATE USER", "PLUGINS", "OPEN TABLES", "PROFILES", "EVENTS",
		"PROCEDURE STATUS", "FUNCTION STATUS", "PACKAGE", "BINARY", "MASTER", "BINLOG", "RELAYLOG", "PRIVILEGES", "PROFILE",
		"PROCEDURE CODE", "FUNCTION CODE", "CREATE PROCEDURE", "CREATE FUNCTION", "CREATE EVENT", "CREATE LIBRARY", "LIBRARY STATUS",
	}
	srv, _ := office(t)
	ann := dialAs(t, srv, "ann:a", "")
	for _, s := range shows {
		words := strings.Join(s.words, " ")
		if slices.Contains(open, words) {
			continue
		}
		if words == "ENGINE" {
			words += " XADB STATUS"
		}
		if _, err := ann.Exec("SHOW " + words); code(err) != mysqlerr.SpecificAccessDenied {
			t.Errorf("SHOW %s is open to everybody: %v", words, err)
		}
	}
}

// What those without the privilege are told, as text and prepared, and that
// nothing happened.
func TestDenied(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "CREATE VIEW d.w AS SELECT * FROM d.u")
	for _, who := range []string{"ann:a", "bob:b"} {
		db := dialAs(t, srv, who, "")
		for query, want := range map[string]uint16{
			"SELECT * FROM d.u":                                               mysqlerr.TableAccessDenied,
			"SELECT * FROM d.w":                                               mysqlerr.TableAccessDenied,
			"SELECT * FROM d.missing":                                         mysqlerr.TableAccessDenied,
			"SELECT * FROM missing.t":                                         mysqlerr.TableAccessDenied,
			"SELECT id FROM d.u WHERE id = 1":                                 mysqlerr.TableAccessDenied,
			"SELECT 1 FROM d.u a JOIN d.u b":                                  mysqlerr.TableAccessDenied,
			"SELECT (SELECT v FROM d.u LIMIT 1)":                              mysqlerr.TableAccessDenied,
			"SELECT 1 UNION SELECT v FROM d.u":                                mysqlerr.TableAccessDenied,
			"SELECT 1 UNION SELECT 2 ORDER BY (SELECT v FROM d.u)":            mysqlerr.TableAccessDenied,
			"SELECT * FROM (SELECT * FROM d.u) x":                             mysqlerr.TableAccessDenied,
			"WITH x AS (SELECT * FROM d.u) SELECT * FROM x":                   mysqlerr.TableAccessDenied,
			"WITH u AS (SELECT * FROM d.u) SELECT * FROM u":                   mysqlerr.TableAccessDenied,
			"SELECT 1 FROM d.u GROUP BY (SELECT v FROM d.u)":                  mysqlerr.TableAccessDenied,
			"SELECT SUM(1) OVER (ORDER BY (SELECT v FROM d.u))":               mysqlerr.TableAccessDenied,
			"SELECT SUM(1) OVER w WINDOW w AS (ORDER BY (SELECT v FROM d.u))": mysqlerr.TableAccessDenied,
			"SELECT * FROM d.t FOR UPDATE":                                    mysqlerr.TableAccessDenied,
			"INSERT INTO d.u VALUES (5, 'x')":                                 mysqlerr.TableAccessDenied,
			"INSERT INTO d.t VALUES (5, (SELECT v FROM d.u))":                 mysqlerr.TableAccessDenied,
			"INSERT INTO d.t SELECT * FROM d.u":                               mysqlerr.TableAccessDenied,
			"REPLACE INTO d.t VALUES (1, 'x')":                                mysqlerr.TableAccessDenied,
			"INSERT INTO d.t VALUES (1, 'x') ON DUPLICATE KEY UPDATE v = 'x'": mysqlerr.TableAccessDenied,
			"UPDATE d.t SET v = 'x'":                                          mysqlerr.TableAccessDenied,
			"UPDATE d.t JOIN d.u USING (id) SET t.v = u.v":                    mysqlerr.TableAccessDenied,
			"DELETE FROM d.t":                                                 mysqlerr.TableAccessDenied,
			"DELETE t FROM d.t JOIN d.u USING (id)":                           mysqlerr.TableAccessDenied,
			"TRUNCATE TABLE d.t":                                              mysqlerr.TableAccessDenied,
			"CREATE TABLE d.n (a INT PRIMARY KEY)":                            mysqlerr.TableAccessDenied,
			"CREATE TABLE d.n AS SELECT * FROM d.u":                           mysqlerr.TableAccessDenied,
			"CREATE TABLE d.n LIKE d.u":                                       mysqlerr.TableAccessDenied,
			"CREATE VIEW d.n AS SELECT 1":                                     mysqlerr.TableAccessDenied,
			"DROP VIEW d.w":                                                   mysqlerr.TableAccessDenied,
			"DROP TABLE d.t":                                                  mysqlerr.TableAccessDenied,
			"ALTER TABLE d.t ADD COLUMN x INT":                                mysqlerr.TableAccessDenied,
			"ALTER TABLE d.t RENAME TO d.n":                                   mysqlerr.TableAccessDenied,
			"RENAME TABLE d.t TO d.n":                                         mysqlerr.TableAccessDenied,
			"CREATE INDEX x ON d.t (v)":                                       mysqlerr.TableAccessDenied,
			"DROP INDEX v ON d.t":                                             mysqlerr.TableAccessDenied,
			"LOCK TABLES d.t WRITE":                                           mysqlerr.DBAccessDenied,
			"LOCK INSTANCE FOR BACKUP":                                        mysqlerr.SpecificAccessDenied,
			"CREATE DATABASE x":                                               mysqlerr.DBAccessDenied,
			"DROP DATABASE d":                                                 mysqlerr.DBAccessDenied,
			"USE e":                                                           mysqlerr.DBAccessDenied,
			"USE missing":                                                     mysqlerr.DBAccessDenied,
			"DESCRIBE d.u":                                                    mysqlerr.TableAccessDenied,
			"SHOW CREATE TABLE d.u":                                           mysqlerr.TableAccessDenied,
			"SHOW COLUMNS FROM d.u":                                           mysqlerr.TableAccessDenied,
			"SHOW INDEX FROM d.u":                                             mysqlerr.TableAccessDenied,
			"SHOW COLUMNS FROM e.t FROM d":                                    mysqlerr.TableAccessDenied,
			"SHOW COLUMNS FROM d.t FROM e":                                    mysqlerr.TableAccessDenied,
			"SHOW INDEX FROM d.t FROM e":                                      mysqlerr.TableAccessDenied,
			"SHOW INDEX FROM e.t FROM d":                                      mysqlerr.TableAccessDenied,
			"SHOW TABLES FROM d WHERE (SELECT v FROM d.u) = 'x'":              mysqlerr.TableAccessDenied,
			"SET @a = (SELECT v FROM d.u)":                                    mysqlerr.TableAccessDenied,
			"DO (SELECT v FROM d.u)":                                          mysqlerr.TableAccessDenied,
			"SHOW TABLES FROM e":                                              mysqlerr.DBAccessDenied,
			"SHOW CREATE DATABASE e":                                          mysqlerr.DBAccessDenied,
			"SHOW TABLE STATUS FROM e":                                        mysqlerr.DBAccessDenied,
			"EXPLAIN SELECT * FROM d.u":                                       mysqlerr.TableAccessDenied,
			"XA RECOVER":                                                      mysqlerr.XAerRMErr,
			"SHOW XA TRANSACTIONS":                                            mysqlerr.SpecificAccessDenied,
			"SET GLOBAL wait_timeout = 5":                                     mysqlerr.SpecificAccessDenied,
			"SET @@GLOBAL.wait_timeout = 5":                                   mysqlerr.SpecificAccessDenied,
			"SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE":             mysqlerr.SpecificAccessDenied,
			"FLUSH PRIVILEGES":                                                mysqlerr.SpecificAccessDenied,
			"CREATE READ VIEW r":                                              mysqlerr.SpecificAccessDenied,
			"SHOW READ VIEWS":                                                 mysqlerr.SpecificAccessDenied,
			"SHOW BINARY LOGS":                                                mysqlerr.SpecificAccessDenied,
			"SHOW ENGINE INNODB STATUS":                                       mysqlerr.SpecificAccessDenied,
			"CREATE USER x":                                                   mysqlerr.SpecificAccessDenied,
			"GRANT SELECT ON d.t TO ann":                                      mysqlerr.TableAccessDenied,
			"SET PASSWORD FOR root@localhost = 'x'":                           mysqlerr.SpecificAccessDenied,
			"SHOW GRANTS FOR root@localhost":                                  mysqlerr.DBAccessDenied,
			"SHOW CREATE USER root@localhost":                                 mysqlerr.DBAccessDenied,
		} {
			if who == "bob:b" && (query == "SELECT * FROM d.t FOR UPDATE" || strings.HasPrefix(query, "UPDATE") || strings.HasPrefix(query, "DELETE")) {
				want = mysqlerr.TableAccessDenied
			}
			if who == "bob:b" && query == "LOCK TABLES d.t WRITE" {
				want = mysqlerr.DBAccessDenied
			} else if query == "LOCK TABLES d.t WRITE" {
				want = mysqlerr.TableAccessDenied
			}
			if _, err := db.Exec(query); code(err) != want {
				t.Errorf("%s: %s: %v, want %d", who, query, err, want)
			}
			st, err := db.Prepare(query)
			if err == nil {
				// SET, DO and XA ask when they are run.
				if _, err = st.Exec(); code(err) == want && !strings.HasPrefix(query, "XA") && !strings.HasPrefix(query, "DO") && !strings.Contains(query, "GLOBAL") &&
					!strings.Contains(query, "USER") && !strings.Contains(query, "GRANT") && !strings.HasPrefix(query, "USE") &&
					!strings.HasPrefix(query, "LOCK") && !strings.HasPrefix(query, "SET") {
					t.Errorf("%s: %s could be prepared", who, query)
				}
				_ = st.Close()
			}
			if code(err) != want && code(err) != mysqlerr.UnsupportedPS {
				t.Errorf("%s: prepared, %s: %v, want %d", who, query, err, want)
			}
		}
	}
	mustExec(t, root, "USE d")
	if got := listed(t, root, "SELECT COUNT(*) FROM d.t UNION ALL SELECT COUNT(*) FROM d.u UNION ALL SELECT COUNT(*) FROM d.w"); got != "2 1 1" {
		t.Error(got)
	}
	if got := listed(t, root, "SHOW DATABASES"); got != "d e information_schema performance_schema" {
		t.Error(got)
	}
}

// What is granted can be done, and no more is seen.
func TestGranted(t *testing.T) {
	srv, _ := office(t)
	bob, cy, ann := dialAs(t, srv, "bob:b", "d"), dialAs(t, srv, "cy:c", "d"), dialAs(t, srv, "ann:a", "")
	for _, tt := range []struct {
		db          *sql.DB
		query, want string
	}{
		{bob, "SELECT v FROM t ORDER BY id", "one two"},
		{bob, "SELECT a.v FROM t a JOIN t b USING (id) WHERE a.id = 1", "one"},
		{bob, "WITH u AS (SELECT v FROM t) SELECT * FROM u ORDER BY 1", "one two"},
		{bob, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n", "1 2 3"},
		{bob, "SELECT v FROM t WHERE id = 1 FOR SHARE", "one"},
		{bob, "SHOW TABLES", "t"},
		{bob, "SHOW DATABASES", "d information_schema performance_schema"},
		{bob, "SELECT table_name FROM information_schema.tables WHERE table_schema IN ('d', 'e') ORDER BY 1", "t"},
		{bob, "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema IN ('d', 'e')", "t"},
		{bob, "SELECT DISTINCT table_name FROM information_schema.statistics WHERE table_schema IN ('d', 'e')", "t"},
		{bob, "SELECT schema_name FROM information_schema.schemata ORDER BY 1", "d information_schema performance_schema"},
		{bob, "SELECT CURRENT_USER(), USER()", "bob@%,bob@localhost"},
		{bob, "SHOW GRANTS", "GRANT USAGE ON *.* TO `bob`@`%` GRANT SELECT ON `d`.`t` TO `bob`@`%`"},
		{ann, "SHOW DATABASES", "information_schema performance_schema"},
		{ann, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema IN ('d', 'e')", "0"},
		{ann, "SHOW GRANTS FOR CURRENT_USER()", "GRANT USAGE ON *.* TO `ann`@`%`"},
		{cy, "SHOW TABLES", "t u"},
		{cy, "SHOW DATABASES", "d information_schema performance_schema"},
	} {
		if got := listed(t, tt.db, tt.query); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.query, got, tt.want)
		}
	}
	mustExec(t, cy, "CREATE TABLE n (id INT PRIMARY KEY, c INT)", "INSERT INTO n VALUES (1, 1)", "ALTER TABLE n ADD COLUMN x INT",
		"CREATE INDEX c ON n (c)", "UPDATE n JOIN t USING (id) SET n.x = 1", "INSERT INTO n (id, c) VALUES (1, 1) ON DUPLICATE KEY UPDATE c = c + 1",
		"REPLACE INTO n VALUES (1, 2, 3)", "DELETE n FROM n JOIN t USING (id)", "RENAME TABLE n TO m", "TRUNCATE TABLE m", "LOCK TABLES m WRITE, t AS x READ LOCAL",
		"UNLOCK TABLES", "DROP TABLE m", "SELECT * FROM t FOR UPDATE")
	if _, err := cy.Exec("CREATE DATABASE x"); code(err) != mysqlerr.DBAccessDenied {
		t.Error(err)
	}
	if _, err := cy.Exec("INSERT INTO t SELECT * FROM e.t"); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
}

// Each privilege opens what it is for, and nothing else.
func TestSinglePrivileges(t *testing.T) {
	srv, root := office(t)
	ann := dialAs(t, srv, "ann:a", "information_schema")
	for _, tt := range []struct{ grant, on, allows, not string }{
		{"INSERT", "d.t", "INSERT INTO d.t VALUES (50, 'x')", "INSERT INTO d.t VALUES (50, 'x') ON DUPLICATE KEY UPDATE v = 'y'"},
		{"INSERT, UPDATE", "d.t", "INSERT INTO d.t VALUES (50, 'x') ON DUPLICATE KEY UPDATE v = VALUES(v)", "INSERT INTO d.t VALUES (50, 'x') ON DUPLICATE KEY UPDATE v = CONCAT(v, 'x')"},
		{"UPDATE", "d.t", "UPDATE d.t SET v = 'x'", "UPDATE d.t SET v = 'x' WHERE id = 1"},
		{"UPDATE, SELECT", "d.t", "UPDATE d.t SET v = CONCAT(v, '') WHERE id = 1", "DELETE FROM d.t WHERE id = 1"},
		{"DELETE", "d.t", "DELETE FROM d.t", "DELETE FROM d.t WHERE id = 1"},
		{"SELECT", "d.t", "SELECT COUNT(*) FROM d.t FOR SHARE", "SELECT COUNT(*) FROM d.t FOR UPDATE"},
		{"SELECT, UPDATE", "d.t", "UPDATE d.t JOIN d.t x ON x.id = t.id SET t.v = x.v", "UPDATE d.t JOIN d.u ON u.id = t.id SET t.v = u.v"},
		{"SELECT, INSERT, DELETE", "d.t", "REPLACE INTO d.t SELECT * FROM d.t", "REPLACE INTO d.t SELECT * FROM d.u"},
		{"CREATE", "d.*", "CREATE TABLE d.n1 (a INT PRIMARY KEY)", "CREATE TABLE d.n2 AS SELECT 1"},
		{"DROP", "d.*", "DROP TABLE d.n1", "CREATE TABLE d.n1 (a INT)"},
		{"INDEX", "d.*", "CREATE INDEX i ON d.u (v)", "ALTER TABLE d.u DROP INDEX i"},
		{"ALTER, CREATE, INSERT", "d.*", "ALTER TABLE d.u DROP INDEX i", "ALTER TABLE d.u RENAME TO d.x"},
		{"CREATE VIEW", "d.*", "CREATE VIEW d.v1 AS SELECT 1", "CREATE VIEW d.v2 AS SELECT * FROM d.u"},
		{"SELECT, SHOW VIEW", "d.*", "SHOW CREATE VIEW d.v1", "DROP VIEW d.v1"},
		{"RELOAD", "*.*", "FLUSH TABLES", "SHOW ENGINE XADB STATUS"},
		{"PROCESS", "*.*", "SHOW ENGINE XADB STATUS", "SHOW XA TRANSACTIONS"},
		{"XA_RECOVER_ADMIN", "*.*", "XA RECOVER", "SHOW LOCKS"},
		{"SYSTEM_VARIABLES_ADMIN", "*.*", "SET GLOBAL wait_timeout = 100", "FLUSH LOGS"},
		{"REPLICATION CLIENT", "*.*", "SHOW BINARY LOGS", "SHOW REPLICAS"},
		{"BACKUP_ADMIN", "*.*", "CREATE READ VIEW r", "SET GLOBAL wait_timeout = 100"},
		{"SHOW DATABASES", "*.*", "SHOW DATABASES", "USE e"},
		{"CREATE USER", "*.*", "CREATE USER nobody", "GRANT CREATE USER ON *.* TO nobody"},
	} {
		mustExec(t, root, fmt.Sprintf("GRANT %s ON %s TO ann", tt.grant, tt.on))
		if _, err := ann.Exec(tt.allows); err != nil {
			t.Errorf("%s: %s: %v", tt.grant, tt.allows, err)
		}
		if _, err := ann.Exec(tt.not); !slices.Contains(denials, code(err)) {
			t.Errorf("%s: %s: %v", tt.grant, tt.not, err)
		}
		mustExec(t, root, "REVOKE ALL PRIVILEGES, GRANT OPTION FROM ann")
		if _, err := ann.Exec(tt.allows); !slices.Contains(denials, code(err)) && tt.allows != "SHOW DATABASES" {
			t.Errorf("after REVOKE, in an open session: %s: %v", tt.allows, err)
		}
	}
}

// A view runs as its definer, or as its reader.
func TestViewsRunAsSomebody(t *testing.T) {
	srv, root := office(t)
	cy, bob := dialAs(t, srv, "cy:c", "d"), dialAs(t, srv, "bob:b", "d")
	mustExec(t, cy, "CREATE VIEW vd AS SELECT v FROM u", "CREATE SQL SECURITY INVOKER VIEW vi AS SELECT v FROM u",
		"CREATE VIEW outer_view AS SELECT v FROM vd", "CREATE VIEW outer_invoker AS SELECT v FROM vi")
	mustExec(t, root, "CREATE DEFINER = ann SQL SECURITY DEFINER VIEW d.va AS SELECT v FROM d.u", "GRANT SELECT ON d.vd TO bob", "GRANT SELECT ON d.vi TO bob",
		"GRANT SELECT ON d.outer_view TO bob", "GRANT SELECT ON d.outer_invoker TO bob", "GRANT SELECT ON d.va TO bob")
	want := func(query string, number uint16, rows string) {
		t.Helper()
		if number != 0 {
			if _, err := bob.Exec(query); code(err) != number {
				t.Errorf("%s: %v, want %d", query, err, number)
			}
			return
		}
		if got := listed(t, bob, query); got != rows {
			t.Errorf("%s: %s, want %s", query, got, rows)
		}
	}
	want("SELECT * FROM d.vd", 0, "hidden")
	want("SELECT * FROM d.outer_view", 0, "hidden")
	want("SELECT * FROM d.vi", mysqlerr.ViewInvalid, "")
	want("SELECT * FROM d.outer_invoker", mysqlerr.ViewInvalid, "")
	want("SELECT * FROM d.va", mysqlerr.ViewInvalid, "")
	want("SELECT * FROM d.vd JOIN d.u USING (v)", mysqlerr.TableAccessDenied, "")
	want("SELECT table_name FROM information_schema.views WHERE table_schema = 'd' ORDER BY 1", 0, "outer_invoker outer_view va vd vi")
	want("SELECT DISTINCT view_definition = '' FROM information_schema.views WHERE table_schema = 'd'", 0, "1")
	want("SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'd' ORDER BY 1", 0, "outer_view t vd")
	mustExec(t, root, "GRANT SELECT ON d.u TO ann", "GRANT SELECT ON d.u TO bob")
	want("SELECT * FROM d.va", 0, "hidden")
	want("SELECT * FROM d.vi", 0, "hidden")
	mustExec(t, root, "REVOKE SELECT ON d.u FROM bob", "REVOKE ALL ON d.* FROM cy")
	want("SELECT * FROM d.vd", mysqlerr.ViewInvalid, "")
	mustExec(t, root, "DROP USER cy")
	want("SELECT * FROM d.vd", mysqlerr.NoSuchUser, "")
	if _, err := bob.Exec("CREATE DEFINER = root@localhost VIEW d.x AS SELECT 1"); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
	mustExec(t, root, "GRANT CREATE VIEW ON d.* TO bob")
	if _, err := bob.Exec("CREATE DEFINER = root@localhost VIEW d.x AS SELECT 1"); code(err) != mysqlerr.SpecificAccessDenied {
		t.Error(err)
	}
	mustExec(t, root, "DROP VIEW d.vd, d.vi")
}

// PROCESSLIST and KILL are about one's own connections, unless one is more.
func TestProcessesOfOthers(t *testing.T) {
	srv, root := office(t)
	bob, ann, cy := dialAs(t, srv, "bob:b", ""), dialAs(t, srv, "ann:a", ""), dialAs(t, srv, "cy:c", "")
	ids := map[*sql.DB]int{}
	for _, db := range []*sql.DB{bob, ann, cy, root} {
		ids[db] = one[int](t, db, "SELECT CONNECTION_ID()")
	}
	if got := len(strings.Split(listed(t, bob, "SHOW PROCESSLIST"), " bob,")); got > 2 {
		t.Error(got)
	}
	if got := listed(t, bob, "SHOW PROCESSLIST"); strings.Contains(got, "ann") || strings.Contains(got, "root") || !strings.Contains(got, "bob") {
		t.Error(got)
	}
	if got := listed(t, root, "SHOW PROCESSLIST"); !strings.Contains(got, "ann") || !strings.Contains(got, "bob") {
		t.Error(got)
	}
	kill := func(db, victim *sql.DB) uint16 {
		_, err := db.Exec(fmt.Sprintf("KILL QUERY %d", ids[victim]))
		return code(err)
	}
	if got := kill(bob, ann); got != mysqlerr.KillDenied {
		t.Error(got)
	}
	if _, err := bob.Exec("KILL 99999"); code(err) != mysqlerr.NoSuchThread {
		t.Error(err)
	}
	mustExec(t, root, "GRANT CONNECTION_ADMIN ON *.* TO cy")
	if got := kill(cy, ann); got != 0 {
		t.Error(got)
	}
	if got := kill(cy, root); got != mysqlerr.SpecificAccessDenied {
		t.Error(got)
	}
	if got := kill(root, cy); got != 0 {
		t.Error(got)
	}
}

// XA RECOVER's refusal says why in the diagnostics.
func TestRecoverSaysWhy(t *testing.T) {
	srv, _ := office(t)
	ann, err := dialAs(t, srv, "ann:a", "").Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ann.Close() }()
	if _, err := ann.ExecContext(context.Background(), "XA RECOVER"); code(err) != mysqlerr.XAerRMErr {
		t.Error(err)
	}
	var got []string
	rows, err := ann.QueryContext(context.Background(), "SHOW WARNINGS")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var level, number, text string
		if err := rows.Scan(&level, &number, &text); err != nil {
			t.Fatal(err)
		}
		got = append(got, number+" "+text)
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "1401 ") || !strings.Contains(got[1], "XA_RECOVER_ADMIN") {
		t.Error(got)
	}
}

// MySQL's own tables show the accounts to those who may know, and to others
// their own.
func TestSystemTables(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "GRANT INSERT ON `e%`.* TO bob WITH GRANT OPTION", "GRANT PROCESS, XA_RECOVER_ADMIN ON *.* TO cy", "ALTER USER cy ACCOUNT LOCK")
	bob := dialAs(t, srv, "bob:b", "")
	for _, tt := range []struct {
		db          *sql.DB
		query, want string
	}{
		{root, "SELECT User, Host, plugin, account_locked, Super_priv FROM mysql.user ORDER BY User",
			"ann,%,caching_sha2_password,N,N bob,%,caching_sha2_password,N,N cy,%,caching_sha2_password,Y,N root,localhost,caching_sha2_password,N,Y"},
		{root, "SELECT COUNT(*) FROM mysql.user WHERE authentication_string LIKE '$A$005$%'", "3"},
		{root, "SELECT Db, User, Select_priv, Insert_priv, Grant_priv FROM mysql.db ORDER BY 1", "d,cy,Y,Y,N e%,bob,N,Y,Y"},
		{root, "SELECT User, Db, Table_name, Table_priv FROM mysql.tables_priv", "bob,d,t,Select"},
		{root, "SELECT USER, PRIV FROM mysql.global_grants WHERE USER = 'cy'", "cy,XA_RECOVER_ADMIN"},
		{root, "SELECT GRANTEE, PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.user_privileges WHERE GRANTEE LIKE '%cy%' ORDER BY 2",
			"'cy'@'%',PROCESS,NO 'cy'@'%',XA_RECOVER_ADMIN,NO"},
		{bob, "SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES", "'bob'@'%',USAGE"},
		{bob, "SELECT TABLE_SCHEMA, PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.schema_privileges", "e%,INSERT,YES"},
		{bob, "SELECT TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.table_privileges", "d,t,SELECT"},
		{root, "SHOW DATABASES", "d e information_schema performance_schema"},
		{root, "SHOW TABLES FROM mysql LIKE '%priv'", "columns_priv procs_priv proxies_priv tables_priv"},
	} {
		if got := listed(t, tt.db, tt.query); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.query, got, tt.want)
		}
	}
	for query, want := range map[string]uint16{
		"SELECT * FROM mysql.user": mysqlerr.TableAccessDenied, "USE mysql": mysqlerr.DBAccessDenied,
		"SELECT * FROM mysql.nope": mysqlerr.TableAccessDenied,
	} {
		if _, err := bob.Exec(query); code(err) != want {
			t.Errorf("%s: %v, want %d", query, err, want)
		}
	}
	for query, want := range map[string]uint16{
		"UPDATE mysql.user SET Super_priv = 'Y'":     mysqlerr.NonUpdatableTable,
		"INSERT INTO mysql.user (User) VALUES ('x')": mysqlerr.NonInsertableTable, "CREATE DATABASE mysql": mysqlerr.DBCreateExists,
		"SELECT * FROM mysql.nope": mysqlerr.NoSuchTable, "DROP TABLE mysql.user": mysqlerr.BadTable,
	} {
		if _, err := root.Exec(query); code(err) != want {
			t.Errorf("%s: %v, want %d", query, err, want)
		}
	}
	mustExec(t, root, "USE mysql", "GRANT SELECT ON mysql.user TO bob", "GRANT SELECT ON db TO bob")
	if got := listed(t, bob, "SELECT COUNT(*) FROM mysql.user, mysql.db"); got != "8" {
		t.Error(got)
	}
	if got := listed(t, bob, "SHOW GRANTS FOR ann"); got != "GRANT USAGE ON *.* TO `ann`@`%`" {
		t.Error(got)
	}
}
