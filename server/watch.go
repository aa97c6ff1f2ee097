package server

import "time"

// watchEvery is how often the clients of statements are looked at that have run
// for as long.
const watchEvery = time.Second

// startWatch begins to look for clients that are gone, until Shutdown.
func (srv *Server) startWatch() {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if !srv.closing {
		srv.wg.Go(srv.watch)
	}
}

// watch ends the statements whose clients are gone, as MySQL does: nobody wants
// their answers, and their transactions hold locks.
func (srv *Server) watch() {
	for srv.pause(srv.open, watchEvery) {
		for _, c := range srv.longRunning() {
			if c.wire.Gone() {
				srv.log.Info("the client is gone; its statement is cancelled", "connection", c.id())
				c.cancelStatement()
			}
		}
	}
}

// longRunning are the connections whose statement has run for watchEvery.
func (srv *Server) longRunning() (list []*conn) {
	before := srv.clock.Now().Add(-watchEvery)
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.conns {
		if c.runsSince(before) {
			list = append(list, c)
		}
	}
	return list
}

// runsSince reports whether a statement runs that began earlier, and whose client
// has not sent the next one yet: that one may have closed its end when it had sent
// all.
func (c *conn) runsSince(before time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running && !c.pipelined && c.since.Before(before)
}
