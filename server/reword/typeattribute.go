package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// Behind a type's name BYTE makes bytes of characters, and ASCII and UNICODE are names of
// character sets (MySQL manual, String Data Type Syntax).

// byteTypes are the types of bytes by those of characters.
var byteTypes = map[string]string{
	"CHAR": "BINARY", "CHARACTER": "BINARY", "VARCHAR": "VARBINARY", "VARCHARACTER": "VARBINARY", "TINYTEXT": "TINYBLOB", "TEXT": "BLOB",
	"MEDIUMTEXT": "MEDIUMBLOB", "LONGTEXT": "LONGBLOB",
}

// otherTypes are names of types that the parser does not know.
var otherTypes = map[string]string{"FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "MIDDLEINT": "MEDIUMINT"}

// attribute rewrites what is said of a type, and reports whether it was that.
func (d *dialect) attribute(before, t lex.Token, behind lex.Lexer) bool {
	if d.query || t.Kind != lex.Word {
		return false
	}
	_, behindType := byteTypes[strings.ToUpper(before.Text)]
	behindType = before.Kind == lex.Word && behindType || before.Is(")")
	named := before.Kind == lex.Quoted || before.Kind == lex.Word && !slices.ContainsFunc(beforeNames, before.Is)
	bytes, isText := byteTypes[strings.ToUpper(t.Text)]
	switch {
	case isText && named:
		return d.bytes(t, bytes, behind)
	case otherTypes[strings.ToUpper(t.Text)] != "" && named:
		d.replace(t.Pos, t.End, otherTypes[strings.ToUpper(t.Text)])
		return true
	case t.Is("LONG") && named:
		if next := behind.Next(); next.Is("VARBINARY") {
			d.replace(t.Pos, next.End, "MEDIUMBLOB")
			return true
		}
	case t.Is("ZEROFILL") && (before.Is(")") || before.Kind == lex.Word):
		if next := behind.Next(); next.Is("UNSIGNED") { // the parser knows one order
			d.replace(t.Pos, next.End, "UNSIGNED ZEROFILL")
			return true
		}
	case t.Is("BINARY") && behindType:
		set := behind.Next()
		if charset := attributeCharset(set); charset != "" {
			d.replace(t.Pos, set.End, "CHARACTER SET "+charset+" COLLATE "+charset+"_bin")
			return true
		}
	case attributeCharset(t) != "" && behindType:
		next := behind.Next()
		switch charset := attributeCharset(t); {
		case next.Is("("): // a function
		case next.Is("BINARY"):
			d.replace(t.Pos, next.End, "CHARACTER SET "+charset+" COLLATE "+charset+"_bin")
			return true
		case t.Pos >= d.last:
			d.replace(t.Pos, t.End, "CHARACTER SET "+charset)
			return true
		}
	}
	return false
}

// attributeCharset is the character set that a word means, or "".
func attributeCharset(t lex.Token) string {
	switch {
	case t.Is("ASCII"):
		return "latin1"
	case t.Is("UNICODE"):
		return "ucs2"
	}
	return ""
}

// bytes is a type with BYTE behind it, and behind its length.
func (d *dialect) bytes(t lex.Token, name string, behind lex.Lexer) bool {
	next, end := behind.Next(), t.End
	if next.Is("VARYING") && name == "BINARY" {
		name, end, next = "VARBINARY", next.End, behind.Next()
	}
	from := end
	if next.Is("(") {
		for next.Kind != lex.EOF && !next.Is(")") {
			next = behind.Next()
		}
		end, next = next.End, behind.Next()
	}
	if !next.Is("BYTE") {
		return false
	}
	d.replace(t.Pos, from, name)
	d.copyTo(end)
	d.leaveOut(end, next.End)
	return true
}
