package updatable

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
)

// Below are the tables that the views of a FROM clause are of, not those that they
// only ask in subqueries: a locking read of a view locks their rows.
func Below(src Source, db string, list sqlparser.TableExprs) ([]sqlparser.TableName, error) {
	w := &rewriter{src: src, db: db}
	return w.below(list, false, nil)
}

func (w *rewriter) below(list sqlparser.TableExprs, inner bool, within []Name) (out []sqlparser.TableName, err error) {
	eachTable(list, func(_ *sqlparser.AliasedTableExpr, n sqlparser.TableName) {
		more, lerr := w.under(w.nameOf(n), inner, within)
		if err == nil {
			err = lerr
		}
		out = append(out, more...)
	})
	return out, err
}

func (w *rewriter) under(name Name, inner bool, within []Name) ([]sqlparser.TableName, error) {
	if !inner && w.src.Temporary(name) != nil {
		return nil, nil
	}
	if t, err := w.src.Table(name); err != nil || t != nil {
		if inner && t != nil {
			return []sqlparser.TableName{tableName(name)}, nil
		}
		return nil, err
	}
	v, is, err := w.src.View(name)
	if err != nil || !is || slices.Contains(within, name) { // the library complains
		return nil, err
	}
	query, err := w.src.Parse(v.Query)
	if err != nil {
		return nil, nil // the library complains
	}
	sel, is := query.(*sqlparser.Select)
	if !is {
		return nil, nil
	}
	return (&rewriter{src: w.src, db: name.DB}).below(sel.From, true, append(slices.Clone(within), name))
}

// A Look is what information_schema says of a view's changes.
type Look struct {
	Updatable   bool
	Check       string // NONE, LOCAL or CASCADED
	CannotMerge bool   // it says ALGORITHM = MERGE, and has rows of its own
	Twice       string // a column's name that it has twice
}

// At looks at a view. What cannot be read takes no changes.
func At(src Source, db string, v catalog.View) (Look, error) {
	l := Look{Check: "NONE"}
	spec := specOf(src, v)
	switch spec.CheckOption {
	case sqlparser.ViewCheckOptionCascaded:
		l.Check = "CASCADED"
	case sqlparser.ViewCheckOptionLocal:
		l.Check = "LOCAL"
	}
	f := (&rewriter{src: src, db: db}).flattener(nil)
	sh, err := f.shape(Name{db, v.Name}, v.Name, v)
	if err == nil {
		l.Updatable = sh.updatable
		l.Twice = twice(sh.names)
		l.CannotMerge = strings.EqualFold(spec.Algorithm, "merge") && !sh.merges
	}
	return l, err
}

// twice is a name that a list has twice, or "".
func twice(list []string) string {
	seen := map[string]bool{}
	for _, name := range list {
		if lower := strings.ToLower(name); seen[lower] {
			return name
		} else {
			seen[lower] = true
		}
	}
	return ""
}
