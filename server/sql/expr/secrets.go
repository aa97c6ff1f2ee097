package expr

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"io"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// secretRecipes are functions that encrypt, hash and compress.
var secretRecipes = map[string]Recipe{
	"aes_encrypt":         {2, 6, Always(gtypes.LongBlob), aesEncrypt, true, false},
	"aes_decrypt":         {2, 6, Always(gtypes.LongBlob), aesDecrypt, true, false},
	"random_bytes":        {1, 1, Always(gtypes.LongBlob), randomBytes, false, true},
	"sha2":                {2, 2, letters(128), sha2, false, false},
	"compress":            {1, 1, Always(gtypes.LongBlob), compress, false, false},
	"uncompress":          {1, 1, Always(gtypes.LongBlob), uncompress, false, false},
	"uncompressed_length": {1, 1, Always(gtypes.Int64), uncompressedLength, false, false},
}

// bytes is coded as bytes.
func (f *Function) bytes(ctx *gms.Context, i int, v any) ([]byte, error) {
	s, err := f.coded(ctx, i, v)
	return []byte(s), err
}

func sha2(ctx *gms.Context, f *Function, v []any) (any, error) {
	data, err := f.bytes(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	length, err := f.whole(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	var sum []byte
	switch length {
	case 224:
		s := sha256.Sum224(data)
		sum = s[:]
	case 0, 256:
		s := sha256.Sum256(data)
		sum = s[:]
	case 384:
		s := sha512.Sum384(data)
		sum = s[:]
	case 512:
		s := sha512.Sum512(data)
		sum = s[:]
	default:
		ctx.Warn(mysqlerr.WrongParameters, "%s", mysqlerr.New(mysqlerr.WrongParameters, f.Name).Message)
		return nil, nil
	}
	return hex.EncodeToString(sum), nil
}

// compressedHeader is the bytes of the length in front of what COMPRESS makes.
const compressedHeader = 4

// compress is the length, and the data as zlib has it; of nothing it is nothing.
func compress(ctx *gms.Context, f *Function, v []any) (any, error) {
	data, err := f.bytes(ctx, 0, v[0])
	if err != nil || len(data) == 0 {
		return []byte{}, err
	}
	out := bytes.NewBuffer(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	w := zlib.NewWriter(out)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b := out.Bytes(); b[len(b)-1] == ' ' { // a CHAR would lose it
		out.WriteByte('.')
	}
	return out.Bytes(), nil
}

func uncompress(ctx *gms.Context, f *Function, v []any) (any, error) {
	data, err := f.bytes(ctx, 0, v[0])
	if err != nil || len(data) == 0 {
		return []byte{}, err
	}
	corrupt := func() (any, error) {
		ctx.Warn(mysqlerr.ZDataError, "%s", mysqlerr.New(mysqlerr.ZDataError).Message)
		return nil, nil
	}
	if len(data) <= compressedHeader {
		return corrupt()
	}
	length := binary.LittleEndian.Uint32(data) & 0x3FFFFFFF
	if length > LettersMax {
		ctx.Warn(mysqlerr.TooBigForUncompress, "%s", mysqlerr.New(mysqlerr.TooBigForUncompress, LettersMax).Message)
		return nil, nil
	}
	r, err := zlib.NewReader(bytes.NewReader(data[compressedHeader:]))
	if err != nil {
		return corrupt()
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(length)+1))
	if err != nil || len(out) > int(length) {
		return corrupt()
	}
	return out, r.Close()
}

func uncompressedLength(ctx *gms.Context, f *Function, v []any) (any, error) {
	data, err := f.bytes(ctx, 0, v[0])
	if err != nil || len(data) == 0 {
		return int64(0), err
	}
	if len(data) <= compressedHeader {
		ctx.Warn(mysqlerr.ZDataError, "%s", mysqlerr.New(mysqlerr.ZDataError).Message)
		return int64(0), nil
	}
	return int64(binary.LittleEndian.Uint32(data) & 0x3FFFFFFF), nil
}
