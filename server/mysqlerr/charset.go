package mysqlerr

// The numbers of texts of several character sets.
const (
	IllegalMixOfThree = 1270
	IllegalMixOfMore  = 1271
)

func init() {
	for code, d := range map[uint16]definition{
		IllegalMixOfThree: {"HY000", "Illegal mix of collations (%s,%s), (%s,%s), (%s,%s) for operation '%s'"},
		IllegalMixOfMore:  {"HY000", "Illegal mix of collations for operation '%s'"},
	} {
		table[code] = d
	}
}
