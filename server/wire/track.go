package wire

import (
	"github.com/go-mysql-org/go-mysql/mysql"
)

// A Track is what changed in a session, for the clients that asked to be told
// (CLIENT_SESSION_TRACK; MySQL Internals, OK_Packet, session state
// information). Its zero value is no change.
type Track struct {
	State    []byte // entries, each: type, size, content
	HasState bool   // StateChanged is among them
}

// The types of session changes.
const (
	trackVariable = 0
	trackSchema   = 1
	trackState    = 2
	trackGTIDs    = 3
)

// Variable adds a system variable's new value.
func (t *Track) Variable(name, value string) {
	t.add(trackVariable, appendString(appendString(nil, name), value))
}

// Schema adds a new current database.
func (t *Track) Schema(name string) { t.add(trackSchema, appendString(nil, name)) }

// StateChanged adds that something about the session changed.
func (t *Track) StateChanged() {
	t.HasState = true
	t.add(trackState, appendString(nil, "1"))
}

// GTIDs adds the GTIDs of the transactions that the statement committed.
func (t *Track) GTIDs(set string) { t.add(trackGTIDs, appendString([]byte{0}, set)) }

func (t *Track) add(kind byte, content []byte) {
	t.State = appendBytes(append(t.State, kind), content)
}

// Track adds changes to the next OK packet. A client that has not asked for
// them gets none.
func (c *Conn) Track(t Track) {
	if len(t.State) > 0 && c.Has(mysql.CLIENT_SESSION_TRACK) {
		c.track.State = append(c.track.State, t.State...)
	}
}
