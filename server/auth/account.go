package auth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// The authentication plugins, by MySQL's names.
const (
	SHA2   = mysql.AUTH_CACHING_SHA2_PASSWORD
	Native = mysql.AUTH_NATIVE_PASSWORD
)

// ErrCorrupt: a stored account that cannot be read.
var ErrCorrupt = errors.New("auth: damaged account")

// A Name names an account.
type Name struct {
	User string `json:"user"`
	Host string `json:"host"`
}

// String is the name as SHOW GRANTS writes it.
func (n Name) String() string { return quoteName(n.User) + "@" + quoteName(n.Host) }

// An Account is one user from one host, or from several.
type Account struct {
	Name
	Plugin   string `json:"plugin"`
	Verifier []byte `json:"verifier,omitempty"` // bytes: JSON's strings are UTF-8
	Locked   bool   `json:"locked,omitempty"`
	// MaxConnections bounds its connections at a time; 0: no bound of its own.
	MaxConnections int `json:"max_connections,omitempty"`
	// RequireTLS refuses logins without (REQUIRE SSL).
	RequireTLS bool `json:"require_tls,omitempty"`
	// Expired: the password must be changed. Roles are made so, and locked.
	Expired bool   `json:"expired,omitempty"`
	Policy  Policy `json:"policy,omitzero"`
	// Changed is when the password was; zero: before that was noted.
	Changed time.Time `json:"changed,omitzero"`
	Past    []Past    `json:"past,omitempty"` // passwords that may not come again, the latest first
	// Second is of an older password, that is still good.
	Second []byte `json:"second,omitempty"`
	// Attribute is a document, an object, about the account; "": none.
	Attribute string `json:"attribute,omitempty"`
	Grants    Grants `json:"grants"`
	// Roles are granted to the account; DefaultRoles are active when it logs in.
	Roles        []Role `json:"roles,omitempty"`
	DefaultRoles []Name `json:"default_roles,omitempty"`

	index dbIndex // of Grants; made by Publish
	usage *usage  // made by Publish
}

const accountFormat = 1

func (a *Account) encode() ([]byte, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("auth: account %s: %w", a.Name, err)
	}
	return append([]byte{accountFormat}, b...), nil
}

func decodeAccount(b []byte) (*Account, error) {
	if len(b) == 0 || b[0] != accountFormat {
		return nil, fmt.Errorf("%w: format", ErrCorrupt)
	}
	a := new(Account)
	d := json.NewDecoder(bytes.NewReader(b[1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if a.Grants.Global&allBefore == allBefore { // it was everything
		a.Grants.Global |= All
	}
	if !validVerifier(a.Plugin, string(a.Verifier)) || !validVerifier(a.Plugin, string(a.Second)) {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, a.Name)
	}
	return a, nil
}

// validVerifier reports whether a string can be compared with passwords.
func validVerifier(plugin, verifier string) bool {
	switch {
	case plugin != SHA2 && plugin != Native:
		return false
	case verifier == "":
		return true
	case plugin == SHA2:
		return validSHA2(verifier)
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(verifier, "*"))
	return err == nil && len(raw) == 20 && verifier[0] == '*'
}

// VerifierOf is what is stored of a password; salt is SaltSize random bytes.
func VerifierOf(plugin, password string, salt []byte) string {
	switch {
	case password == "":
		return ""
	case plugin == Native:
		return mysql.EncodePasswordHex(mysql.NativePasswordHash([]byte(password)))
	}
	for i, b := range salt {
		if salt[i] = b & 0x7f; salt[i] == 0 || salt[i] == '$' {
			salt[i]++
		}
	}
	return sha2Verifier([]byte(password), salt)
}

// copied is an account to change: it shares nothing with a.
func (a *Account) copied() *Account {
	b := *a
	b.Grants = a.Grants.clone()
	b.Roles, b.DefaultRoles, b.Past = slices.Clone(a.Roles), slices.Clone(a.DefaultRoles), slices.Clone(a.Past)
	return &b
}

func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
