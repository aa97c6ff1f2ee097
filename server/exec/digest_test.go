package exec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xadb/xadb/server/lex"
)

func TestDigest(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"SELECT a FROM t WHERE id = 5", "SELECT a FROM t WHERE id = ?; 5"},
		{"SELECT  a\n\tFROM t WHERE id =5 ", "SELECT a FROM t WHERE id =?; 5"},
		{"select a from t where id between -5 and - 5", "select a from t where id between ? and - ?; -5 5"},
		{"select a from t where id=1-2", "select a from t where id=?-?; 1 2"},
		{"update t set v = 'it is', w=\"x\" where `1` = 1.50", "update t set v = ?, w=? where `1` = ?; 'it is' 'x' 1.50"},
		{"insert into t1 values (1,'é',-2),(NULL,'',3)", "insert into t1 values (?,?,?),(NULL,?,?); 1 'é' -2 '' 3"},
		{"select a1 from t2 where t2.id in (1, 2)", "select a1 from t2 where t2.id in (?, ?); 1 2"},
		{"begin", ""}, {"show tables", ""}, {"selects", ""}, {"", ""},
		{"select a from t where id = ?", ""},
		{"select a from t where id = 1 -- x", ""}, {"select a from t where id = 1 # x", ""}, {"select /* x */ a from t where id = 1", ""},
		{"select a from t where v = 'it''s'", ""}, {`select a from t where v = 'it\'s'`, ""}, {"select a from t where v = 'open", ""},
		{"select a from t where v = x'41'", ""}, {"select a from t where v = _utf8mb4'a'", ""}, {"select a from t where v = _utf8mb4 'a'", ""},
		{"select a from t where v = 'a' 'b'", ""}, {"select a from t where v = 'a'b", ""}, {"select a from t where v = date '2024-01-01'", ""},
		{"select a from t where id = 0x41", ""}, {"select a from t where id = 1e3", ""}, {"select a from t where id = .5", ""},
		{"select a from t where id = 1.", ""}, {"select a from t where id = -1.5", ""}, {"select a from t where id = --1", ""},
		{"select a from t where id = @x", ""}, {"select é from t where id = 1", ""}, {"select a from `a``b` where id = 1", ""},
		{"select a from t where id = 1;", ""}, {"select a from t limit 1", ""}, {"select 1", ""},
	} {
		var d Digest
		got := ""
		if d.read("db", tt.in) {
			got = string(d.text[d.from:]) + ";"
			for _, l := range d.literals {
				if l.quoted {
					l.text = "'" + l.text + "'"
				}
				got += " " + l.text
			}
		}
		if got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// With its literals put back, a digest is the statement again, to the lexer.
func FuzzDigest(f *testing.F) {
	for _, s := range []string{
		"SELECT a FROM t WHERE id = 5", "insert into t values (-1,'x'),(2.5,\"y\")", "update `t` set a=a- 1 where b between 1 and -2", "select a-1,'x' from t",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var d Digest
		if !d.read("", sql) {
			return
		}
		text := string(d.text[d.from:])
		parts := strings.Split(strings.ReplaceAll(text, "`?`", "``"), "?")
		if strings.Contains(text, "`") || len(parts) != len(d.literals)+1 {
			return // names in quotes may hold anything
		}
		whole := parts[0]
		for i, l := range d.literals {
			if quote := `'`; l.quoted {
				if strings.Contains(l.text, quote) {
					quote = `"`
				}
				l.text = quote + l.text + quote
			}
			whole += l.text + parts[i+1]
		}
		if a, b := tokens(sql), tokens(whole); a != b {
			t.Fatalf("%q has the digest %q\n of %s\nnot %s", sql, text, b, a)
		}
	})
}

func tokens(sql string) string {
	var out strings.Builder
	l := lex.New(sql)
	for tok := l.Next(); tok.Kind != lex.EOF; tok = l.Next() {
		v, _ := tok.Value()
		fmt.Fprintf(&out, "%d:%s ", tok.Kind, v)
	}
	return out.String()
}

func BenchmarkDigest(b *testing.B) {
	var d Digest
	b.ReportAllocs()
	for b.Loop() {
		if !d.read("sbtest", "SELECT c FROM sbtest1 WHERE id=5023") {
			b.Fatal("no digest")
		}
	}
}
