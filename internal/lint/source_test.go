package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/xadb/xadb"

// root is the module's folder, seen from this package.
const root = "../.."

// A source is one parsed Go file that is not a test.
type source struct {
	path string // from root, with slashes
	dir  string // the package's folder from root; "." for the root package
	set  *token.FileSet
	file *ast.File
}

// skippedDirs hold no source of ours: the repository's own data, built
// programs, and the store that xadb serve makes by default.
var skippedDirs = map[string]bool{".mysql9": true, ".git": true, "bin": true, "xadb-data": true}

// walk calls visit for every file, with its path from root.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if skippedDirs[d.Name()] {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources parses every Go file that is not a test, whatever its build tags.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	walk(t, func(p string) {
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "testdata/") {
			return
		}
		set := token.NewFileSet()
		content, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(set, p, content, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{path: p, dir: path.Dir(p), set: set, file: file})
	})
	if len(all) == 0 {
		t.Fatal("no source found: the walk is broken")
	}
	return all
}

// imports maps the local name of each import to its path.
func (s source) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted it, so this cannot be
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		} else if p == "math/rand/v2" {
			name = "rand"
		}
		names[name] = p
	}
	return names
}
