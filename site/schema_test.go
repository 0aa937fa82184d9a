package site_test

import (
	"encoding/json"
	"testing"

	"pavise/site"
)

func TestSchema(t *testing.T) {
	b, err := site.Schema(catalogue())
	if err != nil || !json.Valid(b) {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.json", string(b))
}
