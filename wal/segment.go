package wal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

const (
	segmentMagic     = "XAEWAL01"
	segmentVersion   = 1
	segmentHeaderLen = 64

	segmentSuffix = ".wal"
	freeSuffix    = ".free"  // retired, waiting to be reused
	spareSuffix   = ".spare" // made ahead, waiting for its number
	tempSuffix    = ".tmp"   // being made
)

// A segment is one file of the chain as the Log knows it. It covers the LSNs
// from first up to the next segment's first, or to the end of the log.
type segment struct {
	number uint64
	first  LSN
	epoch  uint32
}

// offset is where lsn lies in the segment's file.
func (s segment) offset(lsn LSN) int64 { return int64(lsn-s.first) + segmentHeaderLen }

func (s segment) name() string { return segmentName(s.number) }

func segmentName(n uint64) string { return fmt.Sprintf("%020d%s", n, segmentSuffix) }

func freeName(n uint64) string { return fmt.Sprintf("%020d%s", n, freeSuffix) }

func spareName(n uint64) string { return fmt.Sprintf("%020d%s", n, spareSuffix) }

// IsSpare reports whether a file of a log's folder is a segment made ahead.
func IsSpare(name string) bool { return strings.HasSuffix(name, spareSuffix) }

// parseSegmentName is the inverse of segmentName.
func parseSegmentName(name string) (uint64, bool) {
	return parseNumbered(name, segmentSuffix)
}

func parseNumbered(name, suffix string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil && n > 0 && digits[0] != '+'
}

// isLeftover reports whether name is a file that only a crash or an earlier
// boot can have left: half-made files, spares and retired segments.
func isLeftover(name string) bool {
	base, temp := strings.CutSuffix(name, tempSuffix)
	if temp {
		_, ok := parseSegmentName(base)
		return ok || base == ctrlName
	}
	_, free := parseNumbered(name, freeSuffix)
	_, spare := parseNumbered(name, spareSuffix)
	return free || spare
}

func encodeSegmentHeader(s segment, store [16]byte, createdNS int64) []byte {
	b := make([]byte, segmentHeaderLen)
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint32(b[8:], segmentVersion)
	binary.LittleEndian.PutUint32(b[12:], segmentHeaderLen)
	binary.LittleEndian.PutUint64(b[16:], s.number)
	binary.LittleEndian.PutUint64(b[24:], uint64(s.first))
	copy(b[32:48], store[:])
	binary.LittleEndian.PutUint64(b[48:], uint64(createdNS))
	binary.LittleEndian.PutUint32(b[56:], s.epoch)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

// decodeSegmentHeader checks b against the file's number and the store. A
// non-empty reason says what is wrong.
func decodeSegmentHeader(b []byte, number uint64, store [16]byte) (s segment, reason string) {
	if len(b) < segmentHeaderLen {
		return s, "segment header is cut short"
	}
	s = segment{
		number: binary.LittleEndian.Uint64(b[16:]),
		first:  LSN(binary.LittleEndian.Uint64(b[24:])),
		epoch:  binary.LittleEndian.Uint32(b[56:]),
	}
	switch {
	case string(b[:8]) != segmentMagic:
		return s, "segment header magic"
	case crc32.Checksum(b[:60], castagnoli) != binary.LittleEndian.Uint32(b[60:]):
		return s, "segment header checksum"
	case binary.LittleEndian.Uint32(b[8:]) != segmentVersion:
		return s, "segment header version"
	case binary.LittleEndian.Uint32(b[12:]) != segmentHeaderLen:
		return s, "segment header length"
	case s.number != number:
		return s, fmt.Sprintf("segment header says number %d", s.number)
	case [16]byte(b[32:48]) != store:
		return s, "segment belongs to another store"
	case s.first < FirstLSN || s.first%recordAlign != 0:
		return s, "segment header first lsn"
	}
	return s, ""
}

// decodeAnyHeader is decodeSegmentHeader for a store whose name is not known. It
// also returns when the segment was made.
func decodeAnyHeader(b []byte, number uint64) (s segment, createdNS int64, reason string) {
	if len(b) < segmentHeaderLen {
		return s, 0, "segment header is cut short"
	}
	s, reason = decodeSegmentHeader(b, number, [16]byte(b[32:48]))
	return s, int64(binary.LittleEndian.Uint64(b[48:])), reason
}
