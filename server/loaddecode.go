package server

import (
	"io"

	"github.com/xadb/xadb/server/types"
)

// A decoding is a file of a character set as UTF-8.
type decoding struct {
	file io.Reader
	set  types.Charset
	raw  []byte // read, and not decoded: what may be the beginning of a code
	text []byte // decoded, and not taken
	end  error
}

// decoded is a file that is read in a character set.
func decoded(file io.Reader, set types.Charset) io.Reader {
	if !set.Recodes() {
		return file
	}
	return &decoding{file: file, set: set}
}

// Read implements io.Reader.
func (d *decoding) Read(p []byte) (int, error) {
	for len(d.text) == 0 {
		if d.end != nil {
			return 0, d.end
		}
		room := make([]byte, loadBuffer)
		var n int
		n, d.end = d.file.Read(room)
		d.raw = append(d.raw, room[:n]...)
		whole := len(d.raw)
		if d.end == nil {
			whole = d.set.Whole(d.raw)
		}
		d.text, d.raw = d.set.Receive(d.raw[:whole]), d.raw[whole:]
	}
	n := copy(p, d.text)
	d.text = d.text[n:]
	return n, nil
}
