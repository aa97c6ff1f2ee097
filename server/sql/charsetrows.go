package sql

import (
	"cmp"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/types"
)

// characterSetRows are those of CHARACTER_SETS. The library tells of one.
func characterSetRows(*gms.Context, gms.Catalog) (gms.RowIter, error) {
	var rows []gms.Row
	for _, cs := range slices.Sorted(slices.Values(types.Charsets())) {
		_, c, _ := types.CharsetByName(string(cs))
		rows = append(rows, gms.Row{string(cs), c.Name(), cs.Description(), uint64(c.BytesPerChar())})
	}
	return gms.RowsToRowIter(rows...), nil
}

// collationRows are those of COLLATIONS. The library tells of those, too, that there are
// not, and has other defaults.
func collationRows(*gms.Context, gms.Catalog) (gms.RowIter, error) {
	var rows []gms.Row
	for _, c := range collationsByNumber() {
		isDefault, pad := "", "NO PAD"
		if c.IsDefault() {
			isDefault = "Yes"
		}
		if c.Pads() {
			pad = "PAD SPACE"
		}
		rows = append(rows, gms.Row{c.Name(), string(c.Charset()), uint64(c), isDefault, "Yes", uint32(c.SortLength()), pad})
	}
	return gms.RowsToRowIter(rows...), nil
}

// applicabilityRows are those of COLLATION_CHARACTER_SET_APPLICABILITY.
func applicabilityRows(*gms.Context, gms.Catalog) (gms.RowIter, error) {
	var rows []gms.Row
	for _, c := range collationsByNumber() {
		rows = append(rows, gms.Row{c.Name(), string(c.Charset())})
	}
	return gms.RowsToRowIter(rows...), nil
}

func collationsByNumber() []types.Collation {
	return slices.SortedFunc(slices.Values(types.Collations()), func(a, b types.Collation) int {
		return cmp.Compare(a, b)
	})
}
