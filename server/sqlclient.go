package server

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/types"
)

// A sqlClient is a session as statements see it (sql.Client).
type sqlClient struct{ s *session }

func (c sqlClient) ID() uint32 { return c.s.id }

func (c sqlClient) Account() (user, host string) { return c.s.user, c.s.host }

// Rights implements sql.Client.
func (c sqlClient) Rights(n auth.Name) (auth.Rights, bool) {
	return c.s.srv.accounts.ByDefault(n)
}

// Accounts implements sql.Client.
func (c sqlClient) Accounts() []*auth.Account { return c.s.srv.accounts.List() }

func (c sqlClient) Variable(name string) (string, bool) {
	v, err := lookupVar(name)
	if err != nil {
		return "", false
	}
	return c.s.value(v, v.scope == globalOnly), true
}

// sqlVariables are the server's variables, for package sql.
func sqlVariables() (out []sql.Variable) {
	for _, v := range sysVars {
		out = append(out, sql.Variable{Name: v.name, Number: v.typ == intVar || v.typ == boolVar, GlobalOnly: v.scope == globalOnly})
	}
	return out
}

func (c sqlClient) GlobalVariable(name string) (string, bool) {
	v, err := lookupVar(name)
	if err != nil || v.scope == sessionOnly {
		return "", false
	}
	return c.s.value(v, true), true
}

func (c sqlClient) UserVariable(name string) (binlog.Value, types.Collation) {
	return c.s.userVars[name], c.s.userTexts[name]
}

func (c sqlClient) SetUserVariable(name string, v binlog.Value, of types.Collation) error {
	return c.s.keepUserVar(name, v, of)
}

func (c sqlClient) LastInsertID() uint64 { return c.s.lastInsert }

// Random implements sql.Client.
func (c sqlClient) Random() (float64, bool) {
	if c.s.random == nil {
		return 0, false
	}
	return c.s.random.Next(), true
}

func (c sqlClient) RowCount() int64 { return c.s.rowCount }

func (c sqlClient) FoundRows() uint64 { return c.s.foundCount }

// WaitExecuted implements sql.Client.
func (c sqlClient) WaitExecuted(ctx context.Context, set binlog.GTIDSet) error {
	log := c.s.srv.store.Binlog()
	if log == nil {
		return mysqlerr.New(mysqlerr.GTIDModeOff, "use WAIT_FOR_EXECUTED_GTID_SET")
	}
	return log.WaitExecuted(ctx, set)
}
