package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// Named is the function of a name, in lower case, that the library lacks or has otherwise
// than MySQL; ok is false if it is not one of these.
func Named(lower string) (_ gms.Function, ok bool) {
	f, ok := named(lower)
	if !askedAgain[lower] {
		return f, ok
	}
	if !ok {
		f = builtIn(lower)
	}
	return everyRow(f), true
}

func named(lower string) (_ gms.Function, ok bool) {
	switch {
	case lower == "greatest", lower == "least":
		return gms.FunctionN{Name: lower, Fn: func(args ...gms.Expression) (gms.Expression, error) {
			if len(args) < 2 {
				return nil, mysqlerr.New(mysqlerr.WrongParamCount, lower)
			}
			return newExtreme(lower, args, map[string]int{"greatest": 1, "least": -1}[lower])
		}}, true
	case lower == "sleep":
		return gms.FunctionN{Name: lower, Fn: newSleep}, true
	case lower == "benchmark":
		return gms.FunctionN{Name: lower, Fn: newBenchmark}, true
	case missingFunctions[lower]:
		return gms.FunctionN{Name: lower, Fn: func(...gms.Expression) (gms.Expression, error) {
			return nil, unsupported(strings.ToUpper(lower))
		}}, true
	case lower == "session_user", lower == "system_user":
		return builtIn("user"), true
	case ofTextsAlone[lower]:
		return withText(lower), true
	case regexpPositions[lower] > 0:
		return withPosition(lower), true
	case lower == "json_object":
		return gms.FunctionN{Name: lower, Fn: newObject}, true
	case ofFirstCodes[lower]:
		return withCodes(lower), true
	case bytesRecipes[lower].most > 0:
		return ofBytes(lower), true
	case lower == "hex":
		return gms.FunctionN{Name: lower, Fn: newHex}, true
	case lower == "rand":
		return gms.FunctionN{Name: lower, Fn: newRandom}, true
	case lower == "abs":
		return gms.FunctionN{Name: lower, Fn: func(args ...gms.Expression) (gms.Expression, error) { return newAbs(args) }}, true
	case lower == reword.BitNot:
		return gms.FunctionN{Name: lower, Fn: newBitNot}, true
	case lower == "bit_count":
		return gms.FunctionN{Name: lower, Fn: newBitCount}, true
	}
	return newOwn(lower)
}
