package binlog

import (
	"encoding/binary"
	"time"
)

// A Context is what the text of a data definition means something else by: a
// replica runs the statement in the same one.
type Context struct {
	SQLMode       uint64 // MySQL's bits
	NoForeignKeys bool   // foreign_key_checks=0
	Collation     uint16 // of new databases, if the statement says nothing; 0: CollationUTF8MB4
	Connection    uint16 // of literals; 0: CollationUTF8MB4
	TimeZone      string // as time_zone has it; "" if no time is in the statement
	Now           time.Time
}

// flags2NoForeignKeys is the bit of foreign_key_checks=0 in statusFlags2.
const flags2NoForeignKeys = 1 << 26

// orDefault is the context of a statement that depends on none.
func (c *Context) orDefault() Context {
	if c == nil {
		return Context{SQLMode: sqlModeDefault}
	}
	return *c
}

func (c *Context) flags2() (flags uint32) {
	if c.NoForeignKeys {
		flags |= flags2NoForeignKeys
	}
	return flags
}

// appendTime appends the status variables of the statement's zone and of what its
// timestamp lacks.
func (c *Context) appendTime(dst []byte) []byte {
	if n := len(c.TimeZone); n > 0 && n <= timeZoneMax {
		dst = append(append(dst, statusTimeZone, byte(n)), c.TimeZone...)
	}
	if micros := c.Now.Nanosecond() / 1000; micros > 0 {
		dst = appendUint(append(dst, statusMicroseconds), uint64(micros), 3)
	}
	return dst
}

// timeZoneMax is the longest name of a time zone in a QUERY event.
const timeZoneMax = 255

// What MariaDB has of its own in a QUERY event.
const (
	flags2MariaDBDefaults     = 1 << 24 // explicit_defaults_for_timestamp=1
	statusMariaDBMicroseconds = 128
)

// isDefinition reports whether a QUERY event is a data definition in a database, and none of
// the statements that are around rows. CREATE DATABASE and its like have nothing that a
// MariaDB reads otherwise.
func isDefinition(ev Event) bool { return ev.Flags&FlagSuppressUse == 0 }

// mariaDBContext makes the status variables of a QUERY event MariaDB's, in place
// and in the same length: TIMESTAMP columns are as others unless they say
// otherwise, and the fraction of a second has a number of its own.
func mariaDBContext(body []byte) {
	const statusAt = 13 // behind numbers of fixed size, the last of which is the length
	if len(body) < statusAt {
		return
	}
	status := cursor{b: body[statusAt:]}
	status.b = status.bytes(uint64(binary.LittleEndian.Uint16(body[statusAt-2:])))
	for !status.bad && len(status.b) > 0 {
		code := status.bytes(1)
		switch code[0] {
		case statusFlags2:
			if flags := status.bytes(4); !status.bad {
				binary.LittleEndian.PutUint32(flags, binary.LittleEndian.Uint32(flags)|flags2MariaDBDefaults)
			}
		case statusMicroseconds:
			code[0] = statusMariaDBMicroseconds
			status.bytes(3)
		default:
			status.skipStatus(uint64(code[0]))
		}
	}
}
