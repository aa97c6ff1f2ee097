// Package dump sends a binary log to those who follow it: replicas, and readers
// of changed data. It is what is behind COM_REGISTER_SLAVE, COM_BINLOG_DUMP and
// COM_BINLOG_DUMP_GTID (MySQL Internals, Replication Protocol).
//
// What a follower is sent, each event in a packet of its own:
//
//	a fake ROTATE       the file and the place in it that the next events have
//	FORMAT_DESCRIPTION  of that file, as not in use
//	events              as they lie in the file, up to its ROTATE or STOP
//	a fake ROTATE       the next file, and so on
//	HEARTBEAT           whenever there was nothing else for a while
//
// # What holds
//
//   - D1: only what no crash can take away is sent.
//   - D2: every event is sent once, in order, from the one that was asked for;
//     by GTIDs, whole groups that the follower has are left out, and a HEARTBEAT
//     behind them says how far that went.
//   - D3: a heartbeat's place is the end of the last event, never less: a
//     replica stops that sees one behind it. A MariaDB that comes back within a
//     group goes on counting from there while it is sent what is before: it gets
//     none until it has the next event. It adds up the lengths of events, which
//     are other ones than the log's: it is told the larger place.
//   - D4: a follower that cannot be served is told why with error 1236, which
//     stops it; the connection just closed would make it come back for ever.
//   - D5: a follower that does not read holds up nobody: its connection blocks,
//     and ends with the connection's write timeout.
package dump
