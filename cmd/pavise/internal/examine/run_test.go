package examine

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/database"
)

func run(args []string, stdout, stderr io.Writer) int {
	return cli.Run(cli.Root(ScanCommand(), AuditCommand(), SBOMCommand(), database.Command()), args, stdout, stderr)
}

// told runs a command, and returns its exit code and all that it said.
func told(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(args, &out, &out)
	return code, out.String()
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMain has the binary of the tests be pavise, where it is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "pavise" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
