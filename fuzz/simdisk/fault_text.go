package simdisk

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// errnos are the errors that a rule's text can name.
var errnos = []struct {
	name string
	err  syscall.Errno
}{
	{"EIO", syscall.EIO}, {"ENOSPC", syscall.ENOSPC}, {"EDQUOT", syscall.EDQUOT}, {"EROFS", syscall.EROFS},
	{"ENOENT", syscall.ENOENT}, {"EMFILE", syscall.EMFILE}, {"EINTR", syscall.EINTR}, {"EAGAIN", syscall.EAGAIN},
	{"EACCES", syscall.EACCES}, {"EFBIG", syscall.EFBIG}, {"EEXIST", syscall.EEXIST},
}

func errnoName(err syscall.Errno) string {
	for _, e := range errnos {
		if e.err == err {
			return e.name
		}
	}
	return strconv.Itoa(int(err))
}

func parseErrno(s string) (syscall.Errno, error) {
	for _, e := range errnos {
		if e.name == s {
			return e.err, nil
		}
	}
	n, err := strconv.ParseUint(s, 10, 12)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("unknown error name %q", s)
	}
	return syscall.Errno(n), nil
}

// String returns the mode's name.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode(%d)", uint8(m))
}

func parseMode(s string) (Mode, error) {
	for i, name := range modeNames {
		if name == s && s != "" {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q", s)
}

// String returns the rule as text that ParseRule reads, such as
//
//	sync *.wal nth=3 err=EIO mode=drop
//
// The options are nth, sticky, prob, off, len, bit, err and mode.
func (r Rule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Op, r.Path)
	if r.Nth > 1 {
		fmt.Fprintf(&b, " nth=%d", r.Nth)
	}
	if r.Sticky {
		b.WriteString(" sticky")
	}
	if r.Prob != 0 {
		b.WriteString(" prob=" + strconv.FormatFloat(r.Prob, 'g', -1, 64))
	}
	if r.Off != 0 {
		fmt.Fprintf(&b, " off=%d", r.Off)
	}
	if r.Len != 0 {
		fmt.Fprintf(&b, " len=%d", r.Len)
	}
	if r.Bit != 0 {
		fmt.Fprintf(&b, " bit=%d", r.Bit)
	}
	if r.Err != 0 {
		b.WriteString(" err=" + errnoName(r.Err))
	}
	if r.Mode != ModeDefault {
		b.WriteString(" mode=" + r.Mode.String())
	}
	return b.String()
}

// ParseRule reads a rule's text and fills in the defaults.
func ParseRule(s string) (Rule, error) {
	words := strings.Fields(s)
	if len(words) < 2 {
		return Rule{}, fmt.Errorf("simdisk: parsing rule %q: want a call and a pattern", s)
	}
	r := Rule{Path: words[1]}
	op, ok := parseOpKind(words[0])
	if !ok {
		return Rule{}, fmt.Errorf("simdisk: parsing rule %q: unknown call %q", s, words[0])
	}
	r.Op = op
	for _, word := range words[2:] {
		if err := r.option(word); err != nil {
			return Rule{}, fmt.Errorf("simdisk: parsing rule %q: %w", s, err)
		}
	}
	r, err := r.checked()
	if err != nil {
		return Rule{}, fmt.Errorf("simdisk: parsing rule %q: %w", s, err)
	}
	return r, nil
}

// option reads one word behind the pattern.
func (r *Rule) option(word string) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "nth":
		r.Nth, err = strconv.Atoi(value)
	case "sticky":
		r.Sticky = true
		if word != "sticky" {
			err = fmt.Errorf("sticky takes no value")
		}
	case "prob":
		r.Prob, err = strconv.ParseFloat(value, 64)
	case "off":
		r.Off, err = strconv.ParseInt(value, 10, 64)
	case "len":
		r.Len, err = strconv.Atoi(value)
	case "bit":
		r.Bit, err = strconv.Atoi(value)
	case "err":
		r.Err, err = parseErrno(value)
	case "mode":
		r.Mode, err = parseMode(value)
	default:
		err = fmt.Errorf("unknown option %q", word)
	}
	return err
}
