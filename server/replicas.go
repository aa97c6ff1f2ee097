package server

import (
	"cmp"
	"slices"
	"sync"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// followers are those that follow the binary log, or have said that they will.
type followers struct {
	mu         sync.Mutex
	registered map[*conn]replica
	followers  map[*conn]replica
}

// A replica is what is known of a follower. One without a server id is no server:
// mariadb-binlog, say.
type replica struct {
	dump.Registration
	uuid string
}

// same reports whether two connections are of one replica: MySQL's name
// themselves by UUID, others by their id.
func (r replica) same(o replica) bool {
	if r.uuid != "" || o.uuid != "" {
		return r.uuid == o.uuid
	}
	return r.ServerID != 0 && r.ServerID == o.ServerID
}

func (rs *followers) register(c *conn, r replica) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.registered == nil {
		rs.registered = map[*conn]replica{}
	}
	rs.registered[c] = r
}

// follow notes a follower and returns the connections that it had before: a
// replica comes back before its old connection is known to be dead.
func (rs *followers) follow(c *conn, r replica) (before []*conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.followers == nil {
		rs.followers = map[*conn]replica{}
	}
	for other, o := range rs.followers {
		if other != c && r.same(o) {
			before = append(before, other)
		}
	}
	rs.followers[c] = r
	return before
}

func (rs *followers) unfollow(c *conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.followers, c)
}

// forget is for a connection that ends.
func (rs *followers) forget(c *conn) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.registered, c)
	delete(rs.followers, c)
}

// list is the registered replicas, by server id.
func (rs *followers) list() (all []replica) {
	rs.mu.Lock()
	for _, r := range rs.registered {
		all = append(all, r)
	}
	rs.mu.Unlock()
	slices.SortFunc(all, func(a, b replica) int { return cmp.Compare(a.ServerID, b.ServerID) })
	return all
}

// registerReplica is COM_REGISTER_SLAVE.
func (c *conn) registerReplica(data []byte) error {
	if err := c.sess.rights().Require(auth.ReplicationSlave); err != nil {
		return c.fail(err)
	}
	r, err := dump.ParseRegistration(data)
	if err != nil {
		return c.fail(mysqlerr.Wrap(err, mysqlerr.MalformedPacket))
	}
	c.srv.replicas.register(c, replica{r, c.sess.userText("replica_uuid", "slave_uuid")})
	return c.ok()
}

// listReplicas is SHOW REPLICAS, and with old the older SHOW SLAVE HOSTS.
func listReplicas(old bool) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	names := []string{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}
	if old {
		names = []string{"Server_id", "Host", "Port", "Master_id", "Slave_UUID"}
	}
	return func(s *session, c *lex.Cursor, _ showOptions) (*Result, error) {
		res := &Result{Columns: textColumns(names...)}
		for _, i := range []int{0, 2, 3} {
			res.Columns[i] = intColumn(names[i])
		}
		for _, r := range s.srv.replicas.list() {
			source := cmp.Or(r.SourceID, s.srv.store.ServerID())
			res.Rows = append(res.Rows, []binlog.Value{
				int64(r.ServerID), []byte(r.Host), int64(r.Port), int64(source), []byte(r.uuid),
			})
		}
		return ended(c, res)
	}
}

// userText is the text of the first of some user variables that is set.
func (s *session) userText(names ...string) string {
	for _, name := range names {
		if v, ok := s.userVars[name]; ok && v != nil {
			return valueText(v)
		}
	}
	return ""
}
