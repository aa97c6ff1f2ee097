package server

import (
	"context"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A loadField is where a field of the file goes.
type loadField struct {
	column   string
	variable string // else this user variable, in lower case
	missing  string // LoadColumn.Missing
	vector   bool
	bytes    bool // LoadColumn.Bytes
	// passed: it goes nowhere. The column is computed, or a later part of the statement
	// gives it its value.
	passed bool
}

// A loadSet is column = expression.
type loadSet struct {
	column string
	words  []lex.Token
}

// text is the expression, without comments.
func (s loadSet) text() string {
	var b strings.Builder
	for i, w := range s.words {
		if i > 0 && s.words[i-1].End < w.Pos {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

// uses reports whether the expression may read a column.
func (s loadSet) uses(column string) bool {
	return slices.ContainsFunc(s.words, func(w lex.Token) bool {
		name, _ := w.Value()
		return (w.Kind == lex.Word || w.Kind == lex.Quoted) && strings.EqualFold(name, column)
	})
}

// findColumns finds the columns of the fields, and what of them has no effect.
func (l *loading) findColumns(ctx context.Context) error {
	env := l.s.env(l.t, &statement{})
	columns, err := l.s.srv.exec.LoadColumns(env, l.db, l.table)
	if err != nil {
		return err
	}
	if columns == nil && l.fields == nil { // a view, or nothing
		names, err := l.s.srv.exec.ColumnsOf(ctx, env, l.db, l.table)
		if err != nil {
			return err
		}
		for _, name := range names {
			l.fields = append(l.fields, loadField{column: name})
		}
	}
	generated := map[string]bool{}
	for _, c := range columns {
		generated[strings.ToLower(c.Name)] = c.Generated
	}
	if l.fields == nil {
		for _, c := range columns {
			if !c.Invisible {
				l.fields = append(l.fields, loadField{column: c.Name})
			}
		}
	}
	for i := range l.fields {
		f := &l.fields[i]
		for _, c := range columns {
			if strings.EqualFold(c.Name, f.column) {
				f.missing, f.vector, f.bytes, f.passed = c.Missing, c.Vector, c.Bytes, c.Generated
			}
		}
		again := func(o loadField) bool { return strings.EqualFold(o.column, f.column) }
		f.passed = f.passed || f.column != "" && slices.ContainsFunc(l.fields[i+1:], again)
	}
	l.sets = slices.DeleteFunc(l.sets, func(s loadSet) bool { return generated[strings.ToLower(s.column)] })
	return l.findSets()
}

// findSets finds fields whose columns SET gives other values. An INSERT has no place for
// the field's own value; what would read that is refused.
func (l *loading) findSets() error {
	for i, s := range l.sets {
		for _, later := range l.sets[i+1:] {
			if strings.EqualFold(later.column, s.column) {
				return mysqlerr.New(mysqlerr.NotSupportedYet, "LOAD DATA ... SET of a column twice")
			}
		}
		for k := range l.fields {
			f := &l.fields[k]
			if !strings.EqualFold(f.column, s.column) {
				continue
			}
			f.passed = true
			for _, earlier := range l.sets[:i+1] {
				if earlier.uses(f.column) {
					return mysqlerr.New(mysqlerr.NotSupportedYet, "LOAD DATA ... SET of a column from its own field; give the field to a variable")
				}
			}
		}
	}
	return nil
}

// names are the INSERT's columns, rowCells what it says for each, if a row has n fields.
func (l *loading) names() (names []string) {
	for _, f := range l.fields {
		if f.variable == "" && !f.passed {
			names = append(names, quoteName(f.column))
		}
	}
	for _, s := range l.sets {
		names = append(names, quoteName(s.column))
	}
	return names
}

func (l *loading) rowCells(n int) (cells []string) {
	for i, f := range l.fields {
		switch {
		case f.variable != "" || f.passed:
		case i < n:
			cells = append(cells, "?")
		default:
			cells = append(cells, f.missing)
		}
	}
	for _, s := range l.sets {
		cells = append(cells, s.text())
	}
	return cells
}

// count tells of a row that has not as many fields as it should.
func (l *loading) count(n int) error {
	if n == len(l.fields) {
		return nil
	}
	e := mysqlerr.New(mysqlerr.TooFewRecords, l.rows)
	if n > len(l.fields) {
		e = mysqlerr.New(mysqlerr.TooManyRecords, l.rows)
	}
	if l.verb != "INSERT IGNORE" && strings.Contains(l.s.settings.sqlMode, "STRICT_") {
		return e
	}
	if n > len(l.fields) {
		l.told.add(Diagnostic{Level: "Warning", Code: e.Code, Message: e.Message})
	}
	return nil
}

// addShort writes a row with fewer fields than it should have: NULL where that is the
// column's default, else zeros, and not the default.
func (l *loading) addShort(ctx context.Context, fields []value) error {
	for _, f := range l.fields[len(fields):] {
		if f.variable == "" && f.missing == "" {
			return mysqlerr.New(mysqlerr.NotSupportedYet, "LOAD DATA of rows with fewer fields than columns, into a view")
		}
	}
	l.rows--
	err := l.flush(ctx)
	l.rows++
	if err != nil {
		return err
	}
	for _, f := range l.fields[len(fields):] {
		if f.variable != "" {
			if err := l.s.keepUserVar(f.variable, nil, 0); err != nil {
				return err
			}
		}
	}
	if err := l.take(fields); err != nil {
		return err
	}
	l.cells, l.short = l.rowCells(len(fields)), l.fields[len(fields):]
	if err := l.prepareInsert(1); err != nil {
		return err
	}
	l.waiting = 1
	if err := l.flush(ctx); err != nil {
		return err
	}
	l.cells, l.short = l.rowCells(len(l.fields)), nil
	return l.prepareInsert(l.rowsMax())
}

// tell adds an INSERT's warnings. Of columns that the statement leaves out LOAD DATA has
// none, and of fields that a row lacks others.
func (l *loading) tell(res *Result) {
	r := *res
	r.Diagnostics = slices.DeleteFunc(slices.Clone(res.Diagnostics), func(d Diagnostic) bool {
		set := func(s loadSet) bool { return strings.Contains(d.Message, "'"+s.column+"'") }
		lacks := func(f loadField) bool { return f.column != "" && strings.Contains(d.Message, "olumn '"+f.column+"'") }
		return d.Code == mysqlerr.NoDefaultForField && !slices.ContainsFunc(l.sets, set) || slices.ContainsFunc(l.short, lacks)
	})
	r.Warnings -= uint16(len(res.Diagnostics) - len(r.Diagnostics))
	l.told.take(&r, l.flushed)
	for _, f := range l.short {
		if f.variable == "" {
			e := mysqlerr.New(mysqlerr.TooFewRecords, l.rows)
			l.told.add(Diagnostic{Level: "Warning", Code: e.Code, Message: e.Message})
		}
	}
}
