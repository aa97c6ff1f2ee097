package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/jsonpath"
)

// jsonContainsPath is whether one path, or all of them, lead to something in a document.
// It is NULL as soon as a path is that it has to look at.
func jsonContainsPath(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil || v[1] == nil {
		return nil, err
	}
	word, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	all := strings.EqualFold(word, "all")
	if !all && !strings.EqualFold(word, "one") {
		return nil, mysqlerr.New(mysqlerr.JSONBadOneOrAll, f.Name)
	}
	for i := 2; i < len(v); i++ {
		if v[i] == nil {
			return nil, nil
		}
		path, err := f.path(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		at := jsonpath.Search{Places: map[string]bool{}}
		if at.Find(tree, "", path.Legs); (len(at.Values) > 0) != all {
			return !all, nil
		}
	}
	return all, nil
}
