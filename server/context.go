package server

import (
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// sqlModeBits are MySQL's numbers of the modes that a data definition may depend
// on, and that MariaDB has, too.
var sqlModeBits = map[string]uint64{
	"REAL_AS_FLOAT": 1 << 0, "IGNORE_SPACE": 1 << 3, "ONLY_FULL_GROUP_BY": 1 << 5, "NO_UNSIGNED_SUBTRACTION": 1 << 6,
	"NO_DIR_IN_CREATE": 1 << 7, "NO_AUTO_VALUE_ON_ZERO": 1 << 19, "STRICT_TRANS_TABLES": 1 << 21, "STRICT_ALL_TABLES": 1 << 22,
	"NO_ZERO_IN_DATE": 1 << 23, "NO_ZERO_DATE": 1 << 24, "ALLOW_INVALID_DATES": 1 << 25, "ERROR_FOR_DIVISION_BY_ZERO": 1 << 26,
	"TRADITIONAL": 1 << 27, "NO_ENGINE_SUBSTITUTION": 1 << 30, "PAD_CHAR_TO_FULL_LENGTH": 1 << 31,
}

// readingModeBits are the numbers of the modes that no data definition depends on in the log.
var readingModeBits = map[string]uint64{
	"PIPES_AS_CONCAT": 1 << 1, "ANSI_QUOTES": 1 << 2, "NO_BACKSLASH_ESCAPES": 1 << 20, "HIGH_NOT_PRECEDENCE": 1 << 29,
	"TIME_TRUNCATE_FRACTIONAL": 1 << 32,
}

// modesOf is a number as sql_mode has it; false if a bit of it is no mode's.
func modesOf(n uint64) (string, bool) {
	var names []string
	for _, bits := range []map[string]uint64{sqlModeBits, readingModeBits} {
		for name, bit := range bits {
			if n&bit != 0 {
				names = append(names, name)
				n &^= bit
			}
		}
	}
	return strings.Join(names, ","), n&^ansiBit == 0
}

// ansiBit is that of ANSI, whose members have their own.
const ansiBit = 1 << 18

// context is what a data definition of the session depends on, apart from its text.
func (s *session) context(now time.Time) binlog.Context {
	c := binlog.Context{NoForeignKeys: s.settings.noForeignKeys, Collation: uint16(s.settings.collation), Now: now, TimeZone: s.settings.location.String()}
	if set := s.settings.charset.literals; set != "" {
		connection, _ := types.CollationByName(s.value(sysVars["collation_connection"], false))
		c.Connection = uint16(connection)
	}
	for mode := range strings.SplitSeq(strings.ToUpper(s.settings.sqlMode), ",") {
		c.SQLMode |= sqlModeBits[strings.TrimSpace(mode)]
	}
	switch c.TimeZone {
	case time.Local.String():
		c.TimeZone = "SYSTEM"
	case time.UTC.String(): // MySQL knows names from tables alone, which may be empty
		c.TimeZone = "+00:00"
	}
	return c
}
