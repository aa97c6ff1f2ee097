package codes

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed data/*.gz
var files embed.FS

// Tables are the names of the sets that have a table.
func Tables() []string {
	list, _ := files.ReadDir("data") // it is part of the program
	var out []string
	for _, f := range list {
		out = append(out, strings.TrimSuffix(f.Name(), ".gz"))
	}
	return out
}

func hasFile(name string) bool {
	_, err := fs.Stat(files, fileOf(name))
	return err == nil
}

func fileOf(name string) string { return "data/" + name + ".gz" }

// read reads a file of data/.
func read(name string) (*table, error) {
	b, err := files.ReadFile(fileOf(name))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	t := &table{runes: map[uint32]*[256]rune{}, codes: map[rune]*[256]uint32{}}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if err := t.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	t.byRune = slices.DeleteFunc(slices.Clone(t.byCode), func(r run) bool { return r.step == 0 })
	slices.SortFunc(t.byCode, func(a, b run) int { return cmp.Compare(a.place, b.place) })
	slices.SortFunc(t.byRune, func(a, b run) int { return cmp.Compare(a.first, b.first) })
	return t, lines.Err()
}

// line adds a line of a file. Codes come in order.
func (t *table) line(s string) error {
	word, rest, _ := strings.Cut(s, " ")
	if len(word) < 2 {
		return fmt.Errorf("no line: %q", s)
	}
	at, err := number(word[1:])
	if err != nil {
		return err
	}
	switch word[0] {
	case '@', '?':
		first, size, has := strings.Cut(rest, " ")
		r, step := uint32('?'), rune(0)
		if word[0] == '@' {
			if r, err = number(first); err != nil || !has {
				return fmt.Errorf("no line: %q", s)
			}
			first, step = size, 1
		}
		count, err := number(first)
		if err != nil || count > codesMax {
			return fmt.Errorf("no line: %q", s)
		}
		t.run(at, run{first: rune(r), count: count, step: step})
	case '=':
		for _, r := range rest {
			t.run(at, run{first: r, count: 1, step: 1})
			at = After(at)
		}
	case '>':
		code := uint32(0)
		if rest != "-" {
			if code, err = number(rest); err != nil {
				return err
			}
		}
		t.becomes(rune(at), code)
	default:
		return fmt.Errorf("no line: %q", s)
	}
	return nil
}

func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 16, 32)
	return uint32(n), err
}

// codesMax bounds the codes of one line.
const codesMax = 1 << 21

// run adds codes of characters, but for the place of the run.
func (t *table) run(code uint32, r run) {
	if place, ok := placeOf(code); ok {
		r.place = place
		t.byCode = append(t.byCode, r)
		return
	}
	for i := range r.count {
		c, letter := code+i, r.first+rune(i)*r.step
		if t.runes[c>>8] == nil {
			t.runes[c>>8] = new([256]rune)
		}
		t.runes[c>>8][c&0xff] = letter
		if page := t.codes[letter>>8]; page == nil || page[letter&0xff] == 0 {
			t.becomes(letter, c)
		}
	}
}

func (t *table) becomes(r rune, code uint32) {
	if t.codes[r>>8] == nil {
		t.codes[r>>8] = new([256]uint32)
	}
	t.codes[r>>8][r&0xff] = code
}
