package mysqlerr

// The numbers of column types, their values and character sets.
const (
	CollationMismatch     = 1253
	IllegalMix            = 1267
	DuplicatedValueInType = 1291
	IllegalValueForType   = 1367
	InvalidJSONText       = 3140
	InvalidJSONCharset    = 3144
	JSONUsedAsKey         = 3152
	JSONKeyTooBig         = 3151
	JSONValueTooBig       = 3150
	JSONDocumentTooDeep   = 3157
	TooBigEnum            = 3505
	TooBigSet             = 1097
	InvalidFieldSize      = 3013
)

func init() {
	for code, d := range map[uint16]definition{
		TooBigSet:             {"HY000", "Too many strings for column %s and SET"},
		InvalidFieldSize:      {"42000", "Invalid size for column '%s'."},
		TooBigEnum:            {"HY000", "Too many enumeration values for column %s."},
		CollationMismatch:     {"42000", "COLLATION '%s' is not valid for CHARACTER SET '%s'"},
		IllegalMix:            {"HY000", "Illegal mix of collations (%s,%s) and (%s,%s) for operation '%s'"},
		DuplicatedValueInType: {"HY000", "Column '%s' has duplicated value '%s' in %s"},
		IllegalValueForType:   {"22007", "Illegal %s '%s' value found during parsing"},
		InvalidJSONText:       {"22032", "Invalid JSON text: %s at position %d in value for column '%s'."},
		InvalidJSONCharset:    {"22032", "Cannot create a JSON value from a string with CHARACTER SET '%s'."},
		JSONUsedAsKey:         {"42000", "JSON column '%s' supports indexing only via generated columns on a specified JSON path."},
		JSONKeyTooBig:         {"22032", "The JSON object contains a key name that is too long."},
		JSONValueTooBig:       {"22032", "The JSON value is too big to be stored in a JSON column."},
		JSONDocumentTooDeep:   {"22032", "The JSON document exceeds the maximum depth."},
	} {
		table[code] = d
	}
}
