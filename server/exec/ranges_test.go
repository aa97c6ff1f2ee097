package exec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// keyed are tables whose keys meet literals of every kind.
var keyed = []struct{ name, ddl, rows string }{
	{"ri", "a tinyint, b bigint unsigned, primary key (a, b)", "(-128,0),(-1,1),(0,0),(0,18446744073709551615),(1,1),(1,2),(12,12),(127,9223372036854775808)"},
	{"rd", "a decimal(6,2), b int, primary key (a, b)", "(-1.5,1),(-0.01,1),(0,1),(0.01,2),(1,1),(1.5,1),(12,1),(9999.99,1)"},
	{"rf", "a double, b float, primary key (a, b)", "(-1e300,1),(-1.5,0.1),(0,1),(1,1),(1,1.5),(12,1),(9007199254740993,2)"},
	{"rs", "a varchar(5), b varbinary(5), primary key (a, b)", "('',''),('a','a'),('a','b'),('B','x'),('a b','1'),('12','12'),('Ä',x'ff'),('ab',x'00'),('a\\tb','')"},
	{"rb", "a char(5) collate utf8mb4_bin, b int, primary key (a, b)", "('',1),('a',1),('A',1),('a b',1),('12',1),('é',1)"},
	{"rt", "a date, b datetime(3), primary key (a, b)", "('2020-01-01','2020-01-01'),('2020-01-01','2020-01-01 00:00:00.001'),('2020-02-29','2020-01-01'),('1999-12-31','1999-12-31 23:59:59.999')"},
	{"rc", "a time(1), b timestamp, primary key (a, b)", "('-01:00:00','2020-01-01'),('00:00:00','2020-01-01'),('00:00:01.5','2020-01-01 00:00:01'),('12:00:00','1999-12-31')"},
	{"ry", "a year, b smallint, primary key (a, b)", "(0,0),(1970,1),(1999,2),(2020,12)"},
}

var keyLiterals = []string{
	"null", "0", "1", "-1", "12", "127", "128", "300", "1.5", "0.005", "0.01", "1e0", "1.5e0", "-1e300", "9007199254740993", "9223372036854775808",
	"18446744073709551615", "1e20", "''", "'a'", "'A '", "'b'", "'ab'", "'a b'", "'a\\tb'", "'12'", "'12x'", "'1.5'", "x'00'", "x'ff'", "x'61'", "'Ä'", "true",
	"'2020-01-01'", "'2020-01-01 00:00:00.0005'", "'2020-02-29'", "20200101", "'1999-12-31 23:59:59.999'", "'00:00:01.5'", "'-01:00:00'", "'2020'", "70", "2020", "1970",
}

func anyCondition(t *rapid.T, depth int) string {
	lit := rapid.SampledFrom(keyLiterals)
	col := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "column")
	switch rapid.IntRange(0, 9+min(depth, 1)*4).Draw(t, "kind") {
	case 0:
		return fmt.Sprintf("%s in (%s, %s, %s)", col, lit.Draw(t, "x"), lit.Draw(t, "y"), lit.Draw(t, "z"))
	case 1:
		return fmt.Sprintf("%s between %s and %s", col, lit.Draw(t, "x"), lit.Draw(t, "y"))
	case 2:
		return fmt.Sprintf("%s %s %s", lit.Draw(t, "x"), anyOperator(t), col)
	case 8:
		return fmt.Sprintf("(a, b) %s (%s, %s)", rapid.SampledFrom([]string{"=", "<>"}).Draw(t, "operator"), lit.Draw(t, "x"), lit.Draw(t, "y"))
	case 9:
		in := rapid.SampledFrom([]string{"in", "not in"}).Draw(t, "operator")
		return fmt.Sprintf("(b, a) %s ((%s, %s), (%s, %s))", in, lit.Draw(t, "x"), lit.Draw(t, "y"), lit.Draw(t, "z"), lit.Draw(t, "w"))
	case 10, 11, 12:
		return fmt.Sprintf("(%s) and %s", anyCondition(t, depth-1), anyCondition(t, depth-1))
	case 13:
		return fmt.Sprintf("(%s or %s)", anyCondition(t, depth-1), anyCondition(t, depth-1))
	}
	return fmt.Sprintf("%s %s %s", col, anyOperator(t), lit.Draw(t, "x"))
}

func anyOperator(t *rapid.T) string {
	return rapid.SampledFrom([]string{"=", "=", "=", "<", "<=", ">", ">=", "<>", "<=>"}).Draw(t, "operator")
}

// TestE7_RangesAreNeverTooNarrow: a WHERE clause finds the same rows whether
// keys are derived from it or, hidden in an OR, not.
func TestE7_RangesAreNeverTooNarrow(t *testing.T) {
	s := newServer(t)
	c := s.session("a")
	c.must("create database d")
	for _, k := range keyed {
		c.must(fmt.Sprintf("create table %s (%s)", k.name, k.ddl))
		c.must(fmt.Sprintf("insert into %s values %s", k.name, k.rows))
	}
	names := indexed(c)
	saved := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			saved += compareAccess(t, c, rapid.SampledFrom(names).Draw(t, "table"), anyCondition(t, 2))
		}
	})
	if saved == 0 {
		t.Error("no range was ever narrower than the table")
	}
}

// indexed makes the keyed tables again, with the same rows and some with NULL,
// under indexes of every kind, and names them all.
func indexed(c *session) (names []string) {
	for _, k := range keyed {
		names = append(names, k.name)
		columns := strings.TrimSuffix(k.ddl, ", primary key (a, b)")
		prefix := ""
		if k.name == "rs" || k.name == "rb" {
			prefix = "(1)"
		}
		for i, keys := range []string{
			"key (a, b)", "unique key (a, b)", "key (a desc), key (b)", "unique key (b desc, a desc)", "key (a" + prefix + ", b)",
			"id int auto_increment primary key, key (b), unique key (a, b)",
		} {
			name := fmt.Sprintf("%s_%d", k.name, i)
			nullable := strings.ReplaceAll(columns, "timestamp", "timestamp null")
			c.must(fmt.Sprintf("create table %s (%s, %s)", name, nullable, keys))
			c.must(fmt.Sprintf("insert into %s (a, b) values %s", name, k.rows))
			c.must(fmt.Sprintf("insert into %s (b) values (null), (null)", name))
			c.must(fmt.Sprintf("update %s set a = null where a is not null limit 2", name))
			c.must(fmt.Sprintf("update %s set b = null where a is not null and b is not null order by b desc limit 1", name))
			names = append(names, name)
		}
	}
	return names
}

// compareAccess returns how many rows the key ranges saved reading.
func compareAccess(t *rapid.T, c *session, name, where string) (saved int) {
	for _, tail := range []string{"", " for update"} {
		byKey, err := c.run(fmt.Sprintf("select * from %s where %s%s", name, where, tail))
		byScan, err2 := c.run(fmt.Sprintf("select * from %s where (%s) or 0%s", name, where, tail))
		if err != nil || err2 != nil {
			if err == nil || err2 == nil || err.Error() != err2.Error() {
				t.Fatalf("%s where %s: %v, %v", name, where, err, err2)
			}
			return 0
		}
		byKey.Warnings, byScan.Warnings = 0, 0
		if a, b := sortedLines(table(byKey)), sortedLines(table(byScan)); a != b {
			t.Fatalf("%s where %s%s:\n%s\nwithout keys:\n%s", name, where, tail, a, b)
		}
		saved += byScan.RowsRead - byKey.RowsRead
	}
	return saved
}

// sortedLines: rows found by an index are in its order.
func sortedLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestC17_StatementsDoNotMeetTheirOwnWrites: an UPDATE that moves rows ahead
// of itself visits each once.
func TestC17_StatementsDoNotMeetTheirOwnWrites(t *testing.T) {
	_, c := bank(t)
	if r := c.must("update t set id = id + 100, v = v + 1"); r.AffectedRows != 3 {
		t.Errorf("%d rows", r.AffectedRows)
	}
	if got := table(c.must("select * from t")); got != "id | v\n101 | 11\n102 | 21\n103 | 31\n" {
		t.Error(got)
	}
	c.must("update t set id = id + 1 order by id desc")
	if got := table(c.must("select id from t")); strings.Count(got, "\n") != 4 || !strings.Contains(got, "104") {
		t.Error(got)
	}
	c.must("create table moving (id int primary key, k int, key (k))")
	c.must("insert into moving values (1, 1), (2, 2), (3, 3), (4, 9)")
	if r := c.must("update moving set k = k + 1 where k in (1, 2, 3)"); r.AffectedRows != 3 || r.RowsRead != 3 {
		t.Errorf("%d rows, %d read", r.AffectedRows, r.RowsRead)
	}
	if got := table(c.must("select k from moving where k between 1 and 5")); got != "k\n2\n3\n4\n" {
		t.Error(got)
	}
}
