package convert

import (
	"context"

	gms "github.com/dolthub/go-mysql-server/sql"
)

type libraryType = gms.Type // a name beside its method Type

// An AsIs is a type that the library takes values for as they are. It would round what stands
// for a date of which parts are zero.
type AsIs struct{ libraryType }

// NewAsIs is a type without its conversion.
func NewAsIs(t gms.Type) gms.Type { return AsIs{t} }

// Convert implements gms.Type.
func (AsIs) Convert(_ context.Context, v any) (any, gms.ConvertInRange, error) {
	return v, gms.InRange, nil
}
