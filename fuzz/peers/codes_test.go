package peers

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xadb/xadb/server/codes"
)

const codesFile = "testdata/codes"

// What a MySQL 9 has told of each code of a character set, and of each character, is
// what we say. Its answers are recorded as a checksum of each set.
func TestCodes(t *testing.T) {
	if os.Getenv(weightsPeer) == "mysql" {
		askCodes(t)
		return
	}
	b, err := os.ReadFile(codesFile)
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Fields(string(b))
	recorded := map[string]bool{}
	for i := 0; i+1 < len(told); i += 2 {
		recorded[told[i]] = true
		if got := saidOf(told[i]).sum(); got != told[i+1] {
			t.Errorf("%s: codes are not what was told", told[i])
		}
	}
	for _, name := range codes.Tables() {
		if !recorded[name] {
			t.Errorf("nothing is recorded of %s", name)
		}
	}
}

// A coding is what is told of a set: what its codes are read as, and what characters
// become.
type coding struct {
	runes map[string]rune
	codes map[rune]string
}

func newCoding() *coding { return &coding{map[string]rune{}, map[rune]string{}} }

// saidOf is what package codes says of a set.
func saidOf(name string) *coding {
	said, set := newCoding(), codes.Named(name)
	for _, code := range candidates(name) {
		if r, n := set.Next([]byte(code)); n == len(code) {
			said.runes[code] = r
		}
	}
	for r := range rune(utf8.MaxRune + 1) {
		if code, ok := set.Append(nil, r); ok && utf8.ValidRune(r) {
			said.codes[r] = string(code)
		}
	}
	return said
}

// sum is a checksum of all.
func (c *coding) sum() string {
	sum := sha256.New()
	for _, code := range slices.Sorted(maps.Keys(c.runes)) {
		fmt.Fprintf(sum, "%X %X\n", code, c.runes[code])
	}
	for r := range rune(utf8.MaxRune + 1) {
		if code, ok := c.codes[r]; ok {
			fmt.Fprintf(sum, "%X %X\n", r, code)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// wideSets are the sets with codes of several bytes, and the first bytes of those that
// have more than two.
var wideSets = map[string]string{"big5": "", "cp932": "", "euckr": "", "gb2312": "", "gbk": "", "sjis": "", "ujis": "\x8f", "eucjpms": "\x8f"}

// candidates are what may be codes of a set, in order.
func candidates(name string) (out []string) {
	each := func(prefix string) {
		for b := range 256 {
			out = append(out, prefix+string([]byte{byte(b)}))
		}
	}
	each("")
	longer, wide := wideSets[name]
	if wide || name == "gb18030" {
		for a := 0x80; a < 256; a++ {
			each(string([]byte{byte(a)}))
		}
	}
	for i := range len(longer) {
		for a := 0x80; a < 256; a++ {
			each(longer[i:i+1] + string([]byte{byte(a)}))
		}
	}
	if name == "gb18030" {
		for n := range 126 * 10 * 126 * 10 {
			out = append(out, string([]byte{byte(0x81 + n/12600), byte('0' + n/1260%10), byte(0x81 + n/10%126), byte('0' + n%10)}))
		}
	}
	return out
}
