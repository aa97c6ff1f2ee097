package mysqlerr

// The numbers of the programs that triggers are.
const (
	WrongNumberOfColumnsInSelect = 1222
	LabelMismatch                = 1308
	UndeclaredCondition          = 1319
	UndefinedCursor              = 1324
	CursorAlreadyOpen            = 1325
	CursorNotOpen                = 1326
	CaseNotFound                 = 1339
	NoResultSet                  = 1415
	DuplicateSignalItem          = 1641
	SignalWarning                = 1642
	SignalNotFound               = 1643
	SignalException              = 1644
	ResignalWithoutHandler       = 1645
	SignalBadCondition           = 1646
	ConditionItemTooLong         = 1648
	BadSQLState                  = 1407
	InvalidConditionNumber       = 1758
	StackedWithoutHandler        = 3004
	ReferencedTrigger            = 3011
	TriggerExistsNote            = 4099
)

func init() {
	for code, d := range map[uint16]definition{
		LabelMismatch:          {"42000", "%s with no matching label: %s"},
		UndeclaredCondition:    {"42000", "Undefined CONDITION: %s"},
		UndefinedCursor:        {"42000", "Undefined CURSOR: %s"},
		CursorAlreadyOpen:      {"24000", "Cursor is already open"},
		CursorNotOpen:          {"24000", "Cursor is not open"},
		CaseNotFound:           {"20000", "Case not found for CASE statement"},
		NoResultSet:            {"0A000", "Not allowed to return a result set from %s"},
		DuplicateSignalItem:    {"42000", "Duplicate condition information item '%s'"},
		SignalWarning:          {"01000", "Unhandled user-defined warning condition"},
		SignalNotFound:         {"02000", "Unhandled user-defined not found condition"},
		SignalException:        {"HY000", "Unhandled user-defined exception condition"},
		SignalBadCondition:     {"HY000", "SIGNAL/RESIGNAL can only use a CONDITION defined with SQLSTATE"},
		ResignalWithoutHandler: {"0K000", "RESIGNAL when handler not active"},
		ConditionItemTooLong:   {"22001", "Data too long for condition item '%s'"},
		BadSQLState:            {"42000", "Bad SQLSTATE: '%s'"},
		InvalidConditionNumber: {"35000", "Invalid condition number"},
		StackedWithoutHandler:  {"0Z002", "GET STACKED DIAGNOSTICS when handler not active"},
		ReferencedTrigger:      {"HY000", "Referenced trigger '%s' for the given action time and event type does not exist."},
		TriggerExistsNote:      {"HY000", "Trigger '%s' already exists on the table '%s'.'%s'."},
	} {
		table[code] = d
	}
}
