package geo

import (
	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// coordinateFunctions read a coordinate of a point, or give another point that has one of
// its own. X is the first axis of a system and Y its second.
var coordinateFunctions = map[string]Function{
	"st_x":         {Coordinate, "g?d", false, func(c Call) (any, error) { return c.coordinate(c.System.firstIsY()) }},
	"st_y":         {Coordinate, "g?d", false, func(c Call) (any, error) { return c.coordinate(!c.System.firstIsY()) }},
	"st_longitude": {Coordinate, "g?d", false, func(c Call) (any, error) { return c.angle(false) }},
	"st_latitude":  {Coordinate, "g?d", false, func(c Call) (any, error) { return c.angle(true) }},
}

// firstIsY: points are kept with the longitude first.
func (s system) firstIsY() bool { return s.geographic() && s.latitudeFirst() }

func (c Call) angle(latitude bool) (any, error) {
	if !c.System.geographic() {
		return nil, mysqlerr.New(mysqlerr.OnlyGeographic, c.Name, c.Geometries[0].SRID)
	}
	return c.coordinate(latitude)
}

// coordinate is the one that is kept second or first.
func (c Call) coordinate(second bool) (any, error) {
	point, is := c.first().AsPoint()
	if !is {
		return nil, c.unexpected("POINT")
	}
	at, _ := point.XY()
	one := &at.X
	if second {
		one = &at.Y
	}
	if len(c.Rest) == 0 {
		return *one, nil
	}
	*one = c.Rest[0].(float64)
	if c.System.geographic() {
		if err := c.onGlobe([]geom.XY{at}); err != nil {
			return nil, err
		}
	}
	return c.point(at), nil
}
