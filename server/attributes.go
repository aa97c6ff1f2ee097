package server

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/wire"
)

// Listings of what clients have said about their programs when they logged in.

var attributeColumns = []wire.Column{
	intColumn("PROCESSLIST_ID"), textColumn("ATTR_NAME"), textColumn("ATTR_VALUE"), intColumn("ORDINAL_POSITION"),
}

func (s *session) listAttributes() ([][]binlog.Value, error) {
	return s.attributes(func(process) bool { return true }), nil
}

// listOwnAttributes is those of the connections of the session's account.
func (s *session) listOwnAttributes() ([][]binlog.Value, error) {
	return s.attributes(func(p process) bool { return p.account == s.account }), nil
}

func (s *session) attributes(wanted func(process) bool) (rows [][]binlog.Value) {
	for _, p := range s.processes() {
		if !wanted(p) {
			continue
		}
		for i, a := range p.attributes {
			rows = append(rows, []binlog.Value{int64(p.id), []byte(a.Name), []byte(a.Value), int64(i)})
		}
	}
	return rows
}
