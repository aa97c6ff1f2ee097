package peers

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xadb/xadb/server/types"
)

// weightsPeer says whom to ask what characters weigh: "mysql" is the MySQL 9 of
// scripts/mysql9.sh; with -weights.write its answers become the tables of package
// weights, and are recorded.
const weightsPeer = "XADB_WEIGHTS_PEER"

const toldFile = "testdata/weights"

// What a MySQL 9 has told of each character, and of letters that come together, in
// each order, is what we say. Its answers are recorded as a checksum of each.
func TestWeights(t *testing.T) {
	if os.Getenv(weightsPeer) == "mysql" {
		askWeights(t)
		return
	}
	b, err := os.ReadFile(toldFile)
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Fields(string(b))
	recorded := map[string]bool{}
	texts := weighed()
	for i := 0; i+1 < len(told); i += 2 {
		c, ok := types.CollationByName(told[i])
		if !ok {
			t.Fatalf("there is no %s", told[i])
		}
		recorded[c.Table()] = true
		sum := sha256.New()
		cs := c.Charset() // of which sjis has a backslash that no conversion makes
		for _, s := range texts {
			if told := cs != "sjis" || !strings.Contains(s, `\`); told && (cs == types.CharsetUTF8MB4 || string(cs.Decode(cs.Encode([]byte(s)))) == s) {
				sum.Write(append(bytes.Clone(c.Weights([]byte(s))), '\n'))
			}
		}
		if got := fmt.Sprintf("%x", sum.Sum(nil)); got != told[i+1] {
			t.Errorf("%s: weights are not what was told", c.Name())
		}
	}
	for _, c := range types.Collations() {
		if c.Table() != "" && !recorded[c.Table()] {
			t.Errorf("%s: nothing is recorded of %s", c.Name(), c.Table())
		}
	}
}

// weighed are the texts whose weights are asked for: each character, and those
// that may weigh something else when they come together.
func weighed() []string {
	letters := func(from, to rune) (list []string) {
		for r := from; r <= to; r++ {
			if utf8.ValidRune(r) {
				list = append(list, string(r))
			}
		}
		return list
	}
	// Between these there is nothing that a table could name.
	out := slices.Concat(letters(0, 0x2ffff), letters(0xe0000, 0xe0fff), letters(0x10fff0, utf8.MaxRune))
	latin := slices.Concat(letters('A', 'Z'), letters('a', 'z'), letters(0xb7, 0x17f))
	out = append(out, strung(latin, latin)...)
	out = append(out, strung(latin, letters(0x300, 0x345))...)
	for _, block := range [][2]rune{{0x400, 0x4ff}, {0x620, 0x6d5}, {0xd80, 0xdff}} {
		some := letters(block[0], block[1])
		out = append(out, strung(some, some)...)
	}
	hungarian := strings.Split("cdglnstyzCDGLNSTYZ", "")
	three := strung(hungarian, hungarian, hungarian)
	return append(append(out, three...), strung(three, hungarian)...)
}

// strung is each of the first list with each of the others behind it.
func strung(lists ...[]string) []string {
	out := lists[0]
	for _, list := range lists[1:] {
		var longer []string
		for _, s := range out {
			for _, next := range list {
				longer = append(longer, s+next)
			}
		}
		out = longer
	}
	return out
}

// An entry is the weights of a character at each level.
type entry [3]string

// A weighing is a table as it was told, of characters and of groups of them.
type weighing map[string]entry

// of is what the table says of a text: the longest groups count.
func (w weighing) of(s string) (sum entry) {
	for s != "" {
		n := 0
		for i := range s + "." {
			if _, ok := w[s[:i]]; ok {
				n = i
			}
		}
		for l := range sum {
			sum[l] += w[s[:n]][l]
		}
		s = s[n:]
	}
	return sum
}

// groups are those of more than one character, in order.
func (w weighing) groups() []string {
	var out []string
	for s := range maps.Keys(w) {
		if utf8.RuneCountInString(s) > 1 {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}
