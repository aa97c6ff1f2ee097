package expr

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha512"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// An aesMode is what block_encryption_mode says, such as aes-256-cbc.
type aesMode struct {
	key  int // its bytes
	name string
}

func aesModeOf(ctx *gms.Context) aesMode {
	text, _ := sessionOf(ctx).Variable("block_encryption_mode")
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return aesMode{16, "ecb"}
	}
	bits, _ := strconv.Atoi(parts[1]) // as the variable's values have it
	return aesMode{bits / 8, parts[2]}
}

// iterationsMin is the least that pbkdf2_hmac takes.
const iterationsMin = 1000

func aesEncrypt(ctx *gms.Context, f *Function, v []any) (any, error) { return f.aes(ctx, v, true) }
func aesDecrypt(ctx *gms.Context, f *Function, v []any) (any, error) { return f.aes(ctx, v, false) }

// aes is what both do with (text, key, vector, kdf, salt, info or iterations).
func (f *Function) aes(ctx *gms.Context, v []any, encrypt bool) (any, error) {
	mode := aesModeOf(ctx)
	switch {
	case v[0] == nil || v[1] == nil:
		return nil, nil
	case mode.name != "ecb" && len(v) < 3:
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, f.Name)
	case mode.name == "ecb" && len(v) == 3:
		ctx.Warn(mysqlerr.OptionIgnored, "%s", mysqlerr.New(mysqlerr.OptionIgnored, "<IV>").Message)
	}
	data, err := f.bytes(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	key, err := f.aesKey(ctx, v, mode.key)
	if err != nil || key == nil {
		return nil, err
	}
	var vector []byte
	if mode.name != "ecb" {
		if v[2] == nil {
			return nil, nil
		}
		if vector, err = f.bytes(ctx, 2, v[2]); err != nil {
			return nil, err
		}
		if len(vector) < aes.BlockSize {
			return nil, mysqlerr.New(mysqlerr.AESShortIV, f.Name, aes.BlockSize)
		}
		vector = vector[:aes.BlockSize]
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if out := mode.run(block, vector, data, encrypt); out != nil {
		return out, nil
	}
	return nil, nil // it was not encrypted that way
}

// aesKey is a key of so many bytes: folded, or as a function derives it.
func (f *Function) aesKey(ctx *gms.Context, v []any, size int) ([]byte, error) {
	secret, err := f.bytes(ctx, 1, v[1])
	if err != nil || len(v) < 4 || v[3] == nil {
		key := make([]byte, size)
		for i, c := range secret {
			key[i%size] ^= c
		}
		return key, err
	}
	var options [3][]byte
	for i := 3; i < len(v); i++ {
		if v[i] == nil {
			continue
		}
		if options[i-3], err = f.bytes(ctx, i, v[i]); err != nil {
			return nil, err
		}
	}
	switch strings.ToLower(string(options[0])) {
	case "hkdf":
		return hkdf.Key(sha512.New, secret, options[1], string(options[2]), size)
	case "pbkdf2_hmac":
		n := iterationsMin
		if len(v) > 5 {
			if n, err = strconv.Atoi(string(options[2])); err != nil || n < iterationsMin || n > 65535 {
				return nil, mysqlerr.New(mysqlerr.WrongArguments, f.Name)
			}
		}
		return pbkdf2.Key(sha512.New, string(secret), options[1], n, size)
	}
	return nil, mysqlerr.New(mysqlerr.WrongArguments, f.Name)
}

// run is nil for what was not encrypted in this mode.
func (m aesMode) run(block cipher.Block, vector, data []byte, encrypt bool) []byte {
	switch m.name {
	case "cbc", "ecb":
		if encrypt {
			n := aes.BlockSize - len(data)%aes.BlockSize
			data = append(bytes.Clone(data), bytes.Repeat([]byte{byte(n)}, n)...)
		} else if len(data) == 0 || len(data)%aes.BlockSize != 0 {
			return nil
		}
		return unpadded(blocks(block, vector, data, encrypt), encrypt)
	case "ofb":
		return stream(block, vector, data, func(register, _, mask []byte) { copy(register, mask) }, aes.BlockSize)
	case "cfb8":
		return feedback(block, vector, data, encrypt, 1)
	}
	return feedback(block, vector, data, encrypt, aes.BlockSize)
}

// blocks are whole blocks, each by itself if there is no vector.
func blocks(block cipher.Block, vector, data []byte, encrypt bool) []byte {
	out := make([]byte, len(data))
	switch {
	case vector != nil && encrypt:
		cipher.NewCBCEncrypter(block, vector).CryptBlocks(out, data)
		return out
	case vector != nil:
		cipher.NewCBCDecrypter(block, vector).CryptBlocks(out, data)
		return out
	}
	one := block.Decrypt
	if encrypt {
		one = block.Encrypt
	}
	for i := 0; i < len(data); i += aes.BlockSize {
		one(out[i:i+aes.BlockSize], data[i:i+aes.BlockSize])
	}
	return out
}

// unpadded takes the bytes off that fill the last block.
func unpadded(out []byte, encrypted bool) []byte {
	if encrypted {
		return out
	}
	n := int(out[len(out)-1])
	if n == 0 || n > aes.BlockSize || !bytes.HasSuffix(out, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil
	}
	return out[:len(out)-n]
}

// feedback is CFB with segments of so many bytes.
func feedback(block cipher.Block, vector, data []byte, encrypt bool, size int) []byte {
	return stream(block, vector, data, func(register, pair, _ []byte) {
		secret := pair[:len(pair)/2] // what was read
		if encrypt {
			secret = pair[len(pair)/2:] // what was written
		}
		copy(register, register[len(secret):])
		copy(register[len(register)-len(secret):], secret)
	}, size)
}

// stream hides data behind what a register encrypts to. next brings the register on by
// the bytes that were read and written, one behind the other, and by the mask.
func stream(block cipher.Block, vector, data []byte, next func(register, pair, mask []byte), size int) []byte {
	register, mask := bytes.Clone(vector), make([]byte, aes.BlockSize)
	out := make([]byte, len(data))
	for i := 0; i < len(data); i += size {
		block.Encrypt(mask, register)
		end := min(i+size, len(data))
		for k := i; k < end; k++ {
			out[k] = data[k] ^ mask[k-i]
		}
		next(register, append(bytes.Clone(data[i:end]), out[i:end]...), mask)
	}
	return out
}
