package types

import (
	"fmt"
	"time"

	"github.com/xadb/xadb/binlog"
)

// loggedBits is how wide the whole numbers of a kind are.
var loggedBits = map[Kind]int{TinyInt: 8, SmallInt: 16, MediumInt: 24, Int: 32, BigInt: 64}

// Unlogged is what is stored for a value that a binary log has, of a column of the same type
// on whichever server: the inverse of Type.Logged. What cannot be of that type is refused.
func Unlogged(v binlog.Value, to Target) (binlog.Value, error) {
	t := to.Type
	to.Zone, to.ZeroDates = time.UTC, true
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if bits := loggedBits[t.Kind]; bits > 0 && t.Unsigned { // the log need not say so
			return uint64(x) << (64 - bits) >> (64 - bits), nil
		}
	case uint64:
		switch bits := loggedBits[t.Kind]; {
		case bits > 0 && !t.Unsigned:
			return int64(x<<(64-bits)) >> (64 - bits), nil
		case (t.IsNamed() || t.Kind == Bit) && x > t.NumberMax():
			return nil, to.outOfRange()
		case t.IsNamed() || t.Kind == Bit:
			return x, nil
		}
	case []byte:
		return t.unloggedBytes(x, to)
	}
	return Store(v, t, to)
}

func (t Type) unloggedBytes(b []byte, to Target) (binlog.Value, error) {
	switch {
	case t.Kind == JSON: // other servers may write one document in other bytes
		tree, err := DecodeJSON(b)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", to.Name, err)
		}
		return EncodeJSON(tree)
	case t.Recoded():
		b = t.Collation.Charset().Decode(b)
	}
	from := t
	if !t.IsString() {
		from = Type{Kind: Blob, Length: 4, Collation: CollationBinary}
	}
	return Store(b, from, to)
}
