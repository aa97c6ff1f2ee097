package server

import (
	"strconv"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// parseLoad reads the statement.
func parseLoad(sql string) (*loading, error) {
	c, err := lex.NewCursor(sql)
	if err != nil {
		return nil, err
	}
	c.Next()
	if !c.Accept("DATA") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "LOAD "+strings.ToUpper(c.Peek().Text))
	}
	if !c.Accept("LOW_PRIORITY") {
		c.Accept("CONCURRENT")
	}
	if !c.Accept("LOCAL") {
		return nil, mysqlerr.New(mysqlerr.OptionPrevents, "--secure-file-priv")
	}
	if err := c.Expect("INFILE"); err != nil {
		return nil, err
	}
	l := &loading{verb: "INSERT IGNORE", format: defaultFormat()}
	if l.file, err = c.Text(); err != nil {
		return nil, err
	}
	if c.Accept("REPLACE") {
		l.verb = "REPLACE"
	} else {
		c.Accept("IGNORE")
	}
	if err := l.parseTable(c); err != nil {
		return nil, err
	}
	if err := l.format.parse(c); err != nil {
		return nil, err
	}
	if err := l.parseColumns(c); err != nil {
		return nil, err
	}
	if c.Accept("SET") {
		if err := l.parseSets(c); err != nil {
			return nil, err
		}
	}
	return l, c.End()
}

func (l *loading) parseTable(c *lex.Cursor) (err error) {
	if err := c.Expect("INTO", "TABLE"); err != nil {
		return err
	}
	if l.table, err = c.Name(); err != nil {
		return err
	}
	if c.Accept(".") {
		l.db = l.table
		if l.table, err = c.Name(); err != nil {
			return err
		}
	}
	if c.Accept("CHARACTER", "SET") {
		cs, err := charsetName(c)
		set, _, known := types.CharsetByName(cs)
		if err == nil && !known {
			err = mysqlerr.New(mysqlerr.UnknownCharacterSet, cs)
		}
		l.binary, l.charset = cs == "binary", set
		return err
	}
	return nil
}

// parse reads FIELDS, LINES and IGNORE.
func (f *fileFormat) parse(c *lex.Cursor) error {
	set := func(to *[]byte) error {
		s, err := c.Text()
		*to = []byte(s)
		return err
	}
	char := func(to *int) error {
		s, err := c.Text()
		if err != nil {
			return err
		}
		if *to = -1; len(s) > 0 {
			*to = int(s[0])
		}
		if len(s) > 1 {
			return mysqlerr.New(mysqlerr.WrongFieldTerminators)
		}
		return nil
	}
	fields, lines := c.Accept("FIELDS") || c.Accept("COLUMNS"), false
	for more := true; more; {
		var err error
		lines = lines || c.Accept("LINES")
		switch {
		case !lines && fields && c.Accept("TERMINATED", "BY"):
			err = set(&f.fieldEnd)
		case !lines && fields && (c.Accept("OPTIONALLY", "ENCLOSED", "BY") || c.Accept("ENCLOSED", "BY")):
			err = char(&f.enclosed)
		case !lines && fields && c.Accept("ESCAPED", "BY"):
			err = char(&f.escaped)
		case lines && c.Accept("STARTING", "BY"):
			err = set(&f.lineStart)
		case lines && c.Accept("TERMINATED", "BY"):
			err = set(&f.lineEnd)
		default:
			more = false
		}
		if err != nil {
			return err
		}
	}
	if c.Accept("IGNORE") {
		t := c.Next()
		n, err := strconv.ParseUint(t.Text, 10, 63)
		if err != nil || !c.Accept("LINES") && !c.Accept("ROWS") {
			return lex.Error(c.Source(), t.Pos)
		}
		f.ignore = n
	}
	if len(f.lineEnd) == 0 || len(f.fieldEnd) == 0 || len(f.lineEnd)+len(f.fieldEnd)+len(f.lineStart) > delimiterMax {
		return mysqlerr.New(mysqlerr.NotSupportedYet, "LOAD DATA of rows without delimiters")
	}
	return nil
}

// delimiterMax bounds the delimiters together; the file's buffer holds them.
const delimiterMax = 1 << 10

// parseColumns reads (column | @variable, …).
func (l *loading) parseColumns(c *lex.Cursor) error {
	if !c.Accept("(") || c.Accept(")") {
		return nil
	}
	for {
		if c.Peek().Kind == lex.UserVar {
			name, _ := c.Next().Value()
			l.fields = append(l.fields, loadField{variable: strings.ToLower(name)})
		} else {
			name, err := columnName(c)
			if err != nil {
				return err
			}
			l.fields = append(l.fields, loadField{column: name})
		}
		if c.Accept(")") {
			return nil
		}
		if err := c.Expect(","); err != nil {
			return err
		}
	}
}

// columnName reads a column's name, behind those of its table and database.
func columnName(c *lex.Cursor) (string, error) {
	name, err := c.Name()
	for err == nil && c.Accept(".") {
		name, err = c.Name()
	}
	return strings.Clone(name), err
}

// parseSets reads column = expression, …
func (l *loading) parseSets(c *lex.Cursor) error {
	for {
		name, err := columnName(c)
		if err != nil {
			return err
		}
		if !c.Accept("=") && !c.Accept(":=") {
			return c.Fail()
		}
		set := loadSet{column: name}
		if set.words, err = expressionWords(c); err != nil {
			return err
		}
		l.sets = append(l.sets, set)
		if !c.Accept(",") {
			return nil
		}
	}
}

// expressionWords reads an expression, up to a comma or the end.
func expressionWords(c *lex.Cursor) (words []lex.Token, err error) {
	for depth := 0; ; {
		t := c.Peek()
		switch {
		case t.Kind == lex.Param, t.Kind == lex.EOF && depth > 0, t.Is(")") && depth == 0:
			return nil, c.Fail()
		case t.Kind == lex.EOF, depth == 0 && (t.Is(",") || t.Is(";")):
			if len(words) == 0 {
				return nil, c.Fail()
			}
			return words, nil
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
		words = append(words, c.Next())
	}
}
