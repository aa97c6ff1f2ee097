package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A keep says whether a row of a SHOW is wanted.
type keep func(row []binlog.Value) bool

// filtered applies LIKE 'pattern', of the column with this index, or WHERE.
func filtered(c *lex.Cursor, res *Result, column int) (*Result, error) {
	var want keep
	switch {
	case c.Accept("LIKE"):
		pattern, err := c.Text()
		if err != nil {
			return nil, err
		}
		want = func(row []binlog.Value) bool { return lex.Like(pattern, valueText(row[column])) }
	case c.Accept("WHERE"):
		var err error
		if want, err = (where{c, res}).any(); err != nil {
			return nil, err
		}
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if want != nil {
		res.Rows = slices.DeleteFunc(res.Rows, func(row []binlog.Value) bool { return !want(row) })
	}
	return res, nil
}

// A where reads a condition about the columns of a result: comparisons of one
// with a value, joined by OR, AND, NOT and parentheses. More is for a SELECT
// from the table of performance_schema that has the same rows.
type where struct {
	*lex.Cursor
	res *Result
}

// whereDepthMax bounds the parentheses; a statement could have more than a stack
// should.
const whereDepthMax = 100

func (w where) any() (keep, error) { return w.anyAt(0) }

func (w where) anyAt(depth int) (keep, error) {
	if depth > whereDepthMax {
		return nil, w.Fail()
	}
	var list []keep
	for more := true; more; more = w.Accept("OR") {
		one, err := w.all(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return func(row []binlog.Value) bool {
		return slices.ContainsFunc(list, func(k keep) bool { return k(row) })
	}, nil
}

func (w where) all(depth int) (keep, error) {
	var list []keep
	for more := true; more; more = w.Accept("AND") {
		one, err := w.one(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return func(row []binlog.Value) bool {
		return !slices.ContainsFunc(list, func(k keep) bool { return !k(row) })
	}, nil
}

func not(k keep, err error) (keep, error) {
	return func(row []binlog.Value) bool { return !k(row) }, err
}

func (w where) one(depth int) (keep, error) {
	switch {
	case w.Accept("NOT"):
		if depth++; depth > whereDepthMax {
			return nil, w.Fail()
		}
		return not(w.one(depth))
	case w.Accept("("):
		k, err := w.anyAt(depth + 1)
		if err == nil {
			err = w.Expect(")")
		}
		return k, err
	}
	at := w.Peek()
	name, err := w.Name()
	if err != nil {
		return nil, err
	}
	for i, col := range w.res.Columns {
		if strings.EqualFold(name, col.Name) {
			return w.comparison(i)
		}
	}
	return nil, mysqlerr.New(mysqlerr.BadField, at.Text, "where clause")
}

// comparison is what stands behind a column's name.
func (w where) comparison(column int) (keep, error) {
	text := func(row []binlog.Value) string { return valueText(row[column]) }
	if w.Accept("NOT") {
		if !w.Peek().Is("LIKE") && !w.Peek().Is("IN") {
			return nil, w.Fail()
		}
		return not(w.comparison(column))
	}
	for op, holds := range comparisons {
		if w.Accept(op) {
			want, err := w.value()
			return func(row []binlog.Value) bool { return holds(compareTexts(text(row), want)) }, err
		}
	}
	switch {
	case w.Accept("LIKE"):
		pattern, err := w.Text()
		return func(row []binlog.Value) bool { return lex.Like(pattern, text(row)) }, err
	case w.Accept("IN", "("):
		var list []string
		for {
			want, err := w.value()
			if err != nil {
				return nil, err
			}
			list = append(list, want)
			if w.Accept(")") {
				return func(row []binlog.Value) bool {
					return slices.ContainsFunc(list, func(want string) bool { return compareTexts(text(row), want) == 0 })
				}, nil
			}
			if err := w.Expect(","); err != nil {
				return nil, err
			}
		}
	}
	return nil, w.Fail()
}

var comparisons = map[string]func(int) bool{
	"=": func(n int) bool { return n == 0 }, "<>": func(n int) bool { return n != 0 }, "!=": func(n int) bool { return n != 0 },
	"<": func(n int) bool { return n < 0 }, "<=": func(n int) bool { return n <= 0 },
	">": func(n int) bool { return n > 0 }, ">=": func(n int) bool { return n >= 0 },
}

func (w where) value() (string, error) {
	if t := w.Peek(); t.Kind == lex.Number {
		w.Next()
		return t.Text, nil
	}
	return w.Text()
}

// compareTexts compares numbers as such, and other texts without their case.
func compareTexts(a, b string) int {
	x, xerr := strconv.ParseFloat(a, 64)
	y, yerr := strconv.ParseFloat(b, 64)
	switch {
	case xerr != nil || yerr != nil:
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
