package mysqlerr

// The numbers of constraints, generated columns, triggers and temporary tables.
const (
	InvalidUseOfNull       = 1138
	CannotAddForeign       = 1215
	WrongFKDef             = 1239
	TriggerExists          = 1359
	TriggerDoesNotExist    = 1360
	TriggerOnViewOrTemp    = 1361
	TriggerCantChangeRow   = 1362
	NoSuchRowInTrigger     = 1363
	CantUpdateUsedTable    = 1442
	NonInsertableTable     = 1471
	RowIsReferenced        = 1451
	NoReferencedRow        = 1452
	DropIndexForeignKey    = 1553
	TruncateIllegalFK      = 1701
	FKNoIndexParent        = 1822
	FKCannotOpenParent     = 1824
	FKDupName              = 1826
	FKColumnCannotDrop     = 1828
	FKColumnCannotDropFrom = 1829
	FKColumnNotNull        = 1830
	FKDepthExceeded        = 3008
	MultiUpdateKey         = 1706
	GeneratedSubquery      = 3102
	GeneratedValue         = 3105
	GeneratedAction        = 3106
	GeneratedNonPrior      = 3107
	GeneratedDependent     = 3108
	GeneratedAutoInc       = 3109
	FKCannotDropParent     = 3730
	FKVirtualColumn        = 3733
	FKNoColumnParent       = 3734
	FunctionalJSON         = 3753
	FunctionalAutoInc      = 3754
	FunctionalPrimary      = 3756
	FunctionalBlob         = 3757
	FunctionalFunction     = 3758
	FunctionalFulltext     = 3759
	FunctionalSpatial      = 3760
	FunctionalColumn       = 3762
	GeneratedFunction      = 3763
	DefaultDependent       = 3766
	DefaultNonPrior        = 3767
	DefaultAutoInc         = 3768
	DefaultSubquery        = 3769
	DefaultFunction        = 3770
	DefaultVariable        = 3772
	DefaultComputed        = 3773
	FKIncompatibleColumns  = 3780
	CheckNotTruth          = 3812
	CheckOtherColumn       = 3813
	SecondaryEngine        = 3889
	EngineAttribute        = 3981
	CheckFunction          = 3814
	CheckSubquery          = 3815
	CheckVariable          = 3816
	CheckAutoInc           = 3818
	CheckUnknownColumn     = 3820
	CheckNotFound          = 3821
	FunctionalDependent    = 3837
	TableWithoutVisible    = 4028
	CheckDupName           = 3822
	CheckReferAction       = 3823
	EnforcementNotSupport  = 3939
	ConstraintNotFound     = 3940
	CheckDependent         = 3959
	FKWithSelect           = 3978
	XATempTable            = 4091
)

func init() {
	for code, d := range map[uint16]definition{
		InvalidUseOfNull:       {"22004", "Invalid use of NULL value"},
		NonInsertableTable:     {"HY000", "The target table %s of the %s is not insertable-into"},
		CannotAddForeign:       {"HY000", "Cannot add foreign key constraint"},
		FKWithSelect:           {"HY000", "Foreign key creation is not allowed with CREATE TABLE as SELECT and CREATE TABLE with START TRANSACTION statement."},
		FunctionalJSON:         {"42000", "Cannot create a functional index on a function that returns a JSON or GEOMETRY value."},
		FunctionalAutoInc:      {"HY000", "Functional index '%s' cannot refer to an auto-increment column."},
		FunctionalPrimary:      {"HY000", "The primary key cannot be a functional index"},
		FunctionalBlob:         {"HY000", "Cannot create a functional index on an expression that returns a BLOB or TEXT. Please consider using CAST."},
		FunctionalFunction:     {"HY000", "Expression of functional index '%s' contains a disallowed function."},
		FunctionalFulltext:     {"HY000", "Fulltext functional index is not supported."},
		FunctionalSpatial:      {"HY000", "Spatial functional index is not supported."},
		FunctionalColumn:       {"HY000", "Functional index on a column is not supported. Consider using a regular index instead."},
		FunctionalDependent:    {"HY000", "Column '%s' has a functional index dependency and cannot be dropped or renamed."},
		DefaultComputed:        {"HY000", "DEFAULT function cannot be used with default value expressions"},
		DefaultVariable:        {"HY000", "Default value expression of column '%s' cannot refer user or system variables."},
		WrongFKDef:             {"42000", "Incorrect foreign key definition for '%s': %s"},
		TriggerExists:          {"HY000", "Trigger already exists"},
		TriggerDoesNotExist:    {"HY000", "Trigger does not exist"},
		TriggerOnViewOrTemp:    {"HY000", "Trigger's '%s' is view or temporary table"},
		TriggerCantChangeRow:   {"HY000", "Updating of %s row is not allowed in %strigger"},
		NoSuchRowInTrigger:     {"HY000", "There is no %s row in on %s trigger"},
		CantUpdateUsedTable:    {"HY000", "Can't update table '%s' in stored function/trigger because it is already used by statement which invoked this stored function/trigger."},
		RowIsReferenced:        {"23000", "Cannot delete or update a parent row: a foreign key constraint fails (%s)"},
		NoReferencedRow:        {"23000", "Cannot add or update a child row: a foreign key constraint fails (%s)"},
		DropIndexForeignKey:    {"HY000", "Cannot drop index '%s': needed in a foreign key constraint"},
		TruncateIllegalFK:      {"42000", "Cannot truncate a table referenced in a foreign key constraint (%s)"},
		FKNoIndexParent:        {"HY000", "Failed to add the foreign key constraint. Missing index for constraint '%s' in the referenced table '%s'"},
		FKCannotOpenParent:     {"HY000", "Failed to open the referenced table '%s'"},
		FKDupName:              {"HY000", "Duplicate foreign key constraint name '%s'"},
		FKColumnCannotDrop:     {"HY000", "Cannot drop column '%s': needed in a foreign key constraint '%s'"},
		FKColumnCannotDropFrom: {"HY000", "Cannot drop column '%s': needed in a foreign key constraint '%s' of table '%s'"},
		FKColumnNotNull:        {"HY000", "Column '%s' cannot be NOT NULL: needed in a foreign key constraint '%s' SET NULL"},
		FKDepthExceeded:        {"HY000", "Foreign key cascade delete/update exceeds max depth of %d."},
		MultiUpdateKey:         {"HY000", "Primary key/partition key update is not allowed since the table is updated both as '%s' and '%s'."},
		GeneratedSubquery:      {"HY000", "Expression of generated column '%s' contains a disallowed function."},
		GeneratedFunction:      {"HY000", "Expression of generated column '%s' contains a disallowed function: %s."},
		GeneratedValue:         {"HY000", "The value specified for generated column '%s' in table '%s' is not allowed."},
		GeneratedAction:        {"HY000", "'%s' is not supported for generated columns."},
		GeneratedNonPrior:      {"HY000", "Generated column can refer only to generated columns defined prior to it."},
		GeneratedDependent:     {"HY000", "Column '%s' has a generated column dependency."},
		GeneratedAutoInc:       {"HY000", "Generated column '%s' cannot refer to auto-increment column."},
		FKCannotDropParent:     {"HY000", "Cannot drop table '%s' referenced by a foreign key constraint '%s' on table '%s'."},
		FKVirtualColumn:        {"HY000", "Foreign key '%s' uses virtual column '%s' which is not supported."},
		FKNoColumnParent:       {"HY000", "Failed to add the foreign key constraint. Missing column '%s' for constraint '%s' in the referenced table '%s'"},
		DefaultDependent:       {"HY000", "Column '%s' of table '%s' has a default value expression dependency and cannot be dropped or renamed."},
		DefaultNonPrior:        {"HY000", "Default value expression of column '%s' cannot refer to a column defined after it if that column is a generated column or has an expression as default value."},
		DefaultAutoInc:         {"HY000", "Default value expression of column '%s' cannot refer to an auto-increment column."},
		DefaultFunction:        {"HY000", "Default value expression of column '%s' contains a disallowed function: %s."},
		DefaultSubquery:        {"HY000", "Default value expression of column '%s' contains a disallowed function."},
		FKIncompatibleColumns:  {"HY000", "Referencing column '%s' and referenced column '%s' in foreign key constraint '%s' are incompatible."},
		CheckNotTruth:          {"HY000", "An expression of non-boolean type specified to a check constraint '%s'."},
		SecondaryEngine:        {"HY000", "Secondary engine operation failed. %s"},
		EngineAttribute:        {"HY000", "Storage engine '%s' does not support ENGINE_ATTRIBUTE."},
		CheckOtherColumn:       {"HY000", "Column check constraint '%s' references other column."},
		CheckFunction:          {"HY000", "An expression of a check constraint '%s' contains disallowed function: %s."},
		CheckSubquery:          {"HY000", "An expression of a check constraint '%s' contains disallowed function."},
		CheckVariable:          {"HY000", "An expression of a check constraint '%s' cannot refer to a user or system variable."},
		CheckAutoInc:           {"HY000", "Check constraint '%s' cannot refer to an auto-increment column."},
		CheckUnknownColumn:     {"HY000", "Check constraint '%s' refers to non-existing column '%s'."},
		TableWithoutVisible:    {"HY000", "A table must have at least one visible column."},
		CheckNotFound:          {"HY000", "Check constraint '%s' is not found in the table."},
		CheckDupName:           {"HY000", "Duplicate check constraint name '%s'."},
		CheckReferAction:       {"HY000", "Column '%s' cannot be used in a check constraint '%s': needed in a foreign key constraint '%s' referential action."},
		EnforcementNotSupport:  {"HY000", "Altering constraint enforcement is not supported for the constraint '%s'. Enforcement state alter is not supported for the PRIMARY, UNIQUE and FOREIGN KEY type constraint."},
		ConstraintNotFound:     {"HY000", "Constraint '%s' does not exist."},
		CheckDependent:         {"HY000", "Check constraint '%s' uses column '%s', hence column cannot be dropped or renamed."},
		XATempTable:            {"HY000", "XA: Temporary tables cannot be accessed inside XA transactions when xa_detach_on_prepare=ON"},
	} {
		table[code] = d
	}
}
