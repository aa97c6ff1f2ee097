package server

import "strings"

// A charset is a row of SHOW CHARACTER SET, a collation one of SHOW COLLATION.
// Text is stored as UTF-8 whatever the client declares; the others are there
// because clients name them.
type charset struct {
	name, description, collation string
	maxLen                       int64
}

type collation struct {
	name, charset string
	id            int64
	isDefault     bool
}

var charsets = []charset{
	{"ascii", "US ASCII", "ascii_general_ci", 1},
	{"binary", "Binary pseudo charset", "binary", 1},
	{"latin1", "cp1252 West European", "latin1_swedish_ci", 1},
	{"utf8mb3", "UTF-8 Unicode", "utf8mb3_general_ci", 3},
	{"utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", 4},
}

var collations = []collation{
	{"ascii_general_ci", "ascii", 11, true},
	{"ascii_bin", "ascii", 65, false},
	{"binary", "binary", 63, true},
	{"latin1_swedish_ci", "latin1", 8, true},
	{"latin1_bin", "latin1", 47, false},
	{"utf8mb3_general_ci", "utf8mb3", 33, true},
	{"utf8mb3_bin", "utf8mb3", 83, false},
	{"utf8mb3_unicode_ci", "utf8mb3", 192, false},
	{"utf8mb4_general_ci", "utf8mb4", 45, true},
	{"utf8mb4_bin", "utf8mb4", 46, false},
	{"utf8mb4_unicode_ci", "utf8mb4", 224, false},
	{"utf8mb4_unicode_520_ci", "utf8mb4", 246, false},
	{"utf8mb4_0900_ai_ci", "utf8mb4", 255, false},
	{"utf8mb4_0900_bin", "utf8mb4", 309, false},
}

// modernCharset: utf8 is an older name of utf8mb3.
func modernCharset(name string) string {
	name = strings.ToLower(name)
	if name == "utf8" {
		return "utf8mb3"
	}
	return name
}

func knownCharset(name string) bool { return defaultCollation(name) != "" }

func defaultCollation(cs string) string {
	cs = modernCharset(cs)
	for _, c := range charsets {
		if c.name == cs {
			return c.collation
		}
	}
	return ""
}

func knownCollation(name string) bool {
	name = strings.ToLower(name)
	if rest, ok := strings.CutPrefix(name, "utf8_"); ok {
		name = "utf8mb3_" + rest
	}
	for _, c := range collations {
		if c.name == name {
			return true
		}
	}
	return false
}
