package sets

import (
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql/encodings"

	"github.com/xadb/xadb/server/types"
)

// An encoder is a character set to the library.
type encoder struct{ set types.Charset }

// Decode implements encodings.Encoder.
func (e encoder) Decode(b []byte) ([]byte, bool) {
	text, bad := e.set.Text(b)
	return text, bad == nil
}

// Encode implements encodings.Encoder. What the set has not becomes a question mark.
func (e encoder) Encode(b []byte) ([]byte, bool) { return e.set.Encode(b), true }

// EncodeReplaceUnknown implements encodings.Encoder.
func (e encoder) EncodeReplaceUnknown(b []byte) []byte { return e.set.Encode(b) }

// DecodeRune implements encodings.Encoder.
func (e encoder) DecodeRune(b []byte) ([]byte, bool) { return e.Decode(b) }

// EncodeRune implements encodings.Encoder.
func (e encoder) EncodeRune(b []byte) ([]byte, bool) {
	r, n := utf8.DecodeRune(b)
	return e.set.Encode(b), n == len(b) && e.set.Has(r)
}

// Uppercase implements encodings.Encoder.
func (e encoder) Uppercase(s string) string { return e.mapped(s, e.UppercaseRune) }

// Lowercase implements encodings.Encoder.
func (e encoder) Lowercase(s string) string { return e.mapped(s, e.LowercaseRune) }

func (e encoder) mapped(s string, to func(rune) rune) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = utf8.AppendRune(out, to(r))
	}
	return string(out)
}

// UppercaseRune implements encodings.Encoder: a letter whose other case the set lacks stays.
func (e encoder) UppercaseRune(r rune) rune { return e.within(encodings.Utf8mb4.UppercaseRune(r), r) }

// LowercaseRune implements encodings.Encoder.
func (e encoder) LowercaseRune(r rune) rune { return e.within(encodings.Utf8mb4.LowercaseRune(r), r) }

func (e encoder) within(r, otherwise rune) rune {
	if e.set.Has(r) {
		return r
	}
	return otherwise
}

// NextRune implements encodings.Encoder.
func (e encoder) NextRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

// IsReturnSafe implements encodings.Encoder.
func (e encoder) IsReturnSafe() bool { return true }
