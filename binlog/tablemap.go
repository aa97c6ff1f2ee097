package binlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Types of the optional fields behind a table map (MySQL source,
// Optional_metadata_field_type).
const (
	metaSignedness     = 1
	metaDefaultCharset = 2
	metaColumnCharset  = 3
	metaColumnName     = 4
	metaSetNames       = 5
	metaEnumNames      = 6
	metaGeometryShape  = 7
	metaSimpleKey      = 8
	metaEnumSetCharset = 10
	metaVisibility     = 12
	metaDimensions     = 13
)

// appendTableMap appends the TABLE_MAP event of t, which is valid, with full
// optional metadata: a reader needs no other source for names and keys.
func appendTableMap(dst []byte, t *Table) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventTableMap, 0)
	dst = appendUint(dst, t.ID, 6)
	dst = binary.LittleEndian.AppendUint16(dst, 1) // BIT columns have their exact length
	dst = append(append(append(dst, byte(len(t.DB))), t.DB...), 0)
	dst = append(append(append(dst, byte(len(t.Name))), t.Name...), 0)
	dst = appendLenenc(dst, uint64(len(t.Columns)))
	var meta []byte
	for i := range t.Columns {
		c := &t.Columns[i]
		dst = append(dst, byte(c.wireType()))
		meta = c.appendMeta(meta)
	}
	dst = append(appendLenenc(dst, uint64(len(meta))), meta...)
	nulls := make([]byte, bitmapSize(len(t.Columns)))
	for i, c := range t.Columns {
		if c.Nullable {
			nulls[i/8] |= 1 << (i % 8)
		}
	}
	dst = append(dst, nulls...)
	dst = appendOptionalMeta(dst, t)
	return endEvent(dst, start)
}

func bitmapSize(n int) int { return (n + 7) / 8 }

// wireType is the type in the table map: ENUM and SET travel as strings with
// their real type in the metadata.
func (c *Column) wireType() Type {
	if c.Type.isNamed() {
		return TypeString
	}
	return c.Type
}

func (c *Column) appendMeta(dst []byte) []byte {
	switch c.Type {
	case TypeFloat:
		return append(dst, 4)
	case TypeDouble:
		return append(dst, 8)
	case TypeVarchar:
		return binary.LittleEndian.AppendUint16(dst, uint16(c.Length))
	case TypeBlob, TypeJSON, TypeGeometry, TypeVector:
		return append(dst, byte(c.Length))
	case TypeString:
		// Bits 8 and 9 of the length hide, inverted, in the type's byte.
		return append(dst, byte(TypeString)^byte(c.Length&0x300>>4), byte(c.Length))
	case TypeEnum, TypeSet:
		return append(dst, byte(c.Type), byte(c.Length))
	case TypeNewDecimal:
		return append(dst, c.Precision, c.Scale)
	case TypeBit:
		return append(dst, byte(c.Length%8), byte(c.Length/8))
	case TypeTime2, TypeDateTime2, TypeTimestamp2:
		return append(dst, c.FSP)
	}
	return dst
}

// takeMeta is the inverse of appendMeta for a column whose Type is the wire's.
func (c *Column) takeMeta(cur *cursor) {
	switch c.Type {
	case TypeFloat, TypeDouble:
		cur.uint(1)
	case TypeVarchar:
		c.Length = int(cur.uint(2))
	case TypeBlob, TypeJSON, TypeGeometry, TypeVector:
		c.Length = int(cur.uint(1))
	case TypeString:
		real, length := Type(cur.uint(1)), int(cur.uint(1))
		if real.isNamed() {
			c.Type, c.Length = real, length
			return
		}
		c.Length = length | int(real&0x30^0x30)<<4
		if real|0x30 != TypeString {
			cur.bad = true
		}
	case TypeNewDecimal:
		c.Precision, c.Scale = uint8(cur.uint(1)), uint8(cur.uint(1))
	case TypeBit:
		c.Length = int(cur.uint(1))
		c.Length += 8 * int(cur.uint(1))
	case TypeTime2, TypeDateTime2, TypeTimestamp2:
		c.FSP = uint8(cur.uint(1))
	}
}

// appendField appends one optional field; an empty one is left out.
func appendField(dst []byte, field byte, value []byte) []byte {
	if len(value) == 0 {
		return dst
	}
	return append(appendLenenc(append(dst, field), uint64(len(value))), value...)
}

func appendOptionalMeta(dst []byte, t *Table) []byte {
	var signs, names, sets, enums, shapes, dimensions, key []byte
	signed := 0
	for i := range t.Columns {
		c := &t.Columns[i]
		names = append(append(names, byte(len(c.Name))), c.Name...)
		if c.Type.hasSign() {
			if signed%8 == 0 {
				signs = append(signs, 0)
			}
			if c.Unsigned && c.Type != TypeYear {
				signs[signed/8] |= 0x80 >> (signed % 8)
			}
			signed++
		}
		switch c.Type {
		case TypeSet:
			sets = c.appendMembers(sets)
		case TypeEnum:
			enums = c.appendMembers(enums)
		case TypeGeometry:
			shapes = appendLenenc(shapes, uint64(c.Shape))
		case TypeVector:
			dimensions = appendLenenc(dimensions, uint64(c.Dimensions))
		}
	}
	for _, i := range t.PrimaryKey {
		key = appendLenenc(key, uint64(i))
	}
	dst = appendField(dst, metaSignedness, signs)
	dst = appendField(dst, metaDefaultCharset, appendCharsets(nil, t, Type.isText))
	dst = appendField(dst, metaGeometryShape, shapes)
	dst = appendField(dst, metaDimensions, dimensions)
	dst = appendField(dst, metaColumnName, names)
	dst = appendField(dst, metaSetNames, sets)
	dst = appendField(dst, metaEnumNames, enums)
	dst = appendField(dst, metaEnumSetCharset, appendCharsets(nil, t, Type.isNamed))
	dst = appendField(dst, metaSimpleKey, key)
	return appendField(dst, metaVisibility, visibility(t))
}

// visibility has a bit for each column that is visible; nil if all are.
func visibility(t *Table) []byte {
	if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Invisible }) {
		return nil
	}
	bits := make([]byte, bitmapSize(len(t.Columns)))
	for i, c := range t.Columns {
		if !c.Invisible {
			bits[i/8] |= 0x80 >> (i % 8)
		}
	}
	return bits
}

func (c *Column) appendMembers(dst []byte) []byte {
	dst = appendLenenc(dst, uint64(len(c.Members)))
	for _, m := range c.Members {
		dst = append(appendLenenc(dst, uint64(len(m))), m...)
	}
	return dst
}

// appendCharsets appends the collation of the first column that has one, then
// the number (among those columns) and collation of each that differs.
func appendCharsets(dst []byte, t *Table, has func(Type) bool) []byte {
	n, first := uint64(0), uint64(0)
	for i := range t.Columns {
		c := &t.Columns[i]
		if !has(c.Type) {
			continue
		}
		switch {
		case n == 0:
			first = c.collation()
			dst = appendLenenc(dst, first)
		case c.collation() != first:
			dst = appendLenenc(appendLenenc(dst, n), c.collation())
		}
		n++
	}
	return dst
}

// DecodeTableMap decodes the body of a TABLE_MAP event. Optional fields of
// unknown type are passed over.
func DecodeTableMap(body []byte) (*Table, error) {
	cur := cursor{b: body}
	t := &Table{ID: cur.uint(6)}
	cur.uint(2)
	t.DB = string(cur.bytes(cur.uint(1)))
	cur.uint(1)
	t.Name = string(cur.bytes(cur.uint(1)))
	cur.uint(1)
	types := cur.bytes(cur.lenenc())
	meta := cursor{b: cur.bytes(cur.lenenc())}
	if cur.bad || len(types) > ColumnsMax {
		return nil, errBody(EventTableMap)
	}
	nulls := cur.bytes(uint64(bitmapSize(len(types))))
	if cur.bad {
		return nil, errBody(EventTableMap)
	}
	t.Columns = make([]Column, len(types))
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Type = Type(types[i])
		c.Nullable = nulls[i/8]>>(i%8)&1 != 0
		c.takeMeta(&meta)
	}
	if !meta.done() {
		return nil, errBody(EventTableMap)
	}
	for !cur.bad && len(cur.b) > 0 {
		field := cur.uint(1)
		value := cursor{b: cur.bytes(cur.lenenc())}
		t.takeField(field, &value)
		cur.bad = cur.bad || value.bad
	}
	if cur.bad {
		return nil, errBody(EventTableMap)
	}
	if err := t.validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", errBody(EventTableMap), err)
	}
	return t, nil
}

// tableMapHas reports whether a table has a column of a type. It looks at no more
// than the types.
func tableMapHas(body []byte, typ Type) (bool, error) {
	cur := cursor{b: body}
	cur.bytes(6 + 2) // the table's number, flags
	for range 2 {    // the names, each with a zero behind it
		cur.bytes(cur.uint(1))
		cur.uint(1)
	}
	types := cur.bytes(cur.lenenc())
	if cur.bad {
		return false, errBody(EventTableMap)
	}
	return bytes.IndexByte(types, byte(typ)) >= 0, nil
}

func (t *Table) takeField(field uint64, cur *cursor) {
	switch field {
	case metaSignedness:
		t.takeSigns(cur)
	case metaDefaultCharset:
		t.takeCharsets(cur, Type.isText)
	case metaEnumSetCharset:
		t.takeCharsets(cur, Type.isNamed)
	case metaColumnCharset:
		for i := range t.Columns {
			if t.Columns[i].Type.isText() {
				t.Columns[i].Collation = uint16(cur.lenenc())
			}
		}
	case metaColumnName:
		for i := range t.Columns {
			t.Columns[i].Name = string(cur.bytes(cur.uint(1)))
		}
	case metaSetNames:
		t.takeMembers(cur, TypeSet)
	case metaEnumNames:
		t.takeMembers(cur, TypeEnum)
	case metaGeometryShape:
		for i := range t.Columns {
			if t.Columns[i].Type == TypeGeometry {
				t.Columns[i].Shape = uint8(cur.lenenc())
			}
		}
	case metaDimensions:
		for i := range t.Columns {
			if t.Columns[i].Type == TypeVector {
				t.Columns[i].Dimensions = int(min(cur.lenenc(), math.MaxUint32))
			}
		}
	case metaVisibility:
		bits := cur.bytes(uint64(bitmapSize(len(t.Columns))))
		for i := range t.Columns {
			t.Columns[i].Invisible = !cur.bad && bits[i/8]&(0x80>>(i%8)) == 0
		}
	case metaSimpleKey:
		for !cur.bad && len(cur.b) > 0 {
			i := cur.lenenc()
			if i >= uint64(len(t.Columns)) {
				cur.bad = true
				return
			}
			t.PrimaryKey = append(t.PrimaryKey, int(i))
		}
	}
}

func (t *Table) takeSigns(cur *cursor) {
	n := 0
	for i := range t.Columns {
		if !t.Columns[i].Type.hasSign() {
			continue
		}
		if n/8 >= len(cur.b) {
			cur.bad = true
			return
		}
		t.Columns[i].Unsigned = cur.b[n/8]<<(n%8)&0x80 != 0 && t.Columns[i].Type != TypeYear
		n++
	}
}

func (t *Table) takeCharsets(cur *cursor, has func(Type) bool) {
	var columns []*Column
	for i := range t.Columns {
		if has(t.Columns[i].Type) {
			columns = append(columns, &t.Columns[i])
		}
	}
	first := cur.lenenc()
	for _, c := range columns {
		c.Collation = uint16(first)
	}
	for !cur.bad && len(cur.b) > 0 {
		n, collation := cur.lenenc(), cur.lenenc()
		if n >= uint64(len(columns)) {
			cur.bad = true
			return
		}
		columns[n].Collation = uint16(collation)
	}
}

func (t *Table) takeMembers(cur *cursor, typ Type) {
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Type != typ {
			continue
		}
		n := cur.lenenc()
		if n > uint64(len(cur.b)) { // each name has at least its length
			cur.bad = true
			return
		}
		for range n {
			c.Members = append(c.Members, string(cur.bytes(cur.lenenc())))
		}
	}
}
