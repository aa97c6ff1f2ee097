package expr

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
)

const (
	ipv4Bytes = 4
	ipv6Bytes = 16
)

// addressBytes is INET6_ATON: the 4 or 16 bytes of an address.
func addressBytes(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if b := parseIPv4(text); b != nil {
		return b, nil
	}
	if b := parseIPv6(text); b != nil {
		return b, nil
	}
	return f.noAddress(ctx, text)
}

// noAddress is NULL, and warns: of a text as it is, of others as they are written.
func (f *Function) noAddress(ctx *gms.Context, text string) (any, error) {
	if t, known := convert.FromType(f.Args[0].Type()); !known || t.IsString() {
		text = "'" + text + "'"
	}
	ctx.Warn(mysqlerr.WrongValueForType, "Incorrect string value: '%s' for function %s", text, f.Name)
	return nil, nil
}

// parseIPv4 is the bytes of four numbers of up to three digits; nil if a text is otherwise.
func parseIPv4(text string) []byte {
	parts := strings.Split(text, ".")
	if len(parts) != ipv4Bytes {
		return nil
	}
	out := make([]byte, ipv4Bytes)
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) > 3 {
			return nil
		}
		out[i] = byte(n)
	}
	return out
}

// parseIPv6 is the bytes of an address whose last four may be written as those of an older
// one; nil if it is none.
func parseIPv6(text string) []byte {
	if last := strings.LastIndexByte(text, ':') + 1; last > 0 && strings.Contains(text[last:], ".") {
		old := parseIPv4(text[last:])
		if old == nil {
			return nil
		}
		text = fmt.Sprintf("%s%x:%x", text[:last], binary.BigEndian.Uint16(old), binary.BigEndian.Uint16(old[2:]))
	}
	at, err := netip.ParseAddr(text)
	if err != nil || !at.Is6() || at.Zone() != "" {
		return nil
	}
	b := at.As16()
	return b[:]
}

// addressText is INET6_NTOA.
func addressText(ctx *gms.Context, f *Function, v []any) (any, error) {
	b, err := f.bytes(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	t, known := convert.FromType(f.Args[0].Type())
	binary := known && t.IsString() && !t.IsText()
	switch {
	case binary && len(b) == ipv4Bytes:
		return fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3]), nil
	case binary && len(b) == ipv6Bytes:
		return ipv6Text(b), nil
	}
	return f.noAddress(ctx, string(b))
}

// ipv6Text writes the longest run of zeros as ::, be it of one, and the last four bytes of
// what holds an older address as one of these.
func ipv6Text(b []byte) string {
	words := make([]uint16, ipv6Bytes/2)
	from, length := 0, 0
	for i := range words {
		words[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	for i := range words {
		n := 0
		for i+n < len(words) && words[i+n] == 0 {
			n++
		}
		if n > length {
			from, length = i, n
		}
	}
	old := ""
	if from == 0 && (length == 6 || length == 5 && words[5] == 1<<16-1) {
		words, old = words[:6], fmt.Sprintf(":%d.%d.%d.%d", b[12], b[13], b[14], b[15])
	}
	var out strings.Builder
	for i, word := range words {
		switch {
		case i == from && length > 0:
			out.WriteString(":")
		case i > from && i < from+length:
			continue
		default:
			if i > 0 {
				out.WriteString(":")
			}
			out.WriteString(strconv.FormatUint(uint64(word), 16))
		}
	}
	if from+length == len(words) && length > 0 {
		out.WriteString(":")
		old = strings.TrimPrefix(old, ":")
	}
	return out.String() + old
}

// isAddress is IS_IPV4 or IS_IPV6.
func isAddress(parse func(string) []byte) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		text, err := f.text(ctx, 0, v[0])
		return oneIf(parse(text) != nil), err
	}
}

// holdsIPv4 is IS_IPV4_COMPAT or IS_IPV4_MAPPED, of bytes.
func holdsIPv4(holds func(b []byte) bool) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		b, err := f.bytes(ctx, 0, v[0])
		return oneIf(len(b) == ipv6Bytes && holds(b)), err
	}
}

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// compatible: twelve zeros before the address, which is neither :: nor ::1.
func compatible(b []byte) bool {
	return strings.Trim(string(b[:12]), "\x00") == "" && binary.BigEndian.Uint32(b[12:]) > 1
}

func mapped(b []byte) bool {
	return strings.Trim(string(b[:10]), "\x00") == "" && b[10] == 255 && b[11] == 255
}
