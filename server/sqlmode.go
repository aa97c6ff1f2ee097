package server

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// sqlModes are MySQL 8.0's, in the order in which it shows them, and
// NO_AUTO_CREATE_USER, which dumps of older servers set.
var sqlModes = strings.Fields(`REAL_AS_FLOAT PIPES_AS_CONCAT ANSI_QUOTES IGNORE_SPACE ONLY_FULL_GROUP_BY NO_UNSIGNED_SUBTRACTION
	NO_DIR_IN_CREATE ANSI NO_AUTO_VALUE_ON_ZERO NO_BACKSLASH_ESCAPES STRICT_TRANS_TABLES STRICT_ALL_TABLES NO_ZERO_IN_DATE
	NO_ZERO_DATE ALLOW_INVALID_DATES ERROR_FOR_DIVISION_BY_ZERO TRADITIONAL NO_AUTO_CREATE_USER HIGH_NOT_PRECEDENCE
	NO_ENGINE_SUBSTITUTION PAD_CHAR_TO_FULL_LENGTH TIME_TRUNCATE_FRACTIONAL`)

// traditional is what TRADITIONAL stands for (MySQL manual, Combination SQL Modes).
var traditional = strings.Fields(`STRICT_TRANS_TABLES STRICT_ALL_TABLES NO_ZERO_IN_DATE NO_ZERO_DATE
	ERROR_FOR_DIVISION_BY_ZERO NO_ENGINE_SUBSTITUTION`)

// ansi is what ANSI stands for.
var ansi = strings.Fields("REAL_AS_FLOAT PIPES_AS_CONCAT ANSI_QUOTES IGNORE_SPACE ONLY_FULL_GROUP_BY")

// sqlModeOf is a list of modes as sql_mode has it.
func sqlModeOf(text string) (string, error) {
	has := map[string]bool{}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		mode := strings.ToUpper(word)
		if mode != "" && !slices.Contains(sqlModes, mode) {
			return "", mysqlerr.New(mysqlerr.WrongValueForVar, "sql_mode", word)
		}
		has[mode] = true
	}
	for name, members := range map[string][]string{"TRADITIONAL": traditional, "ANSI": ansi} {
		if has[name] {
			for _, mode := range members {
				has[mode] = true
			}
		}
	}
	var out []string
	for _, mode := range sqlModes {
		if has[mode] {
			out = append(out, mode)
		}
	}
	return strings.Join(out, ","), nil
}
