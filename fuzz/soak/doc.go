// Package soak uses stores for a long time, through full disks, failing syncs,
// kills and restarts, and looks for what leaks.
//
// A store lives many lives. In each, clients commit, conflict, give up, prepare
// branches and decide them, others scan, follow the change feed and back the
// store up, and the disk fills up and empties again. A life ends in Close; every
// few lives it is one of a child process instead, which runs into a failing sync
// or is killed. Then the next life compares what it finds with what the clients
// were told:
//
//   - S1: a client's own row says the last number that it was told is committed,
//     or a later one whose outcome nobody told (I1, I5).
//   - S2: all transfers between accounts are there whole: their sum never
//     changes (I6).
//   - S3: the branches listed are those that were told to be prepared and are
//     not told to be decided, and perhaps those of which nobody told (I2, I3).
//   - S4: the feed has every committed number of every client, once, in order.
//   - L1: between two lives the process has as many goroutines and open
//     descriptors as after the first ones, and no more memory but for some slack.
package soak
