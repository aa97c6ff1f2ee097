package expr

import (
	"strings"
	"testing"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Functions of package expr take as many arguments as they say, have a type, and are NULL
// of NULLs unless they deal with these themselves.
func TestRecipes(t *testing.T) {
	null := expression.NewLiteral(nil, gtypes.Null)
	for name, r := range recipes {
		if name != strings.ToLower(name) || r.least > r.most || r.TypeOf == nil {
			t.Errorf("%s: %d to %d arguments", name, r.least, r.most)
			continue
		}
		f, ok := newOwn(strings.ToUpper(name))
		if !ok {
			t.Errorf("%s is not found", name)
			continue
		}
		args := make([]gms.Expression, r.least)
		for i := range args {
			args[i] = null
		}
		if r.most < manyArgs {
			more := make([]gms.Expression, r.most+1)
			if _, err := f.NewInstance(more); !mysqlerr.Is(err, mysqlerr.WrongParamCount) {
				t.Errorf("%s of too many arguments: %v", name, err)
			}
		}
		if r.least > 0 {
			if _, err := f.NewInstance(args[1:]); !mysqlerr.Is(err, mysqlerr.WrongParamCount) {
				t.Errorf("%s of too few arguments: %v", name, err)
			}
		}
		e, err := f.NewInstance(args)
		if err != nil || e.Type() == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Compute == nil || r.nulls || r.least == 0 {
			continue
		}
		if v, err := e.Eval(gms.NewEmptyContext(), nil); v != nil || err != nil {
			t.Errorf("%s of NULL: %v, %v", name, v, err)
		}
	}
}
