package dump

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
)

// Flags of the two commands.
const (
	flagNonBlock    = 0x01 // an EOF at the end, instead of waiting there
	flagHeartbeatV2 = 0x02 // of COM_BINLOG_DUMP_GTID alone
)

// errMalformed is a command that is not as it should be.
var errMalformed = errors.New("dump: malformed command")

// A Request says what a follower wants to be sent.
type Request struct {
	ServerID uint32 // of the follower; a reader that is no server may say 0
	// File and Offset are the place to begin at. "" is the oldest file.
	File   string
	Offset uint64
	// GTIDs are those that the follower has. nil: it goes by place.
	GTIDs       *binlog.GTIDSet
	NonBlock    bool
	HeartbeatV2 bool
}

// ParsePlace reads COM_BINLOG_DUMP:
//
//	offset 4 | flags 2 | server id 4 | file name
func ParsePlace(b []byte) (r Request, err error) {
	if len(b) < 10 {
		return r, fmt.Errorf("%w: %d bytes of COM_BINLOG_DUMP", errMalformed, len(b))
	}
	r.Offset = uint64(binary.LittleEndian.Uint32(b))
	r.NonBlock = binary.LittleEndian.Uint16(b[4:])&flagNonBlock != 0
	r.ServerID = binary.LittleEndian.Uint32(b[6:])
	r.File = string(b[10:])
	return r, nil
}

// ParseGTIDs reads COM_BINLOG_DUMP_GTID:
//
//	flags 2 | server id 4 | length 4, file name | offset 8 | length 4, GTID set
//
// The set counts whatever the flags say: some clients do not say that it is there.
func ParseGTIDs(b []byte) (r Request, err error) {
	malformed := fmt.Errorf("%w: %d bytes of COM_BINLOG_DUMP_GTID", errMalformed, len(b))
	if len(b) < 10 {
		return r, malformed
	}
	flags := binary.LittleEndian.Uint16(b)
	r.NonBlock, r.HeartbeatV2 = flags&flagNonBlock != 0, flags&flagHeartbeatV2 != 0
	r.ServerID = binary.LittleEndian.Uint32(b[2:])
	name := uint64(binary.LittleEndian.Uint32(b[6:]))
	b = b[10:]
	if uint64(len(b)) < name+12 {
		return r, malformed
	}
	r.File, b = string(b[:name]), b[name:]
	r.Offset = binary.LittleEndian.Uint64(b)
	size := uint64(binary.LittleEndian.Uint32(b[8:]))
	if uint64(len(b)-12) < size {
		return r, malformed
	}
	r.GTIDs = new(binlog.GTIDSet)
	if err := r.GTIDs.DecodeSent(b[12 : 12+size]); err != nil {
		return r, fmt.Errorf("%w: the set of GTIDs: %w", errMalformed, err)
	}
	return r, nil
}

// ParseMariaDBState reads what a MariaDB has of the log, as it writes it: the
// domain, the server and the number of the last group of each domain. Ours are all
// in domain 0, and their numbers grow along the log.
func ParseMariaDBState(text string) (last int64, err error) {
	for part := range strings.SplitSeq(strings.Trim(text, "'"), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		fields := strings.Split(part, "-")
		if len(fields) != 3 {
			return 0, fmt.Errorf("%w: GTID %q", errMalformed, part)
		}
		if fields[0] != "0" {
			continue // of another source
		}
		if last, err = strconv.ParseInt(fields[2], 10, 64); err != nil || last < 0 {
			return 0, fmt.Errorf("%w: GTID %q", errMalformed, part)
		}
	}
	return last, nil
}

// A Registration is what a replica says of itself.
type Registration struct {
	ServerID   uint32
	Host, User string
	Port       uint16
	SourceID   uint32
}

// ParseRegistration reads COM_REGISTER_SLAVE:
//
//	server id 4 | length 1, host | length 1, user | length 1, password | port 2 | rank 4 | source id 4
func ParseRegistration(b []byte) (r Registration, err error) {
	malformed := fmt.Errorf("%w: %d bytes of COM_REGISTER_SLAVE", errMalformed, len(b))
	if len(b) < 4 {
		return r, malformed
	}
	r.ServerID, b = binary.LittleEndian.Uint32(b), b[4:]
	for _, text := range []*string{&r.Host, &r.User, nil} { // the password is nobody's business
		if len(b) == 0 || len(b)-1 < int(b[0]) {
			return r, malformed
		}
		n := 1 + int(b[0])
		if text != nil {
			*text = string(b[1:n])
		}
		b = b[n:]
	}
	if len(b) < 10 {
		return r, malformed
	}
	r.Port = binary.LittleEndian.Uint16(b)
	r.SourceID = binary.LittleEndian.Uint32(b[6:])
	return r, nil
}
