package javascript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/audit/tree"
)

// readSource reads a project of files, and holds what is told of it to their bounds.
func readSource(t testing.TB, files map[string]string) *pavise.Project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := &pavise.Project{}
	Read(t.Context(), in, p)
	p.Unread = in.Unread()
	for _, u := range p.Uses {
		size := len(files[u.File])
		if u.Start < 0 || u.Name < u.Start || u.End < u.Name || u.End > size || u.Line < 1 || u.Column < 1 || len(u.Of) > 200 {
			t.Fatalf("%s from %d to %d of %d, its name to %d, at %d:%d", u.Of, u.Start, u.End, size, u.Name, u.Line, u.Column)
		}
		for _, a := range u.Args {
			within(t, files, u.File, a)
		}
	}
	return p
}

// within reports a value that stands nowhere in its file.
func within(t testing.TB, files map[string]string, file string, v pavise.Value) {
	t.Helper()
	if v.File != "" {
		file = v.File
	}
	if size := len(files[file]); v.Start < 0 || v.End < v.Start || v.End > size || v.Line < 1 || len(v.Text) > maxString+len("new ") {
		t.Fatalf("a value from %d to %d of %d, line %d: %s %q", v.Start, v.End, size, v.Line, v.Kind, v.Text)
	}
	for _, m := range v.Members {
		within(t, files, file, m.Value)
	}
	for _, i := range v.Items {
		within(t, files, file, i)
	}
}

func FuzzRead(f *testing.F) {
	for _, src := range []string{
		"const a = require('express')(); a.use(b).listen(1 + 2 * 3 || `${a}b`, ...c, /x[/]/g);",
		"import a, { b as c } from './b'; export default class extends a { static #x = <T,>(y?: T): void => {}; @d() e<T>(f: T[]) {} }",
		"module.exports = { get a() { return req.body }, [b]: 1, ...module.exports }; this.a.b = <a b={c}>d{e}</a>;",
		"if (a) b: for (const c of d) e => { switch (f) { case 1: default: } } else async (g) => await h\n++i",
	} {
		f.Add(src, "exports.a = require('./a'); exports.b = exports.a.b;")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 1<<14 {
			return
		}
		readSource(t, map[string]string{"a.js": a, "b.ts": b, "c.tsx": a + b})
	})
}

// TestBounds reads what is nested, long, made of itself and of each other.
func TestBounds(t *testing.T) {
	const n = 40_000
	lines := func(s string) string { return strings.Repeat(s+"\n", n/len(s)) }
	for name, src := range map[string]string{
		"brackets":    lines("("),
		"lists":       lines("["),
		"objects":     lines("{a:"),
		"blocks":      lines("{"),
		"functions":   lines("function a(){"),
		"arrows":      lines("a=>"),
		"templates":   lines("`${"),
		"markup":      lines("<a>"),
		"holes":       lines("<a>{"),
		"attributes":  lines("<a b={"),
		"comparisons": lines("a<"),
		"types":       lines("a<b,"),
		"typed":       lines("let a: B<"),
		"unary":       lines("!"),
		"new":         lines("new"),
		"choices":     lines("a?"),
		"sides":       lines("a?b:"),
		"powers":      lines("a**"),
		"ifs":         lines("if(a)b;else"),
		"labels":      lines("a:"),
		"decorators":  lines("@a"),
		"sum":         "eval(1" + lines("+1") + ")",
		"chain":       "require('a')" + lines(".b()"),
		"members":     "require('a')" + lines(".b"),
		"mixed":       lines("([{`${"),
		"closing":     lines("}])"),
		"awaits":      lines("await"),
		"classes":     lines("class a{b="),
		"strings":     lines(`"\u{`),
		"imports":     lines("import a from './a.js';"),
		"exports":     lines("export * from './b.ts';"),
		"doubling":    "const a0={};" + doubling("const a%={x:a@,y:a@};") + "require('a')(a40)",
		"sums":        "const a0=1;" + doubling("const a%=a@+a@;") + "require('a')(a40)",
		"flows":       "const a0=req.body.x;" + doubling("const a%=f(a@,a@);") + "eval(a40)",
		"circle":      "const a=b,b=c,c=a; a(); eval(a); const {d}=d; d.use(); exports=module.exports=exports; e=f; var e=f,f=e; e.get(e.f)",
		"sets":        "const a={};" + lines("a.b.c.d.e.f.g=a;") + "eval(a)",
		"this":        lines("this.a=this.b;"),
		"writes":      "let a;" + lines("a=a;") + "eval(a)",
		"spread":      "const a={...a,...b},b={...a,...b};eval(a)",
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			p := readSource(t, map[string]string{"a.js": src, "b.ts": src})
			if took := time.Since(began); took > 20*time.Second { // not a measure: it must end
				t.Errorf("it took %v", took)
			}
			if p.Sources == 0 {
				t.Error("it was not read")
			}
			t.Log(time.Since(began))
		})
	}
}

func doubling(line string) string {
	var b strings.Builder
	for i := range 40 {
		b.WriteString(strings.NewReplacer("%", decimal(i+1), "@", decimal(i)).Replace(line) + "\n")
	}
	return b.String()
}

func decimal(i int) string { return numberValue(float64(i)).Text }
