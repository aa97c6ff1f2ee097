package exec

import (
	"database/sql"
	"strings"
	"testing"
)

// DifferentialScript is for the comparison with the other tier.
var DifferentialScript = differentialScript

// RawCell is a value as the text protocol sends it.
var RawCell = rawCell

// Peer is a MariaDB server, nil if there is none.
func Peer(t *testing.T) *sql.DB {
	db, _ := peer(t)
	return db
}

// Theirs is the peer's answer, Lines the statements of a text.
var (
	Theirs = theirs
	Lines  = func(text string) []string { return strings.Split(text, "\n") }
)
