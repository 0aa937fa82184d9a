package mend

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestPrune: an override of an earlier run goes when a major has come that asks for what
// is safe itself; one of an asker that stays does not.
func TestPrune(t *testing.T) {
	dir, opt := project(t, map[string]string{"package.json": `{
  "name": "shop",
  "dependencies": {
    "express": "3.21.2",
    "connect-stuck": "2.0.0"
  },
  "overrides": {
    "express": {
      "qs": "6.7.0"
    },
    "connect-stuck": {
      "minimist": "1.2.8"
    },
    "mkdirp": {
      "minimist": "1.2.8"
    }
  }
}
`})
	w := begin(t, dir, opt)
	qs := find(t, w.Plan(t.Context()), "qs 6.7.0")
	i, ok := qs.Choice(Major)
	if !ok {
		t.Fatalf("%v: %s", kinds(qs), qs.Blocks)
	}
	if err := w.Do(t.Context(), []Chosen{{qs, qs.Choices[i]}}); err != nil || w.Done[0].Failed != "" {
		t.Fatalf("%v, %+v", err, w.Done)
	}
	if left := slices.Sorted(maps.Keys(harms(w.Findings))); len(left) > 0 {
		t.Errorf("left are %q, done %+v", left, w.Done)
	}
	files, err := w.Files()
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	diff := Diff(files[1])
	for _, want := range []string{`-    "express": "3.21.2"`, "-    \"express\": {\n-      \"qs\": \"6.7.0\"\n-    },\n"} {
		if !strings.Contains(diff, want) {
			t.Errorf("the diff has no %q:\n%s", want, diff)
		}
	}
	if strings.Contains(diff, `-    "connect-stuck": {`) {
		t.Errorf("what is needed went, too:\n%s", diff)
	}
}

func TestOverrules(t *testing.T) {
	d, err := readJSON([]byte(`{"overrides": {"a": {"b": "1.0.0", "c": "^2"}, "d": "3.0.0", "e": {".": "1.0.0", "f": {"g": "1.0.0"}}},
		"pnpm": {"overrides": {"h>i": "1.0.0", "j": "2.0.0"}}, "resolutions": {"**/k/l": "1.0.0", "@m/n/@o/p": "1.0.0", "q": "1.0.0", "@r/s": "1.0.0"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range overrules(d) {
		got = append(got, o.by+" "+o.name)
	}
	if want := []string{"a b", "h i", "k l", "@m/n @o/p"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
