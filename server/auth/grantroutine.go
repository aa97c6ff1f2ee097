package auth

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// onRoutine is what can be granted on a routine.
const onRoutine = Execute | AlterRoutine

// runRoutine is GRANT and REVOKE ON PROCEDURE, FUNCTION or LIBRARY: there is none that
// something could be granted on.
func (g *grant) runRoutine(d *Draft) error {
	if g.current {
		if g.db = d.db; g.db == "" {
			return mysqlerr.New(mysqlerr.NoDB)
		}
	}
	if g.level != AtTable || len(g.columns) > 0 || g.bits&^(onRoutine|GrantOption) != 0 {
		return mysqlerr.New(mysqlerr.IllegalGrantForTable)
	}
	if g.all {
		g.bits |= onRoutine
	}
	if missing := (g.bits | GrantOption) &^ d.who.OnDatabase(g.db); missing != 0 {
		what := "grant"
		if names := missing.Names(); len(names) > 0 {
			what = strings.ToLower(names[0])
		}
		return mysqlerr.New(mysqlerr.RoutineAccessDenied, what, d.who.Account.User, d.who.Host, g.db+"."+g.table)
	}
	if !g.revoke {
		return mysqlerr.New(mysqlerr.SPDoesNotExist, g.routine, g.table)
	}
	for _, u := range g.list {
		n := u.of(d)
		if g.skips(d, n) {
			continue
		}
		err := mysqlerr.New(mysqlerr.NonexistingRoutineGrant, n.User, n.Host, g.table)
		if !g.excuses(d, err) {
			return err
		}
	}
	return nil
}

// routineKinds are the words that name what is not a table.
var routineKinds = []string{"FUNCTION", "PROCEDURE", "LIBRARY"}
