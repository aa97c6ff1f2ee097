package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// A seam says which names of a package may not be used below server.
type seam struct {
	instead string   // what to use
	allowed []string // when set, every other name is refused
	refused []string // when set, only these are
}

func (s seam) refuses(name string) bool {
	if s.allowed != nil {
		return !slices.Contains(s.allowed, name)
	}
	return slices.Contains(s.refused, name)
}

var seams = map[string]seam{
	"os": {
		instead: "pebble's vfs.FS",
		allowed: []string{
			"ErrClosed", "ErrExist", "ErrNotExist", "ErrPermission", "FileInfo", "FileMode", "Getpid",
			"IsExist", "IsNotExist", "LinkError", "ModeDir", "ModePerm", "PathError",
		},
	},
	"path/filepath": {
		instead: "vfs.FS, which has path operations of its own",
		refused: []string{"Abs", "EvalSymlinks", "Glob", "Walk", "WalkDir"},
	},
	"time": {
		instead: "internal/clock",
		refused: []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"},
	},
	"context": {
		instead: "a timer of internal/clock, or the caller's context",
		refused: []string{"WithDeadline", "WithDeadlineCause", "WithTimeout", "WithTimeoutCause"},
	},
	"math/rand":    {instead: "a *rand.Rand passed in", allowed: []string{"New", "NewSource", "NewZipf", "Rand", "Source", "Zipf"}},
	"math/rand/v2": {instead: "a *rand.Rand passed in", allowed: []string{"New", "NewChaCha8", "NewPCG", "PCG", "Rand", "Source"}},
	"crypto/rand":  {instead: "an io.Reader passed in", allowed: []string{}},
	"io/ioutil":    {instead: "pebble's vfs.FS", allowed: []string{}},
}

// granted are the names that one package may use all the same, each with the
// reason.
var granted = map[string]map[string]string{
	".": {
		"crypto/rand.Reader": "it composes: the machine's own files, clock and chance are handed down from here",
	},
	"internal/clock": {
		"time.Now":      "it is the seam for time",
		"time.NewTimer": "it is the seam for time",
	},
	"internal/failpoint": {
		"os.Getenv":      "a command is told its failpoints by the environment",
		"os.FindProcess": "a failpoint that kills has no other way to on Windows",
		"os.Stderr":      "a failpoint that prints does so past every logger",
		"time.Sleep":     "a failpoint that sleeps is meant to hold up the real thing",
	},
}

// TestSeams fails where a package below server reaches past a seam: what it
// does then cannot be crashed, stopped or replayed by a test.
func TestSeams(t *testing.T) {
	level := levels()
	first := level["server/mysqlerr"]
	for _, s := range sources(t) {
		at, known := level[s.dir]
		if !known || at >= first {
			continue // TestLayers speaks up for packages without a place
		}
		for _, breach := range breaches(s) {
			t.Error(breach)
		}
	}
}

// breaches lists the uses of refused names in one file.
func breaches(s source) []string {
	var found []string
	imports := s.imports()
	if p, dot := imports["."]; dot {
		found = append(found, s.path+" imports "+p+" without a name, which hides what it uses")
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		// An identifier with an Obj is a variable, not the import.
		x, ok := sel.X.(*ast.Ident)
		if !ok || x.Obj != nil {
			return true
		}
		pkg := imports[x.Name]
		if granted[s.dir][pkg+"."+sel.Sel.Name] != "" {
			return true
		}
		if rule, ok := seams[pkg]; ok && rule.refuses(sel.Sel.Name) {
			found = append(found, s.set.Position(sel.Pos()).String()+": "+x.Name+"."+sel.Sel.Name+" is refused here; use "+rule.instead)
		}
		return true
	})
	return found
}

// TestSeamsAreSeen feeds breaches what they must find, so that the rule itself
// cannot rot.
func TestSeamsAreSeen(t *testing.T) {
	for body, want := range map[string]int{
		`import "time"; var x = time.Now()`:                                       1,
		`import "time"; var x = time.Second`:                                      0,
		`import clock "time"; var x = clock.After(1)`:                             1,
		`import "time"; func f(t *time.Timer) { time := t; time.Stop() }`:         0,
		`import "os"; var x, _ = os.Create("f")`:                                  1,
		`import "os"; var f = os.ReadFile`:                                        1,
		`import "os"; var x = os.ErrNotExist`:                                     0,
		`import "math/rand/v2"; var x = rand.IntN(3)`:                             1,
		`import "math/rand/v2"; var x = rand.New(rand.NewPCG(1, 2))`:              0,
		`import "math/rand"; func f(rand *rand.Rand) int { return rand.Intn(3) }`: 0,
		`import "crypto/rand"; var r = rand.Reader`:                               1,
		`import . "os"`: 1,
		`import "context"; var c, f = context.WithTimeout(context.Background(), 1)`: 1,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x.go", "package p; "+body, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := breaches(source{path: "x.go", set: set, file: file}); len(got) != want {
			t.Errorf("%s\nfound %d breaches, want %d: %v", body, len(got), want, got)
		}
	}
}
