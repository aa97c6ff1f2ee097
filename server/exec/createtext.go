package exec

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// CreateText writes the CREATE TABLE that makes the table, as MySQL 8.0 does.
// The engine is called InnoDB, so that the text also works elsewhere. next is
// the next AUTO_INCREMENT value, shown from 2. TIMESTAMP defaults are in the zone.
func CreateText(t *catalog.Table, next uint64, zone *time.Location) (string, error) {
	var out strings.Builder
	if out.WriteString("CREATE "); t.Temporary {
		out.WriteString("TEMPORARY ")
	}
	out.WriteString("TABLE " + quoteName(t.Name) + " (\n")
	for i := range t.Columns {
		if t.Columns[i].Hidden {
			continue
		}
		if i > 0 {
			out.WriteString(",\n")
		}
		line, err := columnText(t, &t.Columns[i], zone)
		if err != nil {
			return "", err
		}
		out.WriteString("  " + line)
	}
	if len(t.PrimaryKey) > 0 {
		var names []string
		for _, i := range t.PrimaryKey {
			names = append(names, quoteName(t.Columns[i].Name))
		}
		out.WriteString(",\n  PRIMARY KEY (" + strings.Join(names, ",") + ")")
		if t.KeyBtree {
			out.WriteString(" USING BTREE")
		}
	}
	for i := range t.Indexes {
		out.WriteString(",\n  " + indexText(t, &t.Indexes[i]))
	}
	keys := slices.Clone(t.ForeignKeys)
	slices.SortFunc(keys, func(a, b catalog.ForeignKey) int { // as MySQL has them
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	for i := range keys {
		out.WriteString(",\n  " + keys[i].SQL(t.DB))
	}
	checks := slices.Clone(t.Checks)
	slices.SortStableFunc(checks, func(a, b catalog.Check) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, ch := range checks {
		out.WriteString(",\n  CONSTRAINT " + quoteName(ch.Name) + " CHECK (" + DefinedExpr(ch.Expr) + ")")
		if !ch.Enforced {
			out.WriteString(" /*!80016 NOT ENFORCED */")
		}
	}
	out.WriteString("\n) ENGINE=InnoDB")
	if next > 1 {
		fmt.Fprintf(&out, " AUTO_INCREMENT=%d", next)
	}
	out.WriteString(" DEFAULT CHARSET=" + string(t.Collation.Charset()))
	if t.Collation.Charset() == types.CharsetUTF8MB4 || !t.Collation.IsDefault() {
		out.WriteString(" COLLATE=" + t.Collation.Name())
	}
	out.WriteString(optionsText(t))
	if t.Comment != "" {
		out.WriteString(" COMMENT=" + quoteText(t.Comment))
	}
	return out.String(), nil
}

func indexText(t *catalog.Table, ix *catalog.Index) string {
	text := "KEY "
	switch {
	case ix.IsPrimary():
		text = "PRIMARY KEY ("
	case ix.Unique:
		text = "UNIQUE KEY "
	case ix.Fulltext:
		text = "FULLTEXT KEY "
	case t.IsSpatial(ix):
		text = "SPATIAL KEY "
	}
	var parts []string
	for _, p := range ix.Columns {
		part := partText(t, p)
		if p.Prefix > 0 && !t.IsSpatial(ix) {
			part += fmt.Sprintf("(%d)", p.Prefix)
		}
		if p.Desc {
			part += " DESC"
		}
		parts = append(parts, part)
	}
	if !ix.IsPrimary() {
		text += quoteName(ix.Name) + " ("
	}
	text += strings.Join(parts, ",") + ")"
	if ix.Btree {
		text += " USING BTREE"
	}
	if ix.Comment != "" {
		text += " COMMENT " + quoteText(ix.Comment)
	}
	if ix.Invisible {
		text += " /*!80000 INVISIBLE */"
	}
	return text
}

func columnText(t *catalog.Table, c *catalog.Column, zone *time.Location) (string, error) {
	parts := []string{quoteName(c.Name), c.Type.SQL()}
	switch {
	case !hasCharset(c.Type):
	case c.Type.Collation != t.Collation:
		parts = append(parts, "CHARACTER SET", string(c.Type.Collation.Charset()), "COLLATE", c.Type.Collation.Name())
	case !t.Collation.IsDefault() && t.Collation != types.CollationModern:
		parts = append(parts, "COLLATE", t.Collation.Name())
	}
	if c.Generated != "" {
		kind := "VIRTUAL"
		if c.Stored {
			kind = "STORED"
		}
		parts = append(parts, "GENERATED ALWAYS AS ("+DefinedExpr(c.Generated)+")", kind)
	}
	switch {
	case !c.Nullable:
		parts = append(parts, "NOT NULL")
	case c.Type.Kind == types.Timestamp:
		parts = append(parts, "NULL")
	}
	if c.Type.SRID != nil {
		parts = append(parts, fmt.Sprintf("/*!80003 SRID %d */", *c.Type.SRID))
	}
	switch {
	case c.AutoIncrement:
		parts = append(parts, "AUTO_INCREMENT")
	case c.Generated != "":
	case c.Default != nil && c.Default.Expr != "":
		parts = append(parts, "DEFAULT", "("+DefinedExpr(c.Default.Expr)+")")
	case c.Default != nil && c.Default.Now:
		parts = append(parts, "DEFAULT", currentTimestamp(c.Type))
	case c.Default != nil:
		text, err := defaultText(c, zone)
		if err != nil {
			return "", err
		}
		literal := quoteText(text)
		switch {
		case c.Type.IsString() && !c.Type.IsText() && !utf8.ValidString(text):
			literal = fmt.Sprintf("0x%X", text)
		case c.Type.Kind == types.Bit:
			literal = text
		}
		parts = append(parts, "DEFAULT", literal)
	case c.Nullable && c.Type.Kind != types.Blob:
		parts = append(parts, "DEFAULT NULL")
	}
	if c.OnUpdateNow {
		parts = append(parts, "ON UPDATE", currentTimestamp(c.Type))
	}
	if c.Invisible {
		parts = append(parts, "/*!80023 INVISIBLE */")
	}
	if c.Comment != "" {
		parts = append(parts, "COMMENT", quoteText(c.Comment))
	}
	return strings.Join(parts, " "), nil
}

// defaultText is a default that is a value, as text.
func defaultText(c *catalog.Column, zone *time.Location) (string, error) {
	v, err := c.Default.Literal(c, zone)
	if err != nil {
		return "", err
	}
	if bits, ok := v.(uint64); ok && c.Type.Kind == types.Bit {
		return fmt.Sprintf("b'%b'", bits), nil
	}
	return string(types.Text(v, c.Type)), nil
}

// hasCharset: the type's text, or its members', is of a character set.
func hasCharset(t types.Type) bool { return t.IsText() || t.IsNamed() }

func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

var textEscapes = strings.NewReplacer("'", "''", `\`, `\\`, "\x00", `\0`, "\n", `\n`, "\r", `\r`)

func quoteText(s string) string { return "'" + textEscapes.Replace(s) + "'" }
