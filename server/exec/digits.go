package exec

import "github.com/xadb/xadb/server/types"

// momentDigits is how many digits dates and times have as whole numbers.
var momentDigits = map[types.Kind]uint8{types.Date: 8, types.Time: 7, types.DateTime: 14, types.Timestamp: 14}

// length is the length that a result's column declares for a value.
func (e *expr) length() uint32 {
	switch {
	case e.width > 0:
		return e.width
	case e.col < 0 && e.typ.Kind == types.Double:
		return doubleWidth
	}
	return e.typ.Wire().Length
}

// doubleWidth is the length of a DOUBLE that is no column.
const doubleWidth = 23

// digitsOf is an exact number as a DECIMAL: a whole one has the digits of its length.
func digitsOf(e *expr) types.Type {
	t := numericType(e.typ)
	switch {
	case t.Kind == types.Decimal:
		return t
	case e.typ.IsTemporal():
		return types.Type{Kind: types.Decimal, Precision: momentDigits[e.typ.Kind]}
	}
	n := e.length()
	if !t.Unsigned && n > 1 {
		n-- // the sign
	}
	return types.Type{Kind: types.Decimal, Precision: uint8(min(max(n, 1), types.DecimalPrecisionMax))}
}

// wholeWidth is the length of a whole number of so many digits.
func wholeWidth(digits types.Type, unsigned bool) uint32 {
	n := uint32(digits.Precision)
	if !unsigned {
		n++
	}
	return n
}

// decimalResult is the type of arithmetic on exact numbers.
func decimalResult(l, r types.Type, op byte) types.Type {
	scale, digits := max(l.Scale, r.Scale), max(l.Precision-l.Scale, r.Precision-r.Scale)+1
	if op == '*' {
		scale, digits = l.Scale+r.Scale, l.Precision-l.Scale+r.Precision-r.Scale
	}
	scale = min(scale, types.DecimalScaleMax)
	return types.Type{Kind: types.Decimal, Precision: min(digits+scale, types.DecimalPrecisionMax), Scale: scale}
}
