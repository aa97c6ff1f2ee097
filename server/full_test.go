package server

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// shop has two tables for the statements that need more than one.
func shop(t testing.TB) *sql.DB {
	t.Helper()
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d?multiStatements=true")
	db.SetMaxOpenConns(1)
	mustExec(t, db,
		"CREATE TABLE c (id INT PRIMARY KEY, name VARCHAR(20))",
		"CREATE TABLE o (id INT PRIMARY KEY, cid INT, amount DECIMAL(10,2), at DATETIME(3))",
		"INSERT INTO c VALUES (1, 'ann'), (2, 'bob'), (3, 'cy')",
		"INSERT INTO o VALUES (10, 1, 1.50, '2024-01-01 10:00:00.5'), (11, 1, 2.25, NULL), (12, 2, 7, '2024-01-02')",
	)
	return db
}

// listed is a result, rows by spaces and values by commas.
func listed(t testing.TB, db interface {
	Query(string, ...any) (*sql.Rows, error)
}, query string, args ...any,
) string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	out, err := scanned(rows)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(out, " ")
}

// scanned is the rows of a result, values by commas.
func scanned(rows *sql.Rows) (out []string, err error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		var line []string
		for _, v := range values {
			if !v.Valid {
				v.String = "NULL"
			}
			line = append(line, v.String)
		}
		out = append(out, strings.Join(line, ","))
	}
	return out, rows.Err()
}

// What only the library runs, as text and prepared.
func TestFullQueries(t *testing.T) {
	db := shop(t)
	for query, want := range map[string]string{
		"SELECT c.name, o.amount FROM c JOIN o ON o.cid = c.id ORDER BY o.id":                                       "ann,1.50 ann,2.25 bob,7.00",
		"SELECT c.id, o.id FROM c LEFT JOIN o ON o.cid = c.id AND o.id > 10 ORDER BY 1, 2":                          "1,11 2,12 3,NULL",
		"SELECT name FROM c WHERE id IN (SELECT cid FROM o) ORDER BY id":                                            "ann bob",
		"SELECT name, (SELECT COUNT(*) FROM o WHERE o.cid = c.id) FROM c ORDER BY id":                               "ann,2 bob,1 cy,0",
		"SELECT * FROM (SELECT cid, SUM(amount) s FROM o GROUP BY cid) x WHERE s > 5":                               "2,7.00",
		"WITH x AS (SELECT id FROM c WHERE id > 1) SELECT * FROM x ORDER BY id":                                     "2 3",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT i FROM n":               "1 2 3 4",
		"SELECT id, ROW_NUMBER() OVER (PARTITION BY cid ORDER BY id) FROM o ORDER BY id":                            "10,1 11,2 12,1",
		"SELECT id FROM c UNION SELECT id FROM o ORDER BY 1":                                                        "1 2 3 10 11 12",
		"SELECT cid, COUNT(*) n FROM o GROUP BY cid HAVING n > 1":                                                   "1,2",
		"SELECT AVG(amount), COUNT(DISTINCT cid) FROM o WHERE cid = 1":                                              "1.875000,1",
		"SELECT JSON_EXTRACT('{\"a\": [1, 2]}', '$.a[1]'), JSON_OBJECT('k', id) FROM c WHERE id = 1":                `2,{"k": 1}`,
		"SELECT CASE WHEN id > 1 THEN 'big' ELSE 'small' END, CAST(id AS CHAR), LENGTH(name) FROM c WHERE id < 3":   "small,1,3 big,2,3",
		"SELECT GROUP_CONCAT(name ORDER BY id DESC SEPARATOR '-') FROM c":                                           "cy-bob-ann",
		"SELECT EXISTS (SELECT 1 FROM o WHERE cid = 3), NOT EXISTS (SELECT 1 FROM o WHERE cid = 3)":                 "0,1",
		"SELECT a.id, b.id FROM c a, c b WHERE a.id < b.id ORDER BY 1, 2":                                           "1,2 1,3 2,3",
		"SELECT DATE_ADD('2024-01-31', INTERVAL 1 MONTH), DATEDIFF('2024-03-01', '2024-02-28'), YEAR('2024-05-06')": "2024-02-29,2,2024",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
		stmt, err := db.Prepare(query)
		if err != nil {
			t.Errorf("preparing %s: %v", query, err)
			continue
		}
		if rows, err := stmt.Query(); err != nil {
			t.Errorf("%s: %v", query, err)
		} else {
			_ = rows.Close()
		}
		_ = stmt.Close()
	}
	if got := listed(t, db, "WITH x AS (SELECT ? AS i) SELECT i FROM x UNION SELECT id FROM o WHERE id > ? ORDER BY 1 LIMIT ?", 5, 10, 2); got != "5 11" {
		t.Errorf("parameters of a UNION: %s", got)
	}
	if got := listed(t, db, "SELECT COUNT(*) FROM c JOIN o ON o.cid = c.id WHERE o.at >= ? AND o.amount IN (?, ?)", "2024-01-01", "1.50", 7.0); got != "2" {
		t.Errorf("parameters of several types: %s", got)
	}
	for range 2 { // the second time the statement is bound again
		if got := listed(t, db, "SELECT c.name FROM c JOIN o ON o.cid = c.id WHERE o.amount > ? AND c.name LIKE ? ORDER BY o.id LIMIT ?", 2, "%n%", 5); got != "ann" {
			t.Errorf("parameters: %s", got)
		}
	}
}

// Changes that only the library makes, and what they count.
func TestFullChanges(t *testing.T) {
	db := shop(t)
	for _, step := range []struct {
		sql      string
		affected int64
		query    string
		want     string
	}{
		{"INSERT INTO c SELECT id, CONCAT('x', id) FROM o WHERE id > 10", 2, "SELECT * FROM c WHERE id > 3", "11,x11 12,x12"},
		{"REPLACE INTO c VALUES (1, 'new'), (99, 'z')", 3, "SELECT * FROM c WHERE id IN (1, 99)", "1,new 99,z"},
		{"INSERT INTO c VALUES (1, 'a') ON DUPLICATE KEY UPDATE name = 'dup'", 2, "SELECT name FROM c WHERE id = 1", "dup"},
		{"INSERT INTO c VALUES (1, 'a'), (5, 'e') ON DUPLICATE KEY UPDATE name = CONCAT(name, VALUES(name))", 3, "SELECT * FROM c WHERE id IN (1, 5)", "1,dupa 5,e"},
		{"INSERT IGNORE INTO c VALUES (1, 'a'), (6, 'f')", 1, "SELECT name FROM c WHERE id IN (1, 6)", "dupa f"},
		{"UPDATE c JOIN o ON c.id = o.cid SET c.name = 'upd', o.amount = 0 WHERE o.id = 12", 2, "SELECT c.name, o.amount FROM c JOIN o ON o.cid = c.id WHERE o.id = 12", "upd,0.00"},
		{"DELETE c FROM c JOIN o ON c.id = o.id WHERE o.id = 11", 1, "SELECT COUNT(*) FROM c WHERE id = 11", "0"},
		{"DELETE FROM c WHERE id IN (SELECT id FROM o)", 1, "SELECT COUNT(*) FROM c WHERE id = 12", "0"},
		{"UPDATE c SET name = (SELECT MAX(amount) FROM o) WHERE id = 3", 1, "SELECT name FROM c WHERE id = 3", "2.25"},
	} {
		res, err := db.Exec(step.sql)
		if err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
		if n, _ := res.RowsAffected(); n != step.affected {
			t.Errorf("%s: %d rows, want %d", step.sql, n, step.affected)
		}
		if got := listed(t, db, step.query); got != step.want {
			t.Errorf("after %s: %s, want %s", step.sql, got, step.want)
		}
	}
}

// A statement that fails in its middle has changed nothing, inside a
// transaction and out.
func TestFullRollsBackStatements(t *testing.T) {
	db := shop(t)
	fails := "INSERT INTO c SELECT id - 9, 'x' FROM o ORDER BY id DESC" // 3 is taken
	if _, err := db.Exec(fails); code(err) != mysqlerr.DupEntry || !strings.Contains(err.Error(), "Duplicate entry '3' for key 'c.PRIMARY'") {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, tx, "INSERT INTO c SELECT 50, 'kept'", "SAVEPOINT s", "INSERT INTO c SELECT 51, 'undone'", "ROLLBACK TO s")
	if _, err := tx.Exec(fails); code(err) != mysqlerr.DupEntry {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, db, "SELECT id FROM c ORDER BY id"); got != "1 2 3 50" {
		t.Error(got)
	}
}

// Errors have MySQL's numbers.
func TestFullErrors(t *testing.T) {
	db := shop(t)
	for query, want := range map[string]uint16{
		"SELECT * FROM nope JOIN c":                       mysqlerr.NoSuchTable,
		"SELECT * FROM nope.x JOIN c":                     mysqlerr.BadDB,
		"SELECT c.nope FROM c JOIN o":                     mysqlerr.BadField,
		"SELECT id FROM c JOIN o":                         mysqlerr.NonUniq,
		"SELECT * FROM c JOIN c":                          mysqlerr.NonUniqTable,
		"SELECT name, amount FROM c, o GROUP BY name":     mysqlerr.WrongFieldWithGroup,
		"SELECT id FROM c UNION SELECT id, cid FROM o":    mysqlerr.WrongNumberOfColumns,
		"SELECT (SELECT id FROM c)":                       mysqlerr.SubqueryNoOneRow,
		"SELECT nope(id) FROM c JOIN o USING (id)":        mysqlerr.SPDoesNotExist,
		"SELECT ABS(1, 2) FROM c JOIN o USING (id)":       mysqlerr.WrongParamCount,
		"INSERT INTO c SELECT id, REPEAT('x', 99) FROM o": mysqlerr.DataTooLong,
		"INSERT INTO c (id) SELECT id, cid FROM o":        mysqlerr.WrongValueCountOnRow,
		"INSERT INTO c SELECT NULL, 'x'":                  mysqlerr.BadNull,
		"REPLACE INTO c (name) VALUES ('x')":              mysqlerr.NoDefaultForField,
		"INSERT INTO o (id, cid) SELECT 77, 1e20":         mysqlerr.OutOfRange,
		"INSERT INTO o (id, at) SELECT 77, 'never'":       mysqlerr.TruncatedWrongValue,
		"SELECT * FROM c INTO OUTFILE '/tmp/x'":           mysqlerr.OptionPrevents,
		"SELECT LOAD_FILE('/etc/passwd')":                 mysqlerr.NotSupportedYet,
	} {
		if _, err := db.Exec(query); code(err) != want {
			t.Errorf("%s: %v, want %d", query, err, want)
		}
	}
}

func TestFullInformationSchema(t *testing.T) {
	db := shop(t)
	for query, want := range map[string]string{
		"SELECT table_name FROM information_schema.tables WHERE table_schema = 'd' ORDER BY 1":                                                      "c o",
		"SELECT column_name, column_type, is_nullable, column_key FROM information_schema.columns WHERE table_name = 'c' ORDER BY ordinal_position": "id,int,NO,PRI name,varchar(20),YES,",
		"SELECT index_name, column_name FROM information_schema.statistics WHERE table_name = 'o'":                                                  "PRIMARY,id",
		"SELECT constraint_type FROM information_schema.table_constraints WHERE table_name = ?":                                                     "PRIMARY KEY",
	} {
		var args []any
		if strings.Contains(query, "?") {
			args = []any{"o"}
		}
		if got := listed(t, db, query, args...); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	if got := listed(t, db, "SELECT schema_name FROM information_schema.schemata"); !slices.Contains(strings.Fields(got), "d") {
		t.Error(got)
	}
	mustExec(t, db, "USE information_schema")
	if got := listed(t, db, fmt.Sprintf("SELECT COUNT(*) FROM tables WHERE table_schema = '%s'", "d")); got != "2" {
		t.Error(got)
	}
}
