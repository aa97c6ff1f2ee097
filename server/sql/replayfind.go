package sql

import (
	"slices"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// find locks the row that an image is of: by the key that tells rows apart, if the image
// has it, and then whatever else the row has; otherwise the first row that is like the image
// (MySQL manual, Usage of Row-Based Logging). It meets what the statement has changed.
func (r *replayed) find(image []binlog.Value) (*rows.Row, error) {
	by, whole := r.way(image)
	read := rows.Read{Txn: r.c.env.Txn, Table: r.t.def, Index: by.Index, Mode: rows.Update, Now: true}
	within := rows.All()
	if by.Cols > 0 {
		key, err := r.t.def.Key(by, r.key(by, image))
		if err != nil {
			return nil, err
		}
		within = rows.Range{Start: key, End: catalog.After(key), Point: whole}
	}
	c := read.Open(r.c.ctx, within)
	for c.Next() {
		r.c.read++
		if row := c.Row(); whole || r.like(row.Values, image) {
			return &row, c.Close()
		}
	}
	if err := c.Close(); err != nil {
		return nil, err
	}
	return nil, mysqlerr.New(mysqlerr.KeyNotFound, r.t.def.Name)
}

// way is how the row is looked for; whole: by a key that no other row has.
func (r *replayed) way(image []binlog.Value) (by catalog.Lookup, whole bool) {
	def := r.t.def
	if n := len(def.PrimaryKey); n > 0 && r.has(image, def.PrimaryKey) == n {
		return catalog.Lookup{Cols: n, Whole: true}, true
	}
	for i := range def.Indexes {
		ix := &def.Indexes[i]
		if !def.Finds(ix) {
			continue
		}
		var cols []int
		for _, p := range ix.Columns {
			if p.Prefix > 0 || def.Columns[p.Column].Hidden {
				break
			}
			cols = append(cols, p.Column)
		}
		n := r.has(image, cols)
		if ix.Unique && n == len(ix.Columns) {
			return catalog.Lookup{Index: ix, Cols: n, Whole: true}, true
		}
		if n > by.Cols {
			by = catalog.Lookup{Index: ix, Cols: n}
		}
	}
	return by, false
}

// has is how many of the columns, from the first, the image has a value for that is not NULL.
func (r *replayed) has(image []binlog.Value, columns []int) int {
	n := slices.IndexFunc(columns, func(i int) bool { return image[i] == nil || image[i] == binlog.Value(binlog.Absent{}) })
	if n < 0 {
		return len(columns)
	}
	return n
}

func (r *replayed) key(by catalog.Lookup, image []binlog.Value) (out []binlog.Value) {
	for i := range by.Cols {
		if by.Index == nil {
			out = append(out, image[r.t.def.PrimaryKey[i]])
		} else {
			out = append(out, image[by.Index.Columns[i].Column])
		}
	}
	return out
}

// like reports whether a row has the image's values. Generated columns have what the others
// make of them.
func (r *replayed) like(row, image []binlog.Value) bool {
	for i, v := range image {
		if v != binlog.Value(binlog.Absent{}) && r.t.def.Columns[i].Generated == "" && !rows.SameValue(row[i], v) {
			return false
		}
	}
	return true
}
