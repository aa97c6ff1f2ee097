package lex

import (
	"strings"
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

func TestTokens(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"select 1", "Word:select Number:1"},
		{"SELECT 'a''b', \"c\\n\"", "Word:SELECT String:a'b Punct:, String:c\n"},
		{"`a``b`.c", "Quoted:a`b Punct:. Word:c"},
		{"@x := @@session.autocommit", "UserVar:x Punct::= SysVar:session.autocommit"},
		{"@'a b' @@`time_zone`", "UserVar:a b SysVar:time_zone"},
		{"x'6162' 0x616 b'01100001' 0b1", "Hex:ab Hex:\x06\x16 Bits:a Bits:\x01"},
		{"1.5 .5 1e3 1e 2t 0xg", "Number:1.5 Number:.5 Number:1e3 Word:1e Word:2t Word:0xg"},
		{"a -- c\nb # d\n/* e */ c--1", "Word:a Word:b Word:c Punct:- Punct:- Number:1"},
		{"/*!40100 WITH */ /*!99999 no */ x /*! y */", "Word:WITH Word:x Word:y"},
		{"a<=>b <> c", "Word:a Punct:<=> Word:b Punct:<> Word:c"},
		{"'open", "Bad:'open"},
		{"a /* open", "Word:a Bad:/* open"},
		{"naïve", "Word:naïve"},
	}
	for _, tt := range tests {
		if got := render(tt.in); got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func render(src string) string {
	var out []string
	l := New(src)
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		v, ok := t.Value()
		if !ok {
			v = "?"
		}
		out = append(out, kindNames[t.Kind]+":"+v)
	}
	return strings.Join(out, " ")
}

var kindNames = map[Kind]string{
	Word: "Word", Quoted: "Quoted", String: "String", Number: "Number", Hex: "Hex", Bits: "Bits",
	UserVar: "UserVar", SysVar: "SysVar", Param: "Param", Punct: "Punct", Bad: "Bad",
}

func TestSplit(t *testing.T) {
	tests := []struct{ in, first, rest string }{
		{"a", "a", ""},
		{"a;", "a", ""},
		{"a; -- end", "a", ""},
		{"a;b;c", "a", "b;c"},
		{"select ';' ; x", "select ';' ", " x"},
		{"/* ; */ a; b", "/* ; */ a", " b"},
		{"'; open", "'; open", ""},
	}
	for _, tt := range tests {
		if first, rest := Split(tt.in); first != tt.first || rest != tt.rest {
			t.Errorf("Split(%q) = %q, %q", tt.in, first, rest)
		}
	}
}

func TestErrorNamesPlace(t *testing.T) {
	c, err := NewCursor("XA\nSTRAT 'x'")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Expect("XA", "START")
	if !mysqlerr.Is(err, mysqlerr.ParseError) || !strings.Contains(err.Error(), "near 'STRAT 'x'' at line 2") {
		t.Error(err)
	}
}

// Every text ends after finitely many tokens, each inside the text and behind
// the one before.
func FuzzLexer(f *testing.F) {
	for _, s := range []string{"select 1", "/*!40100 a */ 'b' x'1' @@a.b", "0b", "@'", "/*!*/*/", "1.e+", "`", "--\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l, end := New(src), 0
		for n := 0; ; n++ {
			tok := l.Next()
			if tok.Kind == EOF {
				break
			}
			if tok.Pos < end || tok.End <= tok.Pos || tok.End > len(src) || n > len(src) {
				t.Fatalf("token %d of %q: %+v after offset %d", n, src, tok, end)
			}
			end = tok.End
			tok.Value()
		}
		first, rest := Split(src)
		if len(first)+len(rest) > len(src) {
			t.Fatalf("Split(%q) made text up", src)
		}
	})
}

func BenchmarkLexer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		l := New("SELECT c FROM sbtest1 WHERE id=5023")
		for l.Next().Kind != EOF {
		}
	}
}

// The semicolons of a trigger's body are its own.
func TestSplitTrigger(t *testing.T) {
	for _, trigger := range []string{
		"CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW SET @a = 1",
		"CREATE PROCEDURE p(x INT) BEGIN IF x THEN SELECT 1; END IF; SELECT 2; END",
		"CREATE DEFINER=`a`@`b` FUNCTION f() RETURNS INT BEGIN DECLARE x INT; RETURN 1; END",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; SELECT 2; END",
		"create trigger g after insert on t for each row begin insert into s values (1); insert into s values (2); end",
		"CREATE DEFINER=`root`@`localhost` TRIGGER g BEFORE UPDATE ON t FOR EACH ROW BEGIN IF NEW.a < 0 THEN SET NEW.a = 0; ELSE SET NEW.b = IF(NEW.a > 1, 2, 3); END IF; END",
		"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER g BEFORE DELETE ON t FOR EACH ROW begin set @a = case when 1 then 2 end; case @a when 1 then set @b = 1; else begin end; end case; end */",
		"CREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW IF OLD.a THEN SET @a = 1; SET @b = 2; END IF",
		"CREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW BEGIN x: LOOP SET @a = 1; LEAVE x; END LOOP; WHILE 0 DO SET @a = 1; END WHILE; REPEAT SET @a = 1; UNTIL 1 END REPEAT; END",
	} {
		first, rest := Split(trigger + "; SELECT 1; SELECT 2")
		if first != trigger || rest != " SELECT 1; SELECT 2" {
			t.Errorf("%s\nsplit as %q, %q", trigger, first, rest)
		}
	}
	for _, other := range []string{"CREATE TABLE trigger_begin (id INT)", "BEGIN", "CREATE VIEW v AS SELECT 1 AS `trigger`"} {
		if first, rest := Split(other + ";SELECT 1"); first != other || rest != "SELECT 1" {
			t.Errorf("%s split as %q, %q", other, first, rest)
		}
	}
}
