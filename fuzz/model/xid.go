package model

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// An XID is the name of a branch, in three plain parts.
type XID struct {
	Format       int64
	Gtrid, Bqual []byte
}

// Same reports whether both name one branch: every byte counts.
func (x XID) Same(y XID) bool {
	return x.Format == y.Format && string(x.Gtrid) == string(y.Gtrid) && string(x.Bqual) == string(y.Bqual)
}

// String is the name for a report.
func (x XID) String() string { return fmt.Sprintf("%x/%x/%d", x.Gtrid, x.Bqual, x.Format) }

// parseXID reads the form X'67',X'62',1 of statements in a binary log.
func parseXID(s string) (XID, error) {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return XID{}, fmt.Errorf("model: %q is no XID", s)
	}
	var raw [2][]byte
	for i, p := range parts[:2] {
		p, isHex := strings.CutPrefix(p, "X'")
		p, ends := strings.CutSuffix(p, "'")
		b, err := hex.DecodeString(p)
		if err != nil || !isHex || !ends {
			return XID{}, fmt.Errorf("model: %q is no XID", s)
		}
		raw[i] = b
	}
	format, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return XID{}, fmt.Errorf("model: %q is no XID: %w", s, err)
	}
	return XID{Format: format, Gtrid: raw[0], Bqual: raw[1]}, nil
}
