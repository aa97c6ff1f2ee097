package simdisk

import "fmt"

// A Profile is a family of disks and file systems: it says how changes are cut
// into atoms and which sets of atoms may survive a crash together.
type Profile uint8

const (
	// WeakestPosix promises only what POSIX does, and is the default. Any
	// subset of the data survives, in any 512-byte pieces; a file may grow
	// without its data and then shows zeros, garbage or bytes that were on the
	// disk before; directory entries come and go independently, so a rename may
	// leave both names, one, or none. A file's sync does not make its name
	// durable: only a sync of the directory does, and the directory's own name
	// needs a sync of its parent. Pebble does not survive that within its own
	// folder: see Options.OrderedDirs.
	WeakestPosix Profile = iota
	// SyncedOnly loses everything that was not synced.
	SyncedOnly
	// All loses nothing: the process dies, the machine lives. Changes that a
	// failed sync dropped are lost nevertheless.
	All
	// Prefix is a disk that applies everything in order, one operation after
	// the other: the image is the state after some operation at or after the
	// last sync of anything.
	Prefix
	// Ext4Ordered is ext4 with data=ordered: a file grows only together with
	// its data, in order; overwrites survive in any subset; directory
	// operations survive in order, over all directories; a rename is atomic,
	// and one that replaces a file brings the new file's data along. A file's
	// sync makes its name durable, with every earlier directory operation.
	Ext4Ordered
	// Writeback is ext4 with data=writeback, and near to XFS: as Ext4Ordered,
	// but a file may grow before its data arrive (zeros), and a rename brings
	// no data along.
	Writeback
)

var profileNames = [...]string{"weakest-posix", "synced-only", "all", "prefix", "ext4-ordered", "ext4-writeback"}

// Profiles lists every profile.
func Profiles() []Profile {
	return []Profile{WeakestPosix, SyncedOnly, All, Prefix, Ext4Ordered, Writeback}
}

// String returns the profile's name, which ParseProfile reads.
func (p Profile) String() string {
	if int(p) < len(profileNames) {
		return profileNames[p]
	}
	return fmt.Sprintf("profile(%d)", uint8(p))
}

// ParseProfile reads a profile's name.
func ParseProfile(s string) (Profile, error) {
	for i, name := range profileNames {
		if s == name {
			return Profile(i), nil
		}
	}
	return 0, fmt.Errorf("simdisk: parsing profile: unknown name %q", s)
}

// A subset says which sets of atoms may survive at all.
type subset uint8

const (
	anySubset subset = iota
	noAtom
	everyAtom
	prefixOnly
)

// A behaviour is a profile taken apart.
type behaviour struct {
	subset          subset
	sizeApart       bool // growth is an atom of its own
	renameApart     bool // the two halves of a rename are independent
	dirsInOrder     bool // directory operations survive in order, across directories
	replaceFlushes  bool // a rename that replaces a file makes the source's data go first
	fileSyncsName   bool // a file's sync makes its directory entry durable
	syncsEverything bool // any sync makes every earlier change durable
	garbage         bool // grown areas without data may show something else than zeros
}

var behaviours = [...]behaviour{
	WeakestPosix: {sizeApart: true, renameApart: true, garbage: true},
	SyncedOnly:   {subset: noAtom, sizeApart: true, renameApart: true},
	All:          {subset: everyAtom},
	Prefix:       {subset: prefixOnly, syncsEverything: true},
	Ext4Ordered:  {dirsInOrder: true, replaceFlushes: true, fileSyncsName: true},
	Writeback:    {sizeApart: true, dirsInOrder: true, fileSyncsName: true},
}
