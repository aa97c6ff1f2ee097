package sql

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/go-mysql-org/go-mysql/mysql"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
)

// Programs that look at a server ask for tables that have nothing to say here: of what
// performance_schema would measure if it were on, of replicas, plugins and routines. They
// are there, and empty.

//go:embed emptytables.txt
var emptyTablesFile string

// emptyTables are they.
var emptyTables = sync.OnceValue(func() (out []Made) {
	for line := range strings.Lines(emptyTablesFile) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		t := Made{DB: f[0], Name: f[1], Rows: func(Client) ([][]binlog.Value, error) { return nil, nil }}
		for _, c := range f[2:] {
			name, kind, _ := strings.Cut(c, ":")
			t.Columns = append(t.Columns, exec.Column{Name: name, Type: emptyTypes[kind]})
		}
		out = append(out, t)
	}
	return out
})

// emptyTypes are the types that emptytables.txt names.
var emptyTypes = map[string]byte{
	"": mysql.MYSQL_TYPE_VAR_STRING, "int": mysql.MYSQL_TYPE_LONGLONG, "double": mysql.MYSQL_TYPE_DOUBLE, "time": mysql.MYSQL_TYPE_DATETIME,
}

// withEmpty adds the empty tables of the system's database to others.
func withEmpty(tables map[string]systemTable) map[string]systemTable {
	for _, t := range emptyTables() {
		if t.DB != systemDB {
			continue
		}
		empty := systemTable{rows: func(*call) []gms.Row { return nil }}
		for _, c := range t.Columns {
			col := gms.Column{Name: c.Name, Type: gtypes.LongText, Nullable: true}
			switch c.Type {
			case mysql.MYSQL_TYPE_LONGLONG:
				col.Type = gtypes.Int64
			case mysql.MYSQL_TYPE_DOUBLE:
				col.Type = gtypes.Float64
			case mysql.MYSQL_TYPE_DATETIME:
				col.Type = gtypes.Datetime
			}
			empty.columns = append(empty.columns, col)
		}
		tables[t.Name] = empty
	}
	return tables
}
