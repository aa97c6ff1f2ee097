package expr

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// netRecipes are functions of addresses and of names that no other has.
var netRecipes = map[string]Recipe{
	"inet_aton":            {1, 1, Always(gtypes.Int64), inetToNumber, false, false},
	"inet_ntoa":            {1, 1, letters(15), numberToInet, false, false},
	"inet6_aton":           {1, 1, Always(gtypes.LongBlob), addressBytes, false, false},
	"inet6_ntoa":           {1, 1, letters(39), addressText, false, false},
	"is_ipv4":              {1, 1, Always(gtypes.Int64), isAddress(parseIPv4), false, false},
	"is_ipv6":              {1, 1, Always(gtypes.Int64), isAddress(parseIPv6), false, false},
	"is_ipv4_compat":       {1, 1, Always(gtypes.Int64), holdsIPv4(compatible), false, false},
	"is_ipv4_mapped":       {1, 1, Always(gtypes.Int64), holdsIPv4(mapped), false, false},
	"uuid_to_bin":          {1, 2, Always(gtypes.LongBlob), uuidToBin, false, false},
	"bin_to_uuid":          {1, 2, letters(36), binToUUID, false, false},
	"uuid_short":           {0, 0, Always(gtypes.Uint64), uuidShort, false, false},
	"ps_current_thread_id": {0, 0, Always(gtypes.Uint64), threadID, false, false},
	"ps_thread_id":         {1, 1, Always(gtypes.Uint64), threadID, false, false},
	"source_pos_wait":      {2, 4, Always(gtypes.Int64), noReplica, true, false},
	"master_pos_wait":      {2, 4, Always(gtypes.Int64), noReplica, true, false},
}

// inetToNumber takes addresses with fewer parts, too, the last of which stands for the
// rest.
func inetToNumber(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	parts, n := strings.Split(text, "."), int64(0)
	ok := len(parts) <= 4
	for i, part := range parts {
		one, err := strconv.ParseUint(part, 10, 8)
		ok = ok && (err == nil || part == "" && i == 0 && len(parts) > 1)
		if i == len(parts)-1 { // after zeros
			n <<= 8 * max(0, 4-len(parts))
			if len(parts) == 1 {
				n = 0
			}
		}
		n = n<<8 | int64(one)
	}
	if !ok {
		ctx.Warn(mysqlerr.WrongValueForType, "Incorrect string value: ''%s'' for function inet_aton", text)
		return nil, nil
	}
	return n, nil
}

func numberToInet(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.whole(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if n < 0 || n > 1<<32-1 {
		ctx.Warn(mysqlerr.WrongValueForType, "Incorrect integer value: '%s' for function inet_ntoa", f.Args[0])
		return nil, nil
	}
	return fmt.Sprintf("%d.%d.%d.%d", n>>24, n>>16&255, n>>8&255, n&255), nil
}

// swapped reports whether a second argument asks for the time's parts in order.
func (f *Function) swapped(ctx *gms.Context, v []any) (bool, error) {
	if len(v) < 2 {
		return false, nil
	}
	n, err := f.whole(ctx, 1, v[1])
	return n != 0, err
}

func (f *Function) noUUID(value []byte) error {
	return mysqlerr.New(mysqlerr.WrongValueForType, "string", strings.ToValidUTF8(string(value), "?"), f.Name)
}

func uuidToBin(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	swap, err := f.swapped(ctx, v)
	if err != nil {
		return nil, err
	}
	u := parseUUID(text)
	if u == nil {
		return nil, f.noUUID([]byte(text))
	}
	if swap {
		return append(append(append(append([]byte{}, u[6:8]...), u[4:6]...), u[:4]...), u[8:]...), nil
	}
	return u, nil
}

const uuidBytes = 16

// parseUUID reads the forms 6ccd780c-baba-1026-9564-5b8c656024db, the same in braces, and
// the digits alone; nil if it is none.
func parseUUID(text string) []byte {
	if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		text = text[1 : len(text)-1]
	}
	if parts := strings.Split(text, "-"); len(parts) > 1 {
		for i, n := range []int{8, 4, 4, 4, 12} {
			if len(parts) != 5 || len(parts[i]) != n {
				return nil
			}
		}
		text = strings.Join(parts, "")
	}
	out, err := hex.DecodeString(text)
	if err != nil || len(out) != uuidBytes {
		return nil
	}
	return out
}

func binToUUID(ctx *gms.Context, f *Function, v []any) (any, error) {
	b, err := f.bytes(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if len(b) != uuidBytes {
		return nil, f.noUUID(b)
	}
	swap, err := f.swapped(ctx, v)
	if swap {
		b = append(append(append(append([]byte{}, b[4:8]...), b[2:4]...), b[:2]...), b[8:]...)
	}
	digits := hex.EncodeToString(b)
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"), err
}

// uuidShort is the server's number, the time of the first that it has given, and how
// many it has given.
func uuidShort(ctx *gms.Context, _ *Function, _ []any) (any, error) {
	s := sessionOf(ctx)
	given := s.ShortUUIDs()
	given.CompareAndSwap(0, uint64(ctx.QueryTime().Unix())<<24)
	text, _ := s.Variable("server_id")
	id, err := strconv.ParseUint(text, 10, 32)
	return id&255<<56 | given.Add(1)&(1<<56-1), err
}

// threadID is the connection's, by which performance_schema has it, too.
func threadID(ctx *gms.Context, f *Function, v []any) (any, error) {
	if len(v) == 0 {
		return uint64(ctx.Session.ID()), nil
	}
	n, err := f.whole(ctx, 0, v[0])
	return uint64(n), err
}

// noReplica is NULL, as there is no source to wait for.
func noReplica(*gms.Context, *Function, []any) (any, error) { return nil, nil }
