package mysqlerr

const generalState = "HY000"

// The numbers, by MySQL's names without the ER_ prefix.
const (
	CantLock                 = 1015
	DupKey                   = 1022
	ConCount                 = 1040
	Handshake                = 1043
	DBAccessDenied           = 1044
	AccessDenied             = 1045
	NoDB                     = 1046
	UnknownCommand           = 1047
	BadNull                  = 1048
	BadDB                    = 1049
	TableExists              = 1050
	BadTable                 = 1051
	BadField                 = 1054
	WrongValueCount          = 1058
	DupFieldName             = 1060
	DupEntry                 = 1062
	WrongFieldSpec           = 1063
	ParseError               = 1064
	EmptyQuery               = 1065
	MultiplePriKey           = 1068
	TooLongKey               = 1071
	KeyColumnMissing         = 1072
	ServerShutdown           = 1053
	UnknownError             = 1105
	UnknownTable             = 1109
	FieldSpecifiedTwice      = 1110
	UnknownCharacterSet      = 1115
	TooManyColumns           = 1117
	WrongValueCountOnRow     = 1136
	NoSuchTable              = 1146
	SyntaxError              = 1149
	PrimaryCantHaveNull      = 1171
	UnknownSystemVariable    = 1193
	NewAbortingConnection    = 1184
	LockWaitTimeout          = 1205
	WrongArguments           = 1210
	LockDeadlock             = 1213
	SpecificAccessDenied     = 1227
	WrongValueForVar         = 1231
	WrongTypeForVar          = 1232
	NotSupportedYet          = 1235
	IncorrectGlobalLocal     = 1238
	UnknownStmtHandler       = 1243
	OutOfRange               = 1264
	DataTruncated            = 1265
	UnknownCollation         = 1273
	TruncatedWrongValue      = 1292
	QueryInterrupted         = 1317
	NoDefaultForField        = 1364
	DivisionByZero           = 1365
	IncorrectFieldValue      = 1366
	XAerNota                 = 1397
	XAerInval                = 1398
	XAerRMFail               = 1399
	XAerOutside              = 1400
	XAerRMErr                = 1401
	XARBRollback             = 1402
	DataTooLong              = 1406
	XAerDupID                = 1440
	InTransactionSQLLogBin   = 1694
	WrongEncryption          = 3184
	NoMasterKey              = 3185
	InvalidYearLength        = 1818
	DataOutOfRange           = 1690
	XARBTimeout              = 1613
	XARBDeadlock             = 1614
	DBCreateExists           = 1007
	DBDropExists             = 1008
	DiskFull                 = 1021
	NetPacketTooLarge        = 1153
	MalformedPacket          = 1835
	TooManyPlaceholders      = 1390
	ReadOnlyTransaction      = 1792
	OptionPrevents           = 1290
	XARetry                  = 3197
	UnresolvedTableLock      = 3568
	LockNowait               = 3572
	LockOrActiveTransaction  = 1192
	SpatialMustHaveGeometry  = 1687
	TableNotLockedForWrite   = 1099
	TableNotLocked           = 1100
	CantUpdateWithReadLock   = 1223
	ErrorDuringCommit        = 1180
	TransactionTooLarge      = 1197
	SPDoesNotExist           = 1305
	NotReplica               = 1200
	ReplicaStopped           = 3084
	CheckRead                = 1020
	MasterFatalReadingBinlog = 1236
	NoBinaryLogging          = 1381
	PacketsOutOfOrder        = 1156
	UnknownTimeZone          = 1298
	NoSuchThread             = 1094
	MaxPreparedStmt          = 1461
	ReadOnlyMode             = 1836
	VarCantBeRead            = 1233
	CantChangeTrx            = 1568
	LocalVariable            = 1228
	NoDefault                = 1230
	VariableReadOnly         = 1621
	GlobalVariable           = 1229
	QueryTimeout             = 3024

	ClientInteractionTimeout = 4031
	UnsupportedPS            = 1295
	TooFewRecords            = 1261
	TooManyRecords           = 1262
	WrongFieldTerminators    = 1083
	StmtHasNoOpenCursor      = 1421
	LocalInfileDisabled      = 3948
	ConflictingHint          = 3126
	UnresolvedHintName       = 3128
	NotHintable              = 3637
)

// The numbers of what MySQL does not have: named read views.
const (
	ReadViewUnknown  = 51001
	ReadViewExpired  = 51002
	ReadViewLost     = 51003
	ReadViewExists   = 51004
	ReadViewsTooMany = 51005
)

type definition struct {
	state  string
	format string
}

var table = map[uint16]definition{
	CantLock:                 {"HY000", "Can't lock file (%s)"},
	DupKey:                   {"23000", "Can't write; duplicate key in table '%s'"},
	ConCount:                 {"08004", "Too many connections"},
	Handshake:                {"08S01", "Bad handshake"},
	DBAccessDenied:           {"42000", "Access denied for user '%s'@'%s' to database '%s'"},
	AccessDenied:             {"28000", "Access denied for user '%s'@'%s' (using password: %s)"},
	NoDB:                     {"3D000", "No database selected"},
	UnknownCommand:           {"08S01", "Unknown command"},
	BadNull:                  {"23000", "Column '%s' cannot be null"},
	BadDB:                    {"42000", "Unknown database '%s'"},
	TableExists:              {"42S01", "Table '%s' already exists"},
	BadTable:                 {"42S02", "Unknown table '%s'"},
	BadField:                 {"42S22", "Unknown column '%s' in '%s'"},
	WrongValueCount:          {"21S01", "Column count doesn't match value count"},
	DupFieldName:             {"42S21", "Duplicate column name '%s'"},
	DupEntry:                 {"23000", "Duplicate entry '%s' for key '%s'"},
	WrongFieldSpec:           {"42000", "Incorrect column specifier for column '%s'"},
	ParseError:               {"42000", "You have an error in your SQL syntax; %s"},
	EmptyQuery:               {"42000", "Query was empty"},
	MultiplePriKey:           {"42000", "Multiple primary key defined"},
	TooLongKey:               {"42000", "Specified key was too long; max key length is %d bytes"},
	KeyColumnMissing:         {"42000", "Key column '%s' doesn't exist in table"},
	ServerShutdown:           {"08S01", "Server shutdown in progress"},
	UnknownError:             {"HY000", "%s"},
	UnknownTable:             {"42S02", "Unknown table '%s' in %s"},
	FieldSpecifiedTwice:      {"42000", "Column '%s' specified twice"},
	UnknownCharacterSet:      {"42000", "Unknown character set: '%s'"},
	TooManyColumns:           {"HY000", "Too many columns"},
	WrongValueCountOnRow:     {"21S01", "Column count doesn't match value count at row %d"},
	NoSuchTable:              {"42S02", "Table '%s.%s' doesn't exist"},
	SyntaxError:              {"42000", "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use"},
	PrimaryCantHaveNull:      {"42000", "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead"},
	UnknownSystemVariable:    {"HY000", "Unknown system variable '%s'"},
	NewAbortingConnection:    {"08S01", "Aborted connection %d to db: '%s' user: '%s' host: '%s' (%s)"},
	LockWaitTimeout:          {"HY000", "Lock wait timeout exceeded; try restarting transaction"},
	WrongArguments:           {"HY000", "Incorrect arguments to %s"},
	LockDeadlock:             {"40001", "Deadlock found when trying to get lock; try restarting transaction"},
	SpecificAccessDenied:     {"42000", "Access denied; you need (at least one of) the %s privilege(s) for this operation"},
	WrongValueForVar:         {"42000", "Variable '%s' can't be set to the value of '%s'"},
	WrongTypeForVar:          {"42000", "Incorrect argument type to variable '%s'"},
	InTransactionSQLLogBin:   {"HY000", "Cannot modify @@session.sql_log_bin inside a transaction"},
	WrongEncryption:          {"HY000", "Invalid encryption option."},
	NoMasterKey:              {"HY000", "Can't find master key from keyring, please check in the server log if a keyring is loaded and initialized successfully."},
	InvalidYearLength:        {"HY000", "Supports only YEAR or YEAR(4) column."},
	NotSupportedYet:          {"42000", "This version of xadb doesn't yet support '%s'"},
	IncorrectGlobalLocal:     {"HY000", "Variable '%s' is a %s variable"},
	UnknownStmtHandler:       {"HY000", "Unknown prepared statement handler (%s) given to %s"},
	OutOfRange:               {"22003", "Out of range value for column '%s' at row %d"},
	DataTruncated:            {"01000", "Data truncated for column '%s' at row %d"},
	UnknownCollation:         {"HY000", "Unknown collation: '%s'"},
	TruncatedWrongValue:      {"22007", "Truncated incorrect %s value: '%s'"},
	QueryInterrupted:         {"70100", "Query execution was interrupted"},
	NoDefaultForField:        {"HY000", "Field '%s' doesn't have a default value"},
	DivisionByZero:           {"22012", "Division by 0"},
	IncorrectFieldValue:      {"HY000", "Incorrect %s value: '%s' for column '%s' at row %d"},
	XAerNota:                 {"XAE04", "XAER_NOTA: Unknown XID"},
	XAerInval:                {"XAE05", "XAER_INVAL: Invalid arguments (or unsupported command)"},
	XAerRMFail:               {"XAE07", "XAER_RMFAIL: The command cannot be executed when global transaction is in the  %s state"},
	XAerOutside:              {"XAE09", "XAER_OUTSIDE: Some work is done outside global transaction"},
	XAerRMErr:                {"XAE03", "XAER_RMERR: Fatal error occurred in the transaction branch - check your data for consistency"},
	XARBRollback:             {"XA100", "XA_RBROLLBACK: Transaction branch was rolled back"},
	DataTooLong:              {"22001", "Data too long for column '%s' at row %d"},
	XAerDupID:                {"XAE08", "XAER_DUPID: The XID already exists"},
	DataOutOfRange:           {"22003", "%s value is out of range in '%s'"},
	XARBTimeout:              {"XA106", "XA_RBTIMEOUT: Transaction branch was rolled back: took too long"},
	XARBDeadlock:             {"XA102", "XA_RBDEADLOCK: Transaction branch was rolled back: deadlock was detected"},
	DBCreateExists:           {"HY000", "Can't create database '%s'; database exists"},
	DBDropExists:             {"HY000", "Can't drop database '%s'; database doesn't exist"},
	DiskFull:                 {"HY000", "Disk full (%s); waiting for someone to free some space..."},
	NetPacketTooLarge:        {"08S01", "Got a packet bigger than 'max_allowed_packet' bytes"},
	MalformedPacket:          {"HY000", "Malformed communication packet."},
	TooManyPlaceholders:      {"42000", "Prepared statement contains too many placeholders"},
	ReadOnlyTransaction:      {"25006", "Cannot execute statement in a READ ONLY transaction."},
	OptionPrevents:           {"HY000", "The MySQL server is running with the %s option so it cannot execute this statement"},
	XARetry:                  {"HY000", "The resource manager is not able to commit the transaction branch at this time. Please retry later."},
	ErrorDuringCommit:        {"HY000", "Got error %s during COMMIT"},
	TransactionTooLarge:      {"HY000", "Multi-statement transaction required more than %s; increase this variable and try again"},
	NotReplica:               {"HY000", "The server is not configured as replica; fix in config file or with CHANGE REPLICATION SOURCE TO"},
	ReplicaStopped:           {"HY000", "Replication thread(s) for channel '%s' are already stopped."},
	SPDoesNotExist:           {"42000", "%s %s does not exist"},
	CheckRead:                {"HY000", "Record has changed since last read in table '%s'"},
	MasterFatalReadingBinlog: {"HY000", "%s"}, // a replica says the rest
	NoBinaryLogging:          {"HY000", "You are not using binary logging"},
	PacketsOutOfOrder:        {"08S01", "Got packets out of order"},
	UnknownTimeZone:          {"HY000", "Unknown or incorrect time zone: '%s'"},
	NoSuchThread:             {"HY000", "Unknown thread id: %d"},
	MaxPreparedStmt:          {"42000", "Can't create more than max_prepared_stmt_count statements (current value: %d)"},
	LockNowait:               {"HY000", "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set."},
	LockOrActiveTransaction:  {"HY000", "Can't execute the given command because you have active locked tables or an active transaction"},
	SpatialMustHaveGeometry:  {"42000", "A SPATIAL index may only contain a geometrical type column"},
	TableNotLockedForWrite:   {"HY000", "Table '%s' was locked with a READ lock and can't be updated"},
	TableNotLocked:           {"HY000", "Table '%s' was not locked with LOCK TABLES"},
	CantUpdateWithReadLock:   {"HY000", "Can't execute the query because you have a conflicting read lock"},
	UnresolvedTableLock:      {"HY000", "Unresolved table name `%s` in locking clause."},
	ReadOnlyMode:             {"HY000", "Running in read-only mode"},
	VarCantBeRead:            {"HY000", "Variable '%s' can only be set, not read"},
	CantChangeTrx:            {"25001", "Transaction characteristics can't be changed while a transaction is in progress"},
	NoDefault:                {"42000", "Variable '%s' doesn't have a default value"},
	VariableReadOnly:         {"HY000", "%s variable '%s' is read-only. Use SET %s to assign the value"},
	LocalVariable:            {"HY000", "Variable '%s' is a SESSION variable and can't be used with SET GLOBAL"},
	QueryTimeout:             {"HY000", "Query execution was interrupted, maximum statement execution time exceeded"},
	ClientInteractionTimeout: {"HY000", "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior."},
	TooFewRecords:            {"01000", "Row %d doesn't contain data for all columns"},
	ConflictingHint:          {"HY000", "Hint %s is ignored as conflicting/duplicated"},
	UnresolvedHintName:       {"HY000", "Unresolved name '%s' for %s hint"},
	NotHintable:              {"HY000", "Variable '%s' cannot be set using SET_VAR hint."},
	TooManyRecords:           {"01000", "Row %d was truncated; it contained more data than there were input columns"},
	WrongFieldTerminators:    {"42000", "Field separator argument is not what is expected; check the manual"},
	UnsupportedPS:            {"HY000", "This command is not supported in the prepared statement protocol yet"},
	StmtHasNoOpenCursor:      {"HY000", "The statement (%d) has no open cursor."},
	ReadViewUnknown:          {"HY000", "There is no read view %s: it was dropped, or the server has started again since"},
	ReadViewExpired:          {"HY000", "The read view has expired: %s. Make a new one"},
	ReadViewLost:             {"HY000", "The read view is lost, the server has started again since: %s. Make a new one"},
	ReadViewExists:           {"HY000", "There is a read view %s already"},
	ReadViewsTooMany:         {"HY000", "Too many read views: %s. Drop some"},
	LocalInfileDisabled:      {"42000", "Loading local data is disabled; this must be enabled on both the client and server sides"},
	GlobalVariable:           {"HY000", "Variable '%s' is a GLOBAL variable and should be set with SET GLOBAL"},
}
