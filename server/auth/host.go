package auth

import (
	"net"
	"strings"
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
	return like(strings.ToLower(pattern), strings.ToLower(host))
}

// like matches % with any text, _ with any byte; a backslash takes the next
// byte as it is. It walks back to the last % only: at most len(p)*len(s) steps.
func like(p, s string) bool {
	i, j, star, mark := 0, 0, -1, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '%':
			star, mark = i, j
			i++
		case i < len(p) && p[i] == '_':
			i, j = i+1, j+1
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == s[j]:
			i, j = i+2, j+1
		case i < len(p) && p[i] != '\\' && p[i] == s[j]:
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}

// wildcard is where a pattern's first wildcard is; later ones are more
// specific, and none at all the most (MySQL manual, Specifying Account Names).
func wildcard(pattern string) int {
	if i := strings.IndexAny(pattern, "%_"); i >= 0 {
		return i
	}
	return len(pattern) + 1<<16
}
