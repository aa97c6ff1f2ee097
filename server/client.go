package server

import (
	"github.com/xadb/xadb/binlog"
)

// A client is a session as statements see it (sql.Client).
type client struct{ s *session }

func (c client) ID() uint32 { return c.s.id }

func (c client) Account() (user, host string) { return c.s.user, c.s.host }

func (c client) Variable(name string) (string, bool) {
	v, err := lookupVar(name)
	if err != nil {
		return "", false
	}
	return c.s.value(v, v.scope == globalOnly), true
}

func (c client) UserVariable(name string) binlog.Value { return c.s.userVars[name] }

func (c client) SetUserVariable(name string, v binlog.Value) error { return c.s.keepUserVar(name, v) }

func (c client) LastInsertID() uint64 { return c.s.lastInsert }

func (c client) RowCount() int64 { return c.s.rowCount }

func (c client) FoundRows() uint64 { return c.s.foundCount }
