// Package disk is what every file of an open store goes through. It makes of a
// disk's failures what the store can act on:
//
//   - A full disk. The package keeps a ballast, a file whose only use is the
//     room it takes. When a write, or the making of a file, finds the disk
//     full, the ballast is removed and the operation goes on where it stopped.
//     From then on the disk is full (Full) until Refill has made the ballast
//     again: what is in flight ends in the room it left, and the store lets
//     nothing begin that needs more.
//   - A failed sync. It is told to the store (Options.SyncFailed) and to the
//     caller, and never repeated: nobody knows what the disk has (R1). A disk
//     that is found full by a sync is full, too.
//   - A failed read is a ReadError, with file and offset.
//
// # The ballast
//
// The file BALLAST in the store's folder says in its first line how many bytes
// it takes. It is reserved where the file system can do that, else written. It
// is never synced: after a crash it is there, or it is made again.
//
// # A start's room
//
// A store that crashed of a full disk has used up its ballast, perhaps to the last
// byte. BALLAST.START, a 16th of the ballast and beside it, is for the next start
// alone: from Adopt on it makes room when the ballast is gone, for what opening
// a store has to write; tables leave it alone. Started, when the store is
// open, makes it again, of all but a little of what is free, so that many starts find some.
//
// # Lock order
//
//	FS.modest > FS.mu
//
// FS.mu is a leaf; it is held during operations on the ballast alone. FS.modest
// is held during a write of a modest file.
package disk
