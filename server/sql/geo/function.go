package geo

import (
	"fmt"
	"maps"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Result is what a function's values are.
type Result uint8

// The results. One of AnyShape and below is a geometry.
const (
	Whole Result = iota
	Double
	Text
	LongText
	Bytes
	Coordinate // a double, and with a second argument a point
	AnyShape
	PointShape
	PolygonShape
)

// A Call is a function with its arguments, none of which is NULL.
type Call struct {
	Name       string
	Geometries []Geometry
	System     system
	// Rest are those behind the geometries: int64, float64, string or []byte, as the function's
	// Arguments say.
	Rest []any
}

// A Function is a spatial function. Arguments has a letter for each: a geometry, a whole
// number, a double, a text or bytes; those behind a question mark may be left out.
//
//	g  geometry     w  whole number     d  double     t  text     b  bytes
//
// Compute gives a Geometry, an int, a bool, a float64, a string or bytes; nil is NULL.
type Function struct {
	Result    Result
	Arguments string
	// Planar: the function is refused in a geographic system.
	Planar  bool
	Compute func(c Call) (any, error)
}

// Functions are all of them, by name.
var Functions = joined(partFunctions, coordinateFunctions, shapeFunctions, relationFunctions, boxFunctions, overlayFunctions, lineFunctions, distanceFunctions, hashFunctions, formatFunctions)

func joined(lists ...map[string]Function) map[string]Function {
	out := map[string]Function{}
	for _, list := range lists {
		maps.Copy(out, list)
	}
	return out
}

// Bounds are the fewest and the most arguments.
func (f Function) Bounds() (least, most int) {
	must, may, _ := strings.Cut(f.Arguments, "?")
	return len(must), len(must) + len(may)
}

// Letters is Arguments without the question mark.
func (f Function) Letters() string { return strings.Replace(f.Arguments, "?", "", 1) }

// Call computes a function. What package geom cannot do with a shape that is no valid one is
// refused.
func (f Function) Call(c Call) (_ any, err error) {
	defer func() {
		if recover() != nil {
			err = unsupported(c.Name + " of these geometries")
		}
	}()
	for i, g := range c.Geometries {
		if g.SRID != c.Geometries[0].SRID {
			return nil, mysqlerr.New(mysqlerr.DifferentSRIDs, c.Name, fmt.Sprint(c.Geometries[0].SRID), fmt.Sprint(c.Geometries[i].SRID))
		}
	}
	if len(c.Geometries) > 0 {
		if c.System, err = systemOf(c.Geometries[0].SRID); err != nil {
			return nil, err
		}
		if f.Planar && c.System.geographic() {
			return nil, c.missing()
		}
	}
	return f.Compute(c)
}

// missing is the error of a function that is not there for such geometries in such a system.
func (c Call) missing() error {
	args := make([]string, 0, len(c.Geometries))
	for _, g := range c.Geometries {
		args = append(args, g.name())
	}
	if len(c.Rest) > 0 {
		args = append(args, "...")
	}
	code := uint16(mysqlerr.NotForProjected)
	switch {
	case c.System.cartesian():
		code = mysqlerr.NotForCartesian
	case c.System.geographic():
		code = mysqlerr.NotForGeographic
	}
	return mysqlerr.New(code, c.Name, strings.Join(args, ", "))
}

// unexpected is the error of a geometry that is none of those a function takes.
func (c Call) unexpected(wanted string) error {
	return mysqlerr.New(mysqlerr.UnexpectedGeometry, wanted, c.Geometries[0].name(), c.Name)
}

func (c Call) first() geom.Geometry { return c.Geometries[0].shape }

// valid refuses geometries that are not: what they have in common nobody can say.
func (c Call) valid() error {
	for _, g := range c.Geometries {
		if g.shape.Validate() != nil {
			return unsupported(c.Name + " of a geometry that is not valid")
		}
	}
	return nil
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
