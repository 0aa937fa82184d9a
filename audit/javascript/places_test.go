package javascript_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/javascript"
	"pavise/audit/tree"
)

// TestPlaces holds offsets, lines and columns, in bytes, whatever ends the lines.
func TestPlaces(t *testing.T) {
	for name, src := range map[string]string{
		"plain":  "const a = require('express')();\n\ta.use(x)\n  .listen( 80 );\n",
		"CRLF":   "const a = require('express')();\r\n\ta.use(x)\r\n  .listen( 80 );\r\n",
		"BOM":    "\ufeffconst a = require('express')();\n\ta.use(x)\n  .listen( 80 );\n",
		"UTF-8":  "const a = require('express')(); /* ä€😀 */\n\ta.use(x)\n  .listen( 80 );\n",
		"script": "#!/usr/bin/env node\nconst a = require('express')(); a.use(x)\n  .listen( 80 );\n",
	} {
		p := read(t, map[string]string{"a.js": src})
		var u pavise.Use
		for _, each := range p.Uses {
			if each.Of == "express().listen" {
				u = each
			}
		}
		if got := strings.ReplaceAll(src[u.Start:u.End], "\r", ""); got != "a.use(x)\n  .listen( 80 )" || u.Line != 3 || u.Column != 4 ||
			src[u.Name:u.End] != "( 80 )" || src[u.Arg(0).Start:u.Arg(0).End] != "80" || u.Arg(0).Line != 3 {
			t.Errorf("%s: %q at %d:%d, its name to %q", name, got, u.Line, u.Column, src[u.Name:u.End])
		}
	}
	p := read(t, map[string]string{"a.js": "\ufeffrequire('a')()", "b.js": "const { o } = require('./c')\nrequire('b')({ x: o, s: o.s })", "c.js": "\nexports.o = { s: 'é1' }"})
	a, b := p.Uses[0], p.Uses[1]
	s, _ := b.Arg(0).Member("s")
	if a.Line != 1 || a.Column != 1 || s.File != "c.js" || s.Line != 2 || s.Start != 18 || s.End != 23 || s.Text != "é1" {
		t.Errorf("%+v, %+v", a, s)
	}
}

// TestFiles tells what is read, and what is of tests.
func TestFiles(t *testing.T) {
	long := "require('long')('" + strings.Repeat("x", 21<<10) + "')"
	p := read(t, map[string]string{
		"a.js":               "require('@s/p/sub'); require('fs'); require('node:test'); require('./b'); import('lodash/fp'); require.resolve('x'); require('fs/promises')",
		"b.mts":              "import type { A } from 'only-types'; import { type B, c } from 'mixed'; export * from 'again'; export { d } from '@/alias'; import '#in'; import 'buffer/'",
		"bin/www":            "#!/usr/bin/env node\nrequire('w')",
		"bin/sh":             "#!/bin/sh\nrequire 'w'",
		"bin/prog":           "\x7fELF",
		"dist/a.js":          "require('built')",
		"a.min.js":           "require('min')",
		"long.js":            long,
		"types.d.ts":         "import 'types'",
		"huge.js":            strings.Repeat("//\n", 1<<20),
		"src/a.test.js":      "require('t1')",
		"test/a.js":          "require('t2')",
		"examples/a.js":      "require('t3')",
		"attest/latest.js":   "require('no-test')",
		"node_modules/m.js":  "require('m')",
		"odd.js":             "require('odd');\nif (]) {\nrequire('even')",
		"test/odd.js":        "if (]) {",
		"data/port":          "3000\n",
		"apps/x/data/port":   "3001",
		"data/address":       "127.0.0.1",
		"metadata/port":      "no",
		"config/data/port.x": "no",
	})
	var got []string
	for _, i := range p.Imports {
		got = append(got, fmt.Sprintf("%s:%d %s %t", i.File, i.Line, i.Name, i.Test))
	}
	for _, x := range p.Texts {
		got = append(got, fmt.Sprintf("%s %q", x.File, x.Text))
	}
	for _, u := range p.Unread {
		got = append(got, u.What+": "+u.Why)
	}
	got = append(got, fmt.Sprint(p.Sources))
	same(t, got, `
a.js:1 @s/p false
a.js:1 lodash false
a.js:1 x false
attest/latest.js:1 no-test false
b.mts:1 mixed false
b.mts:1 again false
b.mts:1 buffer false
bin/www:2 w false
odd.js:1 odd false
odd.js:3 even false
examples/a.js:1 t3 true
src/a.test.js:1 t1 true
test/a.js:1 t2 true
apps/x/data/port "3001"
data/address "127.0.0.1"
data/port "3000\n"
huge.js: it is longer than 2048 kB
odd.js:2: part of it could not be made out
9`)
}

// TestTooMuch says what was left out.
func TestTooMuch(t *testing.T) {
	p := read(t, map[string]string{"a.js": "const a = require('a');\n" + strings.Repeat("a(1);a(2);a(3);\n", 7000), "b.js": "require('b')()"})
	if len(p.Uses) != 20_000 || len(p.Unread) != 1 || !strings.Contains(p.Unread[0].Why, "20000") {
		t.Errorf("%d uses, %v", len(p.Uses), p.Unread)
	}
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("%02d.js", i)] = strings.Repeat("// a comment that takes room\n", 60_000)
	}
	p = read(t, files)
	if p.Sources < 6 || p.Sources > 8 || len(p.Unread) != 1 || !strings.Contains(p.Unread[0].Why, "12 MB") {
		t.Errorf("%d files, %v", p.Sources, p.Unread)
	}
	ctx, cancel := context.WithCancel(t.Context())
	in, err := tree.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cancel()
	p = &pavise.Project{}
	if javascript.Read(ctx, in, p); len(in.Unread()) == 0 {
		t.Error("nobody says that the time was over")
	}
}
