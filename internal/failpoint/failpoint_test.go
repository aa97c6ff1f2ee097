package failpoint

import (
	"errors"
	"testing"
)

var (
	first  = New("test.first")
	second = New("test.second")
)

func TestEnable(t *testing.T) {
	defer Reset()
	if err := Enable(" test.first=error@2 ; test.second=error"); err != nil {
		t.Fatal(err)
	}
	for hit, want := range []bool{false, true, false} {
		if err := first.Eval(); errors.Is(err, ErrInjected) != want {
			t.Errorf("hit %d of a point enabled for its second: %v", hit+1, err)
		}
	}
	if err := second.Eval(); !errors.Is(err, ErrInjected) {
		t.Errorf("a point enabled for every hit: %v", err)
	}
	Reset()
	if err := errors.Join(first.Eval(), second.Eval()); err != nil {
		t.Errorf("after Reset: %v", err)
	}
}

// A list with a mistake in it switches nothing on.
func TestEnableRefuses(t *testing.T) {
	defer Reset()
	for _, list := range []string{
		"test.first=error;test.nowhere=error", "test.first=error;test.second=explode",
		"test.first=error;test.second", "test.first=error;test.second=error@0", "test.first=error;test.second=sleep(long)",
	} {
		if err := Enable(list); err == nil {
			t.Errorf("%q was taken", list)
		}
		if err := first.Eval(); err != nil {
			t.Errorf("%q switched a point on", list)
		}
	}
}

func TestHook(t *testing.T) {
	defer Reset()
	passed := 0
	if err := SetHook("test.first", func() error { passed++; return nil }); err != nil {
		t.Fatal(err)
	}
	_ = first.Eval()
	if err := SetHook("test.first", nil); err != nil {
		t.Fatal(err)
	}
	_ = first.Eval()
	if passed != 1 {
		t.Errorf("the hook ran %d times", passed)
	}
	if err := SetHook("test.nowhere", nil); err == nil {
		t.Error("a hook on a point that nobody declared")
	}
}

func BenchmarkOff(b *testing.B) {
	for b.Loop() {
		_ = first.Eval()
	}
}
