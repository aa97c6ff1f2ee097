// Package types is what a column may hold: MySQL's column types, their values
// (binlog.Value), conversion on store, comparison, collations, and the bytes
// of rows and keys.
//
// # Rows
//
// A row holds every column, those of the key too, because a string's key is
// its sort key, from which the string cannot be had back:
//
//	+--------+----------------+--------------------+-----------------------+
//	| 1 (u8) | schema version | null bitmap        | values of the columns |
//	| format | uvarint        | ceil(columns/8)    | that are not null     |
//	+--------+----------------+--------------------+-----------------------+
//
// Bit i%8 of bitmap byte i/8 says that column i is null. Values:
//
//	integers, YEAR        signed: zigzag varint; unsigned: uvarint
//	DECIMAL(p,s)          as in keys
//	FLOAT, DOUBLE         8 bytes, IEEE 754 bits, little-endian
//	strings               uvarint length, bytes
//	DATE                  as in keys
//	DATETIME, TIMESTAMP   as in keys; TIMESTAMP in UTC
//	TIME                  as in keys
//	ENUM, SET, BIT        uvarint: the member's number, the members' bits, bits
//	JSON                  uvarint length, the document (jsonbinary.go)
//	GEOMETRY              uvarint length, SRID and WKB (geometry.go)
//	VECTOR(n)             uvarint length, float32s, little-endian (vector.go)
//
// # Keys
//
// The key of a row is its primary key's columns, each encoded so that the
// bytes of two keys compare as the values do, and no encoding is a proper
// prefix of another one of the same type. Key columns are never null.
//
//	integers, YEAR        1, 2, 3, 4 or 8 bytes by type (YEAR 2), big-endian,
//	                      the sign bit of signed types inverted
//	DECIMAL(p,s)          fixed width: groups of 9 digits in 4 bytes and the
//	                      rest in 1 to 4, big-endian, all bits inverted when
//	                      negative, then the first bit inverted (this is the
//	                      form of the binlog, MySQL's decimal2bin)
//	FLOAT, DOUBLE         8 bytes, big-endian IEEE 754; sign bit inverted when
//	                      positive, all bits when negative; -0 is 0
//	DATE                  3 bytes: year<<9 | month<<5 | day
//	DATETIME, TIMESTAMP   8 bytes: date<<37 | hour<<32 | minute<<26 |
//	                      second<<20 | microsecond
//	TIME                  8 bytes: signed microseconds, sign bit inverted
//	ENUM                  2 bytes; SET, BIT 8 bytes, big-endian
//	strings, binary       each 00 as 00 FF, then 00 00; and utf8mb4_0900_bin
//	strings, NO PAD       each level's weights in 2 bytes, then 0000; without
//	                      those that a level ends with of the least weight of
//	                      the second (0020) and of the third level (0002)
//	strings, PAD SPACE    the bytes of a collation by code points, or all
//	                      weights in 2 bytes. Trailing spaces are dropped
//	                      first, and the codes around the space's weight S
//	                      make room:
//
//	       weight w < S   w
//	       S              S if the next code that is not S is below it, or
//	                      S+2 if it is above
//	       end            S+1
//	       weight w > S   w+2; FFFF and w-FFFD from FFFD on
//
// Weights and levels are those of package weights. Tertiary weights count
// behind all of the first two levels: aB sorts before Ab, and both before ac.
//
// # What holds
//
//	Y1  a row decodes to the values it was encoded from; bytes that EncodeRow
//	    cannot have made are ErrCorrupt, never a panic.
//	Y2  for two values of one key column, bytes.Compare of the keys has the
//	    sign of Compare of the values.
//	Y3  a value that Store returned fits its column: encoding it cannot fail.
//
// Text is UTF-8 in values, rows and keys; its character set says which
// characters there may be, and how the binlog has them (Logged).
//
// Values are not copied: a []byte that goes in may come out, and is never
// written to.
package types
