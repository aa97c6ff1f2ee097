package auth

import (
	"errors"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A lenience is what a REVOKE takes for a warning.
type lenience struct {
	ifExists      bool // rights and roles that are not there
	ignoreUnknown bool // accounts that are not there
}

// skips warns of an account that is not there.
func (l lenience) skips(d *Draft, n Name) bool {
	if _, ok := d.find(n); ok || !l.ignoreUnknown {
		return false
	}
	d.warnings = append(d.warnings, mysqlerr.New(mysqlerr.UserDoesNotExist, n.User))
	return true
}

// excuses warns of what cannot be taken, because it was not given.
func (l lenience) excuses(d *Draft, err error) bool {
	var e *mysqlerr.Error
	if !l.ifExists || !errors.As(err, &e) {
		return false
	}
	d.warnings = append(d.warnings, e)
	return true
}
