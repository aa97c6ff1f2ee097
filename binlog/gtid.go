package binlog

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// A UUID identifies a server.
type UUID [16]byte

// String is the form with dashes, in lower case.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[0:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseUUID accepts 32 hex digits of either case, with dashes in the usual
// places or without any.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	plain := s
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		plain = s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if len(plain) != 2*len(u) {
		return UUID{}, fmt.Errorf("%w: %q is not a UUID", ErrInvalid, shorten(s))
	}
	if _, err := hex.Decode(u[:], []byte(plain)); err != nil {
		return UUID{}, fmt.Errorf("%w: %q is not a UUID", ErrInvalid, shorten(s))
	}
	return u, nil
}

// shorten keeps input from outside at a length fit for a message.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// A GTID names one group: the server it began on and a number from 1 to
// 2^63-2 there. The zero value names none.
type GTID struct {
	UUID UUID
	GNO  int64
}

// String is MySQL's form, uuid:number.
func (g GTID) String() string { return g.UUID.String() + ":" + strconv.FormatInt(g.GNO, 10) }

// ParseGTID reads the two parts of MySQL's form.
func ParseGTID(uuid, number string) (GTID, error) {
	u, err := ParseUUID(uuid)
	if err != nil {
		return GTID{}, err
	}
	n, err := parseGNO(number)
	return GTID{u, n}, err
}

func parseGNO(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > gnoMax || !isDigits(s) {
		return 0, fmt.Errorf("%w: %q is not a number from 1 to %d", ErrInvalid, shorten(s), int64(gnoMax))
	}
	return n, nil
}
