package expr

import (
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// clockRecipes tell the time of the statement, with as many digits behind the point as
// they are asked for. NOW() is not here, because definitions ask the library for it.
var clockRecipes = map[string]Recipe{
	"curdate":       {0, 0, Always(gtypes.Date), today(false), false, false},
	"current_date":  {0, 0, Always(gtypes.Date), today(false), false, false},
	"utc_date":      {0, 0, Always(gtypes.Date), today(true), false, false},
	"curtime":       {0, 1, Always(gtypes.Time), clockTime(false), false, false},
	"current_time":  {0, 1, Always(gtypes.Time), clockTime(false), false, false},
	"utc_time":      {0, 1, Always(gtypes.Time), clockTime(true), false, false},
	"utc_timestamp": {0, 1, nowType, now(true), false, false},
	"sysdate":       {0, 1, nowType, sysdate, false, false},
}

// nowRecipe is NOW().
var nowRecipe = Recipe{0, 1, nowType, now(false), false, false}

func nowType(args []gms.Expression) gms.Type {
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(clockDigits(args)))
}

// clockDigits is how many digits are asked for.
func clockDigits(args []gms.Expression) uint8 {
	if len(args) == 0 {
		return 0
	}
	n, _ := Constant(args[0])
	return uint8(min(max(n, 0), types.FSPMax))
}

// clock is the time of the statement, as a zone shows it.
func (f *Function) clock(ctx *gms.Context, utc bool) (time.Time, error) {
	return f.shown(ctx, ctx.QueryTime(), utc)
}

// shown is a time as the session's zone shows it, or UTC.
func (f *Function) shown(ctx *gms.Context, at time.Time, utc bool) (time.Time, error) {
	if len(f.Args) > 0 {
		if n, ok := Constant(f.Args[0]); !ok || n < 0 || n > types.FSPMax {
			return time.Time{}, mysqlerr.New(mysqlerr.TooBigPrecision, n, f.Name, types.FSPMax)
		}
	}
	at = at.UTC()
	if zone := sessionOf(ctx).Location(); !utc && zone != nil {
		at = at.In(zone)
	}
	shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	return types.TruncateTime(shown, clockDigits(f.Args)), nil
}

func today(utc bool) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, _ []any) (any, error) {
		at, err := f.clock(ctx, utc)
		return at.Truncate(24 * time.Hour), err
	}
}

func now(utc bool) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, _ []any) (any, error) {
		at, err := f.clock(ctx, utc)
		return at, err
	}
}

// sysdate is the time at which it is asked for, whatever SET timestamp says.
func sysdate(ctx *gms.Context, f *Function, _ []any) (any, error) {
	at, err := f.shown(ctx, time.Now(), false)
	return at, err
}

func clockTime(utc bool) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, _ []any) (any, error) {
		at, err := f.clock(ctx, utc)
		return gtypes.Timespan(at.Sub(at.Truncate(24 * time.Hour)).Microseconds()), err
	}
}
