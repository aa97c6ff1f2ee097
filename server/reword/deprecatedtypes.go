package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Types of columns as MySQL means to give them up: widths of integers, digits of floating
// points, ZEROFILL, UNSIGNED of what is no integer, and character sets of three bytes.

// A numericType says what is deprecated of a type.
type numericType uint8

const (
	integer  numericType = iota // its width
	floating                    // its digits, and UNSIGNED
	exact                       // UNSIGNED
)

var numericTypes = map[string]numericType{
	"TINYINT": integer, "SMALLINT": integer, "MEDIUMINT": integer, "MIDDLEINT": integer, "INT": integer, "INTEGER": integer,
	"BIGINT": integer, "INT1": integer, "INT2": integer, "INT3": integer, "INT4": integer, "INT8": integer,
	"FLOAT": floating, "FLOAT4": floating, "FLOAT8": floating, "DOUBLE": floating, "REAL": floating,
	"DECIMAL": exact, "DEC": exact, "NUMERIC": exact, "FIXED": exact,
}

// isType reports whether the token that comes is the type of what is named ahead of it.
func (d *deprecation) isType() bool {
	return d.before.Kind == lex.Quoted || d.before.Kind == lex.Word && !lex.IsReserved(d.before.Text)
}

// numeric is the type of a column, of which behind has the numbers and attributes.
func (d *deprecation) numeric(t lex.Token, behind lex.Lexer) {
	if !d.isType() {
		return
	}
	kind, numbers := numericTypes[strings.ToUpper(t.Text)], 0
	a := behind.Next()
	if a.Is("PRECISION") {
		a = behind.Next()
	}
	if a.Is("(") {
		for a = behind.Next(); a.Kind == lex.Number; numbers++ {
			if a = behind.Next(); a.Is(",") {
				a = behind.Next()
			}
		}
		a = behind.Next()
	}
	unsigned := false
	for ; a.Is("UNSIGNED") || a.Is("SIGNED") || a.Is("ZEROFILL"); a = behind.Next() {
		if a.Is("ZEROFILL") {
			d.notes = append(d.notes, mysqlerr.Deprecated(mysqlerr.DeprecatedAlone, "The ZEROFILL attribute is deprecated and will be removed "+
				"in a future release. Use the LPAD function to zero-pad numbers, or store the formatted numbers in a CHAR column."))
		}
		unsigned = unsigned || a.Is("UNSIGNED")
	}
	switch {
	case kind == integer && numbers == 1:
		d.say(mysqlerr.DeprecatedAlone, "Integer display width")
	case kind == floating && numbers == 2:
		d.say(mysqlerr.DeprecatedAlone, "Specifying number of digits for floating point data types")
	}
	if kind != integer && unsigned {
		d.notes = append(d.notes, mysqlerr.Deprecated(mysqlerr.DeprecatedAlone, "UNSIGNED for decimal and floating point data types is "+
			"deprecated and support for it will be removed in a future release."))
	}
}

func (d *deprecation) year(_ lex.Token, behind lex.Lexer) {
	if d.isType() && behind.Next().Is("(") && behind.Next().Text == "4" && behind.Next().Is(")") {
		d.say(mysqlerr.DeprecatedSyntax, "YEAR(4)", "YEAR")
	}
}

// definition: CREATE or ALTER of a table or a database, whose collations are told of.
func (d *deprecation) definition(_ lex.Token, behind lex.Lexer) {
	if d.first.Kind == lex.EOF {
		next := behind.Next()
		d.defines = slices.ContainsFunc([]string{"TABLE", "TEMPORARY", "DATABASE", "SCHEMA"}, next.Is)
	}
}

// charset: CHARACTER SET, CHARSET, or USING of a function, ahead of a character set.
func (d *deprecation) charset(t lex.Token, behind lex.Lexer) {
	if t.Is("SET") && !d.before.Is("CHARACTER") && !d.before.Is("CHAR") {
		return
	}
	name := behind.Next()
	if name.Is("=") {
		name = behind.Next()
	}
	d.charsetNamed(name)
}

func (d *deprecation) charsetNamed(t lex.Token) {
	if name, ok := t.Value(); ok && t.Pos >= d.told && (t.Kind == lex.Word || t.Kind == lex.String || t.Kind == lex.Quoted) {
		d.notes = append(d.notes, DeprecatedCharset(name)...)
	}
}

// DeprecatedCharset is what is to be said of the name of a character set or a collation.
func DeprecatedCharset(name string) []*mysqlerr.Error {
	name = strings.ToLower(name)
	if rest, is := strings.CutPrefix(name, "utf8_"); is {
		name = "utf8mb3_" + rest
	}
	switch {
	case name == "utf8":
		return []*mysqlerr.Error{mysqlerr.New(mysqlerr.UTF8Alias)}
	case name == "utf8mb3":
		return []*mysqlerr.Error{mysqlerr.New(mysqlerr.DeprecatedSyntax, "utf8mb3", "utf8mb4")}
	case strings.HasPrefix(name, "utf8mb3_"):
		return []*mysqlerr.Error{mysqlerr.New(mysqlerr.DeprecatedUTF8Collation, name)}
	}
	return nil
}

// introducer is _utf8 or _utf8mb3 ahead of a literal.
func (d *deprecation) introducer(t lex.Token, behind lex.Lexer) {
	if k := behind.Next().Kind; k == lex.String || k == lex.Hex || k == lex.Bits {
		d.charsetNamed(lex.Token{Kind: lex.Word, Text: t.Text[1:]})
	}
}

// national is N'text'.
func (d *deprecation) national(t lex.Token, behind lex.Lexer) {
	if s := behind.Next(); s.Kind == lex.String && s.Pos == t.End {
		d.say(mysqlerr.NationalCharset)
	}
}

func (d *deprecation) nationalType(lex.Token, lex.Lexer) {
	if d.isType() || d.before.Is("AS") {
		d.say(mysqlerr.NationalCharset)
	}
}

// collation of a table, a column or a database.
func (d *deprecation) collation(_ lex.Token, behind lex.Lexer) {
	t := behind.Next()
	if t.Is("=") {
		t = behind.Next()
	}
	if d.defines {
		d.charsetNamed(t)
	}
}

// typeEnd reports whether a word may end a type of texts, so that the next one is an
// attribute of it.
func (d *deprecation) typeEnd() bool {
	return d.before.Is(")") || d.before2.Is("SET") && d.defines || slices.ContainsFunc([]string{"CHAR", "CHARACTER", "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT",
		"ASCII", "UNICODE", "BINARY"}, d.before.Is)
}

// binary is BINARY of a value, or of a column's type.
func (d *deprecation) binary(_ lex.Token, behind lex.Lexer) {
	next := behind.Next()
	switch {
	case d.typeEnd():
		if (next.Is("CHARACTER") || next.Is("CHAR")) && behind.Next().Is("SET") || next.Is("CHARSET") {
			name := behind.Next()
			d.charsetNamed(name)
			d.told = name.End
		}
		d.say(mysqlerr.DeprecatedSyntax, "BINARY as attribute of a type", "a CHARACTER SET clause with _bin collation")
	case isCharsetWord(d.before), d.before.Is("=") && isCharsetWord(d.before2):
	case d.before.Kind != lex.Punct && (d.before.Kind != lex.Word || !lex.IsReserved(d.before.Text)):
	case next.Is("(") && d.before.Is(",") && behind.Next().Kind == lex.Number && behind.Next().Is(")"): // a type: CONVERT(a, BINARY(3))
	case next.Kind != lex.EOF && (next.Kind != lex.Punct || next.Is("(") || next.Is("-") || next.Is("~")):
		d.say(mysqlerr.DeprecatedSyntax, "BINARY expr", "CAST")
	}
}

// isCharsetWord reports whether BINARY behind t is a type, or the name of a character set.
func isCharsetWord(t lex.Token) bool {
	return slices.ContainsFunc([]string{"AS", "SET", "CHARSET", "USING", "COLLATE", "DEFAULT", "PURGE", "SHOW"}, t.Is)
}

// charsetWord is ASCII or UNICODE of a column's type.
func (d *deprecation) charsetWord(t lex.Token, behind lex.Lexer) {
	if d.typeEnd() && (d.defines || !d.before.Is(")") || behind.Next().Is(")")) {
		d.say(mysqlerr.DeprecatedSyntax, strings.ToUpper(t.Text), "CHARACTER SET charset_name")
	}
}
