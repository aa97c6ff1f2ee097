package server

import (
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

type scopeOf uint8

const (
	nextScope scopeOf = iota // the next transaction only
	sessionScope
	globalScope
)

// setTransaction is SET [scope] TRANSACTION characteristic, ….
func (s *session) setTransaction(ctx context.Context, c *lex.Cursor, scope scopeOf) (list []assignment, err error) {
	c.Next()
	if scope == nextScope {
		m := s.nextModeKept()
		err := characteristics(c, func(level string) error {
			m.isolation = isolationNames[level]
			return nil
		}, func(readOnly int64) error {
			m.readOnly = readOnly == 1
			return nil
		})
		if err == nil && s.txn != nil {
			err = mysqlerr.New(mysqlerr.CantChangeTrx)
		}
		return []assignment{func() error {
			s.next = &m
			return nil
		}}, err
	}
	to := assignContext{Context: ctx, global: scope == globalScope}
	set := func(name string, value binlog.Value) error {
		one, err := s.assign(to, sysVars[name], value)
		list = append(list, one)
		return err
	}
	err = characteristics(c, func(level string) error {
		return set("transaction_isolation", []byte(level))
	}, func(readOnly int64) error {
		return set("transaction_read_only", readOnly)
	})
	return list, err
}

func characteristics(c *lex.Cursor, isolation func(string) error, readOnly func(int64) error) error {
	for {
		var err error
		switch {
		case c.Accept("ISOLATION", "LEVEL"):
			level, ok := isolationLevel(c)
			if !ok {
				return c.Fail()
			}
			err = isolation(level)
		case c.Accept("READ", "ONLY"):
			err = readOnly(1)
		case c.Accept("READ", "WRITE"):
			err = readOnly(0)
		default:
			return c.Fail()
		}
		if err != nil || !c.Accept(",") {
			return err
		}
	}
}

func isolationLevel(c *lex.Cursor) (string, bool) {
	switch {
	case c.Accept("READ", "UNCOMMITTED"):
		return "READ-UNCOMMITTED", true
	case c.Accept("READ", "COMMITTED"):
		return "READ-COMMITTED", true
	case c.Accept("REPEATABLE", "READ"):
		return "REPEATABLE-READ", true
	case c.Accept("SERIALIZABLE"):
		return "SERIALIZABLE", true
	}
	return "", false
}
