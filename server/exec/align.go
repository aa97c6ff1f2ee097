package exec

import (
	"cmp"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// stringCollation is the collation in which two operands are compared as
// strings; what is no string takes part as a literal.
func (k *compiler) stringCollation(l, r *expr, operator string) (types.Collation, error) {
	lc, rc := l.typ.Collation, r.typ.Collation
	if l.amongLiterals() && r.amongLiterals() && k.env.Among != 0 && k.env.Among != types.CollationGeneralCI {
		return 0, unsupported("literals among each other in " + k.env.Among.Name())
	}
	switch {
	case !l.typ.IsString() && !r.typ.IsString():
		return types.CollationGeneralCI, nil
	case !l.typ.IsString():
		return rc, nil
	case !r.typ.IsString():
		return lc, nil
	case lc == rc:
		return lc, nil
	case (lc == types.CollationBinary || rc == types.CollationBinary) && l.level == r.level:
		return types.CollationBinary, nil
	case lc == types.CollationBinary || rc == types.CollationBinary:
		if l.level < r.level {
			return lc, nil
		}
		return rc, nil
	}
	x, err := l.claimant()
	if err != nil {
		return 0, err
	}
	y, err := r.claimant()
	if err != nil {
		return 0, err
	}
	c, err := types.Mix([]types.Claimant{x, y}, operator)
	if err == nil && l.level == r.level && lc.Charset() == rc.Charset() && (l.level == levelExplicit || lc.IsBin() == rc.IsBin()) {
		return 0, mysqlerr.New(mysqlerr.IllegalMix, lc.Name(), x.Claim, rc.Name(), y.Claim, operator)
	}
	return c, err
}

// amongLiterals reports whether a text leaves it to the connection how it is compared.
func (e *expr) amongLiterals() bool { return e.typ.IsText() && e.level == levelLiteral }

// claimant is a text among others.
func (e *expr) claimant() (types.Claimant, error) {
	c := types.Claimant{Collation: e.typ.Collation, Claim: types.Claim(e.level)}
	if !e.constant {
		return c, nil
	}
	v, err := e.eval(nil)
	c.Text, c.Known = v.([]byte)
	return c, err
}

// A comparer compares two values that are not NULL.
type comparer func(a, b binlog.Value) (int, error)

// align finds how two operands are compared, and makes them fit: strings by
// collation, dates and times by the calendar, numbers by value; a string and
// a number both as floats.
func (k *compiler) align(l, r *expr, operator string) (*expr, *expr, comparer, error) {
	if oddPair(l, r) {
		return nil, nil, nil, unsupported("comparison of two kinds")
	}
	l, r, err := alignSpecial(l, r)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case l.typ.IsString() && r.typ.IsString():
		c, err := k.stringCollation(l, r, operator)
		return l, r, func(a, b binlog.Value) (int, error) {
			return c.Compare(a.([]byte), b.([]byte)), nil
		}, err
	case l.typ.IsTemporal() || r.typ.IsTemporal():
		return k.alignTemporal(l, r)
	case l.typ.IsString() && !l.hex || r.typ.IsString() && !r.hex:
		return l, r, func(a, b binlog.Value) (int, error) {
			x, err := k.float(a, l.typ)
			if err != nil {
				return 0, err
			}
			y, err := k.float(b, r.typ)
			return cmp.Compare(x, y), err
		}, nil
	}
	return l.number(), r.number(), func(a, b binlog.Value) (int, error) {
		return types.CompareNumbers(a, b), nil
	}, nil
}

// oddPair reports whether two operands are compared in a way of their own: years with dates
// and times, bytes and bits with dates, constants of bytes with texts, and bytes with texts that
// have others than they have here.
func oddPair(l, r *expr) bool {
	for _, pair := range [][2]*expr{{l, r}, {r, l}} {
		a, b := pair[0], pair[1]
		bytes := a.typ.IsBytes()
		switch {
		case a.typ.Kind == types.Year && b.typ.IsTemporal(),
			(bytes || a.typ.Kind == types.Bit) && b.typ.IsTemporal(),
			bytes && b.typ.Recoded(), bytes && a.constant && b.typ.IsText() && !b.constant:
			return true
		}
	}
	return false
}

func (k *compiler) alignTemporal(l, r *expr) (*expr, *expr, comparer, error) {
	var err error
	for _, pair := range [][2]*expr{{l, r}, {r, l}} {
		if pair[0].typ.Kind == types.Time && pair[1].typ.IsString() && !pair[1].constant {
			return nil, nil, nil, unsupported("comparison of TIME with texts")
		}
	}
	if l, err = k.asTemporal(l, r.typ); err != nil {
		return nil, nil, nil, err
	}
	if r, err = k.asTemporal(r, l.typ); err != nil {
		return nil, nil, nil, err
	}
	switch lt, rt := l.typ, r.typ; {
	case lt.Kind == types.Null || rt.Kind == types.Null:
	case lt.HasDate() && rt.Kind == types.Time || rt.HasDate() && lt.Kind == types.Time:
		return nil, nil, nil, unsupported("comparison of TIME with a date")
	case lt.IsNumber() || rt.IsNumber():
		return l, r, func(a, b binlog.Value) (int, error) {
			return types.CompareNumbers(plain(a, lt), plain(b, rt)), nil
		}, nil
	}
	return l, r, func(a, b binlog.Value) (int, error) { return types.Compare(a, b, l.typ), nil }, nil
}

// asTemporal turns a string that meets a date or a time into one. A literal
// that is none is an error; a column's value that is none is below all dates. A whole
// number that meets a date is one, too, if it is constant: 20240203 is midnight,
// not a moment of the year 0 (MySQL manual, Type Conversion in Expression
// Evaluation). One that is no date stays a number.
func (k *compiler) asTemporal(e *expr, other types.Type) (*expr, error) {
	number := e.constant && e.typ.IsInteger() && other.HasDate()
	if !e.typ.IsString() && !number {
		return e, nil
	}
	t := types.Type{Kind: types.DateTime, FSP: types.FSPMax}
	if other.Kind == types.Time {
		t.Kind = types.Time
	}
	to := types.Target{Type: t, Zone: k.env.Location, ZeroDates: true, Display: true}
	if number {
		v, err := e.eval(nil)
		if err != nil || v == nil {
			return e, err
		}
		if v, err = types.Store(v, e.typ, to); err != nil {
			return e, nil
		}
		return constant(v, t, e.text), nil
	}
	if e.constant {
		v, err := e.eval(nil)
		if err != nil {
			return nil, err
		}
		out, err := types.Store(v, e.typ, to)
		if err != nil && t.Kind == types.Time {
			return nil, unsupported("comparison of TIME with a text that is none")
		}
		if err != nil {
			word := strings.ToUpper(types.Type{Kind: other.Kind}.SQL())
			return nil, mysqlerr.New(mysqlerr.WrongValue, word, shown(v.([]byte)))
		}
		return constant(out, t, e.text), nil
	}
	out := *e
	out.typ, out.col, out.nullable = t, -1, true
	out.eval = func(rec *record) (binlog.Value, error) {
		v, err := e.eval(rec)
		if err != nil || v == nil {
			return nil, err
		}
		out, warning, err := types.Cut(v, e.typ, to) // what goes on behind a date is left out
		if warning != nil || err != nil {
			k.warnings++
		}
		d, _ := out.(binlog.DateTime)
		return d, nil
	}
	return &out, nil
}

const shownMax = 128

// shown is a value as an error shows it.
func shown(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), shownMax)]), "?")
}
