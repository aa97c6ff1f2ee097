package mysqlerr

// The numbers of statements that are more than one table and its rows.
const (
	IllegalHa               = 1031
	TooManyRows             = 1172
	NoCreateOption          = 1478
	TableNotAllowedHere     = 1250
	FeatureDisabled         = 1289
	SPUndeclaredVar         = 1327
	SPFetchNoData           = 1329
	TriggerInWrongSchema    = 1435
	ViewPreventsUpdate      = 1443
	ForbidSchemaChange      = 1450
	EventDoesNotExist       = 1539
	PartitionOnPlainTable   = 1747
	UnknownExplainFormat    = 1791
	UnknownAlterAlgorithm   = 1800
	UnknownAlterLock        = 1801
	AlterNotSupported       = 1845
	AlterNotSupportedReason = 1846
	DelayedConverted        = 3005
	RecursiveNeedsUnion     = 3573
	RecursiveHasAggregation = 3575
	RecursiveSides          = 4114
)

func init() {
	for code, d := range map[uint16]definition{
		IllegalHa:               {"HY000", "Table storage engine for '%s' doesn't have this option"},
		NoCreateOption:          {"HY000", "Table storage engine '%s' does not support the create option '%s'"},
		TooManyRows:             {"42000", "Result consisted of more than one row"},
		TableNotAllowedHere:     {"42000", "Table '%s' from one of the SELECTs cannot be used in global ORDER clause"},
		FeatureDisabled:         {"HY000", "The '%s' feature is disabled; you need MySQL built with '%s' to have it working"},
		EventDoesNotExist:       {"HY000", "Unknown event '%s'"},
		SPUndeclaredVar:         {"42000", "Undeclared variable: %s"},
		SPFetchNoData:           {"02000", "No data - zero rows fetched, selected, or processed"},
		ViewPreventsUpdate:      {"HY000", "The definition of table '%s' prevents operation %s on table '%s'."},
		TriggerInWrongSchema:    {"HY000", "Trigger in wrong schema"},
		ForbidSchemaChange:      {"HY000", "Changing schema from '%s' to '%s' is not allowed."},
		PartitionOnPlainTable:   {"HY000", "PARTITION () clause on non partitioned table"},
		UnknownExplainFormat:    {"HY000", "Unknown EXPLAIN format name: '%s'"},
		UnknownAlterAlgorithm:   {"HY000", "Unknown ALGORITHM '%s'"},
		UnknownAlterLock:        {"HY000", "Unknown LOCK type '%s'"},
		AlterNotSupported:       {"0A000", "%s is not supported for this operation. Try %s."},
		AlterNotSupportedReason: {"0A000", "%s is not supported. Reason: %s. Try %s."},
		DelayedConverted:        {"HY000", "%s DELAYED is no longer supported. The statement was converted to %s."},
		RecursiveNeedsUnion:     {"HY000", "Recursive Common Table Expression '%s' should contain a UNION"},
		RecursiveSides:          {"HY000", "Recursive table reference in EXCEPT or INTERSECT operand is not allowed."},
		RecursiveHasAggregation: {"HY000", "Recursive Common Table Expression '%s' can contain neither aggregation nor window functions in recursive query block"},
	} {
		table[code] = d
	}
}
