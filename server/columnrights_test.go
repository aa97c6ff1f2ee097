package server

import (
	"database/sql"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// columnRights is a server where w has privileges on columns (testdata/columnrights).
func columnRights(t *testing.T) (srv *Server, root, w *sql.DB) {
	t.Helper()
	srv = startSQL(t, openLog(t, vfs.NewMem()))
	root = dialAs(t, srv, "root", "")
	setup, err := os.ReadFile("testdata/columnrights/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range strings.Split(string(setup), ";\n") {
		if st = strings.TrimSpace(st); st != "" {
			mustExec(t, root, st)
		}
	}
	return srv, root, dialAs(t, srv, "w", "d")
}

// Each statement takes the privileges on columns that it takes of MySQL 9.7, prepared as
// well.
func TestColumnRights(t *testing.T) {
	_, _, w := columnRights(t)
	list, err := os.ReadFile("testdata/columnrights/statements")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		number, query, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue // a comment
		}
		want, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Exec(query)
		if code(err) != uint16(want) {
			t.Errorf("%s: %v, want %d", query, err, want)
		}
		if want != mysqlerr.TableAccessDenied && want != mysqlerr.ColumnAccessDenied {
			continue
		}
		st, err := w.Prepare(query)
		if err == nil {
			_, err = st.Exec()
			_ = st.Close()
		}
		if got := code(err); got != uint16(want) && got != mysqlerr.UnsupportedPS {
			t.Errorf("prepared, %s: %v, want %d", query, err, want)
		}
	}
}

// What others have run, plans and prepared statements, and what was granted before, open
// nothing.
func TestColumnRightsEachTime(t *testing.T) {
	_, root, w := columnRights(t)
	mustExec(t, root, "USE d")
	const query = "SELECT b FROM d.t WHERE a = 1"
	for range 3 {
		mustExec(t, root, query)
	}
	want := func(db *sql.DB, query string, number uint16) {
		t.Helper()
		if _, err := db.Exec(query); code(err) != number {
			t.Errorf("%s: %v, want %d", query, err, number)
		}
	}
	want(w, query, mysqlerr.ColumnAccessDenied)
	mustExec(t, root, "GRANT SELECT (B) ON d.t TO w@localhost")
	st, err := w.Prepare("SELECT b FROM t WHERE a = ?")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		want(w, query, 0)
		if _, err := st.Exec(1); err != nil {
			t.Error(err)
		}
	}
	mustExec(t, root, "REVOKE SELECT (b) ON d.t FROM w@localhost")
	want(w, query, mysqlerr.ColumnAccessDenied)
	if _, err := st.Exec(1); code(err) != mysqlerr.ColumnAccessDenied {
		t.Error(err)
	}

	// By a role.
	mustExec(t, root, "CREATE ROLE r", "GRANT SELECT (b) ON d.t TO r", "GRANT r TO w@localhost")
	want(w, query, mysqlerr.ColumnAccessDenied)
	mustExec(t, w, "SET ROLE r")
	want(w, query, 0)
	want(w, "SELECT c FROM d.t", mysqlerr.ColumnAccessDenied)
	mustExec(t, w, "SET ROLE NONE")
	want(w, query, mysqlerr.ColumnAccessDenied)

	// What is granted stays behind by its name.
	mustExec(t, root, "ALTER TABLE d.t RENAME COLUMN a TO z, RENAME COLUMN c TO a")
	want(w, "SELECT z FROM d.t", mysqlerr.ColumnAccessDenied)
	want(w, "SELECT a FROM d.t", 0)
	mustExec(t, root, "RENAME TABLE d.t TO d.moved", "CREATE TABLE d.t (a INT PRIMARY KEY, n INT)")
	want(w, "SELECT a FROM d.moved", mysqlerr.TableAccessDenied)
	want(w, "SELECT a FROM d.t", 0)
	want(w, "SELECT n FROM d.t", mysqlerr.ColumnAccessDenied)
	mustExec(t, root, "DROP TABLE d.t")
	if got := listed(t, root, "SHOW GRANTS FOR w@localhost"); !strings.Contains(got, "GRANT SELECT (`a`), INSERT (`a`, `b`), UPDATE (`b`), REFERENCES (`a`) ON `d`.`t`") {
		t.Error(got)
	}
	want(w, "SELECT a FROM d.t", mysqlerr.NoSuchTable)
	mustExec(t, root, "DROP USER w@localhost")
	want(w, "SELECT 1 FROM d.u", mysqlerr.TableAccessDenied)
}

// Who may make temporary tables may do everything with them, and nothing with others.
func TestTemporaryTablesOnly(t *testing.T) {
	srv, root, _ := columnRights(t)
	mustExec(t, root, "CREATE USER tmp@localhost", "GRANT CREATE TEMPORARY TABLES ON d.* TO tmp@localhost")
	tmp := dialAs(t, srv, "tmp", "d")
	mustExec(t, tmp, "CREATE TEMPORARY TABLE x (a INT PRIMARY KEY, b INT)", "INSERT INTO x VALUES (1, 1)", "INSERT INTO x (a) SELECT a + 1 FROM x",
		"UPDATE x SET b = 2 WHERE a = 1", "SELECT * FROM x JOIN (SELECT 1 AS a) q USING (a)", "DELETE FROM x WHERE b = 2", "SHOW CREATE TABLE x", "DESCRIBE x",
		"SHOW INDEX FROM x", "ALTER TABLE x ADD COLUMN c INT", "CREATE INDEX i ON x (b)", "SELECT a FROM x FOR UPDATE", "REPLACE INTO x VALUES (1, 1, 1)",
		"TRUNCATE TABLE x", "DROP TEMPORARY TABLE x", "CREATE TEMPORARY TABLE t (a INT)", "SELECT * FROM t", "DROP TABLE t")
	// A temporary table of the same name does not spare the rights to what a view reads.
	mustExec(t, root, "GRANT SELECT ON d.vi TO tmp@localhost", "CREATE USER weak", "CREATE DEFINER = weak VIEW d.vw AS SELECT a, b FROM d.t",
		"GRANT SELECT, UPDATE ON d.vw TO tmp@localhost")
	for _, made := range []string{"DO 1", "CREATE TEMPORARY TABLE t (a INT, b INT)"} {
		mustExec(t, tmp, made)
		for _, query := range []string{"SELECT * FROM vi", "SELECT a FROM vw", "UPDATE vw SET b = 1"} {
			if _, err := tmp.Exec(query); err == nil {
				t.Errorf("%s: %s is open", made, query)
			}
		}
	}
	// Nor does one of a view's own name.
	mustExec(t, tmp, "CREATE TEMPORARY TABLE vv (k INT)")
	for _, query := range []string{
		"SELECT * FROM vv", "SELECT x.k FROM vv x JOIN (SELECT 1 AS k) y USING (k)", "SHOW CREATE VIEW vv", "DROP VIEW vv", "UPDATE vv SET k = 1",
	} {
		if _, err := tmp.Exec(query); code(err) != mysqlerr.TableAccessDenied {
			t.Errorf("%s: %v", query, err)
		}
	}
	mustExec(t, tmp, "DROP TEMPORARY TABLE t")
	for _, query := range []string{
		"CREATE TABLE x (a INT)", "SELECT * FROM t", "INSERT INTO t VALUES (1, 1, 1)", "CREATE TEMPORARY TABLE y AS SELECT * FROM t",
		"CREATE TEMPORARY TABLE y LIKE t", "DROP TABLE t", "TRUNCATE TABLE t", "DESCRIBE t", "ALTER TABLE t ADD COLUMN x INT",
	} {
		if _, err := tmp.Exec(query); code(err) != mysqlerr.TableAccessDenied {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// Listings tell of the columns with privileges.
func TestColumnRightsListed(t *testing.T) {
	_, root, w := columnRights(t)
	for query, want := range map[string]string{
		"SELECT CONCAT(table_name, '.', column_name, ' ', privileges) FROM information_schema.columns WHERE table_name IN ('t', 'nt') ORDER BY 1": "nt.q select t.a select,insert,references t.b insert,update",
		"SELECT CONCAT(table_name, '.', column_name, ' ', privilege_type) FROM information_schema.column_privileges WHERE table_name = 'u'":       "u.a SELECT u.x SELECT",
		"SELECT column_name FROM information_schema.key_column_usage WHERE table_name IN ('au', 't')":                                             "a",
		"SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'hid'":                                                                "0",
	} {
		if got := listed(t, w, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"DESCRIBE t", "SHOW COLUMNS FROM t", "SHOW COLUMNS FROM t WHERE Field >= 'a'", "SHOW FULL COLUMNS FROM vv"} {
		rows, err := w.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		names := firstColumn(t, rows)
		if want := map[bool][]string{false: {"a", "b"}, true: {"k"}}[strings.HasSuffix(query, "vv")]; !slices.Equal(names, want) {
			t.Errorf("%s: %v", query, names)
		}
	}
	const kept = "SELECT CONCAT_WS(' ', table_name, column_name, column_priv) FROM mysql.columns_priv WHERE table_name = 't'"
	if got := listed(t, root, kept); got != "t a Select,Insert,References t b Insert,Update" {
		t.Error(got)
	}
	if got := listed(t, root, "SELECT CONCAT(table_priv, '-', column_priv) FROM mysql.tables_priv WHERE table_name = 't'"); got != "-Select,Insert,Update,References" {
		t.Error(got)
	}
}

// firstColumn reads a result's first column.
func firstColumn(t *testing.T, rows *sql.Rows) (out []string) {
	t.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row[0].String)
	}
	return out
}

// A view does what its definer may do with columns; what it reads of others it may not
// read at all.
func TestColumnRightsOfDefiners(t *testing.T) {
	_, root, w := columnRights(t)
	mustExec(t, root, "USE d", "CREATE USER df@localhost", "GRANT SELECT (a), INSERT (a, z), UPDATE (z) ON d.full TO df@localhost")
	for name, query := range map[string]string{"vd1": "SELECT a FROM full", "vd2": "SELECT a, z FROM full", "vd3": "SELECT * FROM full"} {
		mustExec(t, root, "CREATE DEFINER = df@localhost VIEW "+name+" AS "+query, "GRANT ALL ON d."+name+" TO w@localhost")
	}
	for query, want := range map[string]uint16{
		"SELECT * FROM vd1":                  0,
		"INSERT INTO vd1 VALUES (500)":       0,
		"UPDATE vd1 SET a = 501 WHERE a = 1": mysqlerr.ViewInvalid,
		"DELETE FROM vd1":                    mysqlerr.ViewInvalid,
		"REPLACE INTO vd1 VALUES (500)":      mysqlerr.ViewInvalid,
		"SELECT a FROM vd2":                  mysqlerr.ViewInvalid, // MySQL asks for the columns that are used alone
		"UPDATE vd2 SET z = 3":               mysqlerr.ViewInvalid,
		"SELECT a FROM vd3":                  mysqlerr.ViewInvalid,
		"CREATE TEMPORARY TABLE n LIKE full": mysqlerr.DBAccessDenied,
		"INSERT INTO vd1 SELECT b FROM t":    mysqlerr.ColumnAccessDenied,
	} {
		if _, err := w.Exec(query); code(err) != want {
			t.Errorf("%s: %v, want %d", query, err, want)
		}
	}
}
