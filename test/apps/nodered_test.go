package apps_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"pavise/test/browser"
)

func TestNodeRED(t *testing.T) {
	browser.Need(t, "nodejs", "chromium", "libnss3-tools")
	app{page: "express.md", host: "flows.example.com", local: "flows.localhost", journey: "nodered.mjs", start: startNodeRED}.test(t)
}

func startNodeRED(t *testing.T, port, _ string) {
	t.Helper()
	cmd := exec.Command("node", "node_modules/.bin/node-red", "--settings", "nodered.settings.js", "--userDir", t.TempDir())
	cmd.Env = append(os.Environ(), "PORT="+port)
	browser.Start(t, cmd, regexp.MustCompile(`(Started flows)`))
}
