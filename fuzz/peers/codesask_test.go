package peers

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xadb/xadb/server/codes"
)

var codesWrite = flag.Bool("codes.write", false, "make the tables of package codes of what a MySQL 9 tells")

const codesData = "../../server/codes/data/"

// askCodes asks for all codes and characters of all sets, and compares the answers with
// ours, or writes ours.
func askCodes(t *testing.T) {
	db, err := sql.Open("mysql", "root@tcp("+newMySQL(t).addr()+")/?charset=utf8mb4&multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	a := &teller{t: t, db: db}
	a.do("CREATE DATABASE codes; USE codes; SET GLOBAL max_allowed_packet = 1 << 30; SET cte_max_recursion_depth = 2000000")
	a.do("CREATE TABLE runes (n INT PRIMARY KEY) SELECT n FROM (WITH RECURSIVE all_of (n) AS (SELECT 0 UNION ALL SELECT n+1 FROM all_of WHERE n < 0x10ffff) SELECT n FROM all_of) AS x WHERE n NOT BETWEEN 0xd800 AND 0xdfff")
	var sums strings.Builder
	for _, name := range a.tableSets() {
		told := a.coding(name)
		fmt.Fprintln(&sums, name, told.sum())
		if *codesWrite {
			a.writeCodes(name, told)
			continue
		}
		if said := saidOf(name); !maps.Equal(said.runes, told.runes) || !maps.Equal(said.codes, told.codes) {
			t.Errorf("%s: codes are not what is told", name)
		}
	}
	if *codesWrite {
		if err := os.WriteFile(codesFile, []byte(sums.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tableSets are the character sets of the server whose codes are not computed.
func (a *teller) tableSets() (out []string) {
	rows, err := a.db.Query("SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME NOT LIKE 'u%' AND CHARACTER_SET_NAME NOT IN ('binary', 'ascii') OR CHARACTER_SET_NAME = 'ujis' ORDER BY 1")
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			a.t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}

// coding asks for all of a set.
func (a *teller) coding(name string) *coding {
	told := newCoding()
	a.do("DROP TABLE IF EXISTS codes; CREATE TABLE codes (b VARBINARY(4) PRIMARY KEY)")
	all := candidates(name)
	for at := 0; at < len(all); at += 20000 {
		values := make([]string, 0, 20000)
		for _, code := range all[at:min(at+20000, len(all))] {
			values = append(values, fmt.Sprintf("(x'%x')", code))
		}
		a.do("INSERT INTO codes VALUES " + strings.Join(values, ","))
	}
	a.pairs(fmt.Sprintf(`SELECT b, CONVERT(CONVERT(b USING %[1]s) USING utf8mb4) FROM codes WHERE CHAR_LENGTH(CONVERT(b USING %[1]s)) = 1`, name), func(code, text string) {
		if text != "" { // the first byte of a code alone, to eucjpms
			told.runes[code], _ = utf8.DecodeRuneInString(text)
		}
	})
	a.pairs(fmt.Sprintf(`SELECT CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING utf8mb4),
		CAST(CONVERT(CONVERT(UNHEX(LPAD(HEX(n),8,'0')) USING utf32) USING %s) AS BINARY) FROM runes`, name), func(text, code string) {
		if r, _ := utf8.DecodeRuneInString(text); code != "?" || r == '?' {
			if own := text; len(own) == 1 && told.runes[own] == r {
				code = own // sjis makes another character of a backslash, which no client would know
			}
			told.codes[r] = code
		}
	})
	return told
}

// pairs calls f with each row of two columns.
func (a *teller) pairs(query string, f func(x, y string)) {
	a.t.Helper()
	rows, err := a.db.Query(query)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var x, y string
		if err := rows.Scan(&x, &y); err != nil {
			a.t.Fatal(err)
		}
		f(x, y)
	}
	if err := rows.Err(); err != nil {
		a.t.Fatal(err)
	}
}

// writeCodes makes a table.
func (a *teller) writeCodes(name string, told *coding) {
	var file strings.Builder
	first := map[rune]string{} // the code that each character would become
	list := slices.Sorted(maps.Keys(told.runes))
	for at := 0; at < len(list); {
		n, line := codeLine(list[at:], told.runes)
		file.WriteString(line)
		for _, code := range list[at : at+n] {
			if r := told.runes[code]; first[r] == "" {
				first[r] = code
			}
		}
		at += n
	}
	for r := range rune(utf8.MaxRune + 1) {
		switch code, has := told.codes[r]; {
		case code == first[r]:
		case has:
			fmt.Fprintf(&file, ">%X %X\n", r, code)
		default:
			fmt.Fprintf(&file, ">%X -\n", r)
		}
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one
	_, _ = z.Write([]byte(file.String()))                      // to memory
	_ = z.Close()
	if err := os.WriteFile(codesData+name+".gz", packed.Bytes(), 0o644); err != nil {
		a.t.Fatal(err)
	}
	a.t.Logf("%s: %d codes, %d characters, %d bytes", name, len(told.runes), len(told.codes), packed.Len())
}

// straightMin is how many characters must follow each other to be told by the first one.
const straightMin = 4

// codeLine is a line of the first codes of a list, and how many they are.
func codeLine(list []string, runes map[string]rune) (n int, line string) {
	r := runes[list[0]]
	if open := inRow(list, runes, 0); open > 1 && r == '?' || len(list[0]) > 1 && r == '?' {
		return open, fmt.Sprintf("?%X %X\n", list[0], open)
	}
	if n := inRow(list, runes, 1); n >= straightMin || r < ' ' || r == 0x7f {
		return n, fmt.Sprintf("@%X %X %X\n", list[0], r, n)
	}
	text := string(r)
	for n = 1; n < len(list) && follows(list[n-1], list[n]); n++ {
		if next := runes[list[n]]; next < ' ' || next == 0x7f || next == '?' || inRow(list[n:], runes, 1) >= straightMin {
			break
		}
		text += string(runes[list[n]])
	}
	return n, fmt.Sprintf("=%X %s\n", list[0], text)
}

// inRow is how many codes follow each other whose characters do, by a step.
func inRow(list []string, runes map[string]rune, step rune) int {
	n := 1
	for n < len(list) && follows(list[n-1], list[n]) && runes[list[n]] == runes[list[n-1]]+step {
		n++
	}
	return n
}

// follows reports whether a code is the next one of its length.
func follows(a, b string) bool {
	return len(a) == len(b) && codes.After(codeNumber(a)) == codeNumber(b)
}

func codeNumber(code string) (n uint32) {
	for i := range len(code) {
		n = n<<8 | uint32(code[i])
	}
	return n
}
