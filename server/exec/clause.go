package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// A Clause is one part of an ALTER TABLE: what the parser made of it, and its
// tokens, because the parser lets some parts of the language pass unread.
type Clause struct {
	*sqlparser.DDL
	words *lex.Cursor
}

// Clauses are the parts of an ALTER TABLE, or the one that CREATE INDEX and DROP
// INDEX are.
func Clauses(t *Tree, s *sqlparser.AlterTable) ([]Clause, error) {
	texts := []string{""}
	if lex.New(t.SQL).Next().Is("ALTER") {
		plain, _ := reword.References(t.SQL)
		texts = splitClauses(plain)
	}
	if len(texts) != len(s.Statements) {
		return nil, unsupported("ALTER TABLE of this form")
	}
	out := make([]Clause, len(texts))
	for i, text := range texts {
		words, err := lex.NewCursor(text)
		if err != nil {
			return nil, err
		}
		out[i] = Clause{primaryDropped(s.Statements[i]), words}
	}
	return out, nil
}

// primaryDropped is DROP PRIMARY KEY for DROP INDEX `PRIMARY`.
func primaryDropped(d *sqlparser.DDL) *sqlparser.DDL {
	ix := d.IndexSpec
	if ix == nil || ix.Action != sqlparser.DropStr || !strings.EqualFold(ix.ToName.String(), catalog.PrimaryName) {
		return d
	}
	out := *d
	out.IndexSpec = &sqlparser.IndexSpec{Action: sqlparser.DropStr, Type: sqlparser.PrimaryStr}
	return &out
}

// splitClauses cuts what follows the table's name at commas.
func splitClauses(text string) (out []string) {
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF && !t.Is("TABLE"); t = l.Next() {
	}
	t := l.Next() // the name, or the database's
	start, depth := t.End, 0
	if t = l.Next(); t.Is(".") {
		start = l.Next().End
		t = l.Next()
	}
	for ; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case t.Is("ORDER") && depth == 0 && lex.New(text[t.End:]).Next().Is("BY"):
			return append(out, text[start:]) // to the end
		case t.Is(",") && depth == 0:
			out = append(out, text[start:t.Pos])
			start = t.End
		case t.Is(";") && depth == 0:
			return append(out, text[start:t.Pos])
		}
	}
	return append(out, text[start:])
}

// begins reports whether the clause begins with these words.
func (c Clause) begins(words ...string) bool {
	for i, w := range words {
		if !c.words.PeekAt(i).Is(w) {
			return false
		}
	}
	return true
}

// An alterKind says who runs a clause of ALTER TABLE.
type alterKind uint8

const (
	alterIndexes   alterKind = iota + 1 // this package
	alterChecks                         // this package, if somebody asks the rows
	alterColumns                        // package sql
	alterConvert                        // package sql
	alterRename                         // package sql, behind all others
	alterCollation                      // package sql
	alterOrder                          // package sql
)

func (c Clause) kind() alterKind {
	switch ix := c.IndexSpec; {
	case c.begins("ORDER", "BY"):
		return alterOrder
	case c.Action == sqlparser.RenameStr:
		return alterRename
	case c.AlterCollationSpec != nil && c.begins("CONVERT"):
		return alterConvert
	case c.AlterCollationSpec != nil:
		return alterCollation
	case c.ColumnAction != "":
		return alterColumns
	case ix != nil && ix.Action == sqlparser.CreateStr && ix.Type == sqlparser.PrimaryStr && asIndex(ix.Columns):
		return alterIndexes
	case ix != nil && ix.Type == sqlparser.PrimaryStr:
		return alterColumns
	case c.ConstraintAction == sqlparser.AddStr:
		if d, ok := c.TableSpec.Constraints[0].Details.(*sqlparser.CheckConstraintDefinition); ok && d.Enforced {
			return alterChecks
		}
	case c.begins("ALTER", "CHECK"), c.begins("ALTER", "CONSTRAINT"):
		return alterChecks
	}
	return alterIndexes
}

// ByColumns, ByConversion, ByRename and ByCollation report who of package sql
// runs the clause; none: this package does.
func (c Clause) ByColumns() bool { return c.kind() == alterColumns }

// ByConversion is CONVERT TO CHARACTER SET.
func (c Clause) ByConversion() bool { return c.kind() == alterConvert }

// ByRename is RENAME TO.
func (c Clause) ByRename() bool { return c.kind() == alterRename }

// ByCollation is the table's default.
func (c Clause) ByCollation() bool { return c.kind() == alterCollation }

// ByOrder is ORDER BY.
func (c Clause) ByOrder() bool { return c.kind() == alterOrder }

// Order is what ORDER BY names, of the table's columns.
func (c Clause) Order(t *catalog.Table) (list []catalog.Part, err error) {
	w := *c.words
	w.Accept("ORDER", "BY")
	for more := true; more; more = w.Accept(",") {
		name, err := w.Name()
		for err == nil && w.Accept(".") {
			name, err = w.Name()
		}
		if err != nil {
			return nil, err
		}
		at, ok := t.Column(name)
		if !ok {
			return nil, mysqlerr.New(mysqlerr.BadField, name, "order clause")
		}
		p := catalog.Part{Column: at}
		if !w.Accept("ASC") {
			p.Desc = w.Accept("DESC")
		}
		list = append(list, p)
	}
	return list, w.End()
}

// BringsPrimaryKey is ADD PRIMARY KEY of any kind.
func (c Clause) BringsPrimaryKey() bool {
	return c.IndexSpec != nil && c.IndexSpec.Action == sqlparser.CreateStr && c.IndexSpec.Type == sqlparser.PrimaryStr
}

// AddsPrimaryKey is ADD PRIMARY KEY.
func (c Clause) AddsPrimaryKey() bool {
	return c.IndexSpec != nil && c.IndexSpec.Action == sqlparser.CreateStr && c.ByColumns()
}

// DropsPrimaryKey is DROP PRIMARY KEY.
func (c Clause) DropsPrimaryKey() bool {
	return c.IndexSpec != nil && c.IndexSpec.Action == sqlparser.DropStr && c.ByColumns()
}

// option runs a clause that the parser has not read: a table option, or one of
// the few about an index or a CHECK.
func (a *altering) option(c Clause) error {
	if c.DefaultSpec != nil {
		return a.setDefault(c.DefaultSpec)
	}
	w := *c.words // it is read again, should the statement be
	if ok, err := a.setVisible(w); ok {
		return err
	}
	switch {
	case w.Accept("ALTER", "CHECK"):
		return a.enforce(&w, mysqlerr.CheckNotFound)
	case w.Accept("ALTER", "CONSTRAINT"):
		return a.enforce(&w, mysqlerr.ConstraintNotFound)
	case w.Accept("ALTER", "INDEX"):
		name, err := w.Name()
		if err != nil {
			return err
		}
		at, ok := a.table.Index(name)
		if !ok {
			return mysqlerr.New(mysqlerr.KeyDoesNotExist, name, a.table.Name)
		}
		a.table.Indexes[at].Invisible = w.Accept("INVISIBLE")
		return nil
	case w.Accept("DISCARD"), w.Accept("IMPORT"):
		return unsupported("ALTER TABLE ... TABLESPACE")
	case c.begins("FORCE"), c.begins("ALGORITHM"), c.begins("LOCK"), c.begins("WITH"), c.begins("WITHOUT"):
		return nil
	}
	name := w.Next()
	w.Accept("=")
	if value, isText := w.Peek().Value(); name.Is("COMMENT") && isText {
		a.table.Comment = value
		return nil
	}
	value := w.Peek().Text
	if text, ok := w.Peek().Value(); ok && name.Is("ENGINE") {
		value = text
	}
	b := &builder{env: &a.env, table: a.table}
	return b.option(&sqlparser.TableOption{Name: name.Text, Value: value})
}

// setDefault is ALTER COLUMN ... SET or DROP DEFAULT.
func (a *altering) setDefault(d *sqlparser.DefaultSpec) error {
	at := columnNamed(a.table, d.Column.String())
	if at < 0 {
		return mysqlerr.New(mysqlerr.BadField, d.Column.String(), a.table.Name)
	}
	c := a.table.Columns[at]
	if c.Default = nil; d.Action == sqlparser.SetStr {
		if c.AutoIncrement || c.Generated != "" {
			return mysqlerr.New(mysqlerr.InvalidDefault, c.Name)
		}
		b := &builder{env: &a.env, table: a.table, zone: a.env.Location}
		if err := b.defaults(&c, &sqlparser.ColumnType{Default: d.Value}); err != nil {
			return err
		}
		c.OnUpdateNow = a.table.Columns[at].OnUpdateNow
	}
	a.table.Columns[at] = c
	return nil
}

// enforce is [NOT] ENFORCED.
func (a *altering) enforce(w *lex.Cursor, missing uint16) error {
	name, err := w.Name()
	if err != nil {
		return err
	}
	at, ok := checkNamed(a.table, name)
	if !ok {
		if _, is := a.table.ForeignKey(name); is {
			return mysqlerr.New(mysqlerr.EnforcementNotSupport, name)
		}
		return mysqlerr.New(missing, name)
	}
	a.table.Checks[at].Enforced = !w.Accept("NOT")
	return nil
}
