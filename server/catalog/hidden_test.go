package catalog

import (
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// The binlog has no hidden column, wherever it stands: neither its table map nor rows.
func TestHiddenColumnsAreNotLogged(t *testing.T) {
	number := types.Type{Kind: types.BigInt}
	def := &Table{
		ID: 20, DB: "d", Name: "t", Schema: 1, Collation: types.CollationGeneralCI, PrimaryKey: []int{2},
		Columns: []Column{
			{Name: "a", Type: number, Nullable: true},
			{Name: "!hidden!k!0!0", Type: number, Generated: "(`a` + 1)", Uses: []string{"a"}, Invisible: true, Hidden: true},
			{Name: "id", Type: number},
		},
		Indexes: []Index{{ID: 21, Name: "k", Unique: true, Columns: []Part{{Column: 1}}}},
	}
	if err := def.Prepare(); err != nil {
		t.Fatal(err)
	}
	log := def.Binlog()
	if len(log.Columns) != 2 || log.Columns[1].Name != "id" || log.PrimaryKey[0] != 1 || log.RowKey[0] != 1 {
		t.Errorf("%+v", log)
	}
	row := def.Logged([]binlog.Value{int64(1), int64(2), int64(3)})
	if len(row) != 2 || row[0] != int64(1) || row[1] != int64(3) {
		t.Errorf("%v", row)
	}
	if def.Place(2) != 2 || def.HiddenName("k", 0) != "!hidden!k!0!1" {
		t.Errorf("place %d, name %s", def.Place(2), def.HiddenName("k", 0))
	}
	def.Indexes = nil
	def.DropHidden()
	if err := def.Prepare(); err != nil || len(def.Columns) != 2 || def.PrimaryKey[0] != 1 || def.HasHidden() {
		t.Errorf("%v: %+v", err, def)
	}
}
