package main

import "encoding/binary"

// Rows are alike in every store: keys of 16 bytes, values of 100. rocks.c makes
// the same ones.
const (
	keyLen = 16
	valLen = 100
)

// key is a letter and the number in 15 digits.
func key(letter byte, i int64) []byte {
	k := make([]byte, keyLen)
	k[0] = letter
	for at := keyLen - 1; at > 0; at-- {
		k[at] = '0' + byte(i%10)
		i /= 10
	}
	return k
}

// value is bytes that no compressor shortens much.
func value(i int64) []byte {
	v := make([]byte, valLen)
	x := uint64(i)
	for at := 0; at < valLen; at += 4 {
		x = x*6364136223846793005 + 1442695040888963407
		binary.LittleEndian.PutUint32(v[at:], uint32(x>>32))
	}
	return v
}

// pick spreads the numbers of operations over n rows.
func pick(i, n int64) int64 {
	return int64(uint64(i) * 0x9e3779b97f4a7c15 >> 1 % uint64(n))
}
