package mysqlerr

// The numbers of functions.
const (
	TooBigForUncompress     = 1256
	ZDataError              = 1259
	InvalidCharacterString  = 1300
	AllowedPacketOverflowed = 1301
	DatetimeOverflow        = 1441
	NoConversion            = 3854
	WrongParameters         = 1583
	OptionIgnored           = 1618
	UnknownLocale           = 1649
	AESShortIV              = 1882
	InvalidLogarithm        = 3020
	UserLockWrongName       = 3057
	IncorrectArgument       = 3064
	JSONWildcardPath        = 3149
	JSONVacuousPath         = 3153
	JSONBadOneOrAll         = 3154
	JSONNullKey             = 3158
	JSONNotArrayCell        = 3165
	AESKeySize              = 3237
	DigestUnparsed          = 3676
	BitOperandsLength       = 3513
	RegexpIllegal           = 3685
	RegexpBounds            = 3686
	RegexpRule              = 3688
	RegexpBackslash         = 3689
	RegexpBrace             = 3692
	RegexpParenthesis       = 3691
	RegexpInterval          = 3694
	RegexpBackreference     = 3696
	RegexpBracket           = 3699
	JSONNotObject           = 3853
	JSONValueMissing        = 3966
	JSONValueMany           = 3967
	JSONInCondition         = 3986
	CharsetsTogether        = 3995
	ValueOutOfRange         = 6527
)

func init() {
	for code, d := range map[uint16]definition{
		TooBigForUncompress:    {"HY000", "Uncompressed data size too large; the maximum size is %d (probably, length of uncompressed data was corrupted)"},
		ZDataError:             {"HY000", "ZLIB: Input data corrupted"},
		InvalidCharacterString: {"HY000", "Invalid %s character string: '%s'"},
		NoConversion:           {"HY000", "Cannot convert string '%s' from %s to %s"},
		DatetimeOverflow:       {"22008", "Datetime function: %s field overflow"},
		WrongParameters:        {"42000", "Incorrect parameters in the call to native function '%s'"},
		OptionIgnored:          {"HY000", "%s option ignored"},
		UnknownLocale:          {"HY000", "Unknown locale: '%s'"},
		AESShortIV:             {"HY000", "The initialization vector supplied to %s is too short. Must be at least %d bytes long"},
		InvalidLogarithm:       {"2201E", "Invalid argument for logarithm"},
		UserLockWrongName:      {"42000", "Incorrect user-level lock name '%s'. The name is empty, NULL, or can not be expressed in the current character-set."},
		IncorrectArgument:      {"HY000", "Incorrect type for argument %v in function %s."},
		JSONWildcardPath:       {"42000", "In this situation, path expressions may not contain the * and ** tokens or an array range."},
		JSONVacuousPath:        {"42000", "The path expression '$' is not allowed in this context."},
		JSONBadOneOrAll:        {"42000", "The oneOrAll argument to %s may take these values: 'one' or 'all'."},
		JSONNullKey:            {"22032", "JSON documents may not contain NULL member names."},
		JSONNotArrayCell:       {"42000", "A path expression is not a path to a cell in an array."},
		AESKeySize:             {"HY000", "AES key size should be %d bytes length or secure KDF methods hkdf or pbkdf2_hmac should be used, please provide exact AES key size or use KDF methods for better security."},
		DigestUnparsed:         {"HY000", "Could not parse argument to digest function: \"%s\"."},
		RegexpIllegal:          {"HY000", "Illegal argument to a regular expression."},
		RegexpBounds:           {"HY000", "Index out of bounds in regular expression search."},
		RegexpRule:             {"HY000", "Syntax error in regular expression on line %d, character %d."},
		RegexpBackslash:        {"HY000", "Unrecognized escape sequence in regular expression."},
		RegexpBrace:            {"HY000", "Incorrect description of a {min,max} interval."},
		RegexpParenthesis:      {"HY000", "Mismatched parenthesis in regular expression."},
		RegexpInterval:         {"HY000", "The maximum is less than the minimum in a {min,max} interval."},
		RegexpBackreference:    {"HY000", "Invalid back-reference in regular expression."},
		RegexpBracket:          {"HY000", "Missing close bracket in regular expression."},
		BitOperandsLength:      {"HY000", "Binary operands of bitwise operators must be of equal length"},
		JSONInCondition:        {"HY000", "Evaluating a JSON value in SQL boolean context does an implicit comparison against JSON integer 0; if this is not what you want, consider converting JSON to a SQL numeric type with JSON_VALUE RETURNING"},
		JSONNotObject:          {"22032", "Invalid JSON type in argument %d to function %s; an object is required."},
		JSONValueMissing:       {"22035", "No value was found by '%s' on the specified path."},
		JSONValueMany:          {"22034", "More than one value was found by '%s' on the specified path."},
		CharsetsTogether:       {"HY000", "Character set '%s' cannot be used in conjunction with '%s' in call to %s."},
		ValueOutOfRange:        {"22003", "%s value is out of range in '%s'"},
	} {
		table[code] = d
	}
}
