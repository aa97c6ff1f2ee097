package server

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Operators bind as MySQL says, in each mode that changes it; what a view keeps means
// the same in another mode.
func TestPrecedence(t *testing.T) {
	db := shop(t)
	for i, tt := range precedenceAnswers {
		mode, expr, want := tt[0], tt[1], tt[2]
		mustExec(t, db, "SET sql_mode = '"+mode+"'")
		query := "SELECT " + expr + " AS v FROM (SELECT 5 a, 3 b) t"
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %s:\ngot  %s\nwant %s", mode, expr, got, want)
		}
		if i%4 != 0 {
			continue
		}
		mustExec(t, db, "CREATE OR REPLACE VIEW kept AS "+query, "SET sql_mode = ''")
		if got := listed(t, db, "SELECT v FROM kept"); got != want {
			t.Errorf("view of %s: %s:\ngot  %s\nwant %s", mode, expr, got, want)
		}
	}
}

// A client that sends several statements at once may change the mode between them.
func TestModesOfSeveralStatements(t *testing.T) {
	db := shop(t)
	mustExec(t, db,
		"CREATE TABLE m (s VARCHAR(20)); SET sql_mode = 'NO_BACKSLASH_ESCAPES'; INSERT INTO m VALUES ('a\\'); SET sql_mode = ''; INSERT INTO m VALUES ('b\\'c')",
		"SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "SET sql_mode = ''; INSERT INTO m VALUES ('d\\'s')")
	if got := listed(t, db, "SELECT s FROM m ORDER BY s"); got != "a\\ b'c d's" {
		t.Error(got)
	}
	mustExec(t, db, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'")
	if _, err := db.Exec("INSERT INTO m VALUES ('d\\'s')"); code(err) != mysqlerr.ParseError {
		t.Error(err)
	}
}

// The plan of a text in one mode is not that of the same text in another.
func TestModesAndPlans(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, x INT)", "INSERT INTO v VALUES (1, 10), (2, 20)")
	const query = `SELECT x FROM v WHERE id = "id"`
	for range 3 {
		mustExec(t, db, "SET sql_mode = 'ANSI_QUOTES'")
		if got := listed(t, db, query+" ORDER BY id"); got != "10 20" {
			t.Error(got)
		}
		mustExec(t, db, "SET sql_mode = ''")
		if got := listed(t, db, query+" ORDER BY id"); got != "" {
			t.Error(got)
		}
	}
}
