package exec

import (
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
)

// TableNames are the tables that statements of a session name, for package auth. Views
// are of another package: without its help they are 1235 here.
type TableNames struct {
	Catalog *catalog.Catalog
	Env     Env
	View    func(db, view string) ([]string, error) // nil: not here
}

var _ auth.Tables = TableNames{}

// Columns implements auth.Tables.
func (n TableNames) Columns(db, table string) (all, plain []string, err error) {
	if auth.IsMadeUp(db) {
		return nil, nil, nil
	}
	t, ok := n.Env.Temporaries.Find(db, table)
	if !ok {
		if t, ok, err = n.Catalog.Find(n.Env.Txn, db, table); err != nil {
			return nil, nil, err
		}
	}
	if ok {
		for i := range t.Columns {
			if c := &t.Columns[i]; !c.Hidden {
				all = append(all, c.Name)
				if !c.Invisible {
					plain = append(plain, c.Name)
				}
			}
		}
		return all, plain, nil
	}
	if _, is, err := n.Catalog.View(n.Env.Txn, db, table); err != nil || !is {
		return nil, nil, err
	}
	if n.View == nil {
		return nil, nil, unsupported("privileges on columns of views")
	}
	all, err = n.View(db, table)
	return all, all, err
}

// Temporary implements auth.Tables. One that has the name of a view is not sure to be what
// a statement opens, so that it takes the rights to the view.
func (n TableNames) Temporary(db, table string) bool {
	if _, ok := n.Env.Temporaries.Find(db, table); !ok {
		return false
	}
	_, view, err := n.Catalog.View(n.Env.Txn, db, table)
	return err == nil && !view
}

// mayRun refuses what the client lacks the privileges for.
func (e *Executor) mayRun(env Env, s *Stmt) error {
	err := s.from.Needs.CheckIn(env.Rights, env.DB, TableNames{Catalog: e.catalog, Env: env})
	if err != nil && s.template {
		return ErrNoPlan // the text says why, or is for package sql
	}
	return err
}
