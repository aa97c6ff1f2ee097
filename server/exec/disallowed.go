package exec

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// Functions that expressions of definitions may not call (MySQL manual, CHECK
// Constraints; CREATE TABLE and Generated Columns; Data Type Default Values), by the
// name that errors have for them.
var (
	// changing have other results each time; defaults may have them.
	changing = callNames(`connection_id curdate current_date:curdate current_role curtime current_time:curtime
		current_user user session_user:user system_user:user now current_timestamp:now localtime:now localtimestamp:now
		rand random_bytes database schema:database sysdate unix_timestamp utc_date utc_time utc_timestamp uuid uuid_short`)
	// ofStatements are about the session or what it has done.
	ofStatements = callNames(`benchmark found_rows get_lock is_free_lock is_used_lock last_insert_id load_file
		release_all_locks release_lock row_count sleep values version:version() icu_version:icu_version()`)
)

func init() { ofStatements[reword.Match] = "match" }

func callNames(list string) map[string]string {
	out := map[string]string{}
	for _, word := range strings.Fields(list) {
		name, shown, other := strings.Cut(word, ":")
		if !other {
			shown = name
		}
		out[name] = shown
	}
	return out
}

// disallowed is the first function called that is in one of the lists.
func (d exprDef) disallowed(lists ...map[string]string) (name string, is bool) {
	for _, call := range d.functions {
		for _, list := range lists {
			if name, is = list[call]; is {
				return name, true
			}
		}
	}
	return "", false
}

// A place is where an expression of a definition stands: what it may not call there, and
// the errors of that, of subqueries and of variables.
type place struct {
	never                    []map[string]string
	call, subquery, variable uint16
}

var (
	inCheck     = place{[]map[string]string{changing, ofStatements}, mysqlerr.CheckFunction, mysqlerr.CheckSubquery, mysqlerr.CheckVariable}
	inGenerated = place{[]map[string]string{changing, ofStatements}, mysqlerr.GeneratedFunction, mysqlerr.GeneratedSubquery, mysqlerr.DefaultVariable}
	inDefault   = place{[]map[string]string{ofStatements}, mysqlerr.DefaultFunction, mysqlerr.DefaultSubquery, mysqlerr.DefaultVariable}
)

// allowed refuses what an expression may not have in a place; name is the constraint's or
// the column's.
func (d exprDef) allowed(in place, name string) error {
	call, is := d.disallowed(in.never...)
	switch {
	case d.misuse != nil:
		return d.misuse
	case is:
		return mysqlerr.New(in.call, name, call)
	case d.subquery:
		return mysqlerr.New(in.subquery, name)
	case d.variable:
		return mysqlerr.New(in.variable, name)
	}
	return nil
}
