package mysqlerr

// The numbers of statements about the binary log and its GTIDs.
const (
	BinlogClosed        = 1186
	ErrorWhenExecuting  = 1220
	UnknownTargetBinlog = 1373
	// UnsafeSystemFunction is ER_BINLOG_UNSAFE_SYSTEM_FUNCTION.
	UnsafeSystemFunction = 1674
	MalformedGTIDSet     = 1772
	MalformedGTID        = 1774
	WarnPurgeLogInUse    = 1867
	GTIDModeOff          = 3062
	CantResetMaster      = 3190
)

func init() {
	for code, d := range map[uint16]definition{
		BinlogClosed:         {"HY000", "Binlog closed, cannot %s"},
		ErrorWhenExecuting:   {"HY000", "Error when executing command %s: %s"},
		UnknownTargetBinlog:  {"HY000", "Target log not found in binlog index"},
		UnsafeSystemFunction: {"HY000", "Statement is unsafe because it uses a system function that may return a different value on the replica."},
		MalformedGTID:        {"HY000", "Malformed GTID specification '%s'."},
		MalformedGTIDSet:     {"HY000", "Malformed GTID set specification '%s'."},
		WarnPurgeLogInUse:    {"HY000", "file %s was not purged because it was being read by %d thread(s), purged only %d out of %d files."},
		GTIDModeOff:          {"HY000", "Cannot %s when GTID_MODE = OFF."},
		CantResetMaster:      {"HY000", "RESET BINARY LOGS AND GTIDS is not allowed because %s."},
	} {
		table[code] = d
	}
}
