package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScaffold(t *testing.T) {
	root := t.TempDir()
	if err := scaffold(root, "headers.early-data"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"earlydata.go", "earlydata_test.go"} {
		file := filepath.Join(root, "headers", name)
		if _, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.AllErrors); err != nil {
			t.Error(err)
		}
		text, _ := os.ReadFile(file)
		if !strings.Contains(string(text), "EarlyData") {
			t.Errorf("%s does not name the type:\n%s", name, text)
		}
	}
	if err := scaffold(root, "headers.early-data"); err == nil {
		t.Error("it wrote over what stood there")
	}
	for _, id := range []string{"", "headers", "Headers.X", "headers.x_y", "a.b.c", "../a.b"} {
		if err := scaffold(root, id); err == nil {
			t.Errorf("%q was taken for an id", id)
		}
	}
}
