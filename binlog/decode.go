package binlog

import (
	"fmt"
	"strings"
	"time"

	"github.com/xadb/xadb/xid"
)

// errBody says that an event's checksum is right but its body is not one.
func errBody(t EventType) error {
	return fmt.Errorf("%w: malformed %v body", errBadEvent, t)
}

// A FormatDescription is the content of the event that opens a file.
type FormatDescription struct {
	ServerVersion string
	Created       uint32 // seconds since 1970; 0 unless first after a start
}

// DecodeFormatDescription decodes the body of a FORMAT_DESCRIPTION event. It
// accepts version 4 with CRC32 checksums.
func DecodeFormatDescription(body []byte) (FormatDescription, error) {
	cur := cursor{b: body}
	version := cur.uint(2)
	name := cur.bytes(versionSize)
	created := cur.uint(4)
	headerSize := cur.uint(1)
	if cur.bad || version != binlogVersion || headerSize != HeaderSize || len(cur.b) < 2 {
		return FormatDescription{}, errBody(EventFormatDescription)
	}
	if alg := cur.b[len(cur.b)-1]; alg != checksumAlgCRC32 {
		return FormatDescription{}, fmt.Errorf("%w: checksum algorithm %d, not CRC32", errBadEvent, alg)
	}
	text, _, _ := strings.Cut(string(name), "\x00")
	return FormatDescription{ServerVersion: text, Created: uint32(created)}, nil
}

// DecodeGTID decodes the body of a GTID or ANONYMOUS_GTID event.
func DecodeGTID(body []byte) (GTIDInfo, error) {
	var g GTIDInfo
	cur := cursor{b: body}
	g.Statements = cur.uint(1)&1 != 0
	copy(g.GTID.UUID[:], cur.bytes(16))
	g.GTID.GNO = int64(cur.uint(8))
	typecode := cur.uint(1)
	g.LastCommitted, g.SequenceNumber = int64(cur.uint(8)), int64(cur.uint(8))
	const original = 1 << 55
	micro := cur.uint(7)
	g.Time = time.UnixMicro(int64(micro &^ original)).UTC()
	g.OriginalCommitTime = g.Time
	if micro&original != 0 {
		g.OriginalCommitTime = time.UnixMicro(int64(cur.uint(7))).UTC()
	}
	g.TransactionLength = cur.lenenc()
	version := uint32(cur.uint(4))
	g.ImmediateVersion = version &^ (1 << 31)
	g.OriginalVersion = g.ImmediateVersion
	if version>>31 != 0 {
		g.OriginalVersion = uint32(cur.uint(4))
	}
	if cur.bad || typecode != gtidTypecode {
		return GTIDInfo{}, errBody(EventGTID)
	}
	return g, nil
}

// A Query is the content of a QUERY event.
type Query struct {
	ThreadID uint32
	DB, SQL  string
	DDLXID   uint64 // 0 for none

	context *Context // in a Cache; nil: none that matters
}

// statusSizes is how long a status variable of fixed size is behind its code.
var statusSizes = map[uint64]uint64{
	statusFlags2: 4, statusSQLMode: 8, 3: 4, statusCharset: 6, 7: 2, 8: 2, 9: 8, 10: 4,
	statusMicroseconds: 3, statusMariaDBMicroseconds: 3, 16: 1, statusDDLXID: 8, 18: 2, 19: 1, 20: 1,
}

// DecodeQuery decodes the body of a QUERY event.
func DecodeQuery(body []byte) (Query, error) {
	var q Query
	cur := cursor{b: body}
	q.ThreadID = uint32(cur.uint(4))
	cur.uint(4)
	dbSize := cur.uint(1)
	cur.uint(2)
	status := cursor{b: cur.bytes(cur.uint(2))}
	for !status.bad && len(status.b) > 0 {
		switch code := status.uint(1); code {
		case statusDDLXID:
			q.DDLXID = status.uint(8)
		default:
			status.skipStatus(code)
		}
	}
	q.DB = string(cur.bytes(dbSize))
	zero := cur.uint(1)
	if cur.bad || status.bad || zero != 0 {
		return Query{}, errBody(EventQuery)
	}
	q.SQL = string(cur.b)
	return q, nil
}

// skipStatus skips the value of a status variable.
func (c *cursor) skipStatus(code uint64) {
	if code == statusCatalog || code == statusTimeZone {
		c.bytes(c.uint(1))
		return
	}
	size, known := statusSizes[code]
	if !known {
		c.b = nil // nothing behind it can be told apart
		return
	}
	c.bytes(size)
}

// DecodeRowsQuery decodes the body of a ROWS_QUERY event.
func DecodeRowsQuery(body []byte) (string, error) {
	if len(body) == 0 {
		return "", errBody(EventRowsQuery)
	}
	return string(body[1:]), nil
}

// DecodeXID decodes the body of an XID event.
func DecodeXID(body []byte) (uint64, error) {
	cur := cursor{b: body}
	v := cur.uint(8)
	if !cur.done() {
		return 0, errBody(EventXID)
	}
	return v, nil
}

// DecodeXAPrepare decodes the body of an XA_PREPARE event.
func DecodeXAPrepare(body []byte) (x xid.XID, onePhase bool, err error) {
	cur := cursor{b: body}
	onePhase = cur.uint(1) != 0
	formatID := int64(int32(cur.uint(4)))
	gtridSize, bqualSize := cur.uint(4), cur.uint(4)
	gtrid, bqual := cur.bytes(gtridSize), cur.bytes(bqualSize)
	if !cur.done() {
		return xid.XID{}, false, errBody(EventXAPrepare)
	}
	x, err = xid.New(formatID, gtrid, bqual)
	if err != nil {
		return xid.XID{}, false, fmt.Errorf("%w: %w", errBody(EventXAPrepare), err)
	}
	return x, onePhase, nil
}

// DecodeRotate decodes the body of a ROTATE event: the next file's name and
// where to read on in it.
func DecodeRotate(body []byte) (next string, position uint64, err error) {
	cur := cursor{b: body}
	position = cur.uint(8)
	if cur.bad || len(cur.b) == 0 {
		return "", 0, errBody(EventRotate)
	}
	return string(cur.b), position, nil
}
