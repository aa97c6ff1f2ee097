// Package simdisk is a disk in memory that can lose what a real one may lose.
//
// A program runs on it through pebble's vfs.FS. Every operation that changes
// something gets a number; afterwards CrashAt(k, choice) builds, for any
// number k, a new disk that holds what a power failure right after operation k
// could have left behind. One run therefore serves all crash points.
//
// # What is volatile
//
// Every inode, file or directory, is a body: the state that the program sees
// (the page cache), a list of changes, and versions that say how much of it
// was durable when:
//
//	op         1      2      3      4      5      6
//	changes    write  write         write         write
//	versions                 sync(floor=3)  sync(floor=5)
//	crash at 4:  [durable by version 3]  [write 4: volatile]
//
// At crash point k the volatile changes are those above the floor of the last
// version at or before k. They are cut into atoms: data of a write, growth of
// a file, an entry that appears in or vanishes from a directory. A Choice says
// which atoms survive; a Profile says which choices are legal and how changes
// are cut into atoms (see Profile).
//
// # Rules the package keeps
//
//   - D1: an image holds every change at or below the floors, whatever the choice.
//   - D2: a change that a failed sync dropped is never durable again; it stays
//     readable until the machine, not the process, dies (Restart keeps it).
//   - D3: content handed to a version or to another disk is frozen: whoever
//     writes next copies the page first. Images share all their pages.
//   - D4: nothing depends on the order of arrival or on a map's order except the
//     operation numbers themselves; random picks come from the seed, the crash
//     point and the position in the enumeration.
//   - D5: calls through a dead life fail with ErrCrashed and change nothing.
//
// # Locks and ownership
//
// Disk.mu guards everything in a Disk. A view (the state at one k) is immutable
// once built, so images are made outside the lock and by several goroutines at
// once. Buffers passed to Write and Read stay the caller's; data is copied.
package simdisk
