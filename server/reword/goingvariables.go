package reword

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// goingVariables are the system variables that MySQL means to give up.
var goingVariables = func() map[string]bool {
	list := map[string]bool{}
	for _, name := range strings.Fields(`binlog_format delayed_insert_limit delayed_insert_timeout delayed_queue_size have_profiling
		have_query_cache init_slave log_bin_trust_function_creators log_slave_updates max_delayed_threads max_insert_delayed_threads
		max_length_for_sort_data profiling profiling_history_size query_prealloc_size skip_slave_start slave_parallel_workers
		sql_slave_skip_counter transaction_prealloc_size`) {
		list[name] = true
	}
	return list
}()

// GoingVariable is what MySQL warns of where such a variable is read or set, by its name
// with or without its scope; nil: nothing.
func GoingVariable(name string) *mysqlerr.Error {
	name = strings.ToLower(name)
	if _, behind, scoped := strings.Cut(name, "."); scoped {
		name = behind
	}
	switch instead := strings.Replace(name, "slave", "replica", 1); {
	case !goingVariables[name]:
		return nil
	case instead != name:
		return mysqlerr.Deprecated(mysqlerr.DeprecatedSyntax, "'@@"+name+"' is deprecated and will be removed in a future release. Please use "+instead+" instead.")
	}
	return mysqlerr.Deprecated(mysqlerr.DeprecatedSyntax, "'@@"+name+"' is deprecated and will be removed in a future release.")
}
