package types

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// NumberMax is the largest number of an Enum, Set or Bit column: the last
// member's, all members' bits, all bits.
func (t Type) NumberMax() uint64 {
	n := t.Length
	switch t.Kind {
	case Enum:
		return uint64(len(t.Members))
	case Set:
		n = len(t.Members)
	}
	return math.MaxUint64 >> (64 - n)
}

// nameBytes is how many bytes MySQL gives the number of an Enum or a Set.
func (t Type) nameBytes() int {
	switch n := (len(t.Members) + 7) / 8; {
	case t.Kind == Enum && len(t.Members) < 256:
		return 1
	case t.Kind == Enum:
		return 2
	case n > 4:
		return 8
	default:
		return n
	}
}

// namesMax is the most characters that a value has as text.
func (t Type) namesMax() int {
	longest, all := 0, 0
	for _, m := range t.Members {
		n := utf8.RuneCountInString(m)
		longest, all = max(longest, n), all+n+1
	}
	if t.Kind == Enum {
		return longest
	}
	return max(all-1, 0)
}

// member is the place of a member by its name, from 0; ok is false if there is
// none.
func (t Type) member(name []byte) (int, bool) {
	for i, m := range t.Members {
		if m == string(name) {
			return i, true
		}
	}
	for i, m := range t.Members {
		if t.Collation.Compare([]byte(m), bytes.TrimRight(name, " ")) == 0 {
			return i, true
		}
	}
	return 0, false
}

// names is a number of an Enum or a Set as text. 0 is the empty string, which
// an Enum has only where an error was passed over.
func (t Type) names(n uint64) string {
	if t.Kind == Enum {
		if n == 0 || n > uint64(len(t.Members)) {
			return ""
		}
		return t.Members[n-1]
	}
	var out []string
	for ; n != 0; n &= n - 1 {
		if i := bits.TrailingZeros64(n); i < len(t.Members) {
			out = append(out, t.Members[i])
		}
	}
	return strings.Join(out, ",")
}

// Named is the number of an Enum's or a Set's value by its members' names.
func (t Type) Named(text []byte) (uint64, bool) {
	if t.Kind == Enum {
		i, ok := t.member(text)
		return uint64(i) + 1, ok
	}
	if len(text) == 0 {
		return 0, true
	}
	n, ok := uint64(0), true
	for _, name := range bytes.Split(text, []byte(",")) {
		i, is := t.member(name)
		n, ok = n|1<<i, ok && is
	}
	return n, ok
}

// number is Named, or the number in digits.
func (t Type) number(text []byte) (uint64, bool) {
	if n, ok := t.Named(text); ok {
		return n, true
	}
	if text = bytes.TrimLeft(text, " "); t.Kind == Enum {
		text = bytes.TrimRight(text, " ")
	}
	n, ok := digits(text)
	return n, ok && n <= t.NumberMax() && (n > 0 || t.Kind == Set)
}

func digits(text []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(text), 10, 64)
	return n, err == nil
}

// storeNamed stores names, or numbers; what is none of the column's is "Data
// truncated".
func storeNamed(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	t := to.Type
	if text, ok := v.([]byte); ok || from.IsTemporal() {
		if !ok {
			text = Text(v, from)
		}
		if set := t.Collation.Charset(); from.IsBytes() && set.Recodes() {
			var bad []byte
			if text, bad = set.Text(text); bad != nil {
				return nil, to.truncated()
			}
		}
		n, ok := t.number(text)
		if !ok {
			return nil, to.truncated()
		}
		return n, nil
	}
	least := uint64(0)
	if t.Kind == Enum && from.Kind != Enum {
		least = 1
	}
	d, ok := Exact(v)
	if ok {
		whole := d.Truncate(0).BigInt()
		if whole.IsUint64() && whole.Uint64() >= least && whole.Uint64() <= t.NumberMax() {
			return whole.Uint64(), nil
		}
	}
	return nil, to.truncated()
}

// storeBit: bytes are bits, and so are those of a negative whole number.
func storeBit(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	var n uint64
	if from.IsTemporal() { // by its letters
		v = Text(v, from)
	}
	switch x := v.(type) {
	case []byte:
		x = bytes.TrimLeft(x, "\x00")
		if len(x) > 8 {
			return nil, to.tooLong()
		}
		for _, b := range x {
			n = n<<8 | uint64(b)
		}
	case float64:
		if math.IsInf(x, 0) {
			return nil, to.outOfRange()
		}
		return to.bits(Exact(math.Trunc(x)))
	case binlog.Decimal:
		d, ok := Exact(x)
		if d = d.Round(0); !ok || d.Sign() < 0 || !d.BigInt().IsUint64() {
			return nil, to.outOfRange()
		}
		return to.bits(d, true)
	default:
		d, _, err := to.number(v, from, "integer")
		if err != nil {
			return nil, err
		}
		return to.bits(d, true)
	}
	if n > to.Type.NumberMax() {
		return nil, to.tooLong()
	}
	return n, nil
}

// bits is a whole number as a BIT's value.
func (to Target) bits(d decimal.Decimal, ok bool) (binlog.Value, error) {
	whole := roundToInt(d)
	if !ok || !whole.IsInt64() && !whole.IsUint64() {
		return nil, to.tooLong()
	}
	n := whole.Uint64()
	if whole.Sign() < 0 {
		n = uint64(whole.Int64())
	}
	if n > to.Type.NumberMax() {
		return nil, to.tooLong()
	}
	return n, nil
}

// bitBytes is a BIT's value as the bytes that clients see.
func (t Type) bitBytes(n uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, n)
	return b[8-(t.Length+7)/8:]
}

// Shown is a value of a column as a client's result has it: names and documents
// are text.
func Shown(v binlog.Value, t Type) binlog.Value {
	if v == nil || !t.IsSpecial() || t.Kind == Bit || t.IsOpaque() && t.Kind != JSON {
		return v
	}
	return Text(v, t)
}

// plain makes a value of a special type one of another that has the same
// meaning where from meets to: its text, bytes or number.
func plain(v binlog.Value, from Type, to Type) (binlog.Value, Type) {
	switch {
	case from.Kind == Bit && (to.IsString() || to.Kind == JSON):
		return from.bitBytes(v.(uint64)), Type{Kind: VarChar, Length: 8, Collation: CollationBinary}
	case from.Kind == Bit || from.IsNamed() && to.IsNumber():
		return v, Type{Kind: BigInt, Unsigned: true}
	case from.IsNamed() && to.Kind == from.Kind && equalMembers(from, to):
		return v, from
	case from.IsNamed():
		return Text(v, from), Type{Kind: VarChar, Length: from.namesMax(), Collation: from.Collation}
	case from.Kind == Geometry && to.Kind != Geometry, from.Kind == Vector && to.Kind != Vector:
		return v, Type{Kind: Blob, Length: 4, Collation: CollationBinary}
	case from.Kind == JSON && to.Kind != JSON:
		return jsonPlain(v.([]byte), to), Type{Kind: Blob, Length: 4, Collation: CollationBin}
	}
	return v, from
}

func equalMembers(a, b Type) bool {
	if len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Members {
		if a.Members[i] != b.Members[i] {
			return false
		}
	}
	return true
}

// CheckMembers reports members that are one to the collation (error 1291), or
// that a SET cannot have (1367).
func CheckMembers(column string, t Type) error {
	seen := make(map[string]bool, len(t.Members))
	for _, m := range t.Members {
		if t.Kind == Set && strings.Contains(m, ",") {
			return mysqlerr.New(mysqlerr.IllegalValueForType, "set", m)
		}
		key := string(t.Collation.AppendKey(nil, []byte(m)))
		if seen[key] {
			return mysqlerr.New(mysqlerr.DuplicatedValueInType, column, m, strings.ToUpper(t.Family()))
		}
		seen[key] = true
	}
	return nil
}

// Family is the type's name without what it holds.
func (t Type) Family() string {
	name, _, _ := strings.Cut(t.SQL(), "(")
	return name
}
