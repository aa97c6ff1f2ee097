package auth

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pingcap/tidb/pkg/parser/auth"
)

// What glibc's crypt gives for $5$.
func TestSHACrypt(t *testing.T) {
	for _, tt := range []struct {
		key, salt string
		rounds    int
		want      string
	}{
		{"Hello world!", "saltstring", 5000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
		{"Hello world!", "saltstringsaltst", 10000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"},
		{"we have a short salt string but not a short password", "short", 77777, "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/"},
		{"x", "saltstring", 5000, "8lNOPUYH/6hNVwI72WGU4WW1KQqblnIzRCd9nWOKs5A"},
		{strings.Repeat("a", 64), "saltstring", 5000, "il6Lknt3McjccQ.bI00HK1UEGUy7rZASVi/Shd9uiC7"},
	} {
		if got := shaCrypt([]byte(tt.key), []byte(tt.salt), tt.rounds); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.key, got, tt.want)
		}
	}
}

var testSalt = []byte("abcdefghijklmnopqrst")

// A verifier is what another implementation of MySQL's makes and takes.
func TestVerifierIsMySQLs(t *testing.T) {
	for _, password := range []string{"p", "secret", strings.Repeat("long", 30)} {
		theirs := auth.NewHashPassword(password, SHA2)
		if !validSHA2(theirs) || !sha2Matches(theirs, []byte(password)) || sha2Matches(theirs, []byte(password+"x")) {
			t.Errorf("%q: %q", password, theirs)
		}
		ok, err := auth.CheckHashingPassword([]byte(VerifierOf(SHA2, password, []byte(string(testSalt)))), password, SHA2)
		if !ok || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

// accountsOf are these, with the host % and a password of the user's name.
func accountsOf(plugin string, users ...string) *Accounts {
	a := New(nil)
	var list []*Account
	for _, u := range users {
		v := VerifierOf(plugin, strings.TrimPrefix(u, "empty"), []byte(string(testSalt)))
		list = append(list, &Account{Name: Name{u, "%"}, Plugin: plugin, Verifier: []byte(v)})
	}
	a.Publish(list)
	return a
}

// The quick way of caching_sha2_password is open once the password itself was
// right, and closed when the account changes.
func TestCachingSHA2(t *testing.T) {
	scramble := func(password string, salt []byte) []byte {
		once := sha256.Sum256([]byte(password))
		twice := sha256.Sum256(once[:])
		mask := sha256.Sum256(append(twice[:], salt...))
		for i := range mask {
			mask[i] ^= once[i]
		}
		return mask[:]
	}
	a := accountsOf(SHA2, "ann")
	salt := []byte("12345678901234567890")
	check := func(password string) Verdict { return a.Login("ann", "h").Check(SHA2, salt, scramble(password, salt)) }
	if got := check("ann"); got != Unknown {
		t.Errorf("before: %v", got)
	}
	if a.Login("ann", "h").CheckText([]byte("bob")) || a.Login("nobody", "h").CheckText([]byte("\x00")) {
		t.Error("a wrong password is right")
	}
	if !a.Login("ann", "h").CheckText([]byte("ann")) {
		t.Error("the right password is wrong")
	}
	if got := check("ann"); got != Right {
		t.Errorf("after: %v", got)
	}
	if got := check("bob"); got != Unknown {
		t.Errorf("another password: %v", got)
	}
	a.Publish(*a.list.Load())
	if got := check("ann"); got != Unknown {
		t.Errorf("after a change: %v", got)
	}
}

func TestNativePassword(t *testing.T) {
	salt := []byte("12345678901234567890")
	scramble := func(password string) []byte {
		once := sha1.Sum([]byte(password))
		twice := sha1.Sum(once[:])
		mask := sha1.Sum(append([]byte(string(salt)), twice[:]...))
		for i := range mask {
			mask[i] ^= once[i]
		}
		return mask[:]
	}
	a := accountsOf(Native, "ann", "empty")
	for _, tt := range []struct {
		user, host string
		answer     []byte
		want       Verdict
	}{
		{"ann", "h", scramble("ann"), Right},
		{"ann", "h", scramble("bob"), Wrong},
		{"ann", "h", scramble("ann")[:19], Wrong},
		{"ann", "h", nil, Wrong},
		{"nobody", "h", scramble(""), Wrong},
		{"empty", Localhost, nil, Right},
		{"empty", "h", nil, Wrong}, // A4
		{"empty", Localhost, scramble(""), Wrong},
	} {
		if got := a.Login(tt.user, tt.host).Check(Native, salt, tt.answer); got != tt.want {
			t.Errorf("%s from %s with %x: %v", tt.user, tt.host, tt.answer, got)
		}
	}
}

func TestMatch(t *testing.T) {
	a := New(nil)
	var list []*Account
	for _, host := range []string{"%", "10.0.%", "localhost", "10.0.0.1", "%.example.com", "10.0.0._"} {
		list = append(list, &Account{Name: Name{"u", host}})
	}
	list = append(list, &Account{Name: Name{"v", "127.0.0.1"}})
	a.Publish(list)
	for _, tt := range []struct{ user, addr, want string }{
		{"u", "127.0.0.1:5", "localhost"}, {"u", "[::1]:5", "localhost"}, {"u", "10.0.0.1:5", "10.0.0.1"},
		{"u", "10.0.0.2:5", "10.0.0._"}, {"u", "10.0.0.22:5", "10.0.%"}, {"u", "192.0.2.1:5", "%"},
		{"v", "127.0.0.1:5", "127.0.0.1"}, {"v", "10.0.0.1:5", ""}, {"w", "127.0.0.1:5", ""},
	} {
		addr, err := net.ResolveTCPAddr("tcp", tt.addr)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if acc, ok := a.match(tt.user, HostOf(addr)); ok {
			got = acc.Host
		}
		if got != tt.want {
			t.Errorf("%s from %s: %q, want %q", tt.user, tt.addr, got, tt.want)
		}
	}
}

func TestDamper(t *testing.T) {
	var d Damper
	now := time.Unix(1000, 0)
	for range freeFailures {
		if wait, ok := d.Wait("h", "u", now); wait != 0 || !ok {
			t.Fatal(wait, ok)
		}
		d.Done("h", "u", false, now)
	}
	first, ok := d.Wait("h", "u", now)
	if first != delayFirst || !ok {
		t.Errorf("%v, %v", first, ok)
	}
	if second, _ := d.Wait("h", "u", now); second != 2*delayFirst {
		t.Errorf("two at once wait %v", second) // one behind the other
	}
	if wait, _ := d.Wait("h", "other", now); wait != 0 {
		t.Errorf("another user waits %v", wait)
	}
	for range 20 {
		d.Done("h", "u", false, now)
	}
	refused := false
	for range 3 {
		_, ok := d.Wait("h", "u", now)
		refused = refused || !ok
	}
	if !refused {
		t.Error("any number of attempts may wait")
	}
	d.Done("h", "u", true, now)
	if wait, ok := d.Wait("h", "u", now); wait != 0 || !ok {
		t.Errorf("after the right password: %v, %v", wait, ok)
	}
	for i := range dampedMax + 100 {
		d.Done(fmt.Sprint(i), "u", false, now)
	}
	if len(d.pairs) > dampedMax {
		t.Errorf("%d pairs are remembered", len(d.pairs))
	}
}
