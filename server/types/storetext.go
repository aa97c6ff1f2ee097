package types

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
)

// Text is a value as a string.
func Text(v binlog.Value, from Type) []byte {
	switch v := v.(type) {
	case []byte:
		if from.Kind == JSON {
			return jsonPlain(v, Type{Kind: Blob})
		}
		return v
	case int64:
		if from.Kind == Year {
			return fmt.Appendf(nil, "%04d", v)
		}
		return strconv.AppendInt(nil, v, 10)
	case uint64:
		switch {
		case from.IsNamed():
			return []byte(from.names(v))
		case from.Kind == Bit:
			return from.bitBytes(v)
		}
		return from.zeros(strconv.AppendUint(nil, v, 10))
	case float64:
		if from.Precision > 0 {
			return from.zeros(strconv.AppendFloat(nil, v, 'f', int(from.Scale), 64))
		}
		return from.zeros([]byte(FormatFloat(v, from.Kind)))
	case binlog.Decimal:
		return from.zeros([]byte(v))
	case binlog.DateTime:
		return []byte(FormatDateTime(v, from))
	case binlog.Duration:
		return []byte(FormatTime(v, from.FSP))
	}
	return nil
}

// zeros puts those of ZEROFILL in front of a number.
func (t Type) zeros(digits []byte) []byte {
	if !t.Zerofill {
		return digits
	}
	missing := max(0, int(t.Wire().Length)-len(digits))
	return append(bytes.Repeat([]byte("0"), missing), digits...)
}

func storeString(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	s, t := Text(v, from), to.Type
	if t.IsText() {
		if bad := t.Collation.Charset().foreign(s); bad >= 0 {
			return nil, to.incorrect("string", escaped(from.Logged(s[bad:]).([]byte)))
		}
	}
	if t.Kind == Char && t.IsText() {
		s = bytes.TrimRight(s, " ")
	}
	limit := len(s)
	switch {
	case t.Kind == Blob:
		limit = blobLimit(s, t)
	case t.Kind != Blob && t.IsText():
		limit = bytesOfChars(s, t.Length)
	case t.Kind != Blob:
		limit = min(len(s), t.Length)
	}
	if len(bytes.TrimRight(s[limit:], " ")) > 0 || limit < len(s) && !t.IsText() {
		return nil, to.tooLong()
	}
	s = s[:limit]
	if t.Kind == Char && !t.IsText() && len(s) < t.Length {
		s = append(bytes.Clone(s), make([]byte, t.Length-len(s))...)
	}
	return s, nil
}

// blobLimit is how many bytes of a text or of bytes a BLOB or TEXT holds. Those of UTF-8
// are not those of a character set that has one a letter.
func blobLimit(s []byte, t Type) int {
	switch most := t.BytesMax(); {
	case uint64(len(s)) <= most:
		return len(s)
	case t.IsText() && t.Collation.BytesPerChar() == 1:
		return bytesOfChars(s, int(most))
	default:
		return int(most)
	}
}

// bytesOfChars is how many bytes the first n characters have.
func bytesOfChars(s []byte, n int) int {
	if len(s) <= n {
		return len(s)
	}
	size := 0
	for ; n > 0 && size < len(s); n-- {
		_, k := utf8.DecodeRune(s[size:])
		size += k
	}
	return size
}

// escaped shows up to six bytes of a string that has bad ones, as MySQL does.
func escaped(s []byte) string {
	var out strings.Builder
	for i, b := range s {
		if i == 6 {
			out.WriteString("...")
			break
		}
		if b >= 0x20 && b < 0x7f {
			out.WriteByte(b)
			continue
		}
		out.WriteString(`\x` + strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return out.String()
}

const quotedMax = 128

// quoted is a value as an error shows it.
func quoted(s []byte) string {
	if len(s) > quotedMax {
		s = s[:quotedMax]
	}
	return strings.ToValidUTF8(string(s), "?")
}
