package report

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pavise"
)

// TestEvidenceDocs: every question and every answer stands in docs/evidence.md.
func TestEvidenceDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "evidence.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{pavise.Evidence{}, pavise.Probe{}, pavise.Answer{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.IsExported() && !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%T: the page does not tell of %s", v, name)
			}
		}
	}
}
