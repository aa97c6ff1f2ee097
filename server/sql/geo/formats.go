package geo

import (
	"math"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// formatFunctions read and write geometries as text and as bytes. In a geographic system
// these have the latitude first, if its axes say so and the options do not.
var formatFunctions = func() map[string]Function {
	out := map[string]Function{}
	write := func(result Result, written func(geom.Geometry) any, names ...string) {
		for _, n := range names {
			out[n] = Function{result, "g?t", false, func(c Call) (any, error) {
				swap, err := c.swaps(c.System, c.Rest)
				if err != nil {
					return nil, err
				}
				return written(turned(c.first(), swap)), nil
			}}
		}
	}
	write(LongText, func(s geom.Geometry) any { return text(s) }, "st_astext", "st_aswkt")
	write(Bytes, func(s geom.Geometry) any { return s.AsBinary() }, "st_aswkb", "st_asbinary")
	for shape, stems := range readStems {
		for _, stem := range stems {
			out["st_"+stem+"fromtext"] = reader(shape, "t?wt")
			out["st_"+stem+"fromwkb"] = reader(shape, "b?wt")
		}
	}
	out["st_geomcollfromtxt"] = out["st_geomcollfromtext"]
	return out
}()

// readStems are the names by which readers of each shape go.
var readStems = map[types.Shape][]string{
	types.AnyShape: {"geom", "geometry"}, types.Point: {"point"}, types.LineString: {"line", "linestring"},
	types.Polygon: {"poly", "polygon"}, types.MultiPoint: {"mpoint", "multipoint"},
	types.MultiLineString: {"mline", "multilinestring"}, types.MultiPolygon: {"mpoly", "multipolygon"},
	types.Collection: {"geomcoll", "geometrycollection"},
}

func reader(shape types.Shape, arguments string) Function {
	return Function{AnyShape, arguments, false, func(c Call) (any, error) { return c.read(shape) }}
}

func (c Call) read(shape types.Shape) (any, error) {
	srid := int64(0)
	if len(c.Rest) > 1 {
		srid = c.Rest[1].(int64)
	}
	if srid < 0 || srid > math.MaxUint32 {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "SRID", c.Name)
	}
	kept, ok, word := []byte(nil), false, "WKT"
	if b, is := c.Rest[0].([]byte); is {
		kept, ok = fromBytes(b, uint32(srid))
		word = "WKB"
	} else {
		kept, ok = fromText(c.Rest[0].(string), uint32(srid))
	}
	g, parsed := Parse(kept)
	if !ok || !parsed {
		return nil, mysqlerr.New(mysqlerr.InvalidGISData, c.Name)
	}
	if !shape.Takes(types.ShapeOf(kept)) {
		return nil, mysqlerr.New(mysqlerr.UnexpectedGeometry, word, g.name(), c.Name)
	}
	s, err := systemOf(uint32(srid))
	if err != nil {
		return nil, err
	}
	swap, err := c.swaps(s, c.Rest[min(2, len(c.Rest)):])
	if err != nil {
		return nil, err
	}
	g.shape = turned(g.shape, swap)
	if s.geographic() {
		err = c.onGlobe(coordinatesOf(g.shape))
	}
	return g, err
}

// onGlobe refuses angles that no place has.
func (c Call) onGlobe(points []geom.XY) error {
	for _, at := range points {
		switch {
		case at.X <= -180 || at.X > 180:
			return mysqlerr.New(mysqlerr.LongitudeRange, at.X, c.Name, -180.0, 180.0)
		case at.Y < -90 || at.Y > 90:
			return mysqlerr.New(mysqlerr.LatitudeRange, at.Y, c.Name, -90.0, 90.0)
		}
	}
	return nil
}

func turned(shape geom.Geometry, swap bool) geom.Geometry {
	if !swap {
		return shape
	}
	return shape.TransformXY(func(p geom.XY) geom.XY { return geom.XY{X: p.Y, Y: p.X} })
}

const axisOrder = "axis-order"

// swaps reports whether a format has the latitude first: coordinates are kept with the
// longitude first.
func (c Call) swaps(s system, options []any) (bool, error) {
	order := "srid-defined"
	if len(options) > 0 {
		var err error
		if order, err = c.axes(options[0].(string)); err != nil {
			return false, err
		}
	}
	switch order {
	case "lat-long":
		return s.geographic(), nil
	case "long-lat":
		return false, nil
	}
	return s.firstIsY(), nil
}

// axes is the order that options name: key=value, and commas between.
func (c Call) axes(options string) (string, error) {
	order := "srid-defined"
	if strings.TrimSpace(options) == "" {
		return order, nil
	}
	seen := false
	for pair := range strings.SplitSeq(options, ",") {
		key, value, is := strings.Cut(pair, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case !is:
			return "", mysqlerr.New(mysqlerr.NoOption, strings.TrimSpace(pair), c.Name)
		case key != axisOrder:
			return "", mysqlerr.New(mysqlerr.UnknownOptionKey, key, c.Name)
		case seen:
			return "", mysqlerr.New(mysqlerr.OptionTwice, key, c.Name)
		}
		order, seen = strings.ToLower(value), true
		switch order {
		case "srid-defined", "lat-long", "long-lat":
		default:
			return "", mysqlerr.New(mysqlerr.OptionValue, value, axisOrder, c.Name)
		}
	}
	return order, nil
}
