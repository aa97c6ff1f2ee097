package server

import (
	"math"
	"strconv"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/fulltext"
	"github.com/xadb/xadb/server/sql/expr"
)

// makeSysVars is the table of known system variables, with MySQL 8.0's
// defaults where they are true of xadb.
func makeSysVars() map[string]*sysVar {
	m := map[string]*sysVar{}
	for _, list := range [][]sysVar{sysVarTable, fixedVars, tuningVars()} {
		for i := range list {
			v := &list[i]
			if v.typ == intVar && v.max == 0 {
				v.max = math.MaxInt64
			}
			m[v.name] = v
		}
	}
	return m
}

var sysVarTable = []sysVar{
	// Obeyed.
	{name: "autocommit", typ: boolVar, def: "1"},
	{name: "xadb_snapshot_isolation", typ: boolVar, def: "0"},
	{name: "xadb_read_view", scope: sessionOnly},
	{name: "transaction_isolation", typ: enumVar, def: "REPEATABLE-READ",
		enum: []string{"READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"}},
	{name: "transaction_read_only", typ: boolVar, def: "0"},
	{name: "innodb_lock_wait_timeout", typ: intVar, def: "50", min: 1, max: 1 << 30},
	{name: "lock_wait_timeout", typ: intVar, def: "31536000", min: 1, max: 31536000},
	{name: "wait_timeout", typ: intVar, def: "28800", min: 1, max: 31536000},
	{name: "sql_mode", def: exec.ModeDefault},
	{name: "time_zone", def: "SYSTEM"},
	{name: "timestamp", def: "0", scope: sessionOnly},
	{name: "sql_notes", typ: boolVar, def: "1"},
	{name: "sql_safe_updates", typ: boolVar, def: "0"},
	{name: "sql_select_limit", typ: intVar, def: "9223372036854775807"},
	{name: "max_execution_time", typ: intVar, def: "0", max: 1<<32 - 1},
	{name: "explain_format", typ: enumVar, def: "TRADITIONAL", enum: []string{"TRADITIONAL", "JSON", "TREE"}},
	{name: "cte_max_recursion_depth", typ: intVar, def: "1000", max: math.MaxUint32},
	{name: "long_query_time", def: "10.000000"},
	{name: "interactive_timeout", typ: intVar, def: "28800", min: 1, max: 31536000},
	{name: "net_read_timeout", typ: intVar, def: "30", min: 1, max: 31536000},
	{name: "net_write_timeout", typ: intVar, def: "60", min: 1, max: 31536000},
	{name: "block_encryption_mode", typ: enumVar, def: "aes-128-ecb", enum: blockModes()},
	{name: "default_week_format", typ: intVar, def: "0", max: 7},
	{name: "lc_time_names", typ: enumVar, def: "en_US", enum: expr.TimeLocales()},
	{name: "group_concat_max_len", typ: intVar, def: "1024", min: 4},
	{name: "session_track_gtids", typ: enumVar, def: "OWN_GTID", enum: []string{"OFF", "OWN_GTID", "ALL_GTIDS"}},
	{name: "session_track_schema", typ: boolVar, def: "1"},
	{name: "session_track_state_change", typ: boolVar, def: "0"},
	{name: "session_track_system_variables",
		def: "time_zone,autocommit,character_set_client,character_set_results,character_set_connection"},
	{name: "auto_increment_increment", typ: intVar, def: "1", min: 1, max: 65535},
	{name: "auto_increment_offset", typ: intVar, def: "1", min: 1, max: 65535},
	{name: insertID, typ: intVar, def: "0", scope: sessionOnly, noDefault: true},
	{name: "rand_seed1", typ: intVar, def: "0", scope: sessionOnly, noDefault: true},
	{name: "rand_seed2", typ: intVar, def: "0", scope: sessionOnly, noDefault: true},
	{name: "local_infile", typ: boolVar, def: "0", scope: globalOnly},
	{name: "max_connections", typ: intVar, scope: globalOnly, min: 1, max: 100000},
	{name: "password_history", typ: intVar, def: "0", scope: globalOnly, max: 1<<32 - 1},
	{name: "password_require_current", typ: boolVar, def: "0", scope: globalOnly},
	{name: "password_reuse_interval", typ: intVar, def: "0", scope: globalOnly, max: 1<<32 - 1},
	{name: "default_password_lifetime", typ: intVar, def: "0", scope: globalOnly, max: 65535},
	{name: "max_user_connections", typ: intVar, def: "0", scope: globalOnly, max: 1<<32 - 1},
	{name: "max_allowed_packet", typ: intVar, min: 1 << 10, max: 1 << 30, step: 1 << 10},
	{name: slowQueryLog, typ: boolVar, scope: globalOnly},
	{name: "max_prepared_stmt_count", typ: intVar, scope: globalOnly, readOnly: true, dynamic: true},

	// What the server is.
	{name: "version", scope: globalOnly, readOnly: true},
	{name: "version_comment", def: "xadb", scope: globalOnly, readOnly: true},
	{name: "version_compile_machine", scope: globalOnly, readOnly: true},
	{name: "version_compile_os", scope: globalOnly, readOnly: true},
	{name: "protocol_version", typ: intVar, def: "10", scope: globalOnly, readOnly: true},
	{name: "port", typ: intVar, scope: globalOnly, readOnly: true},
	{name: "hostname", scope: globalOnly, readOnly: true},
	{name: "bind_address", scope: globalOnly, readOnly: true},
	{name: "socket", scope: globalOnly, readOnly: true},
	{name: "datadir", scope: globalOnly, readOnly: true},
	{name: "license", def: "Apache-2.0", scope: globalOnly, readOnly: true},
	{name: "system_time_zone", def: "UTC", scope: globalOnly, readOnly: true},
	{name: "lower_case_table_names", typ: intVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "lower_case_file_system", typ: boolVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "read_only", typ: boolVar, def: "0", scope: globalOnly, constant: true},
	{name: "super_read_only", typ: boolVar, def: "0", scope: globalOnly, constant: true},
	{name: "innodb_buffer_pool_size", typ: intVar, def: "67108864", scope: globalOnly, readOnly: true, dynamic: true}, // the cache of the store
	{name: "innodb_read_only", typ: boolVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "have_ssl", def: "DISABLED", scope: globalOnly, readOnly: true},
	{name: "have_openssl", def: "DISABLED", scope: globalOnly, readOnly: true},
	{name: "have_profiling", def: "NO", scope: globalOnly, readOnly: true},
	{name: "have_query_cache", def: "NO", scope: globalOnly, readOnly: true},
	{name: "require_secure_transport", typ: boolVar, def: "0", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "performance_schema", typ: boolVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "secure_file_priv", def: "NULL", scope: globalOnly, readOnly: true},
	{name: "skip_networking", typ: boolVar, def: "0", scope: globalOnly, readOnly: true},

	// Transactions and the binary log.
	{name: "xa_detach_on_prepare", typ: boolVar, def: "1", readOnly: true},
	{name: "log_bin", typ: boolVar, scope: globalOnly, readOnly: true},
	{name: "old_passwords", typ: boolVar, def: "0", readOnly: true}, // mariadb-admin hashes as of before 4.1 if it does not hear so
	{name: mandatoryRoles, def: "", scope: globalOnly},
	{name: allRolesActive, typ: boolVar, def: "0", scope: globalOnly},
	{name: "sql_log_off", typ: boolVar, def: "0"}, // there is no general log
	{name: "log_bin_trust_function_creators", typ: boolVar, def: "0", scope: globalOnly},
	{name: "sql_log_bin", typ: boolVar, def: "1", scope: sessionOnly},
	{name: "max_binlog_size", typ: intVar, def: "1073741824", scope: globalOnly, min: 4096, max: 1 << 30},
	{name: "max_binlog_total_size", typ: intVar, def: "0", scope: globalOnly}, // MariaDB's name
	{name: "binlog_expire_logs_seconds", typ: intVar, def: "2592000", scope: globalOnly, max: 1<<32 - 1},
	{name: "binlog_format", typ: enumVar, def: "ROW", enum: []string{"MIXED", "STATEMENT", "ROW"}, constant: true},
	{name: "binlog_row_image", typ: enumVar, def: "FULL", enum: []string{"MINIMAL", "NOBLOB", "FULL"}},
	{name: "binlog_rows_query_log_events", typ: boolVar, def: "0"},
	{name: compressionOn, typ: boolVar, def: "0"},
	{name: compressionLevel, typ: intVar, def: strconv.Itoa(binlog.CompressionLevelDefault), min: binlog.CompressionLevelMin, max: binlog.CompressionLevelMax},
	{name: "binlog_row_metadata", typ: enumVar, def: "FULL", enum: []string{"MINIMAL", "FULL"}, scope: globalOnly, readOnly: true, dynamic: true},
	{name: "binlog_row_value_options", def: "", readOnly: true},
	{name: "binlog_transaction_dependency_tracking", typ: enumVar, def: writeset.WriteSet.String(), scope: globalOnly,
		enum: []string{"COMMIT_ORDER", "WRITESET", "WRITESET_SESSION"}},
	{name: "binlog_transaction_dependency_history_size", typ: intVar, def: strconv.Itoa(writeset.HistoryDefault), scope: globalOnly,
		min: 1, max: writeset.HistoryMax},
	{name: "transaction_write_set_extraction", typ: enumVar, def: "XXHASH64", readOnly: true,
		enum: []string{"OFF", "MURMUR32", "XXHASH64"}},
	{name: "binlog_checksum", def: "CRC32", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "sync_binlog", typ: intVar, def: "1", scope: globalOnly, constant: true}, // what is acknowledged is on the disk
	{name: "innodb_flush_log_at_trx_commit", typ: intVar, def: "1", scope: globalOnly, constant: true},
	{name: "innodb_autoinc_lock_mode", typ: intVar, def: "2", scope: globalOnly, readOnly: true},
	{name: "innodb_ft_min_token_size", typ: intVar, def: strconv.Itoa(fulltext.WordMin), scope: globalOnly, readOnly: true},
	{name: "innodb_ft_max_token_size", typ: intVar, def: strconv.Itoa(fulltext.WordMax), scope: globalOnly, readOnly: true},
	{name: "innodb_stats_persistent", typ: boolVar, def: "0", scope: globalOnly},
	{name: "innodb_rollback_on_timeout", typ: boolVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "innodb_deadlock_detect", typ: boolVar, def: "1", scope: globalOnly, constant: true},
	{name: "gtid_mode", typ: enumVar, def: "OFF", scope: globalOnly, readOnly: true, dynamic: true,
		enum: []string{"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"}},
	{name: "gtid_executed", scope: globalOnly, readOnly: true},
	{name: "gtid_purged", scope: globalOnly},
	{name: "gtid_next", def: "AUTOMATIC", scope: sessionOnly},
	// What mysqlbinlog says of the transactions that it hands on.
	{name: "pseudo_replica_mode", typ: boolVar, def: "0", scope: sessionOnly},
	{name: "original_commit_timestamp", typ: intVar, def: "36028797018963968", max: 36028797018963968, scope: sessionOnly},
	{name: "original_server_version", typ: intVar, def: "999999", max: 999999, scope: sessionOnly},
	{name: "immediate_server_version", typ: intVar, def: "999999", max: 999999, scope: sessionOnly},
	{name: "enforce_gtid_consistency", def: "OFF", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "server_id", typ: intVar, def: "1", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "rpl_semi_sync_source_enabled", typ: boolVar, def: "0", scope: globalOnly},
	{name: "rpl_semi_sync_source_timeout", typ: intVar, def: "10000", max: 1 << 32, scope: globalOnly},
	{name: "rpl_semi_sync_source_wait_for_replica_count", typ: intVar, def: "1", min: 1, max: 65535, scope: globalOnly},
	{name: "rpl_semi_sync_source_wait_point", def: "AFTER_SYNC", scope: globalOnly, readOnly: true},
	{name: "check_constraint_checks", typ: boolVar, def: "1", constant: true, mariaDB: true},
	{name: "sql_if_exists", typ: boolVar, def: "0", constant: true, mariaDB: true},
	{name: "system_versioning_insert_history", typ: boolVar, def: "0", constant: true, mariaDB: true},
	{name: "max_delayed_threads", typ: intVar, def: "20", max: 16384}, // nothing is delayed
	{name: "gtid_domain_id", typ: intVar, def: "0", readOnly: true, mariaDB: true},
	{name: "server_uuid", scope: globalOnly, readOnly: true},
	{name: "in_transaction", typ: boolVar, scope: sessionOnly, readOnly: true},

	// Character sets.
	{name: "character_set_client", def: "utf8mb4"},
	{name: "character_set_connection", def: "utf8mb4"},
	{name: "character_set_results", def: "utf8mb4"},
	{name: "character_set_database", def: "utf8mb4"},
	{name: "character_set_server", def: "utf8mb4"},
	{name: "character_set_filesystem", def: "binary"},
	{name: "character_set_system", def: "utf8mb3", scope: globalOnly, readOnly: true},
	{name: "character_sets_dir", scope: globalOnly, readOnly: true},
	{name: "collation_connection", def: "utf8mb4_general_ci"},
	{name: "collation_database", def: "utf8mb4_general_ci"},
	{name: "collation_server", def: "utf8mb4_general_ci"},
	{name: "default_collation_for_utf8mb4", def: "utf8mb4_general_ci"},

	// Set by connectors and tools to what they are here anyway.
	{name: "default_storage_engine", def: "InnoDB", constant: true},
	{name: "default_table_encryption", typ: boolVar, def: "0", constant: true},
	{name: "default_tmp_storage_engine", def: "InnoDB", constant: true},
	{name: "div_precision_increment", typ: intVar, def: "4", max: 30},
	{name: "explicit_defaults_for_timestamp", typ: boolVar, def: "1", constant: true},
	{name: "innodb_ft_enable_stopword", typ: boolVar, def: "1", constant: true},
	{name: "lc_messages", def: "en_US", constant: true},
	{name: "max_sort_length", typ: intVar, def: "1024", constant: true},
	{name: "max_statement_time", def: "0.000000", constant: true},
	{name: "profiling", typ: boolVar, def: "0", scope: sessionOnly, constant: true},
	{name: "query_cache_type", typ: enumVar, def: "OFF", enum: []string{"OFF", "ON", "DEMAND"}, constant: true},
	{name: "show_create_table_verbosity", typ: boolVar, def: "0", constant: true},
	{name: "sql_auto_is_null", typ: boolVar, def: "0", constant: true},
	{name: "sql_generate_invisible_primary_key", typ: boolVar, def: "0", constant: true},
	{name: "sql_quote_show_create", typ: boolVar, def: "1", constant: true},
	{name: "sql_require_primary_key", typ: boolVar, def: "0", constant: true},
	{name: "updatable_views_with_limit", typ: boolVar, def: "1", constant: true},

	// About memory, speed and checks of MySQL's own; kept, without effect.
	{name: "big_tables", typ: boolVar, def: "0"},
	{name: "max_join_size", typ: intVar, def: "9223372036854775807", min: 1},           // rows are not estimated
	{name: "show_gipk_in_create_table_and_information_schema", typ: boolVar, def: "1"}, // there are none
	{name: "bulk_insert_buffer_size", typ: intVar, def: "8388608"},
	{name: "completion_type", typ: enumVar, def: "NO_CHAIN", enum: []string{"NO_CHAIN", "CHAIN", "RELEASE"}},
	{name: "connect_timeout", typ: intVar, def: "10", scope: globalOnly, min: 2, max: 31536000},
	{name: "flush_time", typ: intVar, def: "0", scope: globalOnly, max: 31536000},
	{name: "foreign_key_checks", typ: boolVar, def: "1"},
	{name: "init_connect", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "information_schema_stats_expiry", typ: intVar, def: "86400"},
	{name: "innodb_strict_mode", typ: boolVar, def: "1"},
	{name: "join_buffer_size", typ: intVar, def: "262144", min: 128},
	{name: "key_buffer_size", typ: intVar, def: "0", scope: globalOnly, step: 4096},
	{name: "log_error", def: "stderr", scope: globalOnly, readOnly: true},
	{name: "log_queries_not_using_indexes", typ: boolVar, def: "0", scope: globalOnly, readOnly: true, dynamic: true},
	{name: "max_heap_table_size", typ: intVar, def: "16777216", min: 16384},
	{name: "net_buffer_length", typ: intVar, def: "16384", min: 1024, max: 1 << 20},
	{name: "old_alter_table", typ: boolVar, def: "0"},
	{name: "open_files_limit", typ: intVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "optimizer_search_depth", typ: intVar, def: "62", max: 62},
	{name: "optimizer_switch", def: "index_merge=on"},
	{name: "query_cache_size", typ: intVar, def: "0", scope: globalOnly, readOnly: true},
	{name: "read_buffer_size", typ: intVar, def: "131072", min: 8192},
	{name: "read_rnd_buffer_size", typ: intVar, def: "262144", min: 1},
	{name: "skip_name_resolve", typ: boolVar, def: "1", scope: globalOnly, readOnly: true},
	{name: "sort_buffer_size", typ: intVar, def: "262144", min: 32768},
	{name: "sql_big_selects", typ: boolVar, def: "1"},
	{name: "sql_buffer_result", typ: boolVar, def: "0"},
	{name: "sql_warnings", typ: boolVar, def: "0"},
	{name: "table_definition_cache", typ: intVar, def: "2000", scope: globalOnly, min: 400, max: 524288},
	{name: "table_open_cache", typ: intVar, def: "4000", scope: globalOnly, min: 1, max: 524288},
	{name: "thread_cache_size", typ: intVar, def: "0", scope: globalOnly, max: 16384},
	{name: "thread_stack", typ: intVar, def: "1048576", scope: globalOnly, readOnly: true},
	{name: "tmp_table_size", typ: intVar, def: "16777216", min: 1024},
	{name: "unique_checks", typ: boolVar, def: "1"},

	// Computed for each session.
	{name: "error_count", typ: intVar, scope: sessionOnly, readOnly: true},
	{name: "warning_count", typ: intVar, scope: sessionOnly, readOnly: true},
	{name: "last_insert_id", typ: intVar, def: "0", scope: sessionOnly, noDefault: true},
	{name: "pseudo_thread_id", typ: intVar, scope: sessionOnly, max: 1<<32 - 1},
}

// blockModes are the values of block_encryption_mode that AES_ENCRYPT knows.
func blockModes() []string {
	var out []string
	for _, mode := range []string{"ecb", "cbc", "cfb8", "cfb128", "ofb"} {
		for _, bits := range []string{"128", "192", "256"} {
			out = append(out, "aes-"+bits+"-"+mode)
		}
	}
	return out
}
