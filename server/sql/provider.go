package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
)

// A provider finds databases. It has no state: the statement that asks is in
// the context's session.
type provider struct{ e *Engine }

var (
	_ gms.DatabaseProvider = provider{}
	_ gms.FunctionProvider = provider{}
)

func callOf(ctx *gms.Context) *call { return ctx.Session.(*Session).call }

// Database implements gms.DatabaseProvider.
func (p provider) Database(ctx *gms.Context, name string) (gms.Database, error) {
	if tables, ok := p.e.made[strings.ToLower(name)]; ok {
		return madeDatabase{nil, strings.ToLower(name), tables}, nil
	}
	c := callOf(ctx)
	d, ok, err := p.e.catalog().Database(c.env.Txn, name)
	if err != nil {
		return nil, err
	}
	if !ok && name == systemDB {
		return systemDatabase{c}, nil
	}
	if !ok {
		return nil, gms.ErrDatabaseNotFound.New(name)
	}
	return &database{c: c, def: d}, nil
}

// HasDatabase implements gms.DatabaseProvider.
func (p provider) HasDatabase(ctx *gms.Context, name string) bool {
	_, err := p.Database(ctx, name)
	return err == nil
}

// AllDatabases implements gms.DatabaseProvider. What is found through it is
// for listings, which lock nothing.
func (p provider) AllDatabases(ctx *gms.Context) []gms.Database {
	c := callOf(ctx)
	list, err := p.e.catalog().Databases(c.env.Txn)
	if err != nil {
		c.failed = err // the interface has no place for it; Execute looks
		return nil
	}
	out := make([]gms.Database, 0, len(list)+len(p.e.made))
	for _, d := range list {
		if c.env.Rights.ListsDatabase(d.Name) && c.about.hasDatabase(d.Name) {
			out = append(out, &database{c: c, def: d, listing: true})
		}
	}
	for name, tables := range p.e.made {
		if name != gms.InformationSchemaDatabaseName { // the library adds that
			out = append(out, madeDatabase{nil, name, tables})
		}
	}
	return out
}

// Function implements gms.FunctionProvider: it hides the library's LOAD_FILE
// (S6), its CURRENT_USER, which knows no accounts, and its GET_LOCK, and has
// the functions on GTIDs, and those of package expr.
func (p provider) Function(ctx *gms.Context, name string) (gms.Function, bool) {
	lower := strings.ToLower(name)
	_, onGTIDs := gtidArgs[lower]
	switch {
	case onGTIDs:
		return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
			return newGTIDFunction(lower, args)
		}}, true
	case strings.EqualFold(name, "current_user"):
		account := ""
		if a := callOf(ctx).env.Rights.Account; a != nil {
			account = a.User + "@" + a.Host
		}
		return gms.Function0{Name: name, Fn: func() gms.Expression {
			return expression.NewLiteral(account, gtypes.LongText)
		}}, true
	case lower == "current_role":
		roles := callOf(ctx).env.Rights.CurrentRole()
		return gms.Function0{Name: name, Fn: func() gms.Expression {
			return expression.NewLiteral(roles, gtypes.LongText)
		}}, true
	case strings.EqualFold(name, "get_lock"):
		return newGetLock(p.e.lib.LS), true
	case ownExpressions[lower] != nil:
		return gms.FunctionN{Name: lower, Fn: ownExpressions[lower]}, true
	case lower != "load_file":
		if f, ok := newQuantified(lower); ok {
			return f, true
		}
		return expr.Named(lower)
	}
	return gms.FunctionN{Name: name, Fn: func(...gms.Expression) (gms.Expression, error) {
		return nil, unsupported("LOAD_FILE")
	}}, true
}

// ownExpressions make what is no function to the library, or depends on its arguments.
var ownExpressions = map[string]gms.CreateFuncNArgs{
	reword.Assign: newAssignment, reword.Default: newDraftDefault, reword.DefaultOf: newDefaultOf, draftColumn: newDraftField, spell.UnionColumn: newUnionField, reword.Match: newMatch, noDefaultCall: newNoDefault,
}

// A database is one database, for one statement.
type database struct {
	c       *call
	def     catalog.Database
	listing bool // definitions are read, not locked
}

var (
	_ gms.Database         = (*database)(nil)
	_ gms.CollatedDatabase = (*database)(nil)
)

// Name implements gms.Database.
func (d *database) Name() string { return d.def.Name }

// GetTableNames implements gms.Database: those that the client may see.
func (d *database) GetTableNames(*gms.Context) ([]string, error) {
	names, err := d.c.catalog().Tables(d.c.env.Txn, d.def.Name)
	names = d.c.about.leaveTables(names)
	return slices.DeleteFunc(names, func(n string) bool { return !d.c.env.Rights.SeesTable(d.def.Name, n) }), err
}

// GetTableInsensitive implements gms.Database. Names have case here, as they
// do in MySQL on Linux.
func (d *database) GetTableInsensitive(_ *gms.Context, name string) (gms.Table, bool, error) {
	t, err := d.c.open(d.def.Name, name, d.listing)
	if err != nil || t == nil {
		return nil, false, err
	}
	if d.listing {
		return listed{t}, true, nil
	}
	return t, true, nil
}

// GetCollation implements gms.CollatedDatabase.
func (d *database) GetCollation(*gms.Context) gms.CollationID {
	return gms.CollationID(d.def.Collation)
}

// SetCollation implements gms.CollatedDatabase.
func (d *database) SetCollation(*gms.Context, gms.CollationID) error {
	return unsupported("ALTER DATABASE")
}
