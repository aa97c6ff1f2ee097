package server

import (
	_ "embed" // of the list
	"strconv"
	"strings"
)

// tuningList are variables about memory, threads and files of MySQL's own, which tools set
// and read: what they are set to is kept and told, and nothing else. A line is a name, its
// kind, its default, where it may be set, and what to: least, most and step, or words.
//
//go:embed variables_tuning.tsv
var tuningList string

func tuningVars() (out []sysVar) {
	for line := range strings.SplitSeq(strings.TrimSpace(tuningList), "\n") {
		field := strings.Split(line, "\t")
		v := sysVar{name: field[0], def: field[2], readOnly: field[3] == "read"}
		if field[3] != "both" {
			v.scope = globalOnly
		}
		switch field[1] {
		case "bool":
			v.typ = boolVar
		case "enum":
			v.typ, v.enum = enumVar, strings.Split(field[4], ",")
		case "int":
			v.typ = intVar
			for i, to := range []*int64{&v.min, &v.max, &v.step} {
				*to, _ = strconv.ParseInt(field[4+i], 10, 64) // TestEachVariable sets each
			}
		}
		out = append(out, v)
	}
	return out
}
