package types

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever bytes a client sends, they are the same again; what is text is UTF-8 meanwhile.
func TestReceive(t *testing.T) {
	for _, cs := range Charsets() {
		if !cs.Recodes() || cs.BytesMin() > 1 {
			continue
		}
		rapid.Check(t, func(t *rapid.T) {
			sent := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
			text := cs.Receive(sent)
			if back := cs.Encode(text); !bytes.Equal(back, sent) {
				t.Fatalf("%s: %x becomes %x, %x", cs, sent, text, back)
			}
			if decoded := cs.Decode(sent); utf8.Valid(text) && !bytes.Equal(text, decoded) {
				t.Fatalf("%s: %x is received as %x, decoded as %x", cs, sent, text, decoded)
			}
		})
	}
}
