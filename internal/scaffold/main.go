// Scaffold makes the two files of a new control, which then wait for its
// contents:
//
//	go run ./internal/scaffold headers.early-data
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed control.tmpl
var controlText string

//go:embed test.tmpl
var testText string

var validID = regexp.MustCompile(`^([a-z]+)\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$`)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/scaffold FAMILY.NAME")
		os.Exit(2)
	}
	if err := scaffold("controls", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}

type control struct{ ID, Family, Type, Rule string }

// scaffold writes controls/FAMILY/NAME.go and its test, and overwrites nothing.
func scaffold(root, id string) error {
	m := validID.FindStringSubmatch(id)
	if m == nil {
		return fmt.Errorf("%q is no id: write family.name in lower case, with hyphens", id)
	}
	c := control{ID: id, Family: m[1], Type: camel(m[2]), Rule: id + ".present"}
	base := filepath.Join(root, c.Family, strings.ReplaceAll(m[2], "-", ""))
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		return err
	}
	for file, text := range map[string]string{base + ".go": controlText, base + "_test.go": testText} {
		if err := write(file, text, c); err != nil {
			return err
		}
	}
	fmt.Printf("%s.go and %s_test.go are waiting for you.\nThen add %s.%s{} to catalog/catalog.go, and the fault to internal/weakshop.\n", base, base, c.Family, c.Type)
	return nil
}

func write(file, text string, c control) error {
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(text)).Execute(&b, c); err != nil {
		return err
	}
	source, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(source)
	return err
}

// camel turns early-data into EarlyData.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
