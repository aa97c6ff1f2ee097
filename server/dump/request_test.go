package dump

import (
	"testing"

	"github.com/xadb/xadb/binlog"
)

var someUUID = binlog.UUID{1, 2, 3}

// gtidsCommand is COM_BINLOG_DUMP_GTID, without its first byte.
func gtidsCommand(flags uint16, id byte, set binlog.GTIDSet) []byte {
	body := set.Encode(nil)
	b := []byte{byte(flags), byte(flags >> 8), id, 0, 0, 0, 3, 0, 0, 0, 'a', '.', '1', 4, 0, 0, 0, 0, 0, 0, 0}
	return append(append(b, byte(len(body)), byte(len(body)>>8), 0, 0), body...)
}

func TestParse(t *testing.T) {
	r, err := ParsePlace([]byte{0x10, 1, 0, 0, 1, 0, 7, 0, 0, 0, 'l', 'o', 'g'})
	if err != nil || r.Offset != 0x110 || !r.NonBlock || r.ServerID != 7 || r.File != "log" || r.GTIDs != nil {
		t.Errorf("%+v, %v", r, err)
	}
	var set binlog.GTIDSet
	set.AddRange(someUUID, 1, 5)
	set.AddRange(binlog.UUID{0, 9}, 3, 4)
	r, err = ParseGTIDs(gtidsCommand(flagHeartbeatV2, 9, set))
	if err != nil || r.NonBlock || !r.HeartbeatV2 || r.ServerID != 9 || r.File != "a.1" || r.Offset != 4 || !r.GTIDs.Equal(set) {
		t.Errorf("%+v, %v", r, err)
	}
	reg, err := ParseRegistration([]byte{7, 0, 0, 0, 2, 'h', 'o', 1, 'u', 3, 'p', 'w', 'd', 0xea, 0x0c, 0, 0, 0, 0, 3, 0, 0, 0})
	if err != nil || reg != (Registration{ServerID: 7, Host: "ho", User: "u", Port: 3306, SourceID: 3}) {
		t.Errorf("%+v, %v", reg, err)
	}
	file, offset, ok := ParseAck(append([]byte{ackMagic, 4, 1, 0, 0, 0, 0, 0, 0}, "log"...))
	if !ok || file != "log" || offset != 0x104 {
		t.Errorf("%s %d %v", file, offset, ok)
	}
	for text, want := range map[string]int64{"": 0, "0-1-5": 5, "'0-1-5'": 5, "1-1-9,0-7-3": 3, "0-1-x": -1, "0-1": -1, "0-1--4": -1} {
		if n, err := ParseMariaDBState(text); n != max(want, 0) && err == nil || (err != nil) != (want < 0) {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

// Whatever a client sends, it is read or refused.
func FuzzParse(f *testing.F) {
	var set binlog.GTIDSet
	set.AddRange(someUUID, 1, 5)
	f.Add(gtidsCommand(1, 9, set))
	f.Add([]byte{7, 0, 0, 0, 0, 0, 0, 0xea, 0x0c, 0, 0, 0, 0, 3, 0, 0, 0})
	f.Add([]byte{ackMagic, 4, 0, 0, 0, 0, 0, 0, 0, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseGTIDs(b); err == nil {
			var again binlog.GTIDSet
			if err := again.Decode(r.GTIDs.Encode(nil)); err != nil || !again.Equal(*r.GTIDs) {
				t.Errorf("%v: %v", r.GTIDs, err)
			}
		}
		_, _ = ParsePlace(b)
		_, _ = ParseRegistration(b)
		_, _, _ = ParseAck(b)
		_, _ = ParseMariaDBState(string(b))
	})
}
