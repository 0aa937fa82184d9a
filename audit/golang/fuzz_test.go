package golang

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
)

// within reports where a value stands that stands nowhere in the file.
func within(t *testing.T, size int, v pavise.Value) {
	t.Helper()
	if v.Start < 0 || v.End < v.Start || v.End > size || v.Line < 1 {
		t.Fatalf("a value from %d to %d of %d, line %d: %s %q", v.Start, v.End, size, v.Line, v.Kind, v.Text)
	}
	for _, m := range v.Members {
		within(t, size, m.Value)
	}
	for _, i := range v.Items {
		within(t, size, i)
	}
}

func hold(t *testing.T, src []byte) {
	t.Helper()
	f, _ := readFile("a.go", src)
	if f == nil {
		return
	}
	for _, u := range f.uses {
		if u.Start < 0 || u.Name < u.Start || u.End < u.Name || u.End > len(src) || u.Line < 1 || u.Column < 1 {
			t.Fatalf("%s from %d to %d of %d, its name to %d", u.Of, u.Start, u.End, len(src), u.Name)
		}
		for _, a := range u.Args {
			within(t, len(src), a)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("package a\nimport \"net/http\"\nvar s = &http.Server{Addr: \":\" + x}\nfunc f() { s.A.B = new(http.Server); for i := range s {} }"))
	f.Add([]byte("package a\nimport . \"os/exec\"\nfunc f(r *http.Request) { a := a + a; exec.Command(a[1:r.URL.Path], 1<<70, 1/0) }"))
	f.Fuzz(func(t *testing.T, src []byte) { hold(t, src) })
}

// TestBounds reads what is nested, long and made of itself.
func TestBounds(t *testing.T) {
	head := "package a\nimport (\"net/http\"; \"os/exec\")\n"
	for _, src := range map[string]string{
		"brackets": head + "var a = " + strings.Repeat("(", 12_000),
		"calls":    head + "var a = " + strings.Repeat("exec.Command(", 2_000) + strings.Repeat(")", 2_000),
		"chain":    head + "var a = exec.Command()" + strings.Repeat(".A()", 2_000),
		"sum":      head + "func f() { exec.Command(1" + strings.Repeat("+1", 10_000) + ") }",
		"doubling": head + "const a0 = 1\n" + doubling() + "var x = http.Server{Addr: a60}",
		"circle":   head + "var a = b\nvar b = a\nfunc f() { exec.Command(a) ; a.B = http.Server{C: b}; b.C = a }",
		"structs":  head + strings.Repeat("var a = http.Server{A: http.Server{B: a}}\n", 300),
	} {
		hold(t, []byte(src))
	}
}

func doubling() string {
	var b strings.Builder
	for i := range 60 {
		b.WriteString("const a" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)) + " = a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) +
			" + a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "\n")
	}
	return strings.ReplaceAll(b.String(), "a00", "a0")
}

// TestStandardLibrary reads a part of Go itself.
func TestStandardLibrary(t *testing.T) {
	files := 0
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src", "net", "http"), func(at string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(at) != ".go" || files == 12 {
			return err
		}
		src, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		files++
		if _, err := readFile(at, src); err != nil {
			t.Errorf("%s: %v", at, err)
		}
		hold(t, src)
		return nil
	})
	if err != nil || files < 12 {
		t.Fatalf("of the source of Go %d files were read, %v", files, err)
	}
}
