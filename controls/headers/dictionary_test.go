package headers

import (
	"slices"
	"strings"
	"testing"
)

func TestDictionary(t *testing.T) {
	for s, want := range map[string]string{
		"":                          "",
		"camera":                    "camera|",
		"camera=()":                 "camera|()",
		" camera=(self) ,\tusb=* ":  "camera|(self) usb|*",
		`a=("x, \"y\\" self);p=1;q`: `a|("x, \"y\\" self)`,
		"a=(self;x=1 *)":            "a|(self;x=1 *)",
		"a=1.5, b=?0, c=:aGk=:":     "a|1.5 b|?0 c|:aGk=:",
		"a=https://x.example/":      "a|https://x.example/",
		"*=x, a.b_c-d=y":            "*|x a.b_c-d|y",
		"camera 'none'":             "malformed",
		"camera='none'":             "malformed",
		"camera=(),":                "malformed",
		"camera=(), ,":              "malformed",
		"camera=(":                  "malformed",
		"camera=(self":              "malformed",
		`camera=(self"x")`:          "malformed",
		"camera=":                   "malformed",
		"=()":                       "malformed",
		"Camera=()":                 "malformed",
		"1a=()":                     "malformed",
		`a="x`:                      "malformed",
		`a="x\n"`:                   "malformed",
		`a="x\`:                     "malformed",
		"a=\"\u00e4\"":              "malformed",
		"a=x;":                      "malformed",
		"a=x;p=":                    "malformed",
		"a=() usb=()":               "malformed",
	} {
		got := "malformed"
		if list, ok := dictionary(s); ok {
			var parts []string
			for _, m := range list {
				parts = append(parts, m.key+"|"+m.value)
			}
			got = strings.Join(parts, " ")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// FuzzDictionary holds that what is read can be completed: the result is a
// dictionary with all of both.
func FuzzDictionary(f *testing.F) {
	for _, s := range []string{"", "camera=()", `a=("x, y" self);p=1;q, b=*`, "camera 'none'", " a", "a=\"", "a ", " "} {
		f.Add(s)
	}
	ours := Permissions{}.members()
	f.Fuzz(func(t *testing.T, s string) {
		theirs, ok := dictionary(s)
		if !ok {
			return
		}
		both, ok := dictionary(complete(s, theirs, ours))
		if !ok || !slices.Equal(both[:len(theirs)], theirs) {
			t.Fatalf("%q: completed to %q", s, complete(s, theirs, ours))
		}
		for _, m := range ours {
			if !names(both, m.key) {
				t.Fatalf("%q: lacks %s", s, m.key)
			}
		}
	})
}
