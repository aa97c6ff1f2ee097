package binlog

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/xid"
)

// body is the hex of the body of the one event in b.
func body(b []byte) string {
	return hex.EncodeToString(b[HeaderSize : len(b)-ChecksumSize])
}

// tableOf8040 is the table of post-header lengths in a file of MySQL 8.0.40,
// where the event has 122 bytes.
const tableOf8040 = "00 0d 00 08 00 00 00 00 04 00 04 00 00 00 62 00 04 1a 08 00 00 00 08 08 08 " +
	"02 00 00 00 0a 0a 0a 2a 2a 00 12 34 00 0a 28 00"

// TestEventBytes compares each encoder with bytes put together by hand from
// the format's tables.
func TestEventBytes(t *testing.T) {
	version := hex.EncodeToString([]byte("8.0.40")) + strings.Repeat("00", 44)
	status := "00" + "00000000" + "01" + "2000a04500000000" + "06" + "03737464" + "04" + "2d002d002d00"
	uuid := hex.EncodeToString(testUUID[:])
	var set GTIDSet
	set.AddRange(testUUID, 1, 5)
	set.AddRange(testUUID, 7, 7)
	x, err := xid.New(1, []byte("ab"), []byte("c"))
	must(t, err)
	for _, c := range []struct {
		name  string
		typ   EventType
		flags uint16
		event []byte
		want  string
	}{
		{"format description", 15, FlagInUse, appendFormatDescription(nil, "8.0.40", 0x11223344, FlagInUse),
			"0400" + version + "44332211" + "13" +
				strings.ReplaceAll(tableOf8040, " ", "") + "01"},
		{"previous gtids, empty", 35, FlagIgnorable, appendPreviousGTIDs(nil, &GTIDSet{}), "0000000000000000"},
		{"previous gtids", 35, FlagIgnorable, appendPreviousGTIDs(nil, &set),
			"0100000000000000" + uuid + "0200000000000000" + "0100000000000000" + "0600000000000000" + "0700000000000000" + "0800000000000000"},
		{"gtid", 33, 0, appendGTID(nil, GTIDInfo{GTID: GTID{testUUID, 9}, Statements: true, LastCommitted: 3, SequenceNumber: 5,
			Time: time.UnixMicro(0x11223344556677)}, false, 182),
			"01" + uuid + "0900000000000000" + "02" + "0300000000000000" + "0500000000000000" + "77665544332211" + "fc0501" + "a4380100"},
		{"anonymous gtid", 34, 0, appendGTID(nil, GTIDInfo{SequenceNumber: 1, Time: time.UnixMicro(1)}, true, 10),
			"00" + strings.Repeat("00", 24) + "02" + "0000000000000000" + "0100000000000000" + "01000000000000" + "57" + "a4380100"},
		{"query begin", 2, FlagSuppressUse, appendQuery(nil, queryEvent{threadID: 7, sql: "BEGIN", flags: FlagSuppressUse}),
			"07000000" + "00000000" + "00" + "0000" + "1a00" + status + "00" + hex.EncodeToString([]byte("BEGIN"))},
		{"query ddl", 2, 0, appendQuery(nil, queryEvent{db: "db", sql: "DROP TABLE t", ddlXID: 0x0102}),
			"00000000" + "00000000" + "02" + "0000" + "2300" + status + "11" + "0201000000000000" + "6462" + "00" + hex.EncodeToString([]byte("DROP TABLE t"))},
		{"xid", 16, 0, appendXID(nil, 0x0807060504030201), "0102030405060708"},
		{"xa prepare", 38, 0, appendXAPrepare(nil, x), "00" + "01000000" + "02000000" + "01000000" + "616263"},
		{"rotate", 4, 0, appendRotate(nil, "binlog.000002", 4), "0400000000000000" + hex.EncodeToString([]byte("binlog.000002"))},
		{"stop", 3, 0, appendStop(nil), ""},
		{"table map", 19, 0, appendTableMap(nil, &Table{ID: 0x010203, DB: "d", Name: "t", PrimaryKey: []int{0}, Columns: []Column{
			{Name: "a", Type: TypeLong, Unsigned: true},
			{Name: "b", Type: TypeVarchar, Length: 10, Nullable: true, Collation: 45},
			{Name: "c", Type: TypeEnum, Length: 1, Collation: 45, Members: []string{"x"}},
			{Name: "d", Type: TypeNewDecimal, Precision: 10, Scale: 2},
			{Name: "e", Type: TypeDateTime2, FSP: 3},
			{Name: "f", Type: TypeBit, Length: 9},
			{Name: "g", Type: TypeString, Length: 300, Collation: 63},
		}}),
			"030201000000" + "0100" + "016400" + "017400" + "07" + "030ffef61210fe" +
				"0b" + "0a00" + "f701" + "0a02" + "03" + "0101" + "ee2c" + "02" +
				"0101" + "80" + "0203" + "2d013f" + "040e" + "0161016201630164016501660167" + "0603" + "010178" + "0a01" + "2d" + "0801" + "00"},
	} {
		h := decodeHeader(c.event)
		if h.Type != c.typ || h.Flags != c.flags || int(h.Size) != len(c.event) {
			t.Errorf("%s: header %+v", c.name, h)
		}
		if got := body(c.event); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestSeal checks the header's late fields and that the in-use flag does not
// count in the checksum.
func TestSeal(t *testing.T) {
	event := appendXID(nil, 1)
	sealEvent(event, 0x01020304, 7, 1000)
	const want = "04030201" + "10" + "07000000" + "1f000000" + "e8030000" + "0000" + "0100000000000000"
	if got := hex.EncodeToString(event[:len(event)-4]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	open := appendFormatDescription(nil, "8.0.36", 5, FlagInUse)
	closed := appendFormatDescription(nil, "8.0.36", 5, 0)
	sealEvent(open, 1, 1, 1)
	sealEvent(closed, 1, 1, 1)
	if string(open[len(open)-4:]) != string(closed[len(closed)-4:]) {
		t.Error("the in-use flag changes the checksum")
	}
}

// TestTransactionLength walks over the lengths at which the field that holds
// the length makes itself wider.
func TestTransactionLength(t *testing.T) {
	const fixed = HeaderSize + gtidBodyFixed + serverVersionSize + ChecksumSize
	for _, c := range []struct{ without, want uint64 }{
		{249, 250}, {250, 253}, {251, 254}, {0xffff - 3, 0xffff}, {0xffff - 2, 0xffff + 2},
		{0xffffff - 4, 0xffffff}, {0xffffff - 3, 0xffffff + 6}, {1 << 30, 1<<30 + 9},
	} {
		if got := transactionLength(int(c.without) - fixed); got != c.want {
			t.Errorf("%d without the field: %d, want %d", c.without, got, c.want)
		}
	}
	// Two groups of a real MySQL 8.0.40 file.
	if got := transactionLength(182); got != 261 {
		t.Errorf("DDL group: %d, want 261", got)
	}
	if got := transactionLength(75 + 55 + 46 + 31); got != 286 {
		t.Errorf("DML group: %d, want 286", got)
	}
	for rest := range 70000 {
		event := appendGTID(nil, GTIDInfo{}, false, rest)
		info, err := DecodeGTID(event[HeaderSize : len(event)-4])
		if err != nil || info.TransactionLength != uint64(len(event)+rest) {
			t.Fatalf("rest %d: %d, want %d, %v", rest, info.TransactionLength, len(event)+rest, err)
		}
	}
}

// TestDecodeRefusals gives each decoder bodies cut at every length.
func TestDecodeRefusals(t *testing.T) {
	var set GTIDSet
	set.AddRange(testUUID, 1, 5)
	for _, event := range [][]byte{
		appendFormatDescription(nil, "8.0.36", 0, 0),
		appendPreviousGTIDs(nil, &set),
		appendGTID(nil, GTIDInfo{GTID: GTID{testUUID, 1}}, false, 1),
		appendXID(nil, 1),
		appendXAPrepare(nil, branch(t, "g")),
		appendTableMap(nil, wideTable),
	} {
		h := decodeHeader(event)
		whole := event[HeaderSize : len(event)-ChecksumSize]
		if err := decodeAny(h.Type, whole); err != nil {
			t.Errorf("%v: %v", h.Type, err)
		}
		for n := range whole {
			err := decodeAny(h.Type, whole[:n])
			atField := h.Type == EventTableMap || h.Type == EventFormatDescription // the rest is optional there
			if err == nil && !atField || err != nil && !errors.Is(err, errBadEvent) {
				t.Errorf("%v cut at %d of %d: %v", h.Type, n, len(whole), err)
			}
		}
	}
}

func decodeAny(typ EventType, body []byte) error {
	var err error
	switch typ {
	case EventFormatDescription:
		_, err = DecodeFormatDescription(body)
	case EventPreviousGTIDs:
		err = new(GTIDSet).Decode(body)
	case EventGTID:
		_, err = DecodeGTID(body)
	case EventQuery:
		_, err = DecodeQuery(body)
	case EventXID:
		_, err = DecodeXID(body)
	case EventXAPrepare:
		_, _, err = DecodeXAPrepare(body)
	case EventTableMap:
		_, err = DecodeTableMap(body)
	}
	return err
}

// TestQueryStatus reads the status variables that MySQL writes beside ours.
func TestQueryStatus(t *testing.T) {
	status := []byte{
		0, 1, 2, 3, 4, 3, 1, 0, 1, 0, 5, 3, 'U', 'T', 'C', 8, 45, 0, 13, 1, 2, 3, 16, 1,
		17, 9, 0, 0, 0, 0, 0, 0, 0, 18, 45, 0, 12, 1, 'd', 0,
	}
	body := append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, byte(len(status)), 0}, status...)
	body = append(body, "d\x00DROP TABLE t"...)
	q, err := DecodeQuery(body)
	if want := (Query{ThreadID: 1, DB: "d", SQL: "DROP TABLE t", DDLXID: 9}); err != nil || q != want {
		t.Errorf("%+v, %v; want %+v", q, err, want)
	}
}
