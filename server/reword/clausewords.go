package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// plainClauses writes what the parser does not know of statements about tables and
// indexes in words that it does, where nothing of it is to be kept:
//
//	ALTER TABLE t ADD (a INT, KEY (a))    ADD COLUMN a INT, ADD KEY (a)
//	ALTER TABLE t DROP a RESTRICT         DROP a
//	ALTER TABLE t RENAME = u              RENAME TO u
//	ADD CONSTRAINT PRIMARY KEY (a)        ADD PRIMARY KEY (a)
//	CREATE INDEX i ON t (a) LOCK=NONE     CREATE INDEX i ON t (a)
//	DROP TABLES t, RENAME TABLES t TO u   DROP TABLE t, RENAME TABLE t TO u
func plainClauses(sql string) (string, Method, error) {
	l := lex.New(sql)
	first := l.Next()
	if !slices.ContainsFunc([]string{"ALTER", "CREATE", "DROP", "RENAME"}, first.Is) {
		return sql, Method{}, nil
	}
	d := &clauses{dialect: dialect{src: sql}}
	t := l.Next()
	list := lex.All(sql)
	switch {
	case len(list) < 3:
		return sql, Method{}, nil // or it is no text that has an end
	case first.Is("ALTER") && t.Is("TABLE"):
		if err := d.alterClauses(list[2:]); err != nil {
			return "", Method{}, err
		}
	case first.Is("ALTER") && (t.Is("DATABASE") || t.Is("SCHEMA")):
		if err := d.readOnly(list); err != nil {
			return "", Method{}, err
		}
	case first.Is("ALTER") && t.Is("IGNORE"):
		return "", Method{}, lex.Error(sql, t.Pos)
	case first.Is("CREATE") && (t.Is("TABLE") || t.Is("TEMPORARY")):
		d.likeInParens(list)
		d.constraintNames(list)
	case t.Is("TABLES") && (first.Is("DROP") || first.Is("RENAME")):
		d.replace(t.Pos, t.End, "TABLE")
	case t.Is("INDEX"), (t.Is("UNIQUE") || t.Is("FULLTEXT") || t.Is("SPATIAL")) && first.Is("CREATE"):
		if err := d.indexClauses(list); err != nil {
			return "", Method{}, err
		}
	default:
		return sql, Method{}, nil
	}
	d.copyTo(len(sql))
	return d.out.String(), d.method, nil
}

// clauses is a statement about tables or indexes.
type clauses struct {
	dialect
	method Method
}

// A Method is how a statement wants a table to be altered: what ALGORITHM and LOCK say,
// in capitals; "" is DEFAULT.
type Method struct{ Algorithm, Lock string }

// alterClauses goes over the clauses of an ALTER TABLE; list begins with its name.
func (d *clauses) alterClauses(list []lex.Token) error {
	at := 1
	if len(list) > 2 && list[1].Is(".") {
		at = 3
	}
	depth, begins := 0, true
	for i := at; i < len(list); i++ {
		t := list[i]
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth > 0:
		case t.Is(","):
			begins = true
			continue
		case begins:
			var err error
			if i, err = d.alterClause(list, i); err != nil {
				return err
			}
		}
		begins = false
	}
	if len(list) == at && at > 0 { // it changes nothing
		d.copyTo(len(d.src))
		d.out.WriteString(" LOCK DEFAULT")
	}
	return nil
}

// alterClause looks at the clause that begins at i, and returns the last token that it
// has dealt with.
func (d *clauses) alterClause(list []lex.Token, i int) (int, error) {
	is := func(n int, word string) bool { return i+n < len(list) && list[i+n].Is(word) }
	switch {
	case is(0, "ADD") && is(1, "("):
		return d.addList(list, i, i+1), nil
	case is(0, "ADD") && is(1, "COLUMN") && is(2, "("):
		return d.addList(list, i, i+2), nil
	case is(0, "ADD") && is(1, "CONSTRAINT"):
		d.constraintAdded(list, i)
	case is(0, "DROP") && is(1, "CONSTRAINT"):
		d.primaryDropped(list, i)
	case is(0, "RENAME") && is(1, "="):
		d.replace(list[i+1].Pos, list[i+1].End, "TO")
	case is(0, "DROP"):
		n := 2
		if is(1, "COLUMN") {
			n = 3
		}
		if is(n, "RESTRICT") || is(n, "CASCADE") {
			d.leaveOut(list[i+n].Pos, list[i+n].End)
		}
	case (is(0, "SECONDARY_LOAD") || is(0, "SECONDARY_UNLOAD")) && i+1 == len(list):
		return i, mysqlerr.New(mysqlerr.SecondaryEngine, "No secondary engine defined.")
	case is(0, "ALGORITHM"), is(0, "LOCK"):
		_, err := d.takeMethod(list, i)
		return i, err
	}
	return i, nil
}

// addList takes a list in parentheses apart; open is where it begins.
func (d *dialect) addList(list []lex.Token, add, open int) int {
	prefix := func(i int) string {
		if i < len(list) && list[i].Kind != lex.Quoted && slices.ContainsFunc(notColumns, list[i].Is) {
			return "ADD "
		}
		return "ADD COLUMN "
	}
	d.replace(list[add].Pos, list[open].End, prefix(open+1))
	depth := 0
	for i := open + 1; i < len(list); i++ {
		switch t := list[i]; {
		case t.Is("("):
			depth++
		case t.Is(")") && depth == 0:
			d.leaveOut(t.Pos, t.End)
			return i
		case t.Is(")"):
			depth--
		case t.Is(",") && depth == 0:
			d.replace(t.Pos, t.End, ", "+prefix(i+1))
		}
	}
	return len(list)
}

// methods are what ALGORITHM and LOCK may name.
var methods = map[string][]string{
	"ALGORITHM": {"DEFAULT", "INPLACE", "INSTANT", "COPY"}, "LOCK": {"DEFAULT", "NONE", "SHARED", "EXCLUSIVE"},
}

// takeMethod reads the ALGORITHM or the LOCK at i, of which the last of several counts,
// and refuses one that there is not; last is its value.
func (d *clauses) takeMethod(list []lex.Token, i int) (last int, err error) {
	word, to := strings.ToUpper(list[i].Text), &d.method.Algorithm
	if word == "LOCK" {
		to = &d.method.Lock
	}
	last = i + 1
	if last < len(list) && list[last].Is("=") {
		last++
	}
	if last >= len(list) || list[last].Kind != lex.Word {
		return last, nil // the parser complains
	}
	if slices.ContainsFunc(methods[word], list[last].Is) {
		if *to = strings.ToUpper(list[last].Text); *to == "DEFAULT" {
			*to = ""
		}
		return last, nil
	}
	code := uint16(mysqlerr.UnknownAlterAlgorithm)
	if word == "LOCK" {
		code = mysqlerr.UnknownAlterLock
	}
	return last, mysqlerr.New(code, list[last].Text)
}

// indexClauses takes ALGORITHM and LOCK off the end of CREATE INDEX and DROP INDEX.
func (d *clauses) indexClauses(list []lex.Token) error {
	depth := 0
	for i := 3; i < len(list); i++ {
		switch t := list[i]; {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && (t.Is("ALGORITHM") || t.Is("LOCK")) && !slices.ContainsFunc([]string{"ON", "INDEX", "."}, list[i-1].Is):
			last, err := d.takeMethod(list, i)
			if err != nil {
				return err
			}
			if last < len(list) {
				d.leaveOut(t.Pos, list[last].End)
				i = last
			}
		}
	}
	return nil
}

// readOnly is READ ONLY of ALTER DATABASE: a database is never so, which the parser does
// not know to say.
func (d *clauses) readOnly(list []lex.Token) error {
	for i := 2; i+2 < len(list); i++ {
		if !list[i].Is("READ") || !list[i+1].Is("ONLY") {
			continue
		}
		value := i + 2
		if list[value].Is("=") && value+1 < len(list) {
			value++
		}
		switch {
		case list[value].Is("DEFAULT"), list[value].Text == "0":
			d.replace(list[i].Pos, list[value].End, "ENCRYPTION 'N'")
		case list[value].Text == "1":
			return unsupported("READ ONLY of a database")
		default:
			return lex.Error(d.src, list[value].Pos)
		}
	}
	return nil
}

// likeInParens takes the parentheses off CREATE TABLE t (LIKE u).
func (d *dialect) likeInParens(list []lex.Token) {
	i := 2
	if list[1].Is("TEMPORARY") {
		i = 3
	}
	if i >= len(list) {
		return
	}
	i += nameEnd(list[i:])
	if i+1 >= len(list) || !list[i].Is("(") || !list[i+1].Is("LIKE") {
		return
	}
	for n := len(list) - 1; n > i; n-- {
		if list[n].Is(")") {
			d.replace(list[i].Pos, list[i].End, " ")
			d.leaveOut(list[n].Pos, list[n].End)
			return
		}
	}
}
