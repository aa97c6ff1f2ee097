package expr

import (
	_ "embed"
	"strings"
	"sync"

	gms "github.com/dolthub/go-mysql-server/sql"
)

// timeLocaleText has a line for each value of lc_time_names: its name, the months, the months
// in short, the days from Monday on, and the days in short, as a MySQL 9 tells them.
//
//go:embed timelocales.txt
var timeLocaleText string

// A timeLocale is the names of months and days in a language.
type timeLocale struct{ months, shortMonths, days, shortDays []string }

// timeLocales are all of them, by name in lower case.
var timeLocales = sync.OnceValue(func() map[string]timeLocale {
	out := map[string]timeLocale{}
	for line := range strings.Lines(timeLocaleText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		names := make([][]string, 4)
		for i := range names {
			names[i] = strings.Split(fields[i+1], ",")
		}
		out[strings.ToLower(fields[0])] = timeLocale{names[0], names[1], names[2], names[3]}
	}
	return out
})

// TimeLocales are the values of lc_time_names.
func TimeLocales() []string {
	var out []string
	for line := range strings.Lines(timeLocaleText) {
		name, _, _ := strings.Cut(line, "|")
		out = append(out, name)
	}
	return out
}

// timeLocaleOf is the session's.
func timeLocaleOf(ctx *gms.Context) timeLocale {
	name, _ := sessionOf(ctx).Variable("lc_time_names")
	if l, ok := timeLocales()[strings.ToLower(name)]; ok {
		return l
	}
	return timeLocales()["en_us"]
}
