package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// notNumbered are variables of texts that SET gives no numbers.
var notNumbered = []string{"time_zone", "gtid_next", "session_track_system_variables"}

// notNull are variables of texts that cannot be NULL, as character sets and collations.
var notNull = []string{"sql_mode", "time_zone", "optimizer_switch", "default_collation_for_utf8mb4"}

// checkKind refuses what SET does not take for a variable, whatever its value: numbers that
// are not whole where words are meant, digits in quotes where a switch is, NULL.
func (v *sysVar) checkKind(value binlog.Value) error {
	if v.typ == intVar || v.name == "long_query_time" || v.name == "timestamp" {
		return nil
	}
	isName := strings.HasPrefix(v.name, "character_set_") || strings.HasPrefix(v.name, "collation_")
	switch value := value.(type) {
	case nil:
		if isName && v.name != "character_set_results" || slices.Contains(notNull, v.name) {
			return v.wrongValue(value)
		}
	case float64, binlog.Decimal:
		return mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
	case int64, uint64:
		if slices.Contains(notNumbered, v.name) {
			return mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
		}
	case []byte:
		if _, err := strconv.Atoi(string(value)); err != nil || v.typ != boolVar && v.typ != enumVar {
			break
		}
		if v.name == "lc_time_names" {
			return mysqlerr.New(mysqlerr.UnknownLocale, string(value))
		}
		return v.wrongValue(value)
	}
	return nil
}

// goingReadOnly are those that SET will take no more.
var goingReadOnly = wordSet(`character_set_database collation_database default_collation_for_utf8mb4`)

// deprecated is what SET warns of; nil is nothing.
func (v *sysVar) deprecated() *mysqlerr.Error {
	if goingReadOnly[v.name] {
		return mysqlerr.Deprecated(mysqlerr.DeprecatedAlone, "Updating '"+v.name+"' is deprecated. It will be made read-only in a future release.")
	}
	return reword.GoingVariable(v.name)
}
