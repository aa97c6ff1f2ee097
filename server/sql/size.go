package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/exec"
)

// sizeOf estimates a table's size, once a statement.
func (c *call) sizeOf(t *table) (exec.Size, error) {
	if t.size != nil {
		return *t.size, nil
	}
	s, err := c.exec.SizeOf(c.env.Txn, t.def, c.env.Now)
	if err == nil {
		t.size = &s
	}
	return s, err
}

// lockedMin is the least size that the library is told of a table whose rows are
// locked as they are read: it reads small tables as a whole, but each row that
// is not asked for is one more that others wait for.
const lockedMin = 1024

// RowCount implements gms.StatisticsTable. It is never exact: the library would
// answer COUNT(*) with it.
func (t *table) RowCount(*gms.Context) (uint64, bool, error) {
	s, err := t.c.sizeOf(t)
	if t.mode != 0 {
		s.Rows = max(s.Rows, lockedMin)
	}
	return s.Rows, false, err
}

// DataLength implements gms.StatisticsTable.
func (t *table) DataLength(*gms.Context) (uint64, error) {
	s, err := t.c.sizeOf(t)
	return s.Bytes, err
}

// statistics implements gms.StatsProvider with nothing but the sizes that tables
// tell themselves: the library keeps what its own provider learns without locks
// and for ever.
type statistics struct{}

var _ gms.StatsProvider = statistics{}

// GetTableStats implements gms.StatsProvider.
func (statistics) GetTableStats(*gms.Context, string, gms.Table) ([]gms.Statistic, error) {
	return nil, nil
}

// AnalyzeTable implements gms.StatsProvider.
func (statistics) AnalyzeTable(*gms.Context, gms.Table, string) error { return nil }

// SetStats implements gms.StatsProvider.
func (statistics) SetStats(*gms.Context, gms.Statistic) error { return unsupported("histograms") }

// GetStats implements gms.StatsProvider.
func (statistics) GetStats(*gms.Context, gms.StatQualifier, []string) (gms.Statistic, bool) {
	return nil, false
}

// DropStats implements gms.StatsProvider.
func (statistics) DropStats(*gms.Context, gms.StatQualifier, []string) error { return nil }

// DropDbStats implements gms.StatsProvider.
func (statistics) DropDbStats(*gms.Context, string, bool) error { return nil }

// RowCount implements gms.StatsProvider: 0 sends the library to the table.
func (statistics) RowCount(*gms.Context, string, gms.Table) (uint64, error) { return 0, nil }

// DataLength implements gms.StatsProvider.
func (statistics) DataLength(*gms.Context, string, gms.Table) (uint64, error) { return 0, nil }
