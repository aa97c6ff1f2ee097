package xid

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	// FormatIDDefault is the formatID of an SQL XID that names none.
	FormatIDDefault = 1
	// FormatIDMaxSQL is the largest formatID that an XA statement may name.
	FormatIDMaxSQL = 1<<31 - 1
	// TextMax is the length of the longest text that ParseText accepts and
	// String writes, in bytes.
	TextMax = len("X'',X'',") + 2*DataSize + len("-9223372036854775808")
)

// CheckSQL returns ErrInvalid if an XA statement cannot name x, because its
// formatID is outside 0 to FormatIDMaxSQL. Whether a client may use the name
// is another question: see IsInternalForm.
func CheckSQL(x XID) error {
	if x.formatID < 0 || x.formatID > FormatIDMaxSQL {
		return fmt.Errorf("%w: formatID %d is not between 0 and %d", ErrInvalid, x.formatID, int64(FormatIDMaxSQL))
	}
	return nil
}

// CheckBinlog returns ErrInvalid if an XA_PREPARE event (type 38) cannot carry
// x: its formatID has 32 bits there, and would silently become another one.
func CheckBinlog(x XID) error {
	if x.formatID < math.MinInt32 || x.formatID > math.MaxInt32 {
		return fmt.Errorf("%w: formatID %d does not fit the 32 bits of a binlog event", ErrInvalid, x.formatID)
	}
	return nil
}

// String is the form of the binary log and of error messages, such as
// X'6774',X”,1: lower-case hex, bqual and formatID always present.
func (x XID) String() string {
	return hexLiteral(x.Gtrid()) + "," + hexLiteral(x.Bqual()) + "," + strconv.FormatInt(x.formatID, 10)
}

func hexLiteral(part []byte) string { return "X'" + hex.EncodeToString(part) + "'" }

// ConvertXID is the data column of XA RECOVER CONVERT XID: 0x and the hex of
// gtrid and bqual without a boundary (MySQL manual, XA statements).
func (x XID) ConvertXID() string { return fmt.Sprintf("0x%X", x.Data()) }

// SQL is how a person would write x in an XA statement, as MariaDB's XA
// RECOVER FORMAT='SQL' does: quoted text where every byte is a letter, a
// digit, a space, '_' or '-', else hex literals. A formatID of 1 is left out,
// and before it an empty bqual.
func (x XID) SQL() string {
	literal := hexLiteral
	if printable(x.Data()) {
		literal = func(part []byte) string { return "'" + string(part) + "'" }
	}
	s := literal(x.Gtrid())
	if x.bqualLen > 0 || x.formatID != FormatIDDefault {
		s += "," + literal(x.Bqual())
	}
	if x.formatID != FormatIDDefault {
		s += "," + strconv.FormatInt(x.formatID, 10)
	}
	return s
}

func printable(data []byte) bool {
	for _, c := range data {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == ' ', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// ParseText is the inverse of String. Hex digits of either case are accepted,
// no other variation. It fails with ErrInvalid.
func ParseText(s string) (XID, error) {
	if len(s) > TextMax {
		return XID{}, fmt.Errorf("%w: text of %d bytes, at most %d", ErrInvalid, len(s), TextMax)
	}
	fields := strings.Split(s, ",")
	if len(fields) != 3 {
		return XID{}, fmt.Errorf("%w: %q is not X'gtrid',X'bqual',formatID", ErrInvalid, s)
	}
	gtrid, err := parseHexLiteral(fields[0])
	if err != nil {
		return XID{}, fmt.Errorf("%w: gtrid in %q: %w", ErrInvalid, s, err)
	}
	bqual, err := parseHexLiteral(fields[1])
	if err != nil {
		return XID{}, fmt.Errorf("%w: bqual in %q: %w", ErrInvalid, s, err)
	}
	formatID, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || strconv.FormatInt(formatID, 10) != fields[2] {
		return XID{}, fmt.Errorf("%w: formatID in %q is not a plain 64-bit number", ErrInvalid, s)
	}
	return New(formatID, gtrid, bqual)
}

func parseHexLiteral(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "X'")
	if !ok || !strings.HasSuffix(digits, "'") {
		return nil, fmt.Errorf("%q is not a hex literal", s)
	}
	return hex.DecodeString(digits[:len(digits)-1])
}
