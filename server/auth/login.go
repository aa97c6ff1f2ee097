package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// A Verdict is what a scrambled password shows.
type Verdict uint8

// The verdicts.
const (
	Wrong Verdict = iota
	Right
	Unknown // only the password itself can tell
)

// A Login is one attempt to log in to an account, or to one that does not
// exist (A2).
type Login struct {
	accounts *Accounts
	account  *Account // nil: there is none
	host     string
}

// dummy is compared with when there is no password to compare with. Nobody has
// the one it was made of.
var dummy = sync.OnceValue(func() string { return sha2Verifier([]byte("\x00"), []byte("....................")) })

// Login begins an attempt of a user from a host (HostOf).
func (a *Accounts) Login(user, host string) *Login {
	acc, _ := a.match(user, host)
	return &Login{accounts: a, account: acc, host: host}
}

// Account is the account that was logged in to.
func (l *Login) Account() *Account { return l.account }

// open reports whether no password is asked for (A4).
func (l *Login) open() bool {
	return l.account != nil && len(l.account.Verifier) == 0 && l.host == Localhost
}

// Plugin is the account's, or "" if the client's will do: there is no password.
func (l *Login) Plugin() string {
	switch {
	case l.open():
		return ""
	case l.account == nil || len(l.account.Verifier) == 0:
		return SHA2
	}
	return l.account.Plugin
}

// Check compares a scrambled password with what is known of the account's.
func (l *Login) Check(plugin string, salt, answer []byte) Verdict {
	if len(answer) == 0 {
		if l.open() {
			return Right
		}
		return Wrong
	}
	if plugin == Native {
		if l.account == nil || l.account.Plugin != Native || len(l.account.Verifier) == 0 {
			return Wrong
		}
		if !answersNative(l.account.Verifier, salt, answer) && !answersNative(l.account.Second, salt, answer) {
			return Wrong
		}
		return Right
	}
	if l.account != nil && l.accounts.cache.matches(l.account, salt, answer) {
		return Right
	}
	return Unknown
}

// CheckText compares the password itself.
func (l *Login) CheckText(password []byte) bool {
	verifier := dummy()
	known := l.account != nil && l.account.Plugin == SHA2 && len(l.account.Verifier) > 0
	if known {
		verifier = string(l.account.Verifier)
	}
	if !sha2Matches(verifier, password) || !known {
		if !known || len(l.account.Second) == 0 || !sha2Matches(string(l.account.Second), password) {
			return false
		}
		l.accounts.cache.add(l.account, true, password)
		return true
	}
	l.accounts.cache.add(l.account, false, password)
	return true
}

func answersNative(verifier, salt, answer []byte) bool {
	if len(verifier) == 0 {
		return false
	}
	stored, err := mysql.DecodePasswordHex(string(verifier))
	return err == nil && len(answer) == len(stored) && mysql.CompareNativePassword(answer, stored, salt)
}

// A cache knows, of accounts that somebody logged in to, what makes the quick
// comparison: SHA256(SHA256(password)). It has at most two entries per account.
type cache struct {
	mu   sync.Mutex
	keys map[cached][sha256.Size]byte
}

type cached struct {
	account *Account
	second  bool // of its passwords
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = nil
}

func (c *cache) add(a *Account, second bool, password []byte) {
	once := sha256.Sum256(password)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = map[cached][sha256.Size]byte{}
	}
	c.keys[cached{a, second}] = sha256.Sum256(once[:])
}

// matches undoes the scramble, SHA256(password) XOR SHA256(key, salt), and
// hashes what is left to the key.
func (c *cache) matches(a *Account, salt, answer []byte) bool {
	return c.matchesOne(cached{a, false}, salt, answer) || len(a.Second) > 0 && c.matchesOne(cached{a, true}, salt, answer)
}

func (c *cache) matchesOne(which cached, salt, answer []byte) bool {
	c.mu.Lock()
	key, ok := c.keys[which]
	c.mu.Unlock()
	if !ok || len(answer) != sha256.Size {
		return false
	}
	mask := sum(key[:], salt)
	for i := range mask {
		mask[i] ^= answer[i]
	}
	twice := sha256.Sum256(mask)
	return subtle.ConstantTimeCompare(twice[:], key[:]) == 1
}
