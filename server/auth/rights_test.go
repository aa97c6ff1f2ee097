package auth

import "testing"

// Asking for what a session may do allocates nothing, at whatever level its
// privileges are.
func TestChecksAllocateNothing(t *testing.T) {
	a := New(nil)
	list := []*Account{{Name: Name{"root", "%"}, Grants: Grants{Global: All}}, {Name: Name{"db", "%"}}, {Name: Name{"table", "%"}}}
	list[1].Grants.Databases = map[string]Privilege{"d": Select}
	list[2].Grants.Tables = map[string]Privilege{tableKey("d", "t"): Select}
	a.Publish(list)
	needs := NeedsOf(Need{Level: AtTable, DB: "d", Table: "t", All: Select})
	for _, user := range []string{"root", "db", "table"} {
		var k Known
		n := testing.AllocsPerRun(100, func() {
			if err := needs.Check(a.Rights(Name{user, "%"}, Localhost, &k), ""); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", user, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	a := New(nil)
	list := []*Account{{Name: Name{"global", "%"}, Grants: Grants{Global: All}}, {Name: Name{"database", "%"}}, {Name: Name{"table", "%"}}}
	list[1].Grants.Databases = map[string]Privilege{"d": Select}
	list[2].Grants.Tables = map[string]Privilege{tableKey("d", "t"): Select}
	a.Publish(list)
	needs := NeedsOf(Need{Level: AtTable, DB: "d", Table: "t", All: Select})
	for _, user := range []string{"global", "database", "table"} {
		b.Run(user, func(b *testing.B) {
			var k Known
			for b.Loop() {
				if err := needs.Check(a.Rights(Name{user, "%"}, Localhost, &k), ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A change of one account leaves the others' as they are, for those who read them.
func TestChangesBesideReaders(t *testing.T) {
	a := accountsOf(SHA2, "x", "y")
	done := make(chan struct{})
	go func() {
		defer close(done)
		var k Known
		for range 2000 {
			a.Rights(Name{"x", "%"}, "h", &k).OnDatabase("d")
			a.Login("x", "h").Check(SHA2, testSalt, make([]byte, 32))
		}
	}()
	for range 200 {
		d := a.Draft(Session{Rights: Everything})
		acc, _ := d.edit(Name{"y", "%"})
		acc.Grants.Databases = map[string]Privilege{"d": Select}
		a.PublishDraft(d)
	}
	<-done
	if r := a.Rights(Name{"y", "%"}, "h", new(Known)); r.OnDatabase("d") != Select {
		t.Error(r.OnDatabase("d"))
	}
}
