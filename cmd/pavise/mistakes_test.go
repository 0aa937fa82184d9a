package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// TestMistakesSayWhatToType: what a newcomer gets wrong is named as he typed it.
func TestMistakesSayWhatToType(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pavise.yaml", "sites: [{hosts: [shop.test], to: '0.0.0.0:3000'}]\n")
	write(t, "empty.pem", "")
	for _, tt := range []struct{ line, said, hint string }{
		{"serve --to 0.0.0.0:3000", "0.0.0.0 means every address of this machine", "--to 127.0.0.1:3000, and have the app listen there alone"},
		{"serve --to [::]:3000", ":: means every address of this machine", "--to 127.0.0.1:3000, and have the app listen there alone"},
		{"serve --config pavise.yaml", "0.0.0.0 means every address of this machine (write 127.0.0.1:3000, and have the app listen there alone)", "pavise check pavise.yaml"},
		{"serve", "where does the app listen? --to or --config must say", "there is a pavise.yaml here: pavise serve --config pavise.yaml"},
		{"serve --to 3000 --http 8080", `--http: "8080" is no address with a port`, "--http :8080"},
		{"serve --to 3000 --listen 8443", `--listen: "8443" is no address with a port`, "--listen :8443"},
		{"serve --to 3000 --http localhost", `--http: "localhost" is no address with a port`, "--http :8443, or 127.0.0.1:8443, or [::1]:8443"},
		{"serve --config nope.yaml", "there is no configuration nope.yaml", "a relative path begins at the folder in which pavise was started: ls ."},
	} {
		var said strings.Builder
		code := run(strings.Fields(tt.line), io.Discard, &said)
		error, hint, _ := strings.Cut(said.String(), "\npavise: hint: ")
		if code != exitUsage || !strings.HasSuffix(error, tt.said) || strings.TrimSpace(hint) != tt.hint {
			t.Errorf("pavise %s: exit %d\n%s", tt.line, code, said.String())
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
