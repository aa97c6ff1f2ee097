package wal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// An LSN is a byte offset in the endless log; segment headers are not counted.
type LSN uint64

// FirstLSN is where a new log begins. No record has LSN 0, so 0 can mean "none".
const FirstLSN LSN = 8

// A RecordType says what a record's body is; the body is the caller's business.
type RecordType uint8

// The record types. Numbers are on disk and never change meaning.
const (
	TypeRedoChunk    RecordType = 1  // a part of a large transaction's writes
	TypePrepare      RecordType = 2  // a transaction became prepared
	TypeCommit       RecordType = 3  // a prepared transaction's outcome
	TypeRollback     RecordType = 4  // a prepared transaction's outcome
	TypeCommit1PC    RecordType = 5  // prepare and commit in one
	TypePreparedInTC RecordType = 6  // the coordinator log has the prepare too
	TypeCheckpoint   RecordType = 7  // what a recovery needs besides later records
	TypeTCBytes      RecordType = 8  // binlog bytes of one transaction
	TypeHeuristic    RecordType = 9  // an operator's or a timeout's decision
	TypePad          RecordType = 11 // means nothing
	TypeTCFile       RecordType = 12 // a binlog file began or went
)

var typeNames = map[RecordType]string{
	TypeRedoChunk: "REDO_CHUNK", TypePrepare: "PREPARE", TypeCommit: "COMMIT",
	TypeRollback: "ROLLBACK", TypeCommit1PC: "COMMIT_1PC",
	TypePreparedInTC: "PREPARED_IN_TC", TypeCheckpoint: "CHECKPOINT",
	TypeTCBytes: "TC_BYTES", TypeHeuristic: "HEURISTIC", TypePad: "PAD",
	TypeTCFile: "TC_FILE",
}

// String is the type's name in listings.
func (t RecordType) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("TYPE_%d", uint8(t))
}

// A Record is one entry of the log.
type Record struct {
	Type  RecordType // not 0
	Flags uint8      // the caller's
	TxnID uint64     // the caller's
	Body  []byte

	// Filled in by Append and Replay.
	LSN       LSN    // of the record's first byte
	SyncedLSN LSN    // the log was durable up to here when the record was appended
	Epoch     uint32 // of the boot that appended it
}

const (
	recordHeaderLen = 40
	recordAlign     = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameLen is what a record with such a body takes in the log.
func frameLen(bodyLen int) int64 {
	return (int64(recordHeaderLen) + int64(bodyLen) + recordAlign - 1) &^ (recordAlign - 1)
}

// End is the LSN right behind the record.
func (r *Record) End() LSN { return r.LSN + LSN(frameLen(len(r.Body))) }

// appendFrame appends the record's bytes to dst. The body is the
// concatenation of parts; r.Body is not looked at.
func appendFrame(dst []byte, r *Record, parts ...[]byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, recordHeaderLen)...)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	h := dst[start:]
	bodyLen := len(h) - recordHeaderLen
	binary.LittleEndian.PutUint32(h[4:], uint32(bodyLen))
	binary.LittleEndian.PutUint64(h[8:], uint64(r.LSN))
	binary.LittleEndian.PutUint64(h[16:], uint64(r.SyncedLSN))
	binary.LittleEndian.PutUint64(h[24:], r.TxnID)
	h[32] = uint8(r.Type)
	h[33] = r.Flags
	binary.LittleEndian.PutUint16(h[34:], recordHeaderLen)
	binary.LittleEndian.PutUint32(h[36:], r.Epoch)
	binary.LittleEndian.PutUint32(h, crc32.Checksum(h[4:], castagnoli))
	for len(dst)-start < int(frameLen(bodyLen)) {
		dst = append(dst, 0)
	}
	return dst
}

// A frameHeader is a record's first 40 bytes, decoded and not yet believed.
type frameHeader struct {
	crc     uint32
	bodyLen uint32
	hdrLen  uint16
	rec     Record // without the body
}

// decodeHeader expects at least recordHeaderLen bytes.
func decodeHeader(b []byte) frameHeader {
	return frameHeader{
		crc:     binary.LittleEndian.Uint32(b),
		bodyLen: binary.LittleEndian.Uint32(b[4:]),
		hdrLen:  binary.LittleEndian.Uint16(b[34:]),
		rec: Record{
			LSN:       LSN(binary.LittleEndian.Uint64(b[8:])),
			SyncedLSN: LSN(binary.LittleEndian.Uint64(b[16:])),
			TxnID:     binary.LittleEndian.Uint64(b[24:]),
			Type:      RecordType(b[32]),
			Flags:     b[33],
			Epoch:     binary.LittleEndian.Uint32(b[36:]),
		},
	}
}

// checkPlace says what is wrong with the header of a frame at lsn of which at
// most room bytes can exist; "" means plausible. It runs before a body is read.
func (h *frameHeader) checkPlace(lsn LSN, room int64) string {
	switch {
	case h.hdrLen != recordHeaderLen:
		return "wrong header length"
	case h.rec.LSN != lsn:
		return "wrong lsn"
	case frameLen(int(h.bodyLen)) > room:
		return "length beyond the file"
	}
	return ""
}

const badChecksum = "wrong checksum"

// checkFrame says what is wrong with a whole frame; "" means valid. It expects
// checkPlace to have passed and frame to have the full frame length.
func (h *frameHeader) checkFrame(frame []byte) string {
	end := recordHeaderLen + int(h.bodyLen)
	if crc32.Checksum(frame[4:end], castagnoli) != h.crc {
		return badChecksum
	}
	for _, b := range frame[end:] {
		if b != 0 {
			return "padding is not zero"
		}
	}
	if h.rec.SyncedLSN > h.rec.LSN {
		return "promise above the record's own"
	}
	if h.rec.Type == 0 {
		return "no type"
	}
	return ""
}
