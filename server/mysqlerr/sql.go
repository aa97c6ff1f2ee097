package mysqlerr

// The numbers of statements of SQL: definitions, expressions, rows.
const (
	TooManyKeyParts      = 1070
	NoTablesUsed         = 1096
	OutOfSortMemory      = 1038
	WrongSpec            = 1059
	InvalidDefault       = 1067
	WrongAutoKey         = 1075
	TooBigRowSize        = 1118
	NonUniq              = 1052
	IllegalReference     = 1247
	TooBigFieldLength    = 1074
	TableMustHaveColumns = 1113
	WrongDBName          = 1102
	WrongTableName       = 1103
	MixOfGroupFunc       = 1140
	WrongFieldName       = 1166
	BlobKeyWithoutLength = 1170
	BlobCantHaveDefault  = 1101
	InvalidOnUpdate      = 1294
	TableDefChanged      = 1412
	WrongValue           = 1525
	TooBigScale          = 1425
	TooBigPrecision      = 1426
	MBiggerThanD         = 1427
	TooBigDisplayWidth   = 1439
	UnknownStorageEngine = 1286
	UsingOtherHandler    = 1266
	WrongUsage           = 1221
	UpdateWithoutKey     = 1175
	InvalidGroupFuncUse  = 1111
	AutoIncReadFailed    = 1467
	DupKeyName           = 1061
	WrongSubKey          = 1089
	KeyPartLengthZero    = 1391
	CantDropFieldOrKey   = 1091
	TooManyKeys          = 1069
	KeyDoesNotExist      = 1176
	WrongNameForIndex    = 1280
	TooLongIndexComment  = 1688
	NoFulltextIndex      = 1191
	BadFulltextColumn    = 1283
	FulltextTemporary    = 1796
)

func init() {
	for code, d := range map[uint16]definition{
		NoFulltextIndex:      {"HY000", "Can't find FULLTEXT index matching the column list"},
		BadFulltextColumn:    {"HY000", "Column '%s' cannot be part of FULLTEXT index"},
		FulltextTemporary:    {"HY000", "Cannot create FULLTEXT index on temporary InnoDB table"},
		TooManyKeyParts:      {"42000", "Too many key parts specified; max %d parts allowed"},
		NoTablesUsed:         {"HY000", "No tables used"},
		OutOfSortMemory:      {"HY001", "Out of sort memory, consider increasing server sort buffer size"},
		WrongSpec:            {"42000", "Identifier name '%s' is too long"},
		InvalidDefault:       {"42000", "Invalid default value for '%s'"},
		WrongAutoKey:         {"42000", "Incorrect table definition; there can be only one auto column and it must be defined as a key"},
		TooBigRowSize:        {"42000", "Row size too large. The maximum row size for the used table type, not counting BLOBs, is %d. This includes storage overhead, check the manual. You have to change some columns to TEXT or BLOBs"},
		NonUniq:              {"23000", "Column '%s' in %s is ambiguous"},
		IllegalReference:     {"42S22", "Reference '%s' not supported (%s)"},
		TooBigFieldLength:    {"42000", "Column length too big for column '%s' (max = %d); use BLOB or TEXT instead"},
		TableMustHaveColumns: {"42000", "A table must have at least 1 column"},
		WrongDBName:          {"42000", "Incorrect database name '%s'"},
		WrongTableName:       {"42000", "Incorrect table name '%s'"},
		MixOfGroupFunc:       {"42000", "In aggregated query without GROUP BY, expression #%d of SELECT list contains nonaggregated column '%s'; this is incompatible with sql_mode=only_full_group_by"},
		WrongFieldName:       {"42000", "Incorrect column name '%s'"},
		BlobKeyWithoutLength: {"42000", "BLOB/TEXT column '%s' used in key specification without a key length"},
		BlobCantHaveDefault:  {"42000", "BLOB, TEXT, GEOMETRY or JSON column '%s' can't have a default value"},
		InvalidOnUpdate:      {"HY000", "Invalid ON UPDATE clause for '%s' column"},
		TableDefChanged:      {"HY000", "Table definition has changed, please retry transaction"},
		WrongValue:           {"HY000", "Incorrect %s value: '%s'"},
		TooBigScale:          {"42000", "Too big scale %d specified for column '%s'. Maximum is %d."},
		TooBigPrecision:      {"42000", "Too-big precision %d specified for '%s'. Maximum is %d."},
		MBiggerThanD:         {"42000", "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '%s')."},
		TooBigDisplayWidth:   {"42000", "Display width out of range for column '%s' (max = %d)"},
		UsingOtherHandler:    {"HY000", "Using storage engine %s for table '%s'"},
		UnknownStorageEngine: {"42000", "Unknown storage engine '%s'"},
		UpdateWithoutKey:     {"HY000", "You are using safe update mode and you tried to update a table without a WHERE that uses a KEY column. "},
		WrongUsage:           {"HY000", "Incorrect usage of %s and %s"},
		InvalidGroupFuncUse:  {"HY000", "Invalid use of group function"},
		AutoIncReadFailed:    {"HY000", "Failed to read auto-increment value from storage engine"},
		DupKeyName:           {"42000", "Duplicate key name '%s'"},
		KeyPartLengthZero:    {"HY000", "Key part '%s' length cannot be 0"},
		WrongSubKey:          {"HY000", "Incorrect prefix key; the used key part isn't a string, the used length is longer than the key part, or the storage engine doesn't support unique prefix keys"},
		CantDropFieldOrKey:   {"42000", "Can't DROP '%s'; check that column/key exists"},
		TooManyKeys:          {"42000", "Too many keys specified; max %d keys allowed"},
		KeyDoesNotExist:      {"42000", "Key '%s' doesn't exist in table '%s'"},
		WrongNameForIndex:    {"42000", "Incorrect index name '%s'"},
		TooLongIndexComment:  {"HY000", "Comment for index '%s' is too long (max = %d)"},
	} {
		table[code] = d
	}
}
