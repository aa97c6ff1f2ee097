package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// withoutCharset are types of columns that have no character set, not even binary.
var withoutCharset = func() map[string]bool {
	list := map[string]bool{}
	for _, name := range strings.Fields(`BIT BOOL BOOLEAN TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT INT1 INT2 INT3 INT4 INT8 MIDDLEINT
		FLOAT FLOAT4 FLOAT8 DOUBLE REAL DEC DECIMAL FIXED NUMERIC SERIAL DATE TIME TIMESTAMP DATETIME YEAR JSON VECTOR
		BINARY VARBINARY TINYBLOB BLOB MEDIUMBLOB LONGBLOB NCHAR NVARCHAR
		GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION GEOMCOLLECTION`) {
		list[name] = true
	}
	return list
}()

// notTypes is what a word is no type behind.
var notTypes = []string{"TABLE", "EXISTS", ".", ",", "(", "TO", "INDEX", "KEY", "ON", "=", "ROW_FORMAT"}

// typeCharset refuses a CHARACTER SET behind a type of a column that has none.
func typeCharset(r *rewriter, i int) {
	if !r.is(0, "CREATE") && !r.is(0, "ALTER") || !r.isAny(1, []string{"TABLE", "TEMPORARY"}) || r.is(i, "CHARACTER") && (!r.is(i+1, "SET") || r.at(i+2).Kind == lex.String) { // as of VECTOR, see isVectorType
		return
	}
	at := i - 1
	for at > 0 && r.isAny(at, []string{"UNSIGNED", "SIGNED", "ZEROFILL"}) {
		at--
	}
	if r.is(at, ")") && r.pair[at] > 0 {
		at = r.pair[at] - 1
	}
	t := r.at(at)
	if t.Is("BINARY") && !r.is(at+1, "(") {
		return // it says what the type before it is ordered by
	}
	national := r.is(at-1, "NATIONAL") && r.isAny(at, []string{"CHAR", "CHARACTER", "VARCHAR"})
	if t.Kind == lex.Word && (withoutCharset[strings.ToUpper(t.Text)] || national) && at > 1 && !slices.ContainsFunc(notTypes, r.at(at-1).Is) {
		r.fail(i)
	}
}
