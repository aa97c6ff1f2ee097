package peers

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/weights"
)

var weightsWrite = flag.Bool("weights.write", false, "make the tables of package weights of what a MySQL 9 tells")

const weightsData = "../../server/weights/data/"

var weightsOf = flag.String("weights.of", "", "only of collations that match this pattern; the others' tables stay")

// A teller asks a MySQL for weights.
type teller struct {
	t     *testing.T
	db    *sql.DB
	texts []string
}

// askWeights asks for the weights of all texts in all collations, and compares them
// with ours, or writes ours.
func askWeights(t *testing.T) {
	db, err := sql.Open("mysql", "root@tcp("+newMySQL(t).addr()+")/?charset=utf8mb4&multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a := &teller{t, db, weighed()}
	a.fill()
	only := regexp.MustCompile(*weightsOf)
	list := slices.DeleteFunc(types.Collations(), func(c types.Collation) bool { return !only.MatchString(c.Name()) })
	slices.Sort(list)
	if *weightsWrite {
		a.write(list)
		return
	}
	for _, c := range list {
		if c != types.CollationBinary { // there is nothing to convert to
			a.compare(c)
		}
	}
}

// fill gives the server the texts.
func (a *teller) fill() {
	a.do("CREATE DATABASE weights; USE weights; SET GLOBAL max_allowed_packet = 1 << 30")
	a.do("CREATE TABLE weights.texts (n INT PRIMARY KEY, s VARCHAR(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)")
	for at := 0; at < len(a.texts); at += 10000 {
		var values []string
		for i, s := range a.texts[at:min(at+10000, len(a.texts))] {
			values = append(values, fmt.Sprintf("(%d,_utf8mb4 x'%x')", at+i, s))
		}
		a.do("INSERT INTO weights.texts VALUES " + strings.Join(values, ","))
	}
}

func (a *teller) do(query string) {
	a.t.Helper()
	if _, err := a.db.Exec(query); err != nil {
		a.t.Fatal(err)
	}
}

// tell calls f with the weights of each text that a collation's character set has.
func (a *teller) tell(c types.Collation, f func(n int, told []byte)) {
	a.t.Helper()
	converted := fmt.Sprintf("CONVERT(s USING %s)", c.Charset())
	rows, err := a.db.Query(fmt.Sprintf(`SELECT n, WEIGHT_STRING(%s COLLATE %s) FROM weights.texts
		WHERE CONVERT(%[1]s USING utf8mb4) = s COLLATE utf8mb4_0900_bin ORDER BY n`, converted, c.Name()))
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var told []byte
		if err := rows.Scan(&n, &told); err != nil {
			a.t.Fatal(err)
		}
		if c.Charset() != "sjis" || !strings.Contains(a.texts[n], `\`) { // which is converted to another character
			f(n, told)
		}
	}
	if err := rows.Err(); err != nil {
		a.t.Fatal(err)
	}
}

// compare compares all weights with ours.
func (a *teller) compare(c types.Collation) {
	seen, wrong := 0, 0
	a.tell(c, func(n int, told []byte) {
		seen++
		if got := c.Weights([]byte(a.texts[n])); !bytes.Equal(got, told) {
			if wrong++; wrong <= 5 {
				a.t.Errorf("%s: %q weighs %x, want %x", c.Name(), a.texts[n], got, told)
			}
		}
	})
	a.t.Logf("%s: %d texts, %d weigh something else", c.Name(), seen, wrong)
	if seen < 128 {
		a.t.Errorf("%s: %d texts", c.Name(), seen)
	}
}

// write makes the tables, and records what was told of each.
func (a *teller) write(list []types.Collation) {
	told := map[string]weighing{}
	var sums strings.Builder
	for _, name := range []string{"0900", "400", "520", "general"} { // what others change
		for _, c := range list {
			a.writeTable(c, name, told, &sums)
		}
	}
	for _, c := range list {
		a.writeTable(c, c.Table(), told, &sums)
	}
	b, err := os.ReadFile(toldFile)
	if err != nil {
		a.t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(sums.String(), "\n"), "\n")
	for line := range strings.Lines(string(b)) {
		name, _, _ := strings.Cut(line, " ")
		if !strings.Contains("\n"+sums.String(), "\n"+name+" ") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	slices.Sort(lines)
	if err := os.WriteFile(toldFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// writeTable makes a table of the collation that has all of its levels.
func (a *teller) writeTable(c types.Collation, name string, told map[string]weighing, sums *strings.Builder) {
	base, _, language := strings.Cut(name, "_")
	modern := base == "0900"
	if name == "" || name != c.Table() || told[name] != nil || modern && !strings.HasSuffix(c.Name(), "_as_cs") ||
		c.Charset() == types.CharsetUTF8MB3 && name != c.Name() {
		return
	}
	w := a.weighing(c, modern, sums)
	told[name] = w
	var file strings.Builder
	of := told[base]
	switch {
	case language && of != nil:
		fmt.Fprintf(&file, "base %s\n", base)
		if modern && w["a"][2] != of["a"][2] {
			fmt.Fprintln(&file, "upper")
			of = of.upperFirst()
		}
	case c.Mixed():
		fmt.Fprintf(&file, "rule code %s\n", c.Charset())
		of = byRule("code "+string(c.Charset()), w)
	case base == "0900" || base == "400" || base == "520":
		fmt.Fprintf(&file, "rule %s\n", base)
		of = byRule(base, w)
	default:
		fmt.Fprintf(&file, "rule itself\n")
		of = byRule("itself", w)
	}
	next := rune(-1)
	for r := range rune(utf8.MaxRune + 1) {
		e, ok := w[string(r)]
		if !ok || e == of[string(r)] {
			continue
		}
		if r != next {
			fmt.Fprintf(&file, "@%X\n", r)
		}
		fmt.Fprintln(&file, e)
		next = r + 1
	}
	for _, s := range w.groups() {
		fmt.Fprintf(&file, "&%s %s\n", strings.ReplaceAll(strings.Trim(fmt.Sprintf("%X", []rune(s)), "[]"), " ", ","), w[s])
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one
	_, _ = z.Write([]byte(file.String()))                      // to memory
	_ = z.Close()
	if err := os.WriteFile(weightsData+name+".gz", packed.Bytes(), 0o644); err != nil {
		a.t.Fatal(err)
	}
	a.t.Logf("%s of %s: %d bytes, %d groups", name, c.Name(), packed.Len(), len(w.groups()))
}

// weighing is what is told in a collation. Texts that weigh what their characters
// do are no groups.
func (a *teller) weighing(c types.Collation, modern bool, sums *strings.Builder) weighing {
	w := weighing{}
	sum := sha256.New()
	wide := c.BytesPerChar() > 1
	add := func(n int, told []byte) {
		sum.Write(append(told, '\n'))
		if c.Mixed() {
			if utf8.RuneCountInString(a.texts[n]) == 1 { // nothing weighs something else together
				w[a.texts[n]] = entry{fmt.Sprintf("%X", append(told, make([]byte, len(told)%2)...))}
			}
			return
		}
		var e entry
		l := 0
		for len(told) > 0 {
			digits := 2
			if !wide {
				digits = 1
			}
			digit := fmt.Sprintf("%0*X", 4, told[:digits])
			told = told[digits:]
			if modern && digit == "0000" {
				l++
				continue
			}
			e[l] += digit
		}
		if s := a.texts[n]; utf8.RuneCountInString(s) == 1 || w.of(s) != e {
			w[s] = e
		}
	}
	a.tell(c, add)
	fmt.Fprintf(sums, "%s %x\n", c.Name(), sum.Sum(nil))
	return w
}

// byRule is what a rule says of the characters of a table.
func byRule(rule string, w weighing) weighing {
	out := weighing{}
	for s := range w {
		r, n := utf8.DecodeRuneInString(s)
		if n < len(s) {
			continue
		}
		first, second := weights.ByRule(rule, r)
		e := entry{fmt.Sprintf("%04X", first)}
		if second != 0 {
			e[0] += fmt.Sprintf("%04X", second)
		}
		if rule == "0900" {
			e[1], e[2] = fmt.Sprintf("%04X", weights.Common(1)), fmt.Sprintf("%04X", weights.Common(2))
		}
		out[s] = e
	}
	return out
}

// upperFirst is a table where capitals come first.
func (w weighing) upperFirst() weighing {
	out := weighing{}
	for s, e := range w {
		var third string
		for ; e[2] != ""; e[2] = e[2][4:] {
			n, _ := strconv.ParseUint(e[2][:4], 16, 16) // it was written by fmt
			third += fmt.Sprintf("%04X", weights.UpperFirst(uint16(n)))
		}
		out[s] = entry{e[0], e[1], third}
	}
	return out
}

// String is an entry as the files have it.
func (e entry) String() string {
	last := 0
	for l, s := range e {
		if s != "" {
			last = l
		}
	}
	fields := make([]string, last+1)
	for l := range fields {
		if fields[l] = e[l]; e[l] == "" {
			fields[l] = "-"
		}
	}
	return strings.Join(fields, " ")
}
