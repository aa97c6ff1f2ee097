package peers

import (
	"net"
	"testing"
	"time"
)

// SQLAlchemy's sessions over two servers commit by XA; what is prepared and then
// left, another connection finds and decides (testdata/alchemy.py).
func TestSQLAlchemyTwoPhase(t *testing.T) {
	const packages = "/usr/lib/python3/dist-packages/"
	if !need(t, "/usr/bin/python3", packages+"sqlalchemy/__init__.py", packages+"pymysql/__init__.py") {
		return
	}
	_, one, err := net.SplitHostPort(serve(t).Addr)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := net.SplitHostPort(serve(t).Addr)
	if err != nil {
		t.Fatal(err)
	}
	out, err := runFor(t, time.Minute, "/usr/bin/python3", "-W", "ignore", "testdata/alchemy.py", one, two)
	if err != nil || out != "ok" {
		t.Fatalf("%v\n%s", err, out)
	}
}
