package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"strconv"
	"strings"
)

// SaltSize is the size of the salt of a password, in bytes.
const SaltSize = 20

// Of a caching_sha2_password verifier.
const (
	sha2Prefix = "$A$005$" // hash type A, 5 * 1000 rounds
	sha2Rounds = 5000
	digestSize = 43
	// passwordMax is the longest password that is looked at, in bytes: MySQL's
	// limit, too (caching_sha2_password, CACHING_SHA2_PASSWORD_MAX_PASSWORD_LENGTH).
	passwordMax = 256
)

// sha2Verifier is what is stored of a password; salt has SaltSize bytes, none
// of them 0 or '$'.
func sha2Verifier(password, salt []byte) string {
	return sha2Prefix + string(salt) + shaCrypt(password, salt, sha2Rounds)
}

// sha2Matches compares a password with a verifier.
func sha2Matches(verifier string, password []byte) bool {
	if !validSHA2(verifier) || len(password) > passwordMax {
		return false
	}
	salt := []byte(verifier[len(sha2Prefix):][:SaltSize])
	digest := shaCrypt(password, salt, sha2RoundsOf(verifier))
	return subtle.ConstantTimeCompare([]byte(digest), []byte(verifier[len(sha2Prefix)+SaltSize:])) == 1
}

// validSHA2 takes verifiers of any number of rounds that MySQL has
// (caching_sha2_password_digest_rounds).
func validSHA2(verifier string) bool {
	return len(verifier) == len(sha2Prefix)+SaltSize+digestSize && sha2RoundsOf(verifier) >= sha2Rounds
}

// sha2RoundsOf reads three hexadecimal digits, of thousands; 0 if there are none.
func sha2RoundsOf(verifier string) int {
	digits, ok := strings.CutPrefix(verifier[:len(sha2Prefix)], "$A$")
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, "$"), 16, 12)
	if !ok || err != nil || len(digits) != 4 || digits[3] != '$' {
		return 0
	}
	return int(n) * 1000
}

// shaCrypt is the digest of SHA-crypt with SHA-256, without its prefix and
// salt (Drepper, Unix crypt using SHA-256 and SHA-512, version 0.6; the
// numbers are those of its steps).
func shaCrypt(key, salt []byte, rounds int) string {
	b := sum(key, salt, key) // 4-8
	in := append(append([]byte{}, key...), salt...)
	in = append(in, repeat(b, len(key))...) // 9-10
	for n := len(key); n > 0; n >>= 1 {     // 11
		if n&1 != 0 {
			in = append(in, b...)
		} else {
			in = append(in, key...)
		}
	}
	a := sum(in)                                                  // 12
	p := repeat(sum(bytes.Repeat(key, len(key))), len(key))       // 13-16
	s := repeat(sum(bytes.Repeat(salt, 16+int(a[0]))), len(salt)) // 17-20
	for i := range rounds {                                       // 21
		in = in[:0]
		if i&1 != 0 {
			in = append(in, p...)
		} else {
			in = append(in, a...)
		}
		if i%3 != 0 {
			in = append(in, s...)
		}
		if i%7 != 0 {
			in = append(in, p...)
		}
		if i&1 != 0 {
			in = append(in, a...)
		} else {
			in = append(in, p...)
		}
		a = sum(in)
	}
	return cryptBase64(a) // 22
}

func sum(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// repeat is n bytes of b, again and again.
func repeat(b []byte, n int) []byte {
	return bytes.Repeat(b, n/len(b)+1)[:n]
}

// cryptBase64 writes a digest in SHA-crypt's order of bytes and digits.
func cryptBase64(d []byte) string {
	const digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out strings.Builder
	put := func(a, b, c byte, n int) {
		for w := uint(a)<<16 | uint(b)<<8 | uint(c); n > 0; n-- {
			out.WriteByte(digits[w&63])
			w >>= 6
		}
	}
	for i := range 10 {
		// The three bytes are ten apart, and trade places with each group.
		at := [3]int{i, i + 10, i + 20}
		first := (3 - i%3) % 3
		put(d[at[first]], d[at[(first+1)%3]], d[at[(first+2)%3]], 4)
	}
	put(0, d[31], d[30], 3)
	return out.String()
}
