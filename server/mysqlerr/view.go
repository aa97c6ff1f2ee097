package mysqlerr

// The numbers of changes of views.
const (
	NonUpdatableColumn    = 1348
	ViewOfTemporary       = 1352
	WarnViewMerge         = 1354
	ViewNonUpdatableCheck = 1368
	ViewCheckFailed       = 1369
	ViewMultiUpdate       = 1393
	ViewNoInsertFieldList = 1394
	ViewDeleteMergeView   = 1395
	NoDefaultForViewField = 1423
	RowNotInView          = 3059
)

func init() {
	for code, d := range map[uint16]definition{
		NonUpdatableColumn:    {"HY000", "Column '%s' is not updatable"},
		ViewOfTemporary:       {"HY000", "View's SELECT refers to a temporary table '%s'"},
		WarnViewMerge:         {"HY000", "View merge algorithm can't be used here for now (assumed undefined algorithm)"},
		ViewNonUpdatableCheck: {"HY000", "CHECK OPTION on non-updatable view '%s.%s'"},
		ViewCheckFailed:       {"HY000", "CHECK OPTION failed '%s.%s'"},
		ViewMultiUpdate:       {"HY000", "Can not modify more than one base table through a join view '%s.%s'"},
		ViewNoInsertFieldList: {"HY000", "Can not insert into join view '%s.%s' without fields list"},
		ViewDeleteMergeView:   {"HY000", "Can not delete from join view '%s.%s'"},
		NoDefaultForViewField: {"HY000", "Field of view '%s.%s' underlying table doesn't have a default value"},
		RowNotInView:          {"HY000", "REPLACE cannot be executed as it requires deleting rows that are not in the view"},
	} {
		table[code] = d
	}
}
