package server

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/wire"
)

// The connections as performance_schema has them. A connection has one thread, of its
// own number.

var schemaProcessColumns = []wire.Column{
	intColumn("ID"), textColumn("USER"), textColumn("HOST"), textColumn("DB"), textColumn("COMMAND"), intColumn("TIME"),
	textColumn("STATE"), textColumn("INFO"), textColumn("EXECUTION_ENGINE"),
}

var threadColumns = []wire.Column{
	intColumn("THREAD_ID"), textColumn("NAME"), textColumn("TYPE"), intColumn("PROCESSLIST_ID"), textColumn("PROCESSLIST_USER"),
	textColumn("PROCESSLIST_HOST"), textColumn("PROCESSLIST_DB"), textColumn("PROCESSLIST_COMMAND"), intColumn("PROCESSLIST_TIME"),
	textColumn("PROCESSLIST_STATE"), textColumn("PROCESSLIST_INFO"), intColumn("PARENT_THREAD_ID"), textColumn("ROLE"),
	textColumn("INSTRUMENTED"), textColumn("HISTORY"), textColumn("CONNECTION_TYPE"), intColumn("THREAD_OS_ID"),
	textColumn("RESOURCE_GROUP"), textColumn("EXECUTION_ENGINE"), intColumn("CONTROLLED_MEMORY"), intColumn("MAX_CONTROLLED_MEMORY"),
	intColumn("TOTAL_MEMORY"), intColumn("MAX_TOTAL_MEMORY"), textColumn("TELEMETRY_ACTIVE"),
}

// primaryEngine is the one engine that runs statements.
const primaryEngine = "PRIMARY"

func (s *session) listSchemaProcesses() ([][]binlog.Value, error) {
	rows, err := s.listProcesses()
	for i := range rows {
		rows[i] = append(rows[i], []byte(primaryEngine))
	}
	return rows, err
}

// listThreads is the connections that the client may know of. What is not measured is
// NULL, and nothing is INSTRUMENTED.
func (s *session) listThreads() ([][]binlog.Value, error) {
	rows, err := s.listProcesses()
	for i, p := range rows {
		no := binlog.Value([]byte("NO"))
		row := append([]binlog.Value{p[0], []byte("thread/sql/one_connection"), []byte("FOREGROUND")}, p...)
		if host, ok := row[5].([]byte); ok {
			row[5] = withoutPort(host)
		}
		rows[i] = append(row, nil, nil, no, no, nil, nil, nil, []byte(primaryEngine), nil, nil, nil, nil, no)
	}
	return rows, err
}

// withoutPort is a client's host.
func withoutPort(host []byte) []byte {
	for i := len(host) - 1; i >= 0 && (host[i] == ':' || '0' <= host[i] && host[i] <= '9'); i-- {
		if host[i] == ':' {
			return host[:i]
		}
	}
	return host
}
