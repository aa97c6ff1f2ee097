package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/geo"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
)

// geoTypes are the types of what spatial functions give.
var geoTypes = map[geo.Result]gms.Type{
	geo.Whole: gtypes.Int32, geo.Double: gtypes.Float64, geo.Text: varChar(15), // the longest name of a shape
	geo.LongText: gtypes.LongText, geo.Bytes: gtypes.LongBlob,
	geo.AnyShape: gtypes.GeometryType{}, geo.PointShape: gtypes.PointType{}, geo.PolygonShape: gtypes.PolygonType{},
}

func varChar(letters int64) gms.Type {
	return gtypes.MustCreateString(sqltypes.VarChar, letters, gms.Collation_Default)
}

// geoRecipes are the spatial functions.
var geoRecipes = func() map[string]Recipe {
	out := map[string]Recipe{
		spell.Collected:     {least: 1, most: 1, TypeOf: Always(gtypes.GeometryType{})},
		spell.CollectedOnce: {least: 1, most: 1, TypeOf: Always(gtypes.GeometryType{})},
		"st_geohash":        {2, 3, Always(varChar(geo.HashLettersMax)), geohash, false, false},
	}
	for name, f := range geo.Functions {
		least, most := f.Bounds()
		out[name] = Recipe{least, most, geoType(f.Result), func(ctx *gms.Context, call *Function, v []any) (any, error) {
			return geoCall(ctx, f, call, v)
		}, false, false}
	}
	return out
}()

func geoType(r geo.Result) func([]gms.Expression) gms.Type {
	if r == geo.Coordinate {
		return func(args []gms.Expression) gms.Type {
			if len(args) > 1 {
				return geoTypes[geo.PointShape]
			}
			return geoTypes[geo.Double]
		}
	}
	return Always(geoTypes[r])
}

func geoCall(ctx *gms.Context, f geo.Function, call *Function, v []any) (any, error) {
	c := geo.Call{Name: call.Name}
	for i := range v {
		if err := geoArgument(ctx, f.Letters()[i], call, i, v[i], &c); err != nil {
			return nil, err
		}
	}
	out, err := f.Call(c)
	if err != nil {
		return nil, err
	}
	switch out := out.(type) {
	case geo.Geometry:
		return GeometryValue(ctx, out)
	case bool:
		if out {
			return int32(1), nil
		}
		return int32(0), nil
	case int:
		return int32(out), nil
	}
	return out, nil
}

// GeometryValue is the library's value of a geometry.
func GeometryValue(ctx *gms.Context, g geo.Geometry) (any, error) {
	v, _, err := gtypes.GeometryType{}.Convert(ctx, g.Bytes())
	return v, err
}

func geoArgument(ctx *gms.Context, letter byte, call *Function, i int, v any, c *geo.Call) error {
	switch letter {
	case 'g':
		g, err := ReadGeometry(ctx, call.Name, v, call.Args[i].Type())
		c.Geometries = append(c.Geometries, g)
		return err
	case 'w':
		n, err := call.whole(ctx, i, v)
		c.Rest = append(c.Rest, n)
		return err
	case 'd':
		d, err := call.as(ctx, i, v, types.Type{Kind: types.Double})
		c.Rest = append(c.Rest, d)
		return err
	}
	s, err := call.text(ctx, i, v)
	if letter == 'b' {
		c.Rest = append(c.Rest, []byte(s))
	} else {
		c.Rest = append(c.Rest, s)
	}
	return err
}

// ReadGeometry is a value that a spatial function is given: a geometry, or bytes that are
// one.
func ReadGeometry(ctx *gms.Context, name string, v any, t gms.Type) (geo.Geometry, error) {
	value, from, err := convert.Down(ctx, v, t)
	if err != nil {
		return geo.Geometry{}, err
	}
	g, ok := geo.Parse(types.Text(value, from))
	if !ok {
		return g, mysqlerr.New(mysqlerr.InvalidGISData, name)
	}
	return g, nil
}

// geohash is of a point, or of a longitude and a latitude.
func geohash(ctx *gms.Context, f *Function, v []any) (any, error) {
	letters, err := f.whole(ctx, len(v)-1, v[len(v)-1])
	if err != nil {
		return nil, err
	}
	if len(v) == 2 {
		g, err := ReadGeometry(ctx, f.Name, v[0], f.Args[0].Type())
		if err != nil {
			return nil, err
		}
		x, y, ok := g.PointOf()
		if !ok {
			return nil, mysqlerr.New(mysqlerr.IncorrectArgument, "point", f.Name)
		}
		return geo.Hash(f.Name, x, y, letters)
	}
	var at [2]float64
	for i := range at {
		d, err := f.as(ctx, i, v[i], types.Type{Kind: types.Double})
		if err != nil {
			return nil, err
		}
		at[i], _ = d.(float64)
	}
	return geo.Hash(f.Name, at[0], at[1], letters)
}
