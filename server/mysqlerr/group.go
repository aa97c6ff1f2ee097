package mysqlerr

// The numbers of groups and windows.
const (
	WrongFieldWithGroup = 1055
	WrongGroupField     = 1056
	CutGroupConcat      = 1260
	AggregateOrderUnion = 3028
	AggregateOrder      = 3029
	DistinctOrder       = 3065
	DistinctAggregate   = 3066
	NullMemberName      = 3158
	WindowUnknown       = 3579
	WindowCircle        = 3580
	WindowPartitions    = 3581
	WindowFrames        = 3582
	WindowOrders        = 3583
	WindowFrameBound    = 3586
	WindowRange         = 3587
	WindowRangeTemporal = 3588
	WindowRangeNumeric  = 3589
	WindowTwice         = 3591
	WindowPosition      = 3592
	WindowInvalidUse    = 3593
	WindowAlias         = 3594
	WindowNested        = 3595
	WindowInterval      = 3596
	GroupingArgument    = 3602
)

func init() {
	for code, d := range map[uint16]definition{
		WrongFieldWithGroup: {"42000", "Expression #%d of %s is not in GROUP BY clause and contains nonaggregated column '%s' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by"},
		WrongGroupField:     {"42000", "Can't group on '%s'"},
		CutGroupConcat:      {"HY000", "Row %d was cut by %s"},
		AggregateOrderUnion: {"HY000", "Expression #%d of ORDER BY contains aggregate function and applies to a UNION, EXCEPT or INTERSECT"},
		AggregateOrder:      {"HY000", "Expression #%d of ORDER BY contains aggregate function and applies to the result of a non-aggregated query"},
		DistinctOrder:       {"HY000", "Expression #%d of %s is not in SELECT list, references column '%s' which is not in SELECT list; this is incompatible with %s"},
		DistinctAggregate:   {"HY000", "Expression #%d of %s is not in SELECT list, contains aggregate function; this is incompatible with %s"},
		NullMemberName:      {"22032", "JSON documents may not contain NULL member names."},
		WindowUnknown:       {"HY000", "Window name '%s' is not defined."},
		WindowCircle:        {"HY000", "There is a circularity in the window dependency graph."},
		WindowPartitions:    {"HY000", "A window which depends on another cannot define partitioning."},
		WindowFrames:        {"HY000", "Window '%s' has a frame definition, so cannot be referenced by another window."},
		WindowOrders:        {"HY000", "Window '%s' cannot inherit '%s' since both contain an ORDER BY clause."},
		WindowFrameBound:    {"HY000", "Window '%s': frame start or end is negative, NULL or of non-integral type"},
		WindowRange:         {"HY000", "Window '%s' with RANGE N PRECEDING/FOLLOWING frame requires exactly one deterministic ORDER BY expression, of numeric or temporal type"},
		WindowRangeTemporal: {"HY000", "Window '%s' with RANGE frame has ORDER BY expression of datetime type. Only INTERVAL bound value allowed."},
		WindowRangeNumeric:  {"HY000", "Window '%s' with RANGE frame has ORDER BY expression of numeric type, INTERVAL bound value not allowed."},
		WindowTwice:         {"HY000", "Window '%s' is defined twice."},
		WindowPosition:      {"HY000", "Window '%s': ORDER BY or PARTITION BY uses legacy position indication which is not supported, use expression."},
		WindowInvalidUse:    {"HY000", "You cannot use the window function '%s' in this context.'"},
		WindowAlias:         {"HY000", "You cannot use the alias '%s' of an expression containing a window function in this context.'"},
		WindowNested:        {"HY000", "You cannot nest a window function in the specification of window '%s'."},
		WindowInterval:      {"HY000", "Window '%s': INTERVAL can only be used with RANGE frames."},
		GroupingArgument:    {"HY000", "Argument #%d of GROUPING function is not in GROUP BY"},
	} {
		table[code] = d
	}
}
