package reword

import (
	"strings"
	"testing"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

func TestSQL(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"select ~a + -~b collate x, ~~c", "select `~`(a) + -`~`(b collate x), `~`(`~`(c))"},
		{"5 & ~(1+~2)", "5 & `~`((1+`~`(2)))"},
		{"a + b = any (select 1)", "a + b IN (select 1)"},
		{"not a <> all (table t)", "not a NOT IN (table t)"},
		{"a > all (select ~b from c where d <= some (select 2))", "`> all`(a , (select `~`(b) from c where `<= any`(d , (select 2))))"},
		{"f(x) over (order by y) != any (select 1)", "`<> any`(f(x) over (order by y) , (select 1))"},
		{"case when a then b end = all (select 1)", "`= all`(case when a then b end , (select 1))"},
		{"a and interval 1 day + t.b * 2 >= any (select 1)", "a and `>= any`(interval 1 day + t.b * 2 , (select 1))"},
		{"a sounds like b + 1 or c", "(soundex(a) = soundex(b + 1)) or c"},
		{"x is not unknown", "x is not NULL"},
		{"1 member of ('[1]')", "`member of`(1 , ('[1]'))"},
		{"@a := @b := not x in (1, 2) or y between 1 and 2 as q", "`:=`('a',  `:=`('b',  not x in (1, 2) or y between 1 and 2)) as q"},
		{"set @a := 1, @b := 2", "set @a := 1, @b := 2"},
		{"trim(both from x)", "trim(both ' ' from x)"},
		{"substring(x from 2 for 3)", "substring(x , 2 , 3)"},
		{"values row(1, 2), row(3, 4)", "values row(1, 2), row(3, 4)"},
		{"row(1, 2) in (row(1, 2), row(3, 4))", "(1, 2) in ((1, 2),(3, 4))"},
		{"interval(1, 2) + interval (1) day", "`interval`(1, 2) + interval (1) day"},
		{"a + interval '1:30' hour_minute", "a + interval '1:30' `hour_minute`"},
		{"extract(hour_minute from a)", "extract(hour_minute from a)"},
		{"timestampadd(sql_tsi_day, 1, a)", "timestampadd(day, 1, a)"},
		{"weight_string(a as char(3))", "weight_string(a , 'char', 3)"},
		{"N'x', 0b11", "_utf8mb3'x', b'11'"},
		{`'a\%b\'c\\%'`, `'a\\%b\'c\\%'`},
		{"@'a b' + 1", "@`a b` + 1"},
		{"insert t set a = 1, b = 2 as new on duplicate key update a = new.b", "insert t (a, b) VALUES ( 1,  2 ) as new on duplicate key update a = new.b"},
		{"insert t set a = 1", "insert t set a = 1"},
		{"match (a, b.c) against ('x' in  Boolean mode) + 1", "`match against`(a, b.c,'x' , ' in boolean mode') + 1"},
		{"match a, b against (concat(~c, 'x'))", "`match against`( a, b ,concat(`~`(c), 'x'), '')"},
		{"match(a) against ('x' in natural language mode)", "`match against`(a,'x' , '')"},
		{"references a (b) match full", "references a (b) match full"},
		{"default(a) + 1", "`default of`(a) + 1"},
	} {
		got, _, err := SQL(tt.in)
		if squeezed(got) != squeezed(tt.want) || err != nil {
			t.Errorf("%s:\n got %s\nwant %s (%v)", tt.in, got, tt.want, err)
		}
	}
}

// squeezed is a text without its blanks, apart from those between words.
func squeezed(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " , ")), " ")
}

func TestErrors(t *testing.T) {
	for sql, code := range map[string]uint16{
		"cast(a as unsigned array)": mysqlerr.NotSupportedYet, "5 = any (1, 2)": mysqlerr.ParseError, "1 > all (select 1) + 1": mysqlerr.ParseError,
		"timestampadd(hour_minute, 1, a)":              mysqlerr.ParseError,
		"fulltext (a) /*!50100 WITH PARSER `ngram` */": mysqlerr.NotSupportedYet,
	} {
		if _, _, err := SQL(sql); !mysqlerr.Is(err, code) {
			t.Errorf("%s: %v, want %d", sql, err, code)
		}
	}
}

func TestMode(t *testing.T) {
	for _, tt := range []struct{ mode, in, want string }{
		{"ANSI_QUOTES", "select \"a`b\"\"c\", 'x\"'", "select `a``b\"c`, 'x\"'"},
		{"PIPES_AS_CONCAT", "a || b collate c || -d ^ 2 + e || f", "CONCAT(a , b collate c , -d) ^ 2 + CONCAT(e , f)"},
		{"PIPES_AS_CONCAT", "a || b || c", "CONCAT(a , b , c)"},
		{"PIPES_AS_CONCAT", "a or b", "a or b"},
		{"HIGH_NOT_PRECEDENCE", "not a between 1 and 2 and b is not null and c not in (1)", "! a between 1 and 2 and b is not null and c not in (1)"},
		{"HIGH_NOT_PRECEDENCE", "create table t (a int not null default 1 not null)", "create table t (a int not null default 1 not null)"},
		{"HIGH_NOT_PRECEDENCE,PIPES_AS_CONCAT", "1 || not 2", "CONCAT(1 , ! 2)"},
		{"NO_BACKSLASH_ESCAPES", `select 'it\', "\n"`, `select 'it\\', "\\n"`},
		{"NO_BACKSLASH_ESCAPES", "a like 'x' or b not like c + d and e like f escape 'g'", "a like 'x' ESCAPE '' or b not like c + d ESCAPE '' and e like f escape 'g'"},
		{"NO_BACKSLASH_ESCAPES", "create table a like b", "create table a like b"},
		{"REAL_AS_FLOAT", "create table t (r real, t.real int)", "create table t (r FLOAT, t.real int)"},
		{"", "select \"a\" || 'b'", "select \"a\" || 'b'"},
	} {
		m, _ := SplitMode(tt.mode)
		if got, places := m.Default(tt.in); squeezed(got) != squeezed(tt.want) || places.Check(tt.in, len(tt.in)) != nil {
			t.Errorf("%s: %s:\n got %s\nwant %s", tt.mode, tt.in, got, tt.want)
		}
	}
	m, rest := SplitMode("PIPES_AS_CONCAT,ANSI_QUOTES,STRICT_TRANS_TABLES,ANSI")
	if rest != "STRICT_TRANS_TABLES" || m == (Mode{}) {
		t.Errorf("%+v, %q", m, rest)
	}
}

// An operator without an operand is an error, and not another operator.
func TestPipesWithoutOperand(t *testing.T) {
	m, _ := SplitMode("PIPES_AS_CONCAT")
	for _, sql := range []string{"select 1 || not 2", "select || 2", "select 1 ||"} {
		if _, places := m.Default(sql); places.Check(sql, len(sql)) == nil {
			t.Errorf("%s is taken", sql)
		}
	}
}

// What does not end is an error of the statement that it is in, and of no other.
func TestCheck(t *testing.T) {
	m, _ := SplitMode("NO_BACKSLASH_ESCAPES")
	sql := `set sql_mode = ''; select 'it\'s'`
	_, places := m.Default(sql)
	if err := places.Check(sql, strings.IndexByte(sql, ';')); err != nil {
		t.Error(err)
	}
	if err := places.Check(sql, len(sql)); !mysqlerr.Is(err, mysqlerr.ParseError) {
		t.Error(err)
	}
}

func TestMap(t *testing.T) {
	sql := "select ~a as x, b = any (select 1), c"
	text, places, err := SQL(sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"select", "as x", "b ", "c"} {
		if got := places.Old(strings.LastIndex(text, word)); got != strings.LastIndex(sql, word) {
			t.Errorf("%q is at %d, want %d", word, got, strings.LastIndex(sql, word))
		}
	}
}

// P1: no words, no change.
func TestUntouched(t *testing.T) {
	sql := "SELECT a, b FROM t WHERE a = 'it''s' AND b BETWEEN 1 AND 2 OR c LIKE 'x%'"
	if n := testing.AllocsPerRun(10, func() {
		if got, places, err := SQL(sql); got != sql || !places.Same() || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// P3: operators in each other's operands cost no more than their number.
func TestNested(t *testing.T) {
	const n = 20_000
	for _, sql := range []string{
		"select " + strings.Repeat("~", n) + "1",
		"select " + strings.Repeat("@a := ", n/2) + "1",
		"select " + strings.Repeat("~(", 2000) + strings.Repeat(")", 2000),
		"select " + strings.Repeat("interval ~ ", n/3) + " 1 day",
		"select " + strings.Repeat("a sounds like ", n/3) + " b",
	} {
		if _, _, err := SQL(sql); err != nil {
			t.Error(err)
		}
	}
	m, _ := SplitMode("PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE")
	m.Default("select " + strings.Repeat("a || not ", n/3) + "b")
}

// P2 and P4, of any text in any mode; a text without the words of a rule stays as it
// is, and so does what is inside of quotes and comments.
func FuzzReword(f *testing.F) {
	for _, sql := range []string{
		"select ~a, b > all (select 1)", "@a := (1", "case ~ end sounds like", "a || b || ", "not not", "insert t set a = 1, b = as x",
		"'\\%", "N'", "interval '1' hour_minute", "row(", "trim(both from", "\"a\"\"", "x member of (", "_binary x'ff' & 1", "date ''",
		"/*! ~ */ 1 -- ~\n", "weight_string(a as char(1))", "timestampadd(sql_tsi_day, 1, 2)", "a like b escape", "1 over 2 over (", ") end (",
	} {
		f.Add(sql, uint8(0))
		f.Add(sql, uint8(31))
	}
	f.Fuzz(func(t *testing.T, sql string, bits uint8) {
		m := Mode{lex.Mode{ANSIQuotes: bits&1 != 0, NoBackslashEscapes: bits&2 != 0}, bits&4 != 0, bits&8 != 0, bits&16 != 0}
		text, places := m.Default(sql)
		checkMap(t, sql, text, places)
		_ = places.Check(sql, len(sql))
		again, places, err := SQL(sql)
		if err != nil {
			return
		}
		checkMap(t, sql, again, places)
		if !wanted(sql) && again != sql {
			t.Fatalf("%q became %q", sql, again)
		}
	})
}

func checkMap(t *testing.T, sql, text string, m Map) {
	last := 0
	for i := 0; i <= len(text); i++ {
		at := m.Old(i)
		if at < last || at > len(sql) {
			t.Fatalf("%q from %q: %d is %d after %d", text, sql, i, at, last)
		}
		last = at
	}
	if m.Same() && text != sql {
		t.Fatalf("%q from %q without a map", text, sql)
	}
}
