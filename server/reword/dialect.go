package reword

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A dialect reads a definition of a table as MariaDB and MySQL write it, and writes
// what the parser does not know in words that it does.
type dialect struct {
	src    string
	out    strings.Builder
	last   int  // what of src has been written
	alters bool // it is an ALTER TABLE
	kept   int  // where a VISIBLE is that the parser knows
	closes int  // where a parenthesis closes that has got one more inside
	// moved is written at movedTo.
	moved   string
	movedTo int
	// query: the rest is a query that rows come from.
	query bool
}

// plainDefinition is a statement that defines a table, in the parser's words; all
// others are as they were.
func plainDefinition(sql string) (string, error) {
	l := lex.New(sql)
	first := l.Next()
	if !first.Is("CREATE") && !first.Is("ALTER") {
		return sql, nil
	}
	t := l.Next()
	for t.Is("OR") || t.Is("REPLACE") || t.Is("TEMPORARY") {
		t = l.Next()
	}
	if !t.Is("TABLE") {
		return sql, nil
	}
	d := &dialect{src: sql, alters: first.Is("ALTER")}
	depth := 0
	for before := [3]lex.Token{t}; t.Kind != lex.EOF && t.Kind != lex.Bad; before = [3]lex.Token{t, before[0], before[1]} {
		if t = l.Next(); t.Is("(") {
			depth++
		} else if t.Is(")") {
			depth--
		}
		if err := d.token(before[0], t, *l, depth); err != nil {
			return "", err
		}
		if d.query = d.query || t.Is("SELECT"); !d.query && isVectorType(t, before) {
			d.vector(t, *l)
		}
	}
	d.copyTo(len(sql))
	return d.out.String(), nil
}

// token looks at one token; behind it is what follows.
func (d *dialect) token(before, t lex.Token, behind lex.Lexer, depth int) error {
	if d.moved != "" && t.Pos >= d.movedTo {
		d.copyTo(d.movedTo)
		d.out.WriteString(d.moved)
		d.moved = ""
	}
	switch {
	case t.Pos == d.closes && t.Is(")"):
		d.copyTo(t.Pos)
		d.out.WriteString(")")
	case d.attribute(before, t, behind):
	case t.Is("AS") && !d.query && (depth == 1 || d.alters):
		d.generated(behind)
	case t.Is("YEAR") && (before.Kind == lex.Quoted || before.Kind == lex.Word):
		return d.year(t, behind)
	case t.Is("GEOMCOLLECTION") && (before.Kind == lex.Quoted || before.Kind == lex.Word):
		d.replace(t.Pos, t.End, "GEOMETRYCOLLECTION")
	case t.Is("VISIBLE") && t.Pos != d.kept && endsOption(behind.Next()) && !slices.ContainsFunc(beforeNames, before.Is):
		d.leaveOut(t.Pos, t.End)
	case t.Is("ALTER"):
		d.setVisible(t, behind)
	case before.Is("DEFAULT") && t.Kind == lex.Word && !isNowWord(t):
		d.call(t, behind)
	case t.Is("COLUMN_FORMAT"), t.Is("STORAGE"):
		d.storage(before, t, behind)
	case t.Is("SERIAL") && behind.Next().Is("DEFAULT"):
		d.serial(before, t, behind)
	case (t.Is("TEXT") || t.Is("BLOB")) && (before.Kind == lex.Quoted || before.Kind == lex.Word):
		d.sized(t, behind)
	case t.Is("MAXVALUE") && before.Is("THAN"):
		d.replace(t.Pos, t.End, "(MAXVALUE)")
	case t.Is("USING"):
		d.using(t, behind)
	case t.Is("ORDER") && depth == 0 && d.alters:
		if behind.Next().Is("BY") { // Clause has the client's text
			d.replace(t.Pos, len(d.src), "FORCE")
		}
	case t.Is("PAGE_CHECKSUM"), t.Is("TRANSACTIONAL"):
		if equals, value := behind.Next(), behind.Next(); equals.Is("=") {
			d.leaveOut(t.Pos, value.End)
		}
	case ignoredOptions[strings.ToLower(t.Text)] && t.Kind == lex.Word && depth == 0:
		d.usual(before, t, behind)
	case t.Is("ENGINE") && depth == 0 && !d.query:
		d.engine(t, behind)
	}
	return nil
}

// storage leaves out where and how a column is kept.
func (d *dialect) storage(before, t lex.Token, behind lex.Lexer) {
	how := behind.Next()
	if !slices.ContainsFunc(beforeNames, before.Is) && slices.ContainsFunc([]string{"FIXED", "DYNAMIC", "DEFAULT", "DISK", "MEMORY"}, how.Is) {
		d.leaveOut(t.Pos, how.End)
	}
}

// serial is SERIAL DEFAULT VALUE of a column, of which VALUE is behind.
func (d *dialect) serial(before, t lex.Token, behind lex.Lexer) {
	if value := behind.Next(); value.Is("VALUE") && !slices.ContainsFunc(beforeNames, before.Is) {
		d.replace(t.Pos, value.End, "NOT NULL AUTO_INCREMENT UNIQUE")
	}
}

// SizedText is added to the length of the VARCHAR that stands for a TEXT with a number of
// characters, which the parser does not take. No text is so long.
const SizedText = 1 << 40

// sized is TEXT or BLOB with a length, which makes it the smallest type with room for that.
// How many bytes a character of a TEXT has is not known yet.
func (d *dialect) sized(t lex.Token, behind lex.Lexer) {
	open, size, closed := behind.Next(), behind.Next(), behind.Next()
	n, err := strconv.ParseUint(size.Text, 10, 40)
	if !open.Is("(") || size.Kind != lex.Number || !closed.Is(")") || err != nil {
		return
	}
	if t.Is("TEXT") {
		d.replace(t.Pos, closed.End, fmt.Sprintf("VARCHAR(%d)", SizedText+n))
		return
	}
	for _, s := range []struct {
		max    uint64
		prefix string
	}{{1<<8 - 1, "TINY"}, {1<<16 - 1, ""}, {1<<24 - 1, "MEDIUM"}, {1 << 42, "LONG"}} {
		if n <= s.max {
			d.replace(t.Pos, closed.End, s.prefix+t.Text)
			return
		}
	}
}

// engine writes the name of an engine that is in quotes as the parser wants it.
func (d *dialect) engine(t lex.Token, behind lex.Lexer) {
	value := behind.Next()
	if value.Is("=") {
		value = behind.Next()
	}
	if name, ok := value.Value(); ok && value.Kind == lex.String && name != "" {
		d.replace(t.End, value.End, "=`"+strings.ReplaceAll(name, "`", "``")+"`")
	}
}

// usual leaves out an option of a table that is DEFAULT, and a comma ahead of it.
func (d *dialect) usual(before, t lex.Token, behind lex.Lexer) {
	value := behind.Next()
	if value.Is("=") {
		if t.Is("TABLESPACE") {
			d.replace(value.Pos, value.End, " ") // the parser wants none
		}
		value = behind.Next()
	}
	switch {
	case !value.Is("DEFAULT"):
	case !d.alters && before.Is(","):
		d.leaveOut(before.Pos, value.End)
	case !d.alters:
		d.leaveOut(t.Pos, value.End)
	case !t.Is("ROW_FORMAT"): // Clause has the client's text
		d.replace(value.Pos, value.End, "0")
	}
}

// using puts USING BTREE that is ahead of a key's columns behind them.
func (d *dialect) using(t lex.Token, behind lex.Lexer) {
	how := behind.Next()
	if !how.Is("BTREE") && !how.Is("HASH") || !behind.Next().Is("(") {
		return
	}
	d.leaveOut(t.Pos, how.End)
	for depth := 1; depth > 0; {
		switch t := behind.Next(); {
		case t.Kind == lex.EOF, t.Kind == lex.Bad:
			return
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
			d.movedTo = t.End
		}
	}
	d.moved = " USING " + how.Text + " "
}

// beforeNames is what VISIBLE is a name behind.
var beforeNames = []string{"(", ",", ".", "ADD", "AFTER", "ALTER", "CHANGE", "COLUMN", "DROP", "INDEX", "KEY", "MODIFY", "TO"}

// endsOption reports whether a column's option ends ahead of a token: there is
// another one, or none.
func endsOption(t lex.Token) bool {
	return t.Kind == lex.EOF || slices.ContainsFunc([]string{
		",", ")", ";", "AFTER", "AS", "AUTO_INCREMENT", "CHECK", "COLLATE", "COMMENT", "CONSTRAINT", "DEFAULT", "FIRST",
		"GENERATED", "INVISIBLE", "KEY", "NOT", "NULL", "ON", "PRIMARY", "REFERENCES", "STORED", "UNIQUE", "VIRTUAL", "VISIBLE",
	}, t.Is)
}

// setVisible makes a clause of which the parser knows nothing look like one about
// an index, which it lets pass (Clause has the client's text).
func (d *dialect) setVisible(alter lex.Token, behind lex.Lexer) {
	name := behind.Next()
	switch {
	case name.Is("COLUMN"):
		name = behind.Next()
	case name.Is("INDEX"):
		behind.Next()
		d.kept = behind.Next().Pos
		return
	}
	set, visible := behind.Next(), behind.Next()
	if set.Is("SET") && (visible.Is("VISIBLE") || visible.Is("INVISIBLE")) {
		d.replace(alter.Pos, visible.End, "ALTER INDEX "+name.Text+" INVISIBLE")
	}
}

// year: MySQL reads YEAR(4) as YEAR.
func (d *dialect) year(t lex.Token, behind lex.Lexer) error {
	open, width, closed := behind.Next(), behind.Next(), behind.Next()
	switch {
	case !open.Is("(") || width.Kind != lex.Number || !closed.Is(")"):
		return nil
	case width.Text != "4":
		return mysqlerr.New(mysqlerr.InvalidYearLength)
	}
	d.leaveOut(t.End, closed.End)
	return nil
}

// call puts the parentheses around a default that is computed.
func (d *dialect) call(t lex.Token, behind lex.Lexer) {
	next := behind.Next()
	if !next.Is("(") {
		return
	}
	for depth := 1; depth > 0; {
		switch next = behind.Next(); {
		case next.Kind == lex.EOF || next.Kind == lex.Bad:
			return
		case next.Is("("):
			depth++
		case next.Is(")"):
			depth--
		}
	}
	d.replace(t.Pos, next.End, "("+d.src[t.Pos:next.End]+")")
}

func isNowWord(t lex.Token) bool {
	return t.Is("CURRENT_TIMESTAMP") || t.Is("NOW") || t.Is("LOCALTIME") || t.Is("LOCALTIMESTAMP")
}

func (d *dialect) leaveOut(from, to int) {
	d.copyTo(from)
	d.last = to
}

func (d *dialect) copyTo(end int) {
	if end > d.last {
		d.out.WriteString(d.src[d.last:end])
		d.last = end
	}
}

// replace writes something else for a piece of the text.
func (d *dialect) replace(from, to int, with string) {
	d.leaveOut(from, to)
	d.out.WriteString(with)
}
