package geo

import (
	"math"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/xadb/xadb/server/mysqlerr"
)

// hashFunctions read and write geohashes: halves of the globe, east or not and north or not
// by turns, five of them in a letter.
var hashFunctions = map[string]Function{
	"st_latfromgeohash":   {Double, "t", false, func(c Call) (any, error) { return fromHash(c, func(p geom.XY) any { return p.Y }) }},
	"st_longfromgeohash":  {Double, "t", false, func(c Call) (any, error) { return fromHash(c, func(p geom.XY) any { return p.X }) }},
	"st_pointfromgeohash": {PointShape, "tw", false, pointFromHash},
}

// HashLettersMax is the longest geohash that is written.
const HashLettersMax = 100

const (
	hashLetters = "0123456789bcdefghjkmnpqrstuvwxyz"
	hashBits    = 5 // in a letter
)

// A span is between two coordinates.
type span struct{ low, high float64 }

func (s span) middle() float64 { return (s.low + s.high) / 2 }

// spent: there are no numbers between.
func (s span) spent() bool { return s.middle() == s.low || s.middle() == s.high }

// halve keeps the upper half, or the lower.
func (s *span) halve(upper bool) {
	if upper {
		s.low = s.middle()
	} else {
		s.high = s.middle()
	}
}

// globe is where all places lie.
func globe() (longitude, latitude span) { return span{-180, 180}, span{-90, 90} }

// Hash is ST_GEOHASH.
func Hash(name string, longitude, latitude float64, letters int64) (string, error) {
	x, y := globe()
	switch {
	case letters < 1 || letters > HashLettersMax:
		return "", mysqlerr.New(mysqlerr.DataOutOfRange, "max geohash length", name)
	case !(longitude >= x.low && longitude <= x.high):
		return "", mysqlerr.New(mysqlerr.DataOutOfRange, "longitude", name)
	case !(latitude >= y.low && latitude <= y.high):
		return "", mysqlerr.New(mysqlerr.DataOutOfRange, "latitude", name)
	}
	var out strings.Builder
	for bit := 0; out.Len() < int(letters) && !(x.spent() && y.spent()); {
		letter := 0
		for range hashBits {
			s, at := &x, longitude
			if bit%2 == 1 {
				s, at = &y, latitude
			}
			upper := at >= s.middle()
			s.halve(upper)
			letter <<= 1
			if upper {
				letter |= 1
			}
			bit++
		}
		out.WriteByte(hashLetters[letter])
	}
	return out.String(), nil
}

// PointOf are the coordinates of a point.
func (g Geometry) PointOf() (x, y float64, ok bool) {
	p, is := g.shape.AsPoint()
	if !is {
		return 0, 0, false
	}
	at, ok := p.XY()
	return at.X, at.Y, ok
}

func fromHash(c Call, part func(geom.XY) any) (any, error) {
	text := c.Rest[0].(string)
	at, ok := place(text)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.WrongValueForType, "geohash", text, strings.ToUpper(c.Name))
	}
	return part(at), nil
}

func pointFromHash(c Call) (any, error) {
	srid := c.Rest[1].(int64)
	if srid < 0 || srid > math.MaxUint32 {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "SRID", c.Name)
	}
	if _, err := systemOf(uint32(srid)); err != nil {
		return nil, err
	}
	return fromHash(c, func(p geom.XY) any { return Geometry{uint32(srid), pointOf(p)} })
}

// place is the middle of what a geohash says, in as few digits as that allows.
func place(hash string) (geom.XY, bool) {
	x, y := globe()
	bit := 0
	for _, letter := range strings.ToLower(hash) {
		value := strings.IndexRune(hashLetters, letter)
		if value < 0 {
			return geom.XY{}, false
		}
		for i := hashBits - 1; i >= 0; i-- {
			s := &x
			if bit%2 == 1 {
				s = &y
			}
			s.halve(value>>i&1 == 1)
			bit++
		}
	}
	return geom.XY{X: x.rounded(), Y: y.rounded()}, hash != ""
}

// digitsMax are the decimal digits that a double has for sure.
const digitsMax = 15

func (s span) rounded() float64 {
	for digits := range digitsMax + 1 {
		scale := math.Pow10(digits)
		if r := math.RoundToEven(s.middle()*scale) / scale; r >= s.low && r <= s.high {
			return r + 0 // no -0
		}
	}
	return s.middle()
}
