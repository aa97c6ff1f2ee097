package binlog

import (
	"cmp"
	"encoding/binary"
	"time"

	"github.com/xadb/xadb/xid"
)

// Sizes inside a FORMAT_DESCRIPTION event.
const (
	binlogVersion     = 4
	versionSize       = 50
	checksumAlgCRC32  = 1
	gtidTypecode      = 2
	gtidBodyFixed     = 1 + 16 + 8 + 1 + 8 + 8 + 7 // up to the transaction length
	serverVersionSize = 4
	immediateVersion  = 80036
	// gnoMax is the largest number in a GTID.
	gnoMax = 1<<63 - 2
)

// postHeaderLengths is the table of MySQL 8.0.40, one entry per event type
// from 1 on.
var postHeaderLengths = []byte{
	0x00, 0x0d, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x04, 0x00, 0x00, 0x00, 0x62,
	0x00, 0x04, 0x1a, 0x08, 0x00, 0x00, 0x00, 0x08, 0x08, 0x08, 0x02, 0x00, 0x00, 0x00, 0x0a,
	0x0a, 0x0a, 0x2a, 0x2a, 0x00, 0x12, 0x34, 0x00, 0x0a, 0x28, 0x00,
}

// appendFormatDescription appends the event that opens a file. created is not
// zero only in the first file after a start: replicas then drop what the
// server before had left open.
func appendFormatDescription(dst []byte, version string, created uint32, flags uint16) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventFormatDescription, flags)
	dst = binary.LittleEndian.AppendUint16(dst, binlogVersion)
	var name [versionSize]byte
	copy(name[:], version)
	dst = append(dst, name[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, created)
	dst = append(dst, HeaderSize)
	dst = append(dst, postHeaderLengths...)
	dst = append(dst, checksumAlgCRC32)
	return endEvent(dst, start)
}

func appendPreviousGTIDs(dst []byte, set *GTIDSet) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventPreviousGTIDs, FlagIgnorable)
	dst = set.Encode(dst)
	return endEvent(dst, start)
}

// A GTIDInfo is the content of a GTID or ANONYMOUS_GTID event.
type GTIDInfo struct {
	GTID               GTID // zero if anonymous
	Statements         bool // the group may hold statements, not only rows
	LastCommitted      int64
	SequenceNumber     int64
	Time               time.Time // of the commit, in microseconds
	TransactionLength  uint64    // bytes of the whole group, this event included
	ImmediateVersion   uint32
	OriginalVersion    uint32
	OriginalCommitTime time.Time
}

// appendGTID appends the event that opens a group whose other events have
// rest bytes.
func appendGTID(dst []byte, g GTIDInfo, anonymous bool, rest int) []byte {
	start := len(dst)
	t := EventGTID
	if anonymous {
		t = EventAnonymousGTID
	}
	dst = beginEvent(dst, t, 0)
	var flags byte
	if g.Statements {
		flags = 1
	}
	dst = append(dst, flags)
	dst = append(dst, g.GTID.UUID[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.GTID.GNO))
	dst = append(dst, gtidTypecode)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.LastCommitted))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.SequenceNumber))
	dst = appendUint(dst, uint64(g.Time.UnixMicro())&(1<<55-1), 7)
	dst = appendLenenc(dst, transactionLength(rest))
	dst = binary.LittleEndian.AppendUint32(dst, immediateVersion)
	return endEvent(dst, start)
}

// transactionLength is the length of a group whose GTID event is followed by
// rest bytes. It counts its own width, so that 248 bytes without it make 249
// and 250 make 253.
func transactionLength(rest int) uint64 {
	without := uint64(rest + HeaderSize + gtidBodyFixed + serverVersionSize + ChecksumSize)
	for _, width := range []uint64{1, 3, 4} {
		if lenencSize(without+width) == int(width) {
			return without + width
		}
	}
	return without + 9
}

// Codes of the status variables in a QUERY event.
const (
	statusFlags2       = 0
	statusSQLMode      = 1
	statusCharset      = 4
	statusTimeZone     = 5
	statusCatalog      = 6
	statusMicroseconds = 13
	statusDDLXID       = 17
)

// sqlModeDefault is MySQL 8.0's: ONLY_FULL_GROUP_BY, STRICT_TRANS_TABLES,
// NO_ZERO_IN_DATE, NO_ZERO_DATE, ERROR_FOR_DIVISION_BY_ZERO,
// NO_ENGINE_SUBSTITUTION.
const sqlModeDefault = 0x45a00020

// A queryEvent is what appendQuery writes.
type queryEvent struct {
	threadID uint32
	db, sql  string
	ddlXID   uint64 // 0 for none
	flags    uint16
	context  *Context // nil: none that matters
}

// appendRowsQuery appends a ROWS_QUERY event. The byte in front of the text would be its
// length, if it were long enough; readers pass over it.
func appendRowsQuery(dst []byte, sql string) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventRowsQuery, FlagIgnorable)
	dst = append(append(dst, byte(min(len(sql), 255))), sql...)
	return endEvent(dst, start)
}

func appendQuery(dst []byte, q queryEvent) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventQuery, q.flags)
	dst = binary.LittleEndian.AppendUint32(dst, q.threadID)
	dst = append(dst, 0, 0, 0, 0) // seconds it took
	dst = append(dst, byte(len(q.db)))
	dst = append(dst, 0, 0) // error code
	sizeAt := len(dst)
	dst = append(dst, 0, 0)
	c := q.context.orDefault()
	dst = binary.LittleEndian.AppendUint32(append(dst, statusFlags2), c.flags2())
	dst = binary.LittleEndian.AppendUint64(append(dst, statusSQLMode), c.SQLMode)
	dst = append(dst, statusCatalog, 3, 's', 't', 'd')
	dst = append(dst, statusCharset)
	for _, collation := range [...]uint16{CollationUTF8MB4, cmp.Or(c.Connection, CollationUTF8MB4), cmp.Or(c.Collation, CollationUTF8MB4)} { // client, connection, server
		dst = binary.LittleEndian.AppendUint16(dst, collation)
	}
	dst = c.appendTime(dst)
	if q.ddlXID != 0 {
		dst = binary.LittleEndian.AppendUint64(append(dst, statusDDLXID), q.ddlXID)
	}
	binary.LittleEndian.PutUint16(dst[sizeAt:], uint16(len(dst)-sizeAt-2))
	dst = append(append(dst, q.db...), 0)
	dst = append(dst, q.sql...)
	return endEvent(dst, start)
}

func appendXID(dst []byte, myXID uint64) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventXID, 0)
	dst = binary.LittleEndian.AppendUint64(dst, myXID)
	return endEvent(dst, start)
}

func appendXAPrepare(dst []byte, x xid.XID) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventXAPrepare, 0)
	dst = append(dst, 0) // not one phase
	gtrid, bqual := x.Gtrid(), x.Bqual()
	dst = binary.LittleEndian.AppendUint32(dst, uint32(x.FormatID()))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(gtrid)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(bqual)))
	dst = append(append(dst, gtrid...), bqual...)
	return endEvent(dst, start)
}

func appendRotate(dst []byte, next string, position uint64) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventRotate, 0)
	dst = binary.LittleEndian.AppendUint64(dst, position)
	dst = append(dst, next...)
	return endEvent(dst, start)
}

func appendStop(dst []byte) []byte {
	return endEvent(beginEvent(dst, EventStop, 0), len(dst))
}
