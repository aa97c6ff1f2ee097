package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
)

// partLetters is how many of n characters SUBSTRING has, of constants.
func partLetters(n int, args []gms.Expression) int {
	if n < 0 {
		if len(args) > 1 {
			if most, ok := expr.Constant(args[1]); ok {
				return fewest(n, most)
			}
		}
		return n
	}
	if from, ok := expr.Constant(args[0]); ok && from > 0 {
		n = int(max(int64(n)-from+1, 0))
	} else if ok && from < 0 {
		n = int(min(int64(n), -from))
	}
	if len(args) > 1 {
		if most, ok := expr.Constant(args[1]); ok {
			n = int(min(int64(n), max(most, 0)))
		}
	}
	return n
}

// fewest is a number of characters that may be unknown, or a constant one if that is less.
func fewest(n int, most int64) int {
	if n == lettersUnknown && most > expr.LettersMax {
		return n
	}
	most = max(most, 0)
	if n == lettersUnknown || most < int64(n) {
		return int(most)
	}
	return n
}

// lettersOfCode is how many characters functions have that write their operand in others.
func (s shaper) lettersOfCode(name string, args []gms.Expression) int {
	n, of := lettersUnknown, s.bytesOf(args[0])
	if of == lettersUnknown && name != "sha2" {
		return of
	}
	switch name {
	case "replace":
		n = s.letters(args[0])
		if with, from := s.letters(args[2]), s.letters(args[1]); with > from && from > 0 {
			n = n / from * with
		}
	case "hex":
		if n = of * 2; gtypes.IsNumber(args[0].Type()) {
			n = 16
		}
	case "quote":
		n = 2*s.letters(args[0]) + 2
	case "soundex":
		n = max(s.letters(args[0]), 4)
	case "sha2":
		n = 128
		if bits, ok := expr.Constant(args[1]); ok && bits < 512 {
			n = 64
			if bits == 224 || bits == 384 {
				n = int(bits) / 4
			}
		}
	case "to_base64":
		n = (of + 2) / 3 * 4
		n += (n - 1) / 76
	case "from_base64":
		n = (of + 3) / 4 * 3
	case "unhex":
		n = (of + 1) / 2
	case "char":
		n = 4 * len(args)
	case "space":
		if most, ok := expr.Constant(args[0]); ok {
			n = int(max(most, 0))
		}
	case "format":
		n = s.letters(args[0])
		n += n/3 + 2 + formatDigitsMax
	case "export_set":
		separator := 1
		if len(args) > 3 {
			separator = s.letters(args[3])
		}
		n = 64*max(s.letters(args[1]), s.letters(args[2])) + 63*separator
	case "compress":
		n = of + 18
	case "uncompress":
		return lettersUnknown
	case "aes_encrypt":
		n = of/16*16 + 16
	case "aes_decrypt":
		n = of
	case "weight_string":
		n = 8 * s.letters(args[0])
	case "json_quote":
		n = 6*s.letters(args[0]) + 2
	}
	if n > expr.LettersMax {
		return lettersUnknown
	}
	return n
}

// formatDigitsMax is how many digits FORMAT may write behind the point.
const formatDigitsMax = 30

// dateWidths are the characters of a format's letters (MySQL manual, DATE_FORMAT); those of
// others are two, and of what is no letter one.
var dateWidths = map[byte]int{
	'M': 64, 'W': 64, 'D': 4, 'Y': 4, 'x': 4, 'X': 4, 'a': 32, 'b': 32, 'j': 3, 'r': 11, 'T': 8, 'f': 6, 'w': 1, '%': 1,
}

// formatLetters is how many characters a date has in a constant format.
func formatLetters(name string, args []gms.Expression) (n int, ok bool) {
	if name != "date_format" && name != "time_format" && name != "from_unixtime" || len(args) != 2 {
		return 0, false
	}
	format, ok := expr.ConstantText(args[1])
	if !ok {
		return 0, false
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			n++
			continue
		}
		i++
		width, known := dateWidths[format[i]]
		switch {
		case name == "time_format" && strings.IndexByte("Hk", format[i]) >= 0:
			width = 7
		case known:
		case strings.IndexByte("cdehHiIklmpsSuUvVy", format[i]) >= 0:
			width = 2
		default:
			width = 1
		}
		n += width
	}
	return n, true
}
