package server

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/wire"
)

// A tracker collects what a statement changes in its session, for clients that
// negotiated session tracking: the next OK packet says it (MySQL manual, Server
// Tracking of Client Session State). The GTIDs are sent unless the client has
// turned them off: a client reads its own writes elsewhere by them.
type tracker struct {
	on        bool // the client wants to know
	gtids     string
	schema    bool
	state     bool
	variables []string // names; * is all
	changes   wire.Track
	names     []string // GTIDs of this statement's transactions
}

// gtidsMax bounds the GTIDs that wait for an OK packet.
const gtidsMax = 16

// configure reads the variables that say what is tracked.
func (t *tracker) configure(get func(string) string) {
	t.gtids = get("session_track_gtids")
	t.schema = get("session_track_schema") == "1"
	t.state = get("session_track_state_change") == "1"
	t.variables = strings.FieldsFunc(strings.ToLower(get("session_track_system_variables")),
		func(r rune) bool { return r == ',' || r == ' ' })
}

// committed notes that a transaction is in the binary log.
func (t *tracker) committed(gtid string) {
	if t.on && gtid != "" && t.gtids != "OFF" && len(t.names) < gtidsMax {
		t.names = append(t.names, gtid)
	}
}

func (t *tracker) usedDB(name string) {
	if t.on && t.schema {
		t.changes.Schema(name)
	}
	t.changed()
}

func (t *tracker) setVariable(v *sysVar, stored string) {
	if t.on && (slices.Contains(t.variables, v.name) || slices.Contains(t.variables, "*")) {
		t.changes.Variable(v.name, v.shown(stored))
	}
	t.changed()
}

// changed notes any change of the session's state.
func (t *tracker) changed() {
	if t.on && t.state && !t.changes.HasState {
		t.changes.StateChanged()
	}
}

// take is what the next OK packet says.
func (t *tracker) take(s *session) wire.Track {
	if len(t.names) > 0 {
		set := strings.Join(t.names, ",")
		if log := s.srv.store.Binlog(); t.gtids == "ALL_GTIDS" && log != nil {
			set = log.ExecutedGTIDs().String()
		}
		t.changes.GTIDs(set)
		t.names = t.names[:0]
	}
	out := t.changes
	t.changes = wire.Track{}
	return out
}
