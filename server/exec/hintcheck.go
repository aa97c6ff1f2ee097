package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// CheckHints is 1176 for the first hint that names an index which its table has not.
func (e *Executor) CheckHints(env Env, t *Tree) error {
	if !t.hinted {
		return nil
	}
	return Walk(func(n sqlparser.SQLNode) (bool, error) {
		a, is := n.(*sqlparser.AliasedTableExpr)
		if !is || a.Hints == nil {
			return true, nil
		}
		name, is := a.Expr.(sqlparser.TableName)
		if !is {
			return true, nil
		}
		db := name.DbQualifier.String()
		if db == "" {
			db = env.DB
		}
		def, ok := env.Temporaries.Find(db, name.Name.String())
		if !ok {
			var err error
			if def, ok, err = e.catalog.Find(env.Txn, db, name.Name.String()); err != nil || !ok {
				return true, err // a view, or none, which others say
			}
		}
		for _, index := range a.Hints.Indexes {
			if !hasIndex(def, index.String()) {
				return false, mysqlerr.New(mysqlerr.KeyDoesNotExist, index.String(), name.Name.String())
			}
		}
		return true, nil
	}, t.Statement)
}

func hasIndex(t *catalog.Table, name string) bool {
	_, ok := t.Index(name)
	return ok || strings.EqualFold(name, "PRIMARY") && len(t.PrimaryKey) > 0
}
