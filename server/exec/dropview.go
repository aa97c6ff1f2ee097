package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// dropViews is DROP VIEW: all of them, or none. IF EXISTS takes notes of what is
// missing, and of what is a table.
func (c *call) dropViews(s *sqlparser.DDL) (*Result, error) {
	r, dropped := &Result{}, 0
	var unknown []string
	for _, name := range s.FromViews {
		db, err := c.database(name)
		if err != nil {
			return nil, err
		}
		view := db + "." + name.Name.String()
		ok, err := c.catalog.DropView(c.ctx, c.env.Txn, db, name.Name.String())
		if err != nil {
			return nil, err
		}
		if ok {
			dropped++
			continue
		}
		_, isTable, err := c.catalog.Find(c.env.Txn, db, name.Name.String())
		switch {
		case err != nil:
			return nil, err
		case isTable && !s.IfExists:
			return nil, mysqlerr.New(mysqlerr.WrongObject, view, "VIEW")
		case isTable:
			noted(r, mysqlerr.WrongObject, view, "VIEW")
		case s.IfExists:
			noted(r, mysqlerr.BadTable, view)
		default:
			unknown = append(unknown, view)
		}
	}
	if len(unknown) > 0 {
		return nil, mysqlerr.New(mysqlerr.BadTable, strings.Join(unknown, ","))
	}
	if dropped == 0 {
		return r, nil
	}
	return c.logged(c.env.DB, r)
}
