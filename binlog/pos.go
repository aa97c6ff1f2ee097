package binlog

import (
	"fmt"
	"strconv"
	"strings"
)

// firstOffset is where the first event of a file begins, behind the magic.
const firstOffset = int64(len(Magic))

// A Pos is a place in the log: a file's number and an offset in it. The zero
// Pos is before everything.
type Pos struct {
	File   uint32
	Offset uint64
}

// Less reports whether p is before q.
func (p Pos) Less(q Pos) bool {
	return p.File < q.File || p.File == q.File && p.Offset < q.Offset
}

// String is the place as "binlog.000012:345", whatever the files' base name.
func (p Pos) String() string { return fmt.Sprintf("binlog.%06d:%d", p.File, p.Offset) }

// FileName is the name of file number n of a log with that base name.
func FileName(base string, n uint32) string { return fmt.Sprintf("%s.%06d", base, n) }

// ParseFileName is the inverse of FileName.
func ParseFileName(base, name string) (n uint32, ok bool) {
	digits, ok := strings.CutPrefix(name, base+".")
	if !ok || len(digits) < 6 || !isDigits(digits) {
		return 0, false
	}
	v, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || v == 0 || FileName(base, uint32(v)) != name {
		return 0, false
	}
	return uint32(v), true
}

// A FileInfo is one file of the log.
type FileInfo struct {
	Name   string
	Number uint32
	Size   int64 // 0 if the file is not there
}
