package versions

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/mod/semver"
)

// TestOrder: the orders that the specifications give, oldest first; what stands in one
// string is the same.
func TestOrder(t *testing.T) {
	for ecosystem, ordered := range map[string][]string{
		// Semantic Versioning 11
		"npm": {"0.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0 v1.0.0 1.0.0+build", "1.0.1", "2.0.0", "2.1.0", "2.1.1", "10.0.0"},
		"Go":  {"v0.0.0-20190101000000-abcdefabcdef", "v0.0.0", "1.20rc1 go1.20rc1 1.20.0-rc.1", "1.20.0 1.20 go1.20 v1.20.0", "v1.21.0+incompatible 1.21", "2.0.0"},
		// PEP 440, summary of permitted suffixes and relative ordering
		"PyPI": {"1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456",
			"1.0rc1 1.0c1 1.0-RC.1 1.0preview1", "1.0 1 1.0.0 v1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456 1.0-456 1.0.rev456", "1.0.15", "1.1.dev1", "1!0.1"},
		// Gem::Version
		"RubyGems": {"0.beta.1", "1.0.a", "1.0.a.2", "1.0.b1 1.0.b.1", "1.0-rc1", "1 1.0 1.0.0", "1.0.1.pre", "1.0.1", "1.1", "1.10", "2"},
		// Composer's stabilities
		"Packagist": {"1.0-dev", "1.0.0-alpha1 1.0a1", "1.0.0-alpha.2", "1.0.0-beta", "1.0.0-beta1", "1.0.0-beta2", "1.0.0-beta10", "1.0-RC1", "1.0 v1.0.0 1.0.0.0 1.0-stable", "1.0.0-p1 1.0-patch1", "1.0.1", "1.10", "20100102"},
	} {
		s, ok := Of(ecosystem)
		if !ok {
			t.Fatal(ecosystem)
		}
		for i, a := range ordered {
			for j, b := range ordered {
				for x := range strings.FieldsSeq(a) {
					for y := range strings.FieldsSeq(b) {
						if got := s.Compare(x, y); (got < 0) != (i < j) || (got > 0) != (i > j) || !s.Valid(x) {
							t.Errorf("%s: %s against %s: %d", ecosystem, x, y, got)
						}
					}
				}
			}
		}
		for _, bad := range []string{"", "x", "1.2.3.4.5.6 7", "latest", strings.Repeat("1", 300)} {
			if s.Valid(bad) {
				t.Errorf("%s: %q is a version", ecosystem, bad)
			}
		}
		if s.Compare("x", ordered[0]) >= 0 || s.Compare(ordered[0], "x") <= 0 || s.Compare("x", "y") >= 0 {
			t.Errorf("%s: what is no version comes first", ecosystem)
		}
	}
	if _, ok := Of("Maven"); ok {
		t.Error("there are rules for Maven")
	}
}

func TestSatisfies(t *testing.T) {
	for _, tt := range []struct{ ecosystem, within, in, out string }{
		{"npm", "^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-0 1.3.0-beta"},
		{"npm", "^0.0.3 || ~0.2", "0.0.3 0.2.9", "0.0.4 0.3.0"},
		{"npm", "1.2.3-rc.1 - 2", "1.2.3-rc.2 2.9.9", "1.2.3-beta 3.0.0-0"},
		{"Go", "v1.2.3", "v1.2.3 v1.9.0 v2.0.0+incompatible", "v1.2.2 v1.2.3-rc.1"},
		// PEP 440, version specifiers
		{"PyPI", "~=2.2", "2.2 2.3 2.2.post3", "3.0 2.1 3.0rc1"},
		{"PyPI", "~= 1.4.5.0", "1.4.5 1.4.5.9", "1.4.6 1.5"},
		{"PyPI", "==1.1", "1.1 1.1.0 1.1+local", "1.1.post1 1.1a1 1.1.1"},
		{"PyPI", "==1.1.*", "1.1 1.1.post1 1.1.9", "1.2 1.10 1"},
		{"PyPI", "==1.1.*,>=1.1a1", "1.1a1 1.1", "1.1.dev0"},
		{"PyPI", "!=1.1.*", "1.0 1.2", "1.1 1.1.5"},
		{"PyPI", ">1.7", "1.7.1 1.8", "1.7 1.7.post2 1.7+a 1.7.0"},
		{"PyPI", ">1.7.post2", "1.7.1 1.7.post3", "1.7.post2 1.7"},
		{"PyPI", "<3.1", "3.0", "3.1 3.1.dev0 3.1rc1"},
		{"PyPI", "<3.1rc2", "3.1rc1 3.0", "3.1rc2 3.1"},
		{"PyPI", ">=1.0,<2, !=1.5", "1.0 1.9.9 1.5.1", "1.5 2.0 2.0a1 1.5rc1"},
		{"PyPI", "", "1.0", "1.0rc1"},
		// Gem::Requirement
		{"RubyGems", "~> 1.2.3", "1.2.3 1.2.9", "1.3 1.3.a 1.2.2"},
		{"RubyGems", "~> 2.0.a", "2.0.a 2.0 2.9", "3 3.a"},
		{"RubyGems", "~> 2", "2 2.9", "3 3.0.a 1.9"},
		{"RubyGems", ">= 1, < 2, != 1.5", "1.0 1.9", "1.5 1.5.0 2"},
		{"RubyGems", "1.0", "1 1.0.0", "1.0.1 1.0.a"},
		// Composer, versions and constraints
		{"Packagist", "^1.2.3", "1.2.3 1.9", "2.0 2.0-beta1 1.2.2"},
		{"Packagist", "^0.3", "0.3.0 0.3.9", "0.4.0"},
		{"Packagist", "^0.0.3", "0.0.3", "0.0.4"},
		{"Packagist", "~1.2", "1.2.0 1.9", "2.0 1.1"},
		{"Packagist", "~1.2.3", "1.2.3 1.2.9", "1.3"},
		{"Packagist", "1.0 - 2.0", "1.0 2.0.9", "2.1 0.9"},
		{"Packagist", "1.0.0 - 2.1.0", "2.1.0", "2.1.1"},
		{"Packagist", "1.0.*", "1.0.0 1.0.9", "1.1.0 1.0.1-beta"},
		{"Packagist", ">=1.0 <1.1 || >=1.2", "1.0.5 1.2 9.0", "1.1"},
		{"Packagist", "^1.0@beta", "1.5.0-beta1 1.5", "2.0"},
		{"Packagist", ">=1.0-beta1", "1.0-beta2 1.0", "1.0-alpha1"},
		{"Packagist", "*", "1.0", "1.0-beta"},
		{"Packagist", "> 1.0, != 1.5", "1.1", "1.0 1.5"},
	} {
		s, _ := Of(tt.ecosystem)
		for v := range strings.FieldsSeq(tt.in) {
			if ok, err := s.Satisfies(v, tt.within); !ok || err != nil {
				t.Errorf("%s: %q does not admit %s: %v", tt.ecosystem, tt.within, v, err)
			}
		}
		for v := range strings.FieldsSeq(tt.out) {
			if ok, err := s.Satisfies(v, tt.within); ok || err != nil {
				t.Errorf("%s: %q admits %s: %v", tt.ecosystem, tt.within, v, err)
			}
		}
	}
	for ecosystem, bad := range map[string]string{"npm": "git+ssh://x", "Go": "latest", "PyPI": "~=1", "RubyGems": "=> 1", "Packagist": "dev-master"} {
		s, _ := Of(ecosystem)
		if ok, err := s.Satisfies("1.0.0", bad); ok || err == nil {
			t.Errorf("%s: %q is a range", ecosystem, bad)
		}
		if _, err := s.Range(strings.Repeat("1 ", maxRange)); err == nil {
			t.Errorf("%s: a range is too long, and is read", ecosystem)
		}
	}
}

func TestRange(t *testing.T) {
	npm, _ := Of("npm")
	below := npm.Spans([]Stretch{{Below: "4.19.2"}, {From: "5.0.0-alpha.1", Below: "5.0.0-beta.3"}, {From: "not one"}})
	for text, want := range map[string]struct {
		some, all bool
		lowest    string
	}{
		"^4.17.0": {true, false, "4.17.0"}, "4.17.x": {true, true, "4.17.0"}, "4.19.2": {false, false, "4.19.2"}, "*": {true, false, ""},
		"<=4.19.1": {true, true, ""}, ">2 <1": {false, false, ""}, "^5.0.0": {false, false, "5.0.0"}, "5.0.0-beta.1": {true, true, "5.0.0-beta.1"},
	} {
		r, err := npm.Range(text)
		if err != nil {
			t.Fatal(err)
		}
		if some, all := r.Within(below); some != want.some || all != want.all || r.Lowest() != want.lowest || r.Empty() != (text == ">2 <1") {
			t.Errorf("%s: %v, %v, from %q", text, some, all, r.Lowest())
		}
	}
	for version, want := range map[string]string{"4.17.1": "4", "0.3.1": "0.3", "v01.2.3": "1", "x": ""} {
		if got := npm.Major(version); got != want {
			t.Errorf("the major of %s is %q, want %q", version, got, want)
		}
	}
}

// TestAsGo: 10,000 pairs are ordered as Go orders versions of modules.
func TestAsGo(t *testing.T) {
	golang, _ := Of("Go")
	r := rand.New(rand.NewPCG(3, 4))
	some := func() string {
		n := func() string { return pick(r, "0", "1", "2", "10", "18446744073709551616") }
		return "v" + n() + "." + n() + "." + n() + pick(r, "", "", "-rc.1", "-rc.2", "-0.20200101000000-abcdefabcdef", "-pre", "-1", "+incompatible", "-a.b-c.1+x")
	}
	for range 10_000 {
		a, b := some(), some()
		if got, want := golang.Compare(a, b), semver.Compare(a, b); got != want {
			t.Errorf("%s against %s: %d, and Go says %d", a, b, got, want)
		}
	}
}

func FuzzRange(f *testing.F) {
	for _, text := range []string{"^1.2.3 || ~2", "~=1.4,!=1.5.*", "~> 1.2.a", "1.0 - 2.0@dev", "v1.2.3"} {
		f.Add(text, "1.2.3")
	}
	f.Fuzz(func(t *testing.T, within, version string) {
		for _, ecosystem := range []string{"npm", "Go", "PyPI", "RubyGems", "Packagist"} {
			s, _ := Of(ecosystem)
			ok, _ := s.Satisfies(version, within)
			if r, err := s.Range(within); ok && (err != nil || r.Empty()) {
				t.Errorf("%s: %q admits %q and is empty: %v", ecosystem, within, version, err)
			}
			if s.Compare(version, version) != 0 {
				t.Errorf("%s: %q is not itself", ecosystem, version)
			}
		}
	})
}
