package sql

import "strings"

var escapes = strings.NewReplacer("'", "''", `\`, `\\`, "\x00", `\0`, "\n", `\n`, "\r", `\r`)

// quote is a string as a literal.
func quote(s string) string { return "'" + escapes.Replace(s) + "'" }

// quoteName is a name that needs to follow no rules.
func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
