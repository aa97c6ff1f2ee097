package geo

import (
	"regexp"
	"strconv"
	"strings"

	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A system is a spatial reference system: none (SRID 0), a plane that a projection makes, or
// angles on an ellipsoid.
type system struct{ definition string }

func systemOf(srid uint32) (system, error) {
	known, ok := gtypes.SupportedSRIDs[srid]
	if !ok {
		return system{}, mysqlerr.New(mysqlerr.SRSNotFound, strconv.FormatUint(uint64(srid), 10))
	}
	return system{known.Definition}, nil
}

func (s system) cartesian() bool  { return s.definition == "" }
func (s system) geographic() bool { return strings.HasPrefix(s.definition, "GEOGCS") }

// latitudeFirst: of the axes that a geographic system names.
func (s system) latitudeFirst() bool {
	_, axes, _ := strings.Cut(s.definition, "AXIS[")
	axes = strings.ToUpper(axes)
	north, east := strings.Index(axes, "NORTH"), strings.Index(axes, "EAST")
	return north >= 0 && (east < 0 || north < east)
}

var (
	spheroid   = regexp.MustCompile(`SPHEROID\["[^"]*",([0-9.]+),([0-9.]+)`)
	unitFactor = regexp.MustCompile(`UNIT\["[^"]*",([0-9.eE+-]+)`)
)

// ellipsoid is the longer half axis in metres, and the flattening.
func (s system) ellipsoid() (axis, flattening float64) {
	found := spheroid.FindStringSubmatch(s.definition)
	if found == nil {
		return 0, 0
	}
	axis, _ = strconv.ParseFloat(found[1], 64)
	if inverse, _ := strconv.ParseFloat(found[2], 64); inverse > 0 {
		flattening = 1 / inverse
	}
	return axis, flattening
}

// degrees reports whether the angles of a geographic system are in degrees.
func (s system) degrees() bool { return strings.Contains(s.definition, `UNIT["degree",`) }

// metres is how long a step of 1 is: of a plane the last of the units in its definition; on
// an ellipsoid lengths are in metres.
func (s system) metres() float64 {
	if s.geographic() {
		return 1
	}
	all := unitFactor.FindAllStringSubmatch(s.definition, -1)
	factor, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	if err != nil {
		return 1
	}
	return factor
}

// converted is a length in the unit that a function's last argument names.
func converted(c Call, length float64) (any, error) {
	if len(c.Rest) == 0 {
		return length, nil
	}
	name := c.Rest[0].(string)
	factor, ok := units[strings.ToLower(name)]
	switch {
	case c.System.cartesian():
		return nil, mysqlerr.New(mysqlerr.NoLengthUnit, c.Name, c.Geometries[0].SRID, name)
	case !ok:
		return nil, mysqlerr.New(mysqlerr.UnitNotFound, name)
	}
	return length * c.System.metres() / factor, nil
}
