package server

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A fileFormat is how LOAD DATA finds rows and fields in a file (MySQL manual,
// LOAD DATA, Field and Line Handling).
type fileFormat struct {
	fieldEnd, lineEnd, lineStart []byte
	enclosed, escaped            int // a byte, or -1: none
	ignore                       uint64
}

func defaultFormat() fileFormat {
	return fileFormat{fieldEnd: []byte("\t"), lineEnd: []byte("\n"), enclosed: -1, escaped: '\\'}
}

// A fileReader reads the rows of a file one by one.
type fileReader struct {
	fileFormat
	r     *bufio.Reader
	limit int    // of a row, in bytes
	size  int    // of the row being read
	field []byte // being read
	quick []value
}

// errFileEnd is the end of the file, in front of a row.
var errFileEnd = errors.New("server: end of the file")

// skip passes over the lines that IGNORE n LINES names.
func (f *fileReader) skip() error {
	for range f.ignore {
		for {
			if _, err := f.next(); err != nil {
				return err
			}
			if f.at(f.lineEnd) {
				break
			}
		}
	}
	return nil
}

// row reads the fields of one row; nil is NULL. The slice is used again.
func (f *fileReader) row() ([]value, error) {
	if err := f.findStart(); err != nil {
		return nil, err
	}
	f.quick, f.size = f.quick[:0], 0
	for {
		v, end, err := f.readField()
		if err != nil {
			return nil, err
		}
		f.quick = append(f.quick, v)
		if end != endOfField {
			return f.quick, nil
		}
	}
}

// findStart passes over what is in front of a row. At the end of the file
// there is none.
func (f *fileReader) findStart() error {
	if _, err := f.r.Peek(1); err != nil {
		return fileEnd(err)
	}
	for len(f.lineStart) > 0 && !f.at(f.lineStart) {
		if _, err := f.next(); err != nil {
			return err
		}
	}
	return nil
}

func fileEnd(err error) error {
	if err == io.EOF {
		return errFileEnd
	}
	return err
}

// at passes over a delimiter if it comes next.
func (f *fileReader) at(delimiter []byte) bool {
	b, err := f.r.Peek(len(delimiter))
	if err != nil || len(delimiter) == 0 || !bytes.Equal(b, delimiter) {
		return false
	}
	_, _ = f.r.Discard(len(delimiter)) // they were peeked at
	return true
}

func (f *fileReader) next() (byte, error) {
	b, err := f.r.ReadByte()
	return b, fileEnd(err)
}

type fieldEnding uint8

const (
	endOfField fieldEnding = iota
	endOfRow
)

// readField reads one field and says what came behind it.
func (f *fileReader) readField() (v value, end fieldEnding, err error) {
	f.field = f.field[:0]
	quoted := f.enclosed >= 0 && f.at([]byte{byte(f.enclosed)})
	null := false
	for first := true; ; first = false {
		if !quoted {
			if end, ok := f.ending(); ok {
				return f.value(false, null), end, nil
			}
		}
		b, err := f.next()
		switch {
		case err == errFileEnd: // the last row may lack its end
			return f.value(quoted, null), endOfRow, nil
		case err != nil:
			return nil, 0, err
		case f.escaped >= 0 && int(b) == f.escaped:
			if b, err = f.next(); err == errFileEnd {
				b = byte(f.escaped)
			} else if err != nil {
				return nil, 0, err
			}
			null = first && b == 'N' && !quoted
			b = unescaped(b)
		case quoted && int(b) == f.enclosed:
			if f.at([]byte{byte(f.enclosed)}) {
				break // two of them are one
			}
			if end, ok := f.ending(); ok {
				return f.value(true, false), end, nil
			}
			if _, err := f.r.Peek(1); err == io.EOF {
				return f.value(true, false), endOfRow, nil
			}
		}
		if f.size++; f.size > f.limit {
			return nil, 0, mysqlerr.New(mysqlerr.NetPacketTooLarge)
		}
		f.field = append(f.field, b)
	}
}

// ending passes over the end of a field or row, if it comes next.
func (f *fileReader) ending() (fieldEnding, bool) {
	if f.at(f.fieldEnd) {
		return endOfField, true
	}
	return endOfRow, f.at(f.lineEnd)
}

// value is the field that was read. \N is NULL, and where fields can be
// enclosed, so is the bare word.
func (f *fileReader) value(quoted, null bool) value {
	if null && len(f.field) == 1 || !quoted && f.enclosed >= 0 && string(f.field) == "NULL" {
		return nil
	}
	return append(make([]byte, 0, len(f.field)), f.field...)
}

func unescaped(b byte) byte {
	switch b {
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'Z':
		return 26
	}
	return b
}
