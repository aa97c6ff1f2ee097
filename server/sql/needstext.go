package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/types"
)

// allTexts is more than any function has.
const allTexts = 1 << 10

// firstTexts are functions of the library that take texts, and how many of their operands
// those are. It knows neither bits, years nor DOUBLEs as texts, and no bytes among them.
var firstTexts = map[string]int{
	"concat": allTexts, "concat_ws": allTexts, "replace": 3, "trim": 2,
	"lower": 1, "lcase": 1, "upper": 1, "ucase": 1, "reverse": 1, "quote": 1, "soundex": 1, "to_base64": 1,
	"md5": 1, "sha": 1, "sha1": 1, "sha2": 1, "substring": 1, "substr": 1, "mid": 1, "substring_index": 2,
	"ascii": 1, "ord": 1, "length": 1, "octet_length": 1, "char_length": 1, "character_length": 1, "bit_length": 1, "crc32": 1,
	"regexp_like": 2, "regexp_instr": 2, "regexp_substr": 2, "regexp_replace": 3,
}

// needsText reports whether an operand of a function is to be made a text, which is none.
func needsText(e gms.Expression, i int, t types.Type) bool {
	f, is := e.(gms.FunctionExpression)
	if _, own := e.(interface{ TakesText(i int) bool }); !is || own || t.IsText() || t.IsNamed() {
		return false
	}
	name := strings.ToLower(f.FunctionName())
	if i >= firstTexts[name] && (name != "hex" || t.Kind != types.JSON) {
		return false
	}
	switch {
	case t.Kind == types.Bit, t.Kind == types.Year, t.IsFloat(), t.Kind == types.JSON:
		return true
	case t.IsInteger(), t.Kind == types.Decimal:
		return !strings.HasPrefix(name, "concat") // which takes them as they are
	case t.IsString():
		return strings.HasPrefix(name, "concat") || name == "replace" || strings.HasPrefix(name, "regexp")
	}
	return false
}
