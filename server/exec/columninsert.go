package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
)

// insertion walks INSERT and REPLACE.
func (u *using) insertion(s *sqlparser.Insert) {
	defer u.common(s.With)()
	target, err := u.table(s.Table, "")
	if err != nil {
		u.err = err
		return
	}
	u.nodes(s.Comments, s.Table, s.Columns)
	for _, c := range s.Columns {
		column := c.String()
		if own, ok := target.has(column); ok {
			column = own
		}
		u.note(&target, column, auth.Insert)
	}
	if len(s.Columns) == 0 && target.table != "" {
		u.uses = append(u.uses, auth.Use{DB: target.db, Table: target.table, Every: true, All: auth.Insert})
	}
	sources := []useSource{target}
	leave := u.enterScope(sources)
	u.node(s.Rows)
	leave()
	switch rows := s.Rows.(type) {
	case *sqlparser.AliasedValues:
		sources = append(sources, u.newRow(target, s.Columns, rows))
	case *sqlparser.Select:
		more, err := u.sourcesOf(rows.From)
		if err != nil {
			u.err = err
		}
		sources = append(sources, more...)
	case sqlparser.SelectStatement:
		sources = append(sources, useSource{})
	}
	defer u.enterScope(sources)()
	u.nodes(s.OnDup, s.Returning)
}

// newRow is the row that INSERT has given a name: its columns are the table's.
func (u *using) newRow(target useSource, columns sqlparser.Columns, rows *sqlparser.AliasedValues) useSource {
	row := target
	row.alias = rows.As.String()
	if len(rows.Columns) == 0 || target.columns == nil {
		return row
	}
	row.columns, row.own = nil, nil
	for i, c := range rows.Columns {
		row.columns = append(row.columns, c.String())
		switch {
		case i < len(columns):
			row.own = append(row.own, columns[i].String())
		case len(columns) == 0 && i < len(target.own):
			row.own = append(row.own, target.own[i])
		default:
			row.own = append(row.own, c.String())
		}
	}
	return row
}
