package mysqlerr

// The numbers of warnings about what MySQL means to give up.
const (
	DeprecatedSyntax        = 1287 // in favour of something
	DeprecatedAlone         = 1681
	DuplicateIndex          = 1831
	NoHashIndexes           = 3502
	UTF8Alias               = 3719
	NationalCharset         = 3720
	DeprecatedUTF8Collation = 3778
)

func init() {
	for code, d := range map[uint16]definition{
		DeprecatedSyntax: {"HY000", "'%s' is deprecated and will be removed in a future release. Please use %s instead"},
		DeprecatedAlone:  {"HY000", "%s is deprecated and will be removed in a future release."},
		DuplicateIndex: {"HY000", "Duplicate index '%s' defined on the table '%s.%s'. This is deprecated and will be disallowed in a " +
			"future release."},
		NoHashIndexes: {"HY000", "This storage engine does not support the HASH index algorithm, storage engine default was used instead."},
		UTF8Alias: {"HY000", "'utf8' is currently an alias for the character set UTF8MB3, but will be an alias for UTF8MB4 in a future " +
			"release. Please consider using UTF8MB4 in order to be unambiguous."},
		NationalCharset: {"HY000", "NATIONAL/NCHAR/NVARCHAR implies the character set UTF8MB3, which will be replaced by UTF8MB4 in a " +
			"future release. Please consider using CHAR(x) CHARACTER SET UTF8MB4 in order to be unambiguous."},
		DeprecatedUTF8Collation: {"HY000", "'%s' is a collation of the deprecated character set UTF8MB3. Please consider using UTF8MB4 " +
			"with an appropriate collation instead."},
	} {
		table[code] = d
	}
}

// Deprecated is a warning with one of these numbers in words of its own.
func Deprecated(code uint16, message string) *Error {
	return &Error{Code: code, State: generalState, Message: message}
}
