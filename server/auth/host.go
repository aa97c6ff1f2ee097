package auth

import (
	"net"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// Localhost is how an account's host and a session call this machine.
const Localhost = "localhost"

// HostOf is how accounts know the address of a peer: localhost for this
// machine, the IP address for others.
func HostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return Localhost // a pipe or a socket of the file system
	}
	if ip := net.ParseIP(host); ip != nil {
		if ip.IsLoopback() {
			return Localhost
		}
		return ip.String()
	}
	return host
}

// matchesHost compares an account's host, which may have % and _, with a
// peer's. An account of a loopback address is one of localhost.
func matchesHost(pattern, host string) bool {
	if host == Localhost {
		if ip := net.ParseIP(pattern); ip != nil && ip.IsLoopback() {
			return true
		}
	}
	return lex.Like(pattern, host)
}

// wildcard is where a pattern's first wildcard is; later ones are more
// specific, and none at all the most (MySQL manual, Specifying Account Names).
func wildcard(pattern string) int {
	if i := strings.IndexAny(pattern, "%_"); i >= 0 {
		return i
	}
	return len(pattern) + 1<<16
}
