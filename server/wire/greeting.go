package wire

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// capabilities are what clients are offered, besides TLS.
const capabilities = mysql.CLIENT_LONG_PASSWORD | mysql.CLIENT_LONG_FLAG | mysql.CLIENT_CONNECT_WITH_DB |
	mysql.CLIENT_PROTOCOL_41 | mysql.CLIENT_TRANSACTIONS | mysql.CLIENT_SECURE_CONNECTION |
	mysql.CLIENT_PLUGIN_AUTH | mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA | mysql.CLIENT_CONNECT_ATTRS |
	mysql.CLIENT_FOUND_ROWS | mysql.CLIENT_ODBC | mysql.CLIENT_IGNORE_SPACE | mysql.CLIENT_INTERACTIVE |
	mysql.CLIENT_MULTI_STATEMENTS | mysql.CLIENT_MULTI_RESULTS | mysql.CLIENT_PS_MULTI_RESULTS |
	mysql.CLIENT_DEPRECATE_EOF | mysql.CLIENT_SESSION_TRACK | mysql.CLIENT_COMPRESS | mysql.CLIENT_LOCAL_FILES |
	mysql.CLIENT_ZSTD_COMPRESSION_ALGORITHM | mysql.CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS

const (
	protocolVersion = 10
	// greetingCollation is utf8mb4_general_ci.
	greetingCollation = 45
	// greetingPlugin is the one that clients are asked to use at first.
	greetingPlugin = mysql.AUTH_CACHING_SHA2_PASSWORD

	saltSize  = 20
	saltFirst = 8 // of the salt, in the first of its two places
)

// newSalt is what a client scrambles its password with: no byte is 0, which
// would end it.
func newSalt() ([]byte, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("wire: salt: %w", err)
	}
	for i, b := range salt {
		salt[i] = b&0x7f | 1
	}
	return salt, nil
}

// appendGreeting writes a HandshakeV10 (MySQL Internals, Connection Phase
// Packets).
func appendGreeting(b []byte, version string, id, caps uint32, salt []byte) []byte {
	b = append(b, protocolVersion)
	b = append(append(b, version...), 0)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = append(append(b, salt[:saltFirst]...), 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(caps&0xffff))
	b = append(b, greetingCollation)
	b = binary.LittleEndian.AppendUint16(b, mysql.SERVER_STATUS_AUTOCOMMIT)
	b = binary.LittleEndian.AppendUint16(b, uint16(caps>>16))
	b = append(b, saltSize+1)
	b = append(b, make([]byte, 10)...)
	b = append(append(b, salt[saltFirst:]...), 0)
	return append(append(b, greetingPlugin...), 0)
}
