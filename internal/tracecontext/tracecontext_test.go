package tracecontext

import (
	"strings"
	"testing"
)

const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestParse(t *testing.T) {
	for in, want := range map[string]bool{
		good: true,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00":       true,
		"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later": true,
		good + "-later":        false, // 00 has no more
		"ff" + good[2:]:        false,
		strings.ToUpper(good):  false,
		good[:54]:              false,
		"":                     false,
		"cc" + good[2:] + "xx": false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01": false,
	} {
		if _, ok := Parse([]string{in}, nil); ok != want {
			t.Errorf("%q: %v", in, ok)
		}
	}
	if _, ok := Parse([]string{good, good}, nil); ok {
		t.Error("two parents name none")
	}
	c, _ := Parse([]string{good}, []string{"rojo=00f067aa0ba902b7", " congo=t61rcWkgMzE ,"})
	if c.Parent() != good || c.State != "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE ," {
		t.Errorf("%s %q", c.Parent(), c.State)
	}
}

// TestFlags: those that are known are passed on, others are not (level 2, 3.2.2.5).
func TestFlags(t *testing.T) {
	for in, want := range map[string]string{"00": "-00", "01": "-01", "02": "-02", "03": "-03", "ff": "-03", "fc": "-00"} {
		if c, ok := Parse([]string{good[:53] + in}, nil); !ok || !strings.HasSuffix(c.Parent(), want) {
			t.Errorf("%s: %s", in, c.Parent())
		}
	}
	if got := New().Parent(); !strings.HasSuffix(got, "-02") {
		t.Error(got)
	}
}

// TestBadState: a state that is not well formed is dropped, and the trace goes on.
func TestBadState(t *testing.T) {
	for _, state := range [][]string{{"a"}, {"A=1"}, {"a="}, {"a=1,b=2=3"}, {"a=\x07"},
		{strings.Repeat("a=1,", 33)}, {"a=" + strings.Repeat("x", 300)}, {strings.Repeat(" ", 600) + "a=1"}} {
		if c, ok := Parse([]string{good}, state); !ok || c.State != "" {
			t.Errorf("%q: %q, %v", state, c.State, ok)
		}
	}
}

func TestNew(t *testing.T) {
	a, b := New(), New()
	one, other := NewSpan(), NewSpan()
	if !a.Valid() || a == b || one == other {
		t.Errorf("%+v %+v", a, b)
	}
	if c, ok := Parse([]string{a.Parent()}, nil); !ok || c != a {
		t.Errorf("%+v, want %+v", c, a)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good, "rojo=1")
	f.Add("cc"+good[2:]+"-x", "a=b,c=d")
	f.Fuzz(func(t *testing.T, parent, state string) {
		c, ok := Parse([]string{parent}, []string{state})
		if ok && !c.Valid() || len(c.State) > maxState || strings.ContainsAny(c.State, "\r\n\x00") {
			t.Errorf("%q %q: %+v", parent, state, c)
		}
		if again, ok := Parse([]string{c.Parent()}, []string{c.State}); c.Valid() && (!ok || again != c) {
			t.Errorf("%+v, then %+v", c, again)
		}
	})
}
