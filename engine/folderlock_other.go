//go:build !unix

package engine

import "io/fs"

// systemID is never known: Windows locks exclude the process that has them, too.
func systemID(fs.FileInfo) (id fileID, known bool) { return fileID{}, false }
