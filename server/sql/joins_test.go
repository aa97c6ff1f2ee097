package sql

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/sql/memo"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
)

// costers prefer one kind of join each, whatever it costs.
var costers = map[string]func() memo.Coster{
	"costs":      memo.NewDefaultCoster,
	"inner":      memo.NewInnerBiasedCoster,
	"hash":       memo.NewHashBiasedCoster,
	"lookup":     memo.NewLookupBiasedCoster,
	"merge":      memo.NewMergeBiasedCoster,
	"partial":    memo.NewPartialBiasedCoster,
	"range heap": memo.NewRangeHeapBiasedCoster,
}

var joinHints = []string{
	"", "/*+ JOIN_ORDER(l,r) */", "/*+ JOIN_ORDER(r,l) */", "/*+ LOOKUP_JOIN(l,r) */", "/*+ MERGE_JOIN(l,r) */", "/*+ HASH_JOIN(l,r) */",
	"/*+ INNER_JOIN(l,r) */", "/*+ SEMI_JOIN(l,r) */", "/*+ ANTI_JOIN(l,r) */", "/*+ LEFT_OUTER_LOOKUP_JOIN(l,r) */",
	"/*+ NO_MERGE_JOIN */", "/*+ LEFT_DEEP */", "/*+ JOIN_ORDER(r,l) MERGE_JOIN(r,l) */",
}

// A sample is a column: its type, and values that a row may have as SQL spells
// them, each with what is equal to it: a number, or a text.
type sample struct {
	name, typ, key string // key is what an index has of it
	values         []string
	class          string              // columns of one class can be compared by this oracle
	norm           func(string) string // what equal values have in common
}

func numeral(s string) string {
	f, err := strconv.ParseFloat(strings.Trim(s, "'"), 64)
	if err != nil {
		panic(err)
	}
	return strconv.FormatFloat(f+0, 'g', -1, 64)
}

func float32Of(s string) string {
	f, err := strconv.ParseFloat(s, 32)
	if err != nil {
		panic(err)
	}
	return strconv.FormatFloat(float64(float32(f))+0, 'g', -1, 64)
}

func unquoted(s string) string { return strings.Trim(s, "'") }
func padded(s string) string   { return strings.TrimRight(unquoted(s), " ") }
func folded(s string) string   { return strings.ToLower(padded(s)) }

func day(s string) string {
	at, err := time.Parse("2006-01-02 15:04:05.999", (unquoted(s) + " 00:00:00")[:max(19, len(s)-2)])
	if err != nil {
		panic(err)
	}
	return at.Format(time.RFC3339Nano)
}

var words = []string{"''", "'a'", "'A'", "'a '", "'ab'", "'abc'", "'abcd'", "'ABCDE'", "'abc  '", "'1'", "'b'"}

var samples = []sample{
	{"i", "int", "i", []string{"0", "1", "2", "3", "-1", "2147483647"}, "number", numeral},
	{"b", "bigint", "b", []string{"0", "1", "2", "5000000000", "-1", "2147483647"}, "number", numeral},
	{"u", "tinyint unsigned", "u", []string{"0", "1", "2", "255"}, "number", numeral},
	{"d", "decimal(9,2)", "d", []string{"0.00", "1.00", "1.50", "2", "2.01", "-1"}, "number", numeral},
	{"e", "decimal(12,4)", "e", []string{"0", "1", "1.5", "1.5001", "2.0050", "-1"}, "number", numeral},
	{"f", "float", "f", []string{"0", "1", "1.5", "0.1", "-0.0", "-1"}, "number", float32Of},
	{"g", "double", "g", []string{"0", "1", "1.5", "0.1", "-0.0", "1e300", "2", "-1"}, "number", numeral},
	{"v", "varchar(5) collate utf8mb4_general_ci", "v", words, "ci", folded},
	{"w", "varchar(9) collate utf8mb4_general_ci", "w desc", words, "ci", folded},
	{"p", "text collate utf8mb4_general_ci", "p(1)", words, "ci", folded},
	{"k", "varchar(9) collate utf8mb4_general_ci", "k(2)", words, "ci", folded},
	{"t", "char(5) collate utf8mb4_general_ci", "t", words, "ci", folded},
	{"x", "varchar(9) collate utf8mb4_bin", "x", words, "bin", padded},
	{"o", "text collate utf8mb4_bin", "o(2)", words, "bin", padded},
	{"n", "varbinary(9)", "n", words, "bytes", unquoted},
	{"m", "varbinary(5)", "m", words, "bytes", unquoted},
	{"dt", "date", "dt", []string{"'2024-01-01'", "'2024-02-29'"}, "date", day},
	{"dm", "datetime(3)", "dm", []string{"'2024-01-01 00:00:00'", "'2024-02-29 12:00:00.500'", "'2024-02-29 12:00:00'"}, "date", day},
	{"en", "enum('a','b','ab') collate utf8mb4_general_ci", "en", []string{"'a'", "'b'", "'ab'"}, "ci", folded},
	{"bt", "bit(4)", "bt", []string{"0", "1", "2", "15"}, "bit", numeral},
	{"js", "json", "", []string{"'1'", "'2'"}, "json", numeral},
	{"y", "year", "y", []string{"2001", "2024"}, "year", numeral},
}

// joinable are all columns: the primary key is a whole number that no row has twice.
var joinable = append(slices.Clone(samples), sample{name: "id", class: "number", norm: numeral})

// null is the oracle's.
const null = "NULL"

// A heap is a table of the oracle: rows of SQL values, by column.
type heap struct {
	name string
	rows []map[string]string
}

func (h *heap) create(rt *rapid.T, s *shop, size int) {
	s.must("drop table if exists " + h.name)
	var parts []string
	for _, c := range samples {
		parts = append(parts, c.name+" "+c.typ)
	}
	if rapid.Bool().Draw(rt, "primary key") {
		parts = append(parts, "primary key (id)")
	}
	for i := range rapid.IntRange(0, 6).Draw(rt, "indexes") {
		var cols []string
		for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom(samples), 1, 2, func(c sample) string { return c.name }).Draw(rt, "columns") {
			if c.key != "" {
				cols = append(cols, c.key)
			}
		}
		if len(cols) > 0 {
			parts = append(parts, fmt.Sprintf("key k%d (%s)", i, strings.Join(cols, ", ")))
		}
	}
	s.must(fmt.Sprintf("create table %s (id int not null, %s)", h.name, strings.Join(parts, ", ")))
	h.fill(rt, s, size)
}

// fill inserts rows: twenty that are drawn, over and over.
func (h *heap) fill(rt *rapid.T, s *shop, size int) {
	h.rows = nil
	var drawn []map[string]string
	for range min(size, 20) {
		row := map[string]string{}
		for _, c := range samples {
			row[c.name] = rapid.SampledFrom(append([]string{null}, c.values...)).Draw(rt, c.name)
			if (c.name == "v" || c.name == "m" || c.name == "t") && len(row[c.name]) > 7 {
				row[c.name] = null
			}
		}
		drawn = append(drawn, row)
	}
	var lines []string
	for id := range size {
		row := map[string]string{"id": strconv.Itoa(id)}
		line := []string{row["id"]}
		for _, c := range samples {
			row[c.name] = drawn[id%len(drawn)][c.name]
			line = append(line, row[c.name])
		}
		h.rows = append(h.rows, row)
		lines = append(lines, "("+strings.Join(line, ",")+")")
	}
	for chunk := range slices.Chunk(lines, 500) {
		s.must("insert into " + h.name + " values " + strings.Join(chunk, ","))
	}
}

// A verdict is SQL's: false, true or unknown.
type verdict int

const (
	no verdict = iota
	unknown
	yes
)

// An equal is a condition between a column of one table and one of another.
type equal struct {
	left, right sample
	safe        bool // <=>
}

func (e equal) sql(l, r string) string {
	op := "="
	if e.safe {
		op = "<=>"
	}
	return fmt.Sprintf("%s.%s %s %s.%s", l, e.left.name, op, r, e.right.name)
}

func (e equal) holds(l, r map[string]string) verdict {
	a, b := l[e.left.name], r[e.right.name]
	if a == null || b == null {
		switch {
		case !e.safe:
			return unknown
		case a == b:
			return yes
		}
		return no
	}
	if e.left.norm(a) == e.right.norm(b) {
		return yes
	}
	return no
}

func drawEqual(rt *rapid.T) equal {
	left := rapid.SampledFrom(joinable).Draw(rt, "left")
	var fit []sample
	for _, c := range joinable {
		if c.class == left.class {
			fit = append(fit, c)
		}
	}
	return equal{left, rapid.SampledFrom(fit).Draw(rt, "right"), rapid.IntRange(0, 9).Draw(rt, "safe") == 0}
}

// A cond is equalities, all or one of which must hold.
type cond struct {
	list []equal
	or   bool
}

func drawCond(rt *rapid.T) cond {
	c := cond{or: rapid.IntRange(0, 5).Draw(rt, "or") == 0}
	for range rapid.IntRange(1, 2).Draw(rt, "equalities") {
		c.list = append(c.list, drawEqual(rt))
	}
	return c
}

func (c cond) sql(l, r string) string {
	var parts []string
	for _, e := range c.list {
		parts = append(parts, e.sql(l, r))
	}
	if c.or {
		return "(" + strings.Join(parts, " or ") + ")"
	}
	return strings.Join(parts, " and ")
}

func (c cond) holds(l, r map[string]string) bool {
	for _, e := range c.list {
		if (e.holds(l, r) == yes) == c.or {
			return c.or
		}
	}
	return !c.or
}

// A question is a query, with HINT for its hint, and the rows that answer it.
type question struct {
	text string
	want []string
}

func questions(c cond, in, again equal, l, r, s heap) []question {
	var out []question
	ask := func(text string, rows []string) {
		slices.Sort(rows)
		out = append(out, question{text, rows})
	}
	var inner, left, three, exists, missing, among, notAmong, counted, joined, padded, both, kept, first []string
	for _, a := range l.rows {
		matches, found, doubt := 0, false, false
		pairs, rows, twice, loose, least := 0, 0, 0, 0, null
		for _, b := range r.rows {
			if v := in.holds(a, b); v == yes {
				found = true
			} else if v == unknown {
				doubt = true
			}
			if !c.holds(a, b) {
				continue
			}
			matches++
			inner = append(inner, a["id"]+","+b["id"])
			left = append(left, a["id"]+","+b["id"])
			if least == null {
				least = b["id"]
			}
			met := 0
			for _, d := range s.rows {
				if in.holds(b, d) != yes {
					continue
				}
				met++
				three = append(three, a["id"]+","+b["id"]+","+d["id"])
				if again.holds(a, d) == yes {
					twice++
				}
			}
			if met == 0 && again.safe && a[again.left.name] == null {
				loose++ // NULL for want of a row is NULL, too
			}
			pairs += met
			rows += max(met, 1)
		}
		counted = append(counted, a["id"]+","+strconv.Itoa(matches))
		joined = append(joined, a["id"]+","+strconv.Itoa(pairs))
		padded = append(padded, a["id"]+","+strconv.Itoa(rows))
		both = append(both, a["id"]+","+strconv.Itoa(twice))
		kept = append(kept, a["id"]+","+strconv.Itoa(twice+loose))
		first = append(first, a["id"]+","+least)
		if matches > 0 {
			exists = append(exists, a["id"])
		} else {
			left = append(left, a["id"]+","+null)
			missing = append(missing, a["id"])
		}
		if found {
			among = append(among, a["id"])
		} else if !doubt {
			notAmong = append(notAmong, a["id"])
		}
	}
	on, third, fourth := c.sql("l", "r"), in.sql("r", "s"), again.sql("l", "s")
	ask("select HINT l.id, r.id from l join r on "+on, inner)
	ask("select HINT l.id, r.id from l, r where "+on, slices.Clone(inner))
	ask("select HINT l.id, r.id from l left join r on "+on, left)
	ask("select HINT l.id, r.id, s.id from l join r on "+on+" join s on "+third, three)
	ask("select HINT l.id from l where exists (select 1 from r where "+on+")", exists)
	ask("select HINT l.id from l where not exists (select 1 from r where "+on+")", missing)
	ask("select HINT l.id, (select count(*) from r where "+on+") from l", counted)
	ask("select HINT l.id, (select count(*) from r join s on "+third+" where "+on+") from l", joined)
	ask("select l.id, (select HINT count(*) from r join s on "+third+" where "+on+") from l", slices.Clone(joined))
	ask("select l.id, (select count(*) from r left join s on "+third+" where "+on+") from l", padded)
	ask("select l.id, (select count(*) from r as y left join s as z on "+in.sql("y", "z")+" where "+c.sql("l", "y")+" and "+again.sql("l", "z")+") from l", kept)
	ask("select l.id, (select count(*) from r, s where "+third+" and "+on+" and "+fourth+") from l", both)
	ask("select l.id, (select r.id from r where "+on+" order by r.id limit 1) from l", first)
	ask("select l.id, (select count(*) from s join r on "+third+" and "+on+") from l", slices.Clone(joined))
	ask("select l.id, (select count(*) from (select r.id from r where "+on+") as x) from l", slices.Clone(counted))
	ask("select l.id, x.id from l, lateral (select r.id from r where "+on+") as x", slices.Clone(inner))
	if !in.safe && in.right.name != "en" { // an ENUM of a subquery is refused
		lc, rc := in.left.name, in.right.name
		ask(fmt.Sprintf("select HINT l.id from l where l.%s in (select r.%s from r)", lc, rc), among)
		ask(fmt.Sprintf("select HINT l.id from l where l.%s not in (select r.%s from r)", lc, rc), notAmong)
	}
	return out
}

func (s *shop) sorted(text string) ([]string, error) {
	r, err := s.run(s.t.Context(), text)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range r.Rows {
		var line []string
		for _, v := range row {
			if v == nil {
				line = append(line, null)
				continue
			}
			line = append(line, fmt.Sprint(v))
		}
		out = append(out, strings.Join(line, ","))
	}
	slices.Sort(out)
	return out, nil
}

// S12: no plan of a join finds other rows than the conditions ask for.
func TestS12_Joins(t *testing.T) {
	s := open(t)
	s.full.max = 64 << 20
	a := s.full.library().Analyzer
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SampledFrom([][3]int{{5, 5, 5}, {12, 20, 3}, {20, 4, 9}, {0, 5, 5}, {5, 0, 3}, {5, 12, 0}, {3, 1100, 2}, {1, 3, 1100}}).Draw(rt, "sizes")
		l, r, third := heap{name: "l"}, heap{name: "r"}, heap{name: "s"}
		for i, h := range []*heap{&l, &r, &third} {
			h.create(rt, s, sizes[i])
		}
		c, in, again := drawCond(rt), drawEqual(rt), drawEqual(rt)
		hint := rapid.SampledFrom(joinHints).Draw(rt, "hint")
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(costers))), 2, 2, rapid.ID[string]).Draw(rt, "costers")
		for _, q := range questions(c, in, again, l, r, third) {
			text := strings.Replace(q.text, "HINT", hint, 1)
			for _, name := range names {
				a.Coster = coster{costers[name]()}
				got, err := s.sorted(text)
				if err != nil {
					rt.Fatalf("%s (%s): %v", text, name, err)
				}
				if slices.Compare(got, q.want) != 0 {
					rt.Fatalf("%s (%s):\n%d rows: %.300q\nwant %d: %.300q\n%s", text, name, len(got), got, len(q.want), q.want, s.plan(text))
				}
			}
		}
	})
}

// plan is how the library would come to each table's rows.
func (s *shop) plan(text string) string {
	tree, err := exec.ParseTree(text)
	if err != nil {
		return err.Error()
	}
	full, err := s.full.Take(tree)
	if err != nil {
		return err.Error()
	}
	txn := s.log.BeginWith(engine.TxnOptions{CurrentReads: true})
	defer func() { _ = s.log.Rollback(txn) }()
	env := exec.Env{SQLMode: exec.ModeDefault, Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Location: s.zone}
	list, err := s.full.Explain(s.t.Context(), env, s.session, full)
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, a := range list {
		fmt.Fprintln(&out, a.Table, a.Type, a.Key, a.Ref)
	}
	return cmp.Or(out.String(), "no plan")
}
