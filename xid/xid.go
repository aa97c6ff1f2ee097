// Package xid names one branch of a global transaction, in the exact bytes of
// the X/Open structure that MySQL and MariaDB keep on 64-bit machines, and in
// SQL text.
//
// # Layout
//
// An XID is 152 bytes, little-endian on every platform, without hidden
// padding:
//
//	0        8        16       24                                    152
//	+--------+--------+--------+----------------------------------------+
//	| format | gtrid  | bqual  | data: gtrid bytes, then bqual bytes,   |
//	| ID i64 | len i64| len i64| then zeros up to 128 bytes             |
//	+--------+--------+--------+----------------------------------------+
//
// The bytes of gtrid and bqual may have any value; no NUL ends them.
//
// # What holds
//
//   - X1: 1 <= len(gtrid) <= 64, 0 <= len(bqual) <= 64, formatID != -1. A
//     formatID of -1 means "no XID"; such a value is never stored.
//   - X2: the bytes after gtrid and bqual are zero. Two XIDs are therefore
//     equal under == exactly when formatID, both lengths and the data agree,
//     and an XID may be a map key.
//   - X3: Decode accepts nothing that Encode would not have written.
//
// MySQL and MariaDB leave the formatID out of the key of their XID caches, so
// that two branches that differ only in it collide there. Here it counts.
package xid

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/xadb/xadb/internal/bug"
)

const (
	// DataSize is the room for gtrid and bqual together, in bytes.
	DataSize = 128
	// PartMax is the longest gtrid or bqual, in bytes.
	PartMax = 64
	// EncodedSize is the size of an encoded XID, in bytes.
	EncodedSize = 3*8 + DataSize
	// FormatNull is the formatID of the XID that names nothing.
	FormatNull = -1
	// KeySizeMax is the length of the longest Key, in bytes.
	KeySizeMax = 8 + 1 + 1 + DataSize
)

// The array index fails to compile if the size ever drifts.
var _ = [1]struct{}{}[EncodedSize-152]

// ErrInvalid is wrapped by every error about a malformed XID.
var ErrInvalid = errors.New("xid: invalid")

// An XID names one branch of a global transaction. It is a value: comparable,
// copied freely, never changed in place. The zero value names nothing, as
// Null does.
type XID struct {
	formatID int64
	gtridLen int64
	bqualLen int64
	data     [DataSize]byte
}

// New returns the XID of these three parts. It fails with ErrInvalid where X1
// would not hold. The slices are copied.
func New(formatID int64, gtrid, bqual []byte) (XID, error) {
	if err := checkParts(formatID, int64(len(gtrid)), int64(len(bqual))); err != nil {
		return XID{}, err
	}
	x := XID{formatID: formatID, gtridLen: int64(len(gtrid)), bqualLen: int64(len(bqual))}
	copy(x.data[:], gtrid)
	copy(x.data[len(gtrid):], bqual)
	return x, nil
}

// checkParts is X1.
func checkParts(formatID, gtridLen, bqualLen int64) error {
	if formatID == FormatNull {
		return fmt.Errorf("%w: formatID %d means no XID", ErrInvalid, formatID)
	}
	if gtridLen < 1 || gtridLen > PartMax {
		return fmt.Errorf("%w: gtrid of %d bytes, must be 1 to %d", ErrInvalid, gtridLen, PartMax)
	}
	if bqualLen < 0 || bqualLen > PartMax {
		return fmt.Errorf("%w: bqual of %d bytes, must be 0 to %d", ErrInvalid, bqualLen, PartMax)
	}
	return nil
}

// Null returns the XID that names nothing: formatID -1 and no data.
func Null() XID { return XID{formatID: FormatNull} }

// IsNull reports whether x names no branch: it is Null or the zero value.
func (x XID) IsNull() bool { return x.formatID == FormatNull || x.gtridLen == 0 }

// FormatID says in which convention the parts are written; 1 is SQL's default.
func (x XID) FormatID() int64 { return x.formatID }

// Gtrid is the name of the global transaction. The slice is the caller's.
func (x XID) Gtrid() []byte { return bytes.Clone(x.data[:x.gtridLen]) }

// Bqual tells the branches of one global transaction apart; it may be empty.
// The slice is the caller's.
func (x XID) Bqual() []byte { return bytes.Clone(x.data[x.gtridLen : x.gtridLen+x.bqualLen]) }

// Data is gtrid followed by bqual: the data column of XA RECOVER. The slice is
// the caller's.
func (x XID) Data() []byte { return bytes.Clone(x.data[:x.gtridLen+x.bqualLen]) }

// Equal reports whether x and y name the same branch. It is the same as ==.
func (x XID) Equal(y XID) bool {
	if bug.On(bug.XIDByGtridOnly) {
		return bytes.Equal(x.Gtrid(), y.Gtrid())
	}
	return x == y
}

// Compare orders XIDs by formatID, then gtrid, then bqual, the last two byte
// by byte. It returns 0 exactly when x == y.
func (x XID) Compare(y XID) int {
	if c := cmp.Compare(x.formatID, y.formatID); c != 0 {
		return c
	}
	if c := bytes.Compare(x.Gtrid(), y.Gtrid()); c != 0 {
		return c
	}
	return bytes.Compare(x.Bqual(), y.Bqual())
}

// Key is a map key and a file-format key shorter than the XID itself: formatID
// (8 bytes, big-endian), length of gtrid (1), length of bqual (1), the data.
// Two keys are equal exactly when the XIDs are.
func (x XID) Key() string {
	if bug.On(bug.XIDByGtridOnly) {
		return string(x.Gtrid())
	}
	key := make([]byte, 0, KeySizeMax)
	key = binary.BigEndian.AppendUint64(key, uint64(x.formatID))
	key = append(key, byte(x.gtridLen), byte(x.bqualLen))
	key = append(key, x.data[:x.gtridLen+x.bqualLen]...)
	return string(key)
}

// Encode appends the 152 bytes of x to dst. Null and the zero value have an
// encoding too, but Decode refuses it: nothing is ever stored under no name.
func (x XID) Encode(dst []byte) []byte {
	format := uint64(x.formatID)
	if bug.On(bug.FormatIDSignLost) {
		format = uint64(uint32(x.formatID))
	}
	dst = binary.LittleEndian.AppendUint64(dst, format)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(x.gtridLen))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(x.bqualLen))
	return append(dst, x.data[:]...)
}

// Decode is the inverse of Encode. It fails with ErrInvalid unless b is
// exactly the encoding of an XID (X3).
func Decode(b []byte) (XID, error) {
	if len(b) != EncodedSize {
		return XID{}, fmt.Errorf("%w: encoding of %d bytes, must be %d", ErrInvalid, len(b), EncodedSize)
	}
	x := XID{
		formatID: int64(binary.LittleEndian.Uint64(b)),
		gtridLen: int64(binary.LittleEndian.Uint64(b[8:])),
		bqualLen: int64(binary.LittleEndian.Uint64(b[16:])),
	}
	if err := checkParts(x.formatID, x.gtridLen, x.bqualLen); err != nil {
		return XID{}, err
	}
	copy(x.data[:], b[24:])
	for i, c := range x.data[x.gtridLen+x.bqualLen:] {
		if c != 0 {
			at := 24 + x.gtridLen + x.bqualLen + int64(i)
			return XID{}, fmt.Errorf("%w: byte %d behind the data is %#02x, must be 0", ErrInvalid, at, c)
		}
	}
	return x, nil
}
