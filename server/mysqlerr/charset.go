package mysqlerr

// The numbers of texts of several character sets.
const (
	IllegalMixOfThree       = 1270
	IllegalMixOfMore        = 1271
	InvalidDefaultCollation = 3721
)

func init() {
	for code, d := range map[uint16]definition{
		IllegalMixOfThree:       {"HY000", "Illegal mix of collations (%s,%s), (%s,%s), (%s,%s) for operation '%s'"},
		IllegalMixOfMore:        {"HY000", "Illegal mix of collations for operation '%s'"},
		InvalidDefaultCollation: {"HY000", "Invalid default collation %s: utf8mb4_0900_ai_ci or utf8mb4_general_ci expected"},
	} {
		table[code] = d
	}
}
