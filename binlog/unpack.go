package binlog

import "math"

// value takes one value of c off the cursor: the inverse of appendValue.
func (cur *cursor) value(c *Column) Value {
	switch c.Type {
	case TypeTiny:
		return cur.integer(c, 1)
	case TypeShort:
		return cur.integer(c, 2)
	case TypeInt24:
		return cur.integer(c, 3)
	case TypeLong:
		return cur.integer(c, 4)
	case TypeLongLong:
		return cur.integer(c, 8)
	case TypeFloat:
		return float64(math.Float32frombits(uint32(cur.uint(4))))
	case TypeDouble:
		return math.Float64frombits(cur.uint(8))
	case TypeNewDecimal:
		return cur.decimal(c)
	case TypeVarchar, TypeString, TypeBlob, TypeJSON, TypeGeometry, TypeVector:
		b := cur.bytes(cur.uint(c.prefixSize()))
		return append([]byte{}, b...)
	case TypeBit:
		return cur.uintBE((c.Length + 7) / 8)
	case TypeEnum, TypeSet:
		return cur.uint(c.Length)
	case TypeYear:
		if y := cur.uint(1); y != 0 {
			return int64(y + yearBase)
		}
		return int64(0)
	case TypeDate:
		return cur.date()
	case TypeDateTime2:
		return cur.dateTime(c.FSP)
	case TypeTimestamp2:
		return cur.timestamp(c.FSP)
	case TypeTime2:
		return cur.duration(c.FSP)
	}
	cur.bad = true
	return nil
}

func (cur *cursor) integer(c *Column, size int) Value {
	u := cur.uint(size)
	if c.Unsigned {
		return u
	}
	shift := 64 - 8*size
	return int64(u<<shift) >> shift
}
