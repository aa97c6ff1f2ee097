package simdisk

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestScripts plays each script in testdata/scripts on one disk. The commands:
//
//	new [profile=...] [quota=n] [ordered=...]   a new disk
//	run                              one call a line, see script.call; prints
//	                                 what calls return, "ok" if nothing
//	atoms [k=n]                      what is volatile after operation n
//	images [k=n] [policy=...]        every different image, as a list of files
//	image [k=n]                      the image of the choice in the input
//	crash                            go on with the image of the choice in the input
//	restart                          kill the process, keep the cache
//	inject                           fault rules, one a line
//	violations, oplog, hits          what the disk noticed
//	tree, durable                    the cached and the durable files
//
// Contents are printed as runs: A*3 is AAA, 0*2 two zero bytes, ? a byte that
// nobody wrote there.
// Rewrite the expected output with: go test ./fuzz/simdisk -run TestScripts -rewrite
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := &script{}
		s.start(New(Options{Seed: 1}))
		datadriven.RunTest(t, path, s.run)
	})
}

type script struct {
	disk  *Disk
	fs    vfs.FS
	files map[string]vfs.File
}

func (s *script) start(d *Disk) {
	s.disk, s.fs, s.files = d, d.FS(), map[string]vfs.File{}
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	k := s.disk.Ops()
	d.MaybeScanArgs(t, "k", &k)
	switch d.Cmd {
	case "new":
		name, opts := WeakestPosix.String(), Options{Seed: 1}
		d.MaybeScanArgs(t, "profile", &name)
		d.MaybeScanArgs(t, "quota", &opts.QuotaBytes)
		d.MaybeScanArgs(t, "ordered", &opts.OrderedDirs)
		opts.Profile = must(ParseProfile(name))
		s.start(New(opts))
	case "run":
		for _, line := range strings.Split(d.Input, "\n") {
			if result := s.call(strings.Fields(line)); result != "" {
				fmt.Fprintf(&out, "%s: %s\n", line, result)
			}
		}
	case "atoms":
		for _, a := range s.disk.Atoms(k) {
			fmt.Fprintln(&out, a)
		}
	case "images":
		policy := "all"
		d.MaybeScanArgs(t, "policy", &policy)
		s.images(&out, k, must(ParseImagePolicy(policy)))
	case "image":
		fmt.Fprintln(&out, tree(s.disk.CrashAt(k, must(ParseChoice(d.Input)))))
	case "crash":
		s.start(s.disk.Crash(must(ParseChoice(d.Input))))
		fmt.Fprintln(&out, tree(s.disk))
	case "restart":
		s.start(s.disk.Restart())
	case "tree":
		fmt.Fprintln(&out, tree(s.disk))
	case "durable":
		fmt.Fprintln(&out, tree(s.disk.CrashAt(k, Synced())))
	case "inject":
		for _, line := range strings.Split(d.Input, "\n") {
			r, err := ParseRule(line)
			if err == nil {
				err = s.disk.Inject(r)
			}
			if err != nil {
				fmt.Fprintln(&out, err)
			}
		}
	case "hits":
		hits := s.disk.FaultHits()
		for _, a := range s.disk.rules {
			fmt.Fprintf(&out, "%s: %d\n", a.rule, hits[a.rule.String()])
		}
	case "violations":
		fmt.Fprintln(&out, strings.Join(s.disk.Violations(), "\n"))
	case "oplog":
		for _, op := range s.disk.OpLog() {
			fmt.Fprintln(&out, op)
		}
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	if out.Len() == 0 {
		return "ok\n"
	}
	return out.String()
}

// images prints the different images in order.
func (s *script) images(out *strings.Builder, k int, policy ImagePolicy) {
	var trees []string
	for c, image := range s.disk.Images(k, policy) {
		zeros := s.disk.CrashAt(k, c.WithFill(FillZero))
		trees = append(trees, masked(image, zeros))
	}
	slices.Sort(trees)
	for _, tree := range slices.Compact(trees) {
		fmt.Fprintln(out, tree)
	}
}

// call does one call: a name, a path, and what it needs more. Files stay open
// until they are closed.
func (s *script) call(words []string) string {
	word := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	number := func(i int) int64 { return must(strconv.ParseInt(word(i), 10, 64)) }
	name := word(1)
	switch word(0) {
	case "create":
		return s.opened(s.fs.Create(name, vfs.WriteCategoryUnspecified))(name)
	case "open":
		return s.opened(s.fs.Open(name))(name)
	case "openrw":
		return s.opened(s.fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified))(name)
	case "opendir":
		return s.opened(s.fs.OpenDir(name))(name)
	case "reuse":
		return s.opened(s.fs.ReuseForWrite(name, word(2), vfs.WriteCategoryUnspecified))(word(2))
	case "mkdir":
		return result(s.fs.MkdirAll(name, 0o755))
	case "remove":
		return result(s.fs.Remove(name))
	case "removeall":
		return result(s.fs.RemoveAll(name))
	case "rename":
		return result(s.fs.Rename(name, word(2)))
	case "link":
		return result(s.fs.Link(name, word(2)))
	case "list":
		list, err := s.fs.List(name)
		return result(err) + strings.Join(list, " ")
	case "stat":
		fi, err := s.fs.Stat(name)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%s %d %s", fi.Name(), fi.Size(), fi.Mode())
	case "lock":
		_, err := s.fs.Lock(name)
		return result(err)
	case "usage":
		u, err := s.fs.GetDiskUsage(name)
		return result(err) + fmt.Sprint(u.UsedBytes, " of ", u.TotalBytes)
	case "setquota":
		s.disk.SetQuota(number(1))
		return ""
	case "flip":
		return result(s.disk.FlipBit(name, number(2), int(number(3))))
	case "truncate":
		return result(s.disk.Truncate(name, number(2)))
	case "put":
		return result(s.disk.WriteFile(name, text(word(2))))
	}
	f := s.files[name]
	if f == nil {
		return "not open"
	}
	return s.fileCall(f, word(0), name, word(2), word(3))
}

func (s *script) fileCall(f vfs.File, call, name, a, b string) string {
	switch call {
	case "write":
		n, err := f.Write(text(a))
		return shortened(n, len(text(a)), err)
	case "writeat":
		n, err := f.WriteAt(text(b), must(strconv.ParseInt(a, 10, 64)))
		return shortened(n, len(text(b)), err)
	case "read":
		data, err := io.ReadAll(f)
		return result(err) + runs(data)
	case "readat":
		buf := make([]byte, must(strconv.Atoi(b)))
		n, err := f.ReadAt(buf, must(strconv.ParseInt(a, 10, 64)))
		return strings.TrimSpace(result(err) + " " + runs(buf[:n]))
	case "sync":
		return result(f.Sync())
	case "syncdata":
		return result(f.SyncData())
	case "syncto":
		full, err := f.SyncTo(must(strconv.ParseInt(a, 10, 64)))
		return result(err) + fmt.Sprint("full=", full)
	case "cut":
		return result(f.(interface{ Truncate(size int64) error }).Truncate(must(strconv.ParseInt(a, 10, 64))))
	case "preallocate":
		return result(f.Preallocate(0, must(strconv.ParseInt(a, 10, 64))))
	case "close":
		delete(s.files, name)
		return result(f.Close())
	}
	return "unknown call"
}

func (s *script) opened(f vfs.File, err error) func(name string) string {
	return func(name string) string {
		if err == nil {
			s.files[name] = f
		}
		return result(err)
	}
}

func result(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func shortened(n, want int, err error) string {
	if n == want && err == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d of %d %s", n, want, result(err)))
}

// text makes "A*3" or "abc" into bytes.
func text(s string) []byte {
	if c, n, ok := strings.Cut(s, "*"); ok {
		return []byte(strings.Repeat(c, must(strconv.Atoi(n))))
	}
	return []byte(s)
}

// runs prints bytes shortly.
func runs(b []byte) string {
	var parts []string
	for len(b) > 0 {
		n := 1
		for n < len(b) && class(b[n]) == class(b[0]) {
			n++
		}
		part := class(b[0])
		if n > 1 {
			part += "*" + strconv.Itoa(n)
		}
		parts = append(parts, part)
		b = b[n:]
	}
	return strings.Join(parts, " ")
}

func class(c byte) string {
	switch {
	case c == 0:
		return "0"
	case c >= 'A' && c <= 'Z':
		return string(rune(c))
	}
	return "?"
}

// tree lists the files that a program sees, such as "a=A*3 d/ d/b=".
func tree(d *Disk) string { return masked(d, d) }

// masked is tree with question marks where zeros has zeros and d has not.
func masked(d, zeros *Disk) string {
	var parts []string
	var walk func(i *inode, prefix string)
	walk = func(i *inode, prefix string) {
		for _, name := range i.dir.cur.sorted() {
			child := d.inodes[i.dir.cur.m[name]]
			if child.isDir() {
				parts = append(parts, prefix+name+"/")
				walk(child, prefix+name+"/")
				continue
			}
			data, mask := child.file.cur.bytes(), zeros.inodes[child.id].file.cur.bytes()
			for j := range data {
				if mask[j] == 0 && data[j] != 0 {
					data[j] = '?'
				}
			}
			content := strings.ReplaceAll(runs(data), " ", "+")
			parts = append(parts, prefix+name+"="+content)
		}
	}
	walk(d.inodes[rootID], "")
	if len(parts) == 0 {
		return "(empty)"
	}
	return strings.Join(parts, " ")
}
