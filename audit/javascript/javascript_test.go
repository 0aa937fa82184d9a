package javascript_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/javascript"
	"pavise/audit/tree"
)

// read reads a project of the files.
func read(t testing.TB, files map[string]string) *pavise.Project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return readFolder(t, dir)
}

func readFolder(t testing.TB, dir string) *pavise.Project {
	t.Helper()
	in, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := &pavise.Project{Root: dir}
	javascript.Read(t.Context(), in, p)
	p.Unread = append(p.Unread, in.Unread()...)
	return p
}

// told is a use as a line: app.js:3 express-session {secret: "x"}.
func told(u pavise.Use) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d %s", u.File, u.Line, u.Of)
	for _, a := range u.Args {
		b.WriteString(" " + valueText(a))
	}
	return b.String()
}

func valueText(v pavise.Value) string {
	text := ""
	switch v.Kind {
	case pavise.StringValue:
		text = fmt.Sprintf("%q", v.Text)
	case pavise.ObjectValue:
		var parts []string
		for _, m := range v.Members {
			parts = append(parts, m.Name+": "+valueText(m.Value))
		}
		if v.Open {
			parts = append(parts, "...")
		}
		text = "{" + strings.Join(parts, ", ") + "}"
	case pavise.ListValue:
		text = "[" + texts(v.Items) + "]"
	case pavise.EnvValue:
		text = "$" + v.Text
		if len(v.Items) > 0 {
			text += "|" + texts(v.Items)
		}
	case pavise.CallValue:
		text = v.Text + "(" + texts(v.Items) + ")"
	case pavise.FunctionValue:
		text = "fn(" + texts(v.Items) + ")"
	case pavise.OtherValue:
		text = "<" + v.Text + ">"
	default:
		text = v.Text
	}
	if len(v.Asked) > 0 {
		text += " asked " + strings.Join(v.Asked, " ")
	}
	return text
}

func texts(list []pavise.Value) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, valueText(v))
	}
	return strings.Join(parts, ", ")
}

// lines are the uses of a project, but for what it gives.
func lines(p *pavise.Project) (list []string) {
	for _, u := range p.Uses {
		list = append(list, told(u))
	}
	return list
}

// same compares lines.
func same(t *testing.T, got []string, want string) {
	t.Helper()
	if have := strings.Join(got, "\n"); have != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", have, strings.TrimSpace(want))
	}
}
