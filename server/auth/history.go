package auth

import (
	"time"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Past is a password that the account has, or had.
type Past struct {
	Verifier []byte    `json:"verifier"`
	At       time.Time `json:"at"`
}

// remember adds the account's new verifier to its past ones and forgets those that its
// policy does not ask for. password is refused if it is one of them; nil: it is not known,
// only its verifier, which only those may say who create accounts. Empty passwords are not
// remembered.
func (d *Draft) remember(a *Account, password *string) error {
	history, reuse := orDefault(a.Policy.History, d.defaults.History), orDefault(a.Policy.Reuse, d.defaults.Reuse)
	if history == 0 && reuse == 0 {
		a.Past = nil
		return nil
	}
	if len(a.Verifier) == 0 {
		return nil
	}
	if password == nil && d.who.Require(CreateUser) != nil { // which may be any of the past ones
		return mysqlerr.New(mysqlerr.PasswordReused, a.User, a.Host)
	}
	oldest := d.now.AddDate(0, 0, -reuse)
	kept := a.Past[:0:0]
	for i, p := range a.Past { // the latest is the first
		if i >= history && (reuse == 0 || p.At.Before(oldest)) {
			break
		}
		if password != nil && verifies(a.Plugin, string(p.Verifier), *password) {
			return mysqlerr.New(mysqlerr.PasswordReused, a.User, a.Host)
		}
		kept = append(kept, p)
	}
	if reuse == 0 && len(kept) >= history {
		kept = kept[:history-1]
	}
	a.Past = append([]Past{{Verifier: a.Verifier, At: d.now}}, kept...)
	return nil
}
