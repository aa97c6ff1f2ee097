package mysqlerr

// The numbers of statements on several tables, views and alterations.
const (
	NonUniqTable         = 1066
	NoSuchIndex          = 1082
	TooManyTables        = 1116
	WrongNumberOfColumns = 1222
	OperandColumns       = 1241
	ViewVariable         = 1351
	SubqueryNoOneRow     = 1242
	DerivedMustHaveAlias = 1248
	UpdateTableUsed      = 1093
	NonUpdatableTable    = 1288
	WrongParamCount      = 1582
	WrongObject          = 1347
	ViewInvalid          = 1356
	ViewRecursive        = 1462
	ViewWrongList        = 1353
	RegexpError          = 3685
	InvalidJSONParam     = 3141
	JSONTableCast        = 3156
	JSONTableMissing     = 3665
	JSONTableScalar      = 3666
	JSONTableRange       = 3669
	CheckViolated        = 3819
	RecursionLimit       = 3636
	WrongValueForType    = 1411
	CantRemoveAllFields  = 1090
)

func init() {
	for code, d := range map[uint16]definition{
		NonUniqTable:         {"42000", "Not unique table/alias: '%s'"},
		NoSuchIndex:          {"42S12", "Table '%s' has no index like the one used in CREATE INDEX; recreate the table"},
		TooManyTables:        {"HY000", "Too many tables; MySQL can only use %d tables in a join"},
		WrongNumberOfColumns: {"21000", "The used SELECT statements have a different number of columns"},
		ViewVariable:         {"HY000", "View's SELECT contains a variable or parameter"},
		OperandColumns:       {"21000", "Operand should contain %s column(s)"},
		SubqueryNoOneRow:     {"21000", "Subquery returns more than 1 row"},
		DerivedMustHaveAlias: {"42000", "Every derived table must have its own alias"},
		JSONTableCast:        {"22018", "Invalid JSON value for CAST to %s from column %s at row %d"},
		JSONTableMissing:     {"22035", "Missing value for JSON_TABLE column '%s'"},
		JSONTableScalar:      {"2203F", "Can't store an array or an object in the scalar JSON_TABLE column '%s'"},
		JSONTableRange:       {"22003", "Value is out of range for JSON_TABLE's column '%s'"},
		UpdateTableUsed:      {"HY000", "You can't specify target table '%s' for update in FROM clause"},
		NonUpdatableTable:    {"HY000", "The target table %s of the %s is not updatable"},
		WrongParamCount:      {"42000", "Incorrect parameter count in the call to native function '%s'"},
		WrongObject:          {"HY000", "'%s' is not %s"},
		ViewRecursive:        {"HY000", "`%s`.`%s` contains view recursion"},
		ViewInvalid:          {"HY000", "View '%s.%s' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them"},
		ViewWrongList:        {"HY000", "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts"},
		RegexpError:          {"HY000", "%s"},
		InvalidJSONParam:     {"22032", "Invalid JSON text: %s"},
		CheckViolated:        {"HY000", "Check constraint '%s' is violated."},
		RecursionLimit:       {"HY000", "Recursive query aborted after %d iterations. Try increasing @@cte_max_recursion_depth to a larger value."},
		WrongValueForType:    {"HY000", "Incorrect %s value: '%s' for function %s"},
		CantRemoveAllFields:  {"42000", "You can't delete all columns with ALTER TABLE; use DROP TABLE instead"},
	} {
		table[code] = d
	}
}
