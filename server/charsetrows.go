package server

import (
	"math"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// encodeColumns describes text as the client gets it, and says which columns are converted
// to which character set; sets is nil where none is.
func (cs charsetOf) encodeColumns(columns []wire.Column) (out []wire.Column, sets []types.Charset) {
	if cs.unconverted {
		return cs.ownColumns(columns)
	}
	if cs.results == "" {
		return columns, nil
	}
	_, collation, _ := types.CharsetByName(string(cs.results))
	out, sets = slices.Clone(columns), make([]types.Charset, len(columns))
	for i := range out {
		c := &out[i]
		for _, name := range []*string{&c.Name, &c.OrgName, &c.Table, &c.OrgTable, &c.DB} {
			*name = string(cs.results.Encode([]byte(*name)))
		}
		isText := c.Charset == charsetUTF8MB4
		if isText || c.Type == mysql.MYSQL_TYPE_JSON { // a column of it is told to be binary, and sent as text
			sets[i] = cs.results
		}
		if isText {
			c.Charset = uint16(collation)
			c.Length = c.Length / bytesPerChar * uint32(collation.BytesPerChar())
		}
	}
	return out, sets
}

// ownColumns is encodeColumns for a client who takes text as it is: in its own character set,
// names and documents in UTF-8.
func (cs charsetOf) ownColumns(columns []wire.Column) (out []wire.Column, sets []types.Charset) {
	out = slices.Clone(columns)
	for i := range out {
		c := &out[i]
		if c.Charset != charsetUTF8MB4 {
			continue
		}
		own := types.Collation(c.Own)
		if own == 0 { // what the server says of itself
			_, own, _ = types.CharsetByName(string(types.CharsetUTF8MB3))
		}
		perChar := own.BytesPerChar()
		if isLongText(c.Type) {
			perChar = own.Charset().BytesMin()
		}
		if c.Charset = uint16(own); own == types.CollationBinary {
			c.Flags |= types.FlagBinary
		}
		if cs.bytes {
			c.Charset, perChar = charsetBinary, 1
		}
		if c.Length < math.MaxUint32 { // which is as long as text may be
			c.Length = c.Length / bytesPerChar * uint32(perChar)
			if isLongText(c.Type) {
				c.Length += uint32(perChar - 1) // the bytes that are no whole character
			}
		}
		if own.Charset().Recodes() {
			if sets == nil {
				sets = make([]types.Charset, len(columns))
			}
			sets[i] = own.Charset()
		}
	}
	return out, sets
}

// isLongText reports whether a column is told to be a TEXT, whose length is that of its bytes.
func isLongText(kind byte) bool {
	return kind >= mysql.MYSQL_TYPE_TINY_BLOB && kind <= mysql.MYSQL_TYPE_BLOB
}

// encodeRow is a row with its text as the client gets it.
func encodeRow(row []value, sets []types.Charset) []value {
	if sets == nil {
		return row
	}
	out := slices.Clone(row)
	for i, v := range out {
		if b, ok := v.([]byte); ok && sets[i] != "" {
			out[i] = sets[i].Encode(b)
		}
	}
	return out
}
