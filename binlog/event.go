package binlog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// An EventType is the kind of an event as the file numbers it.
type EventType uint8

// The event types of this package.
const (
	EventQuery             EventType = 2
	EventStop              EventType = 3
	EventRotate            EventType = 4
	EventFormatDescription EventType = 15
	EventXID               EventType = 16
	EventTableMap          EventType = 19
	EventWriteRowsV1       EventType = 23 // MariaDB's; never in a log of ours, as are the next two
	EventUpdateRowsV1      EventType = 24
	EventDeleteRowsV1      EventType = 25
	EventHeartbeat         EventType = 27 // on the wire only
	EventRowsQuery         EventType = 29 // the statement that the rows behind it are of
	EventWriteRows         EventType = 30
	EventUpdateRows        EventType = 31
	EventDeleteRows        EventType = 32
	EventGTID              EventType = 33
	EventAnonymousGTID     EventType = 34
	EventPreviousGTIDs     EventType = 35
	EventXAPrepare         EventType = 38
	EventPartialUpdateRows EventType = 39 // with changes of documents; never in a log of ours
	// EventTransactionPayload holds the other events of a group, compressed.
	EventTransactionPayload EventType = 40
	EventHeartbeatV2        EventType = 41 // on the wire only
)

var eventNames = map[EventType]string{
	EventQuery: "Query", EventStop: "Stop", EventRotate: "Rotate",
	EventFormatDescription: "Format_desc", EventXID: "Xid", EventTableMap: "Table_map",
	EventHeartbeat: "Heartbeat", EventWriteRows: "Write_rows", EventUpdateRows: "Update_rows",
	EventDeleteRows: "Delete_rows", EventRowsQuery: "Rows_query", EventGTID: "Gtid", EventAnonymousGTID: "Anonymous_Gtid",
	EventPreviousGTIDs: "Previous_gtids", EventXAPrepare: "XA_prepare",
	EventHeartbeatV2: "Heartbeat_v2", EventTransactionPayload: "Transaction_payload",
	EventWriteRowsV1: "Write_rows_v1", EventUpdateRowsV1: "Update_rows_v1", EventDeleteRowsV1: "Delete_rows_v1",
	EventPartialUpdateRows: "Update_rows_partial",
}

// String is the name that SHOW BINLOG EVENTS prints.
func (t EventType) String() string {
	if s, ok := eventNames[t]; ok {
		return s
	}
	return fmt.Sprintf("Unknown(%d)", uint8(t))
}

// Header flags of an event.
const (
	FlagInUse       = 0x01 // FORMAT_DESCRIPTION only: the file was not closed
	FlagSuppressUse = 0x08 // the query needs no current database
	FlagArtificial  = 0x20 // made for one reader, not in the file
	FlagIgnorable   = 0x80 // a reader that does not know the type may skip it
)

// Sizes of the frame around an event's body, in bytes.
const (
	HeaderSize   = 19
	ChecksumSize = 4
	// EventSizeMax bounds one event, header and checksum included. MySQL
	// refuses larger ones.
	EventSizeMax = 1 << 30
	eventSizeMin = HeaderSize + ChecksumSize
)

// Magic is the first four bytes of a file.
const Magic = "\xfebin"

// A Header is the common part in front of every event.
type Header struct {
	Timestamp uint32 // seconds since 1970
	Type      EventType
	ServerID  uint32
	Size      uint32 // header, body and checksum
	LogPos    uint32 // where the event ends in its file; 0 if it is in none
	Flags     uint16
}

func (h Header) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, h.Timestamp)
	dst = append(dst, byte(h.Type))
	dst = binary.LittleEndian.AppendUint32(dst, h.ServerID)
	dst = binary.LittleEndian.AppendUint32(dst, h.Size)
	dst = binary.LittleEndian.AppendUint32(dst, h.LogPos)
	return binary.LittleEndian.AppendUint16(dst, h.Flags)
}

// decodeHeader reads the first HeaderSize bytes of b.
func decodeHeader(b []byte) Header {
	return Header{
		Timestamp: binary.LittleEndian.Uint32(b[0:]),
		Type:      EventType(b[4]),
		ServerID:  binary.LittleEndian.Uint32(b[5:]),
		Size:      binary.LittleEndian.Uint32(b[9:]),
		LogPos:    binary.LittleEndian.Uint32(b[13:]),
		Flags:     binary.LittleEndian.Uint16(b[17:]),
	}
}

// flagsOffset is where the header's flags are.
const flagsOffset = 17

// An Event is one event as it lies in its file.
type Event struct {
	Header
	Offset int64  // of the first byte in the file
	Raw    []byte // header, body and checksum

	end    int64   // see End; 0: that
	inside []Event // of a TRANSACTION_PAYLOAD that was unpacked
}

// Body is the bytes between header and checksum.
func (e Event) Body() []byte { return e.Raw[HeaderSize : len(e.Raw)-ChecksumSize] }

// End is the offset behind the event.
func (e Event) End() int64 {
	if e.end != 0 {
		return e.end
	}
	return e.Offset + int64(len(e.Raw))
}

// HasPlace reports whether an event, as it is sent, says where it ends in its file.
func HasPlace(raw []byte) bool { return binary.LittleEndian.Uint32(raw[13:]) != 0 }

// checksum is the CRC32 over all of raw but its last four bytes. The in-use
// flag counts as clear, since closing a file turns it over in place.
func checksum(raw []byte) uint32 {
	body := raw[:len(raw)-ChecksumSize]
	if EventType(raw[4]) != EventFormatDescription || raw[flagsOffset]&FlagInUse == 0 {
		return crc32.ChecksumIEEE(body)
	}
	sum := crc32.ChecksumIEEE(body[:flagsOffset])
	sum = crc32.Update(sum, crc32.IEEETable, []byte{body[flagsOffset] &^ FlagInUse})
	return crc32.Update(sum, crc32.IEEETable, body[flagsOffset+1:])
}

// beginEvent appends a header whose size, place and origin are not known yet.
// The body is appended next, then endEvent is called with the offset that
// beginEvent's dst ended at.
func beginEvent(dst []byte, t EventType, flags uint16) []byte {
	return Header{Type: t, Flags: flags}.append(dst)
}

// endEvent fills in the size and makes room for the checksum.
func endEvent(dst []byte, start int) []byte {
	dst = append(dst, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(dst[start+9:], uint32(len(dst)-start))
	return dst
}

// sealEvent completes the event raw: where it came from, where it ends in its
// file, and its checksum.
func sealEvent(raw []byte, timestamp, serverID, logPos uint32) {
	binary.LittleEndian.PutUint32(raw[0:], timestamp)
	binary.LittleEndian.PutUint32(raw[5:], serverID)
	binary.LittleEndian.PutUint32(raw[13:], logPos)
	binary.LittleEndian.PutUint32(raw[len(raw)-ChecksumSize:], checksum(raw))
}
