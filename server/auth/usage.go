package auth

import (
	"strconv"
	"sync"
	"time"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A usage is what has been counted of an account since the start: it outlives changes of
// the account, and its copies share it.
type usage struct {
	mu       sync.Mutex
	failures int       // logins that failed since one that did not
	locked   time.Time // since when too many have; zero: they have not

	hour                     time.Time // since when the rest is counted
	queries, updates, logins uint32
}

// countHour begins a new hour where the last one is over.
func (u *usage) countHour(now time.Time) {
	if now.Sub(u.hour) >= time.Hour {
		u.hour, u.queries, u.updates, u.logins = now, 0, 0, 0
	}
}

func (u *usage) forgetFailures() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failures, u.locked = 0, time.Time{}
}

func (u *usage) forgetHour() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.hour = time.Time{}
}

// ForgetFailures unlocks all accounts that failed logins have locked.
func (a *Accounts) ForgetFailures() {
	for _, acc := range *a.list.Load() {
		acc.usage.forgetFailures()
	}
}

// ForgetHour begins all counts of an hour anew.
func (a *Accounts) ForgetHour() {
	for _, acc := range *a.list.Load() {
		acc.usage.forgetHour()
	}
}

// Tried notes how a login to the account went; it is refused, whatever the password
// was, once too many have failed.
func (a *Account) Tried(right bool, host string, now time.Time) *mysqlerr.Error {
	if !a.Policy.locks() {
		return nil
	}
	u := a.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.locked.IsZero() && a.Policy.LockDays > 0 && daysBetween(u.locked, now) >= a.Policy.LockDays {
		u.failures, u.locked = 0, time.Time{}
	}
	if u.locked.IsZero() {
		if right {
			u.failures = 0
			return nil
		}
		if u.failures++; u.failures < a.Policy.FailedLogins {
			return nil
		}
		u.locked = now
	}
	days, left := "unlimited", "unlimited"
	if a.Policy.LockDays > 0 {
		days, left = strconv.Itoa(a.Policy.LockDays), strconv.Itoa(a.Policy.LockDays-daysBetween(u.locked, now))
	}
	return mysqlerr.New(mysqlerr.BlockedByFailures, a.User, host, days, left, a.Policy.FailedLogins)
}

// daysBetween counts midnights, UTC.
func daysBetween(from, to time.Time) int {
	const day = 24 * 60 * 60
	return int(to.Unix()/day - from.Unix()/day)
}

// LogIn counts a login that is about to be let in.
func (a *Account) LogIn(now time.Time) *mysqlerr.Error {
	if a.Policy.MaxLogins == 0 {
		return nil
	}
	a.usage.mu.Lock()
	defer a.usage.mu.Unlock()
	a.usage.countHour(now)
	return a.spend(&a.usage.logins, a.Policy.MaxLogins, "max_connections_per_hour")
}

// Limited reports whether statements of any account are counted.
func (a *Accounts) Limited() bool { return a.limited.Load() }

// Statement counts one of the account's, unless it has had enough of them in this hour;
// changes: it changes something.
func (a *Account) Statement(changes bool, now time.Time) *mysqlerr.Error {
	if !a.Policy.limited() || a.usage == nil {
		return nil
	}
	a.usage.mu.Lock()
	defer a.usage.mu.Unlock()
	a.usage.countHour(now)
	if e := a.spend(&a.usage.queries, a.Policy.MaxQueries, "max_questions"); e != nil || !changes {
		return e
	}
	return a.spend(&a.usage.updates, a.Policy.MaxUpdates, "max_updates")
}

func (a *Account) spend(count *uint32, most uint32, name string) *mysqlerr.Error {
	switch {
	case most == 0:
		return nil
	case *count >= most:
		return mysqlerr.New(mysqlerr.UserLimitReached, a.User, name, most)
	}
	*count++
	return nil
}
