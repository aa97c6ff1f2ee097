package expr

import (
	"sync/atomic"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
)

// A Session is what functions ask of the session of their statement.
type Session interface {
	// Location is the session's time zone.
	Location() *time.Location
	// Mode reports whether sql_mode has a word.
	Mode(word string) bool
	// Variable is a system variable's value; ok is false for one that the
	// server does not have.
	Variable(name string) (value string, ok bool)
	// Random is the next number of RAND(), if the session says which they are.
	Random() (n float64, ok bool)
	// ShortUUIDs counts those that the server has given.
	ShortUUIDs() *atomic.Uint64
	// Wake is told that SLEEP was interrupted.
	Wake()
}

func sessionOf(ctx *gms.Context) Session { return ctx.Session.(Session) }
