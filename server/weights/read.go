package weights

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/*.gz
var files embed.FS

// Names are those of all tables.
func Names() []string {
	list, _ := files.ReadDir("data") // it is part of the program
	var out []string
	for _, f := range list {
		out = append(out, strings.TrimSuffix(f.Name(), ".gz"))
	}
	return out
}

// read reads a file of data/.
func read(name string) (*table, error) {
	b, err := files.ReadFile("data/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	p := parser{t: new(table), mine: map[*page]bool{}}
	lines := bufio.NewScanner(z)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	p.t.finish()
	return p.t, lines.Err()
}

// A parser makes a table of lines.
type parser struct {
	t    *table
	next rune
	mine map[*page]bool // the pages that no other table has
}

func (p *parser) line(s string) (err error) {
	switch word, rest, _ := strings.Cut(s, " "); {
	case word == "rule":
		p.t.third, p.t.apart = common[2], rest == "400"
		p.t.byCodes = strings.HasPrefix(rest, byCodes)
		p.t.rule, err = ruleOf(rest)
	case word == "upper":
		p.t.upperFirst(p.mine)
	case word == "base":
		*p.t = *Named(rest).loaded()
	case word[0] == '@':
		p.next, err = codePoint(word[1:])
	case word[0] == '&':
		err = p.group(word[1:], rest)
	default:
		var entry []uint16
		if entry, err = parseEntry(s); err == nil {
			p.t.own(p.next, p.mine)
			p.t.add(p.next, entry)
			p.next++
		}
	}
	return err
}

func (p *parser) group(points, rest string) error {
	var text []rune
	for point := range strings.SplitSeq(points, ",") {
		r, err := codePoint(point)
		if err != nil {
			return err
		}
		text = append(text, r)
	}
	entry, err := parseEntry(rest)
	if err == nil {
		p.t.group(string(text), entry, p.mine)
	}
	return err
}

func codePoint(s string) (rune, error) {
	n, err := strconv.ParseUint(s, 16, 21)
	return rune(n), err
}

// parseEntry reads the weights of a character, with their header in front.
func parseEntry(s string) ([]uint16, error) {
	entry := []uint16{0}
	for l, field := range strings.Fields(s) {
		if field == "-" {
			continue
		}
		if l >= Levels || len(field)%4 != 0 || len(field)/4 > countMask {
			return nil, fmt.Errorf("no weights: %q", s)
		}
		entry[0] |= uint16(len(field)/4) << (l * countBits)
		for ; field != ""; field = field[4:] {
			w, err := strconv.ParseUint(field[:4], 16, 16)
			if err != nil {
				return nil, err
			}
			entry = append(entry, uint16(w))
		}
	}
	return entry, nil
}
