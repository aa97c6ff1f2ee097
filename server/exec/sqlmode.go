package exec

import "strings"

// ModeDefault is MySQL 8.0's sql_mode.
const ModeDefault = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

// Mode reports whether the session's sql_mode has a mode.
func (e *Env) Mode(name string) bool {
	return strings.Contains(strings.ToUpper(e.SQLMode), name)
}

// Strict reports whether the session's sql_mode is a strict one. Where it is not,
// values that do not fit are cut (types.Cut).
func (e *Env) Strict() bool { return e.Mode("STRICT_TRANS_TABLES") || e.Mode("STRICT_ALL_TABLES") }
