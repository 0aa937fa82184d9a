package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestSchema: every report of the tests is what docs/report.schema.json says, and
// has no field that it does not describe.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	published := compileSchema(t, string(text))
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	closeObjects(doc)
	strict, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	described := compileSchema(t, string(strict))

	in := nakedInput()
	in.Evidence = stocked(t, "shop.example.com")
	reports := everything(t)
	delete(reports, "forged") // is none of ours
	reports["stocked"] = Reports{New(in)}
	for name, rs := range reports {
		text := written(t, rs, "json")
		valid(t, name, published, text)
		valid(t, name+", with no field but those", described, text)
	}
	var pair bytes.Buffer
	if err := CompareJSON(&pair, naked(), shielded()); err != nil {
		t.Fatal(err)
	}
	valid(t, "pair", described, pair.Bytes())
}

// closeObjects forbids all properties that a schema does not describe.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"]; ok {
			v["additionalProperties"] = false
		}
		for _, each := range v {
			closeObjects(each)
		}
	case []any:
		for _, each := range v {
			closeObjects(each)
		}
	}
}
