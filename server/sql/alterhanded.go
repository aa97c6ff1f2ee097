package sql

import (
	"math"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// decimalDigits is the type of a number's digits as text.
var decimalDigits = types.Type{Kind: types.VarChar, Length: 20, Collation: types.CollationBin}

var bigNumber = types.Type{Kind: types.BigInt, Unsigned: true}

// handed is a column's value as ALTER TABLE hands it to a column of another type, where
// INSERT ... SELECT means something else by it: numbers name the members of an ENUM and
// are documents, a BIT's text is its digits and comes back from them, and a day is the
// number of all its digits where a YEAR is to be.
func (r *rebuild) handed(v binlog.Value, from, to types.Type) (binlog.Value, types.Type, error) {
	switch v := v.(type) {
	case nil:
		return nil, from, nil
	case uint64:
		switch {
		case from.Kind == types.Bit && (to.Kind == types.Char || to.Kind == types.VarChar):
			return strconv.AppendUint(nil, v, 10), decimalDigits, nil
		case from.IsNamed() && to.Kind == types.Bit:
			return v, bigNumber, nil
		}
	case float64:
		if to.Kind == types.Bit {
			return math.RoundToEven(v), from, nil
		}
	case binlog.DateTime:
		if to.Kind == types.Year {
			return int64(v.Year)*1_00_00 + int64(v.Month)*1_00 + int64(v.Day), types.Type{Kind: types.BigInt}, nil
		}
	case []byte:
		if from.IsString() && to.Kind == types.Bit {
			return r.bitOf(string(v), from.Kind != types.Blob)
		}
	}
	if from.IsInteger() && to.IsNamed() || from.IsNumber() && to.Kind == types.JSON {
		return types.Text(v, from), decimalDigits, nil
	}
	return v, from, nil
}

// bitOf is the whole number that a text begins with; told says that it matters if more
// is behind it.
func (r *rebuild) bitOf(text string, told bool) (binlog.Value, types.Type, error) {
	digits := strings.TrimSpace(text)
	end := 0
	for end < len(digits) && (digits[end] >= '0' && digits[end] <= '9' || end == 0 && strings.ContainsRune("+-", rune(digits[0]))) {
		end++
	}
	if told && (end == 0 || end < len(digits)) {
		garbage := mysqlerr.New(mysqlerr.TruncatedWrongValue, "INTEGER", text)
		if r.env.Strict() {
			return nil, bigNumber, garbage
		}
		r.warn(garbage)
	}
	if n, err := strconv.ParseInt(digits[:end], 10, 64); err == nil && n < 0 {
		return n, types.Type{Kind: types.BigInt}, nil
	}
	n, _ := strconv.ParseUint(strings.TrimPrefix(digits[:end], "+"), 10, 64) // too many are the most; none are 0
	return n, bigNumber, nil
}
