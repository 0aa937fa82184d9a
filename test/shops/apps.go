// Package shops starts the shops of test/express and test/php, puts Pavise in front of
// them, and asks them as their people would.
package shops

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"pavise/test/browser"
	"pavise/test/tools"
)

// Express starts a program of test/express/app with these settings, and returns the
// port of loopback where it listens.
func Express(t *testing.T, program string, env ...string) (port string) {
	t.Helper()
	tools.Need(t, "nodejs")
	browser.Install(t, "../express")
	cmd := exec.Command("node", "../express/app/"+program)
	cmd.Env = append(os.Environ(), append([]string{"PORT=0", "NODE_ENV=development", "TMPDIR=" + t.TempDir()}, env...)...)
	return browser.Start(t, cmd, regexp.MustCompile(`^listening (\d+)`))
}

// PHP starts the shop of test/php, which keeps its sessions in files of its own.
func PHP(t *testing.T, env ...string) (port string) {
	t.Helper()
	tools.Need(t, "php-cli")
	cmd := exec.Command("php", "-d", "session.save_path="+t.TempDir(), "-d", "upload_max_filesize=16M", "-d", "post_max_size=20M", "-S", "127.0.0.1:0", "../php/app/index.php")
	cmd.Env = append(os.Environ(), append([]string{"PHP_CLI_SERVER_WORKERS=6"}, env...)...)
	return browser.Start(t, cmd, regexp.MustCompile(`http://127\.0\.0\.1:(\d+)\) started`))
}
