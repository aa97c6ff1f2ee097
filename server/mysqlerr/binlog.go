package mysqlerr

// The numbers of statements about the binary log and its GTIDs.
const (
	KeyNotFound         = 1032
	BinlogClosed        = 1186
	ErrorWhenExecuting  = 1220
	UnknownTargetBinlog = 1373
	Base64Decode        = 1575
	// NoFormatDescription is ER_NO_FORMAT_DESCRIPTION_EVENT_BEFORE_BINLOG_STATEMENT.
	NoFormatDescription = 1609
	CorruptEvent        = 1610
	// UnsafeSystemFunction is ER_BINLOG_UNSAFE_SYSTEM_FUNCTION.
	UnsafeSystemFunction = 1674
	// ConversionFailed is ER_SLAVE_CONVERSION_FAILED.
	ConversionFailed = 1677
	// OnlyRowEvents is ER_ONLY_FD_AND_RBR_EVENTS_ALLOWED_IN_BINLOG_STATEMENT.
	OnlyRowEvents            = 1730
	NotSettableInTransaction = 1766
	MalformedGTIDSet         = 1772
	MalformedGTID            = 1774
	GTIDNextNeedsMode        = 1781
	AnonymousNeedsMode       = 1782
	OwnsGTID                 = 1790
	// GTIDNextSpent is ER_GTID_NEXT_TYPE_UNDEFINED_GTID.
	GTIDNextSpent     = 1837
	WarnPurgeLogInUse = 1867
	GTIDModeOff       = 3062
	NoSuchChannel     = 3074
	CantResetMaster   = 3190
)

func init() {
	for code, d := range map[uint16]definition{
		NoSuchChannel:            {"HY000", "Replica channel '%s' does not exist."},
		KeyNotFound:              {"HY000", "Can't find record in '%s'"},
		Base64Decode:             {"HY000", "Decoding of base64 string failed"},
		NoFormatDescription:      {"HY000", "The BINLOG statement of type `%s` was not preceded by a format description BINLOG statement."},
		CorruptEvent:             {"HY000", "Corrupted replication event was detected"},
		ConversionFailed:         {"HY000", "Column %d of table '%s.%s' cannot be converted from type '%s' to type '%s'"},
		OnlyRowEvents:            {"HY000", "Only Format_description_log_event and row events are allowed in BINLOG statements (but %s was provided)"},
		BinlogClosed:             {"HY000", "Binlog closed, cannot %s"},
		ErrorWhenExecuting:       {"HY000", "Error when executing command %s: %s"},
		UnknownTargetBinlog:      {"HY000", "Target log not found in binlog index"},
		UnsafeSystemFunction:     {"HY000", "Statement is unsafe because it uses a system function that may return a different value on the replica."},
		NotSettableInTransaction: {"HY000", "The system variable %s cannot be set when there is an ongoing transaction."},
		GTIDNextNeedsMode:        {"HY000", "@@SESSION.GTID_NEXT cannot be set to UUID:NUMBER when @@GLOBAL.GTID_MODE = OFF."},
		AnonymousNeedsMode:       {"HY000", "@@SESSION.GTID_NEXT cannot be set to ANONYMOUS when @@GLOBAL.GTID_MODE = ON."},
		OwnsGTID:                 {"HY000", "@@SESSION.GTID_NEXT cannot be changed by a client that owns a GTID. The client owns %s. Ownership is released on COMMIT or ROLLBACK."},
		GTIDNextSpent: {"HY000", "When @@SESSION.GTID_NEXT is set to a GTID, you must explicitly set it to a different value after a COMMIT or ROLLBACK. " +
			"Please check GTID_NEXT variable manual page for detailed explanation. Current @@SESSION.GTID_NEXT is '%s'."},
		MalformedGTID:     {"HY000", "Malformed GTID specification '%s'."},
		MalformedGTIDSet:  {"HY000", "Malformed GTID set specification '%s'."},
		WarnPurgeLogInUse: {"HY000", "file %s was not purged because it was being read by %d thread(s), purged only %d out of %d files."},
		GTIDModeOff:       {"HY000", "Cannot %s when GTID_MODE = OFF."},
		CantResetMaster:   {"HY000", "RESET BINARY LOGS AND GTIDS is not allowed because %s."},
	} {
		table[code] = d
	}
}
