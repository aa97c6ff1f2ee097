package lint

import (
	"strings"
	"testing"
)

// layers lists every package from the ground up. A package imports only from
// lines above its own; packages on one line do not import each other.
var layers = [][]string{
	{"internal/clock", "internal/failpoint", "internal/bug", "internal/disk", "internal/gate", "internal/histogram", "internal/lint", "internal/hermitage", "fuzz/simdisk"},
	{"xid", "groupcommit", "wal", "engine/lock", "binlog/writeset"},
	{"engine", "recovery", "binlog"},
	{"tclog"},
	{"."},
	{"enginetest"},
	{"server/codes"},
	{"server/mysqlerr", "server/weights", "server/fulltext"},
	{"server/lex", "server/types"},
	{"server/xa", "server/catalog", "server/reword"},
	{"server/auth"},
	{"server/wire", "server/dump"},
	{"server/rows", "server/updatable"},
	{"server/exec"},
	{"server/sql/sets"},
	{"server/sql/convert", "server/sql/geo", "server/sql/jsonpath", "server/sql/spell", "server/sql/walk"},
	{"server/sql/expr"},
	{"server/sql/group", "server/sql/window"},
	{"server/sql"},
	{"server"},
	{"server/status", "xadbsql"},
	{"fuzz/model"},
	{"fuzz/explore", "fuzz/kill", "fuzz/soak"},
	{"fuzz/peers"},
	{"cmd/xadb", "bench", "examples/embedded", "examples/recover", "examples/twostores"},
}

// levels is the height of each package in layers.
func levels() map[string]int {
	level := map[string]int{}
	for i, line := range layers {
		for _, dir := range line {
			level[dir] = i
		}
	}
	return level
}

// TestLayers fails on an upward or sideways import, and on a package nobody
// has given a place.
func TestLayers(t *testing.T) {
	level := levels()
	unknown := map[string]bool{}
	for _, s := range sources(t) {
		own, known := level[s.dir]
		if !known && !unknown[s.dir] {
			t.Errorf("package %s has no place; add it to layers", s.dir)
			unknown[s.dir] = true
		}
		for _, imp := range s.imports() {
			dep, ours := inModule(imp)
			if !ours || !known {
				continue
			}
			if at, ok := level[dep]; ok && at >= own {
				t.Errorf("%s imports %s, which is not below it", s.path, dep)
			}
		}
	}
}

// inModule returns the folder of an imported package of this module.
func inModule(imp string) (dir string, ours bool) {
	if imp == module {
		return ".", true
	}
	return strings.CutPrefix(imp, module+"/")
}
