package main

import (
	"strings"
	"testing"
)

// TestSettled: the environment of who builds decides nothing.
func TestSettled(t *testing.T) {
	for key, value := range map[string]string{"GOFLAGS": "-tags=mine", "GOAMD64": "v3", "GOARM64": "v9.0", "GOEXPERIMENT": "nogreenteagc", "GOFIPS140": "latest"} {
		t.Setenv(key, value)
	}
	b := build{ctx: t.Context(), epoch: "1"}
	out, err := b.output("go", "env", "GOAMD64", "GOFLAGS", "GOARM64", "GOEXPERIMENT", "GOFIPS140")
	if want := "v1  v8.0  off"; err != nil || strings.Join(strings.Split(out, "\n"), " ") != want {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}
