package server

// fixedVars are variables that programs read and that have one value here, because the
// server has no other way, or nothing of what they are about.
var fixedVars = []sysVar{
	settled("event_scheduler", textVar, "OFF"),
	{name: "flush", typ: boolVar, def: "0", scope: globalOnly},
	{name: "general_log", typ: boolVar, def: "0", scope: globalOnly}, // a file of the server's, which no client sees
	onlyRead("gtid_owned", textVar, ""),
	onlyRead("have_compress", textVar, "YES"),
	onlyRead("have_dynamic_loading", textVar, "NO"),
	onlyRead("have_geometry", textVar, "YES"),
	onlyRead("have_rtree_keys", textVar, "NO"),
	onlyRead("have_statement_timeout", textVar, "YES"),
	onlyRead("have_symlink", textVar, "DISABLED"),
	settled("init_replica", textVar, ""),
	settled("init_slave", textVar, ""),
	settled("innodb_default_row_format", textVar, "dynamic"),
	{name: "innodb_file_per_table", typ: boolVar, def: "1", scope: globalOnly},
	onlyRead("innodb_force_recovery", intVar, "0"),
	{name: "innodb_stats_on_metadata", typ: boolVar, def: "0", scope: globalOnly},
	{name: "innodb_table_locks", typ: boolVar, def: "1", constant: true},
	settled("log_output", textVar, "FILE"),
	onlyRead("log_replica_updates", boolVar, "1"),
	onlyRead("log_slave_updates", boolVar, "1"),
	{name: "low_priority_updates", typ: boolVar, def: "0"},
	settled("offline_mode", boolVar, "0"),
	settled("partial_revokes", boolVar, "0"),
	onlyRead("disconnect_on_expired_password", boolVar, "1"),
	settled("protocol_compression_algorithms", textVar, "zlib,zstd,uncompressed"),
	onlyRead("relay_log", textVar, ""),
	settled("replica_parallel_workers", intVar, "0"),
	onlyRead("report_host", textVar, ""),
	onlyRead("skip_external_locking", boolVar, "1"),
	onlyRead("skip_replica_start", boolVar, "0"),
	onlyRead("skip_show_database", boolVar, "0"),
	onlyRead("skip_slave_start", boolVar, "0"),
	settled("slave_parallel_workers", intVar, "0"),
	settled("sql_replica_skip_counter", intVar, "0"),
	settled("sql_slave_skip_counter", intVar, "0"),
	settled("table_encryption_privilege_check", boolVar, "0"),
	onlyRead("thread_handling", textVar, "one-thread-per-connection"),
	{name: "profiling_history_size", typ: intVar, def: "15", max: 100, constant: true},
	{name: "session_track_transaction_info", typ: enumVar, def: "OFF", enum: []string{"OFF", "STATE", "CHARACTERISTICS"}, constant: true},
	{name: "windowing_use_high_precision", typ: boolVar, def: "1", constant: true},
}

// settled is a variable that may be set to what it is.
func settled(name string, typ varType, value string) sysVar {
	return sysVar{name: name, typ: typ, def: value, scope: globalOnly, constant: true}
}

// onlyRead is one that MySQL lets nobody set while it runs.
func onlyRead(name string, typ varType, value string) sysVar {
	return sysVar{name: name, typ: typ, def: value, scope: globalOnly, readOnly: true}
}
