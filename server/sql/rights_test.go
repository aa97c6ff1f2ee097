package sql

import (
	"context"
	"testing"
	"time"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// S10: a table that the walk over a statement has missed is refused when the
// library opens it, and a change that nobody has asked for when it is made.
func TestS8_WhatNobodyHasAskedFor(t *testing.T) {
	s := open(t)
	table := func(name string, p auth.Privilege) auth.Need {
		return auth.Need{Level: auth.AtTable, DB: "d", Table: name, All: p}
	}
	some := auth.Rights{Account: &auth.Account{Name: auth.Name{User: "u", Host: "%"}, Grants: auth.Grants{Global: auth.Select}}, Host: "h"}
	for _, tt := range []struct {
		text  string
		needs auth.Needs
	}{
		{"select * from c join o on c.id = o.a", auth.NeedsOf()},
		{"select * from c join o on c.id = o.a", auth.NeedsOf(table("c", auth.Select))},
		{"insert into c select a * 10 + b + 200, concat('r', a, '-', b), 1 from o", auth.NeedsOf(table("c", auth.Select), table("o", auth.Select))},
		{"update c join o on c.id = o.a set c.n = 9", auth.NeedsOf(table("c", auth.Select), table("o", auth.Select))},
		{"delete c from c join o on c.id = o.a", auth.NeedsOf(table("c", auth.Select), table("o", auth.Select))},
	} {
		before := len(s.must("select * from c where n = 9 or id > 100").Rows)
		tree, err := exec.ParseTree(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		tree.Needs = tt.needs
		stmt, err := s.full.Take(tree)
		if err != nil {
			t.Fatal(err)
		}
		txn := s.log.BeginWith(engine.TxnOptions{CurrentReads: true})
		env := exec.Env{Txn: exec.Over(txn), Rights: some, DB: "d", Now: time.Unix(0, 0), Location: time.UTC, Ranges: true}
		if _, err := s.full.Execute(context.Background(), env, s.session, stmt, nil); !mysqlerr.Is(err, mysqlerr.TableAccessDenied) {
			t.Errorf("%s: %v", tt.text, err)
		}
		if err := s.log.Commit(context.Background(), txn); err != nil { // the statement has undone what it did
			t.Fatal(err)
		}
		if after := len(s.must("select * from c where n = 9 or id > 100").Rows); after != before {
			t.Errorf("%s has changed rows", tt.text)
		}
	}
}
