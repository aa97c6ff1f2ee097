// Package window computes functions over windows as MySQL does. The library,
// dolthub/go-mysql-server, adds up floats itself, takes each row for the last of its peers,
// tells DECIMALs apart that are equal, knows no descending RANGE, and sorts rows for each
// window anew.
//
//	Functions      ours in the plan, over keys of the texts that rows are divided and sorted by
//	windowRun      the node that sorts rows for one window behind the other, and asks for values
//	rangeFramer    frames of RANGE, and those of peers
//	frameTotal     aggregates over frames
//	ranking        RANK, CUME_DIST and the like
//	overFunction   what package spell has named for the library, as NTH_VALUE
//
// A plan's windows are found here when its names are bound; what words a window may have,
// and windows over groups, are package spell's. Of the session only the interface Session is
// seen.
//
// # What holds
//
//	W1  the ends of a RANGE frame only ever move forward within a partition, so that its rows
//	    are passed twice at most.
//	W2  peers are rows that the order does not tell apart by the library's Compare of the
//	    types, never by Go's ==.
//	W3  of a partition without rows no frame is given, and so no value.
package window

import gms "github.com/dolthub/go-mysql-server/sql"

// A Session is the session of the statement. It is told of the errors for which the library's
// interfaces have no place, and ends the statement with the first. Rows of what is below
// windows come from its Builder.
type Session interface {
	Fail(err error)
	Builder() gms.NodeExecBuilder
}
