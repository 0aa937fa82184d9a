package javascript_test

import (
	"slices"
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	const src = `const app = require("express")(), h = require("errorhandler");
app.use(h(0));
if (a) app.use(h(1)); else if (b) { app.use(h(2)) } else app.use(h(3));
c && app.use(h(4));
d ? app.use(h(5)) : app.use(h(6));
if (e) { if (!f) app.use(h(7)); }
function g() { if (x) return; app.use(h(8)); if (y) { return 1 } app.use(h(9)) }
if (i);
app.use(h(10));
`
	want := []string{"", "a", "!(a) b", "!(a) !(b)", "c", "d", "!(d)", "e !f", "!(x)", "!(x) !(y)", ""}
	var got []string
	for _, u := range read(t, map[string]string{"app.js": src}).Uses {
		if u.Of == "errorhandler" {
			got = append(got, strings.Join(u.When, " "))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestConditionsAreBounded: however deep they stand in one another, few are told.
func TestConditionsAreBounded(t *testing.T) {
	src := strings.Repeat("if (x) { ", 300) + `require("express")();` + strings.Repeat(" }", 300)
	src += "\nfunction f() { " + strings.Repeat("if (y) return; ", 50_000) + `require("express")(); }`
	for _, u := range read(t, map[string]string{"app.js": strings.ReplaceAll(src, "; ", ";\n")}).Uses {
		if len(u.When) > 8 {
			t.Fatalf("%d conditions", len(u.When))
		}
	}
}
