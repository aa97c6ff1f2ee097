package xid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
)

// The server gives a transaction that no client named an XID of its own: a
// gtrid of 24 bytes, no bqual, formatID 1.
//
//	0          8           16        24
//	+----------+-----------+---------+
//	| MySQLXid | server_id | my_xid  |   both u64, little-endian
//	+----------+-----------+---------+
const (
	internalPrefix   = "MySQLXid"
	internalGtridLen = len(internalPrefix) + 8 + 8
)

const (
	// EpochMax is the last boot epoch that can number transactions.
	EpochMax = 1<<(64-counterBits) - 1

	counterBits = 40
	counterMax  = 1<<counterBits - 1
)

// ErrExhausted means that no transaction number is left that was never used.
var ErrExhausted = errors.New("xid: transaction numbers exhausted")

// Internal is the XID of a transaction that no client named. myXID is not 0.
func Internal(serverID, myXID uint64) XID {
	x := XID{formatID: FormatIDDefault, gtridLen: int64(internalGtridLen)}
	copy(x.data[:], internalPrefix)
	binary.LittleEndian.PutUint64(x.data[8:], serverID)
	binary.LittleEndian.PutUint64(x.data[16:], myXID)
	return x
}

// MyXID returns the transaction number in an XID that Internal made, whatever
// server made it, and false for every other XID. As in MySQL the formatID does
// not count.
func (x XID) MyXID() (n uint64, ok bool) {
	if x.bqualLen != 0 || !IsInternalForm(x.data[:x.gtridLen]) {
		return 0, false
	}
	n = binary.LittleEndian.Uint64(x.data[16:])
	return n, n != 0
}

// IsInternalForm reports whether gtrid could be taken for one of Internal's.
// A client may not use such a name: recovery would decide its branch by the
// binary log instead of leaving it to the client.
func IsInternalForm(gtrid []byte) bool {
	return len(gtrid) == internalGtridLen && string(gtrid[:len(internalPrefix)]) == internalPrefix
}

// A MyXIDSource hands out the numbers of internal XIDs: boot epoch in the
// upper 24 bits, a counter from 1 below. A boot epoch is never used twice, so
// a number is not repeated after a restart either, and it is never 0. Safe for
// concurrent use.
type MyXIDSource struct {
	epoch   uint64
	counter atomic.Uint64
}

// NewMyXIDSource returns the source for one boot epoch. From an epoch above
// EpochMax it gives no numbers at all.
func NewMyXIDSource(epoch uint32) *MyXIDSource {
	return &MyXIDSource{epoch: uint64(epoch)}
}

// Next returns a number that was never returned before, or ErrExhausted.
func (s *MyXIDSource) Next() (uint64, error) {
	if s.epoch > EpochMax {
		return 0, fmt.Errorf("%w: boot epoch %d is above %d", ErrExhausted, s.epoch, EpochMax)
	}
	// 64 bits do not wrap, so a source once exhausted stays so.
	n := s.counter.Add(1)
	if n > counterMax {
		return 0, fmt.Errorf("%w: boot epoch %d", ErrExhausted, s.epoch)
	}
	return s.epoch<<counterBits | n, nil
}
