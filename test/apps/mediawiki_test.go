package apps_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"pavise/test/browser"
	"pavise/test/tools"
)

// mediawiki is where Debian puts it.
const mediawiki = "/usr/share/mediawiki"

func TestMediaWiki(t *testing.T) {
	browser.Need(t, "nodejs", "chromium", "libnss3-tools", "php-cli")
	if _, err := os.Stat(mediawiki); err != nil {
		tools.Lack(t, "mediawiki is missing: run .ci/deps, or apt-get install mediawiki php-sqlite3")
	}
	app{page: "mediawiki.md", host: "wiki.example.com", local: "wiki.localhost", journey: "mediawiki.mjs", start: startMediaWiki}.test(t)
}

// startMediaWiki installs a wiki with a database of its own, and serves it.
func startMediaWiki(t *testing.T, port, public string) {
	t.Helper()
	dir := t.TempDir()
	root, settings := filepath.Join(dir, "wiki"), filepath.Join(dir, "LocalSettings.php")
	env := append(os.Environ(), "MW_CONFIG_FILE="+settings, "PHP_CLI_SERVER_WORKERS=4") // not the machine's own wiki
	link(t, mediawiki, root)
	install := exec.CommandContext(t.Context(), "php", "maintenance/install.php", "--dbtype", "sqlite", "--dbpath", filepath.Join(dir, "data"),
		"--confpath", dir, "--server", public, "--scriptpath", "", "--pass", "pavise-at-the-gate", "--with-extensions", "Wiki", "Ada")
	install.Dir, install.Env = root, env
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", install, err, out)
	}
	extend(t, settings, fmt.Sprintf(`
$wgEnableUploads = true;
$wgUploadDirectory = "%s/images";
$wgCacheDirectory = "%s";
$wgUseImageMagick = false; # PHP has GD
$wgCdnServersNoPurge = [ "127.0.0.1" ];
`, root, t.TempDir()))
	cmd := exec.Command("php", "-d", "opcache.enable_cli=1", "-d", "upload_max_filesize=16M", "-d", "post_max_size=20M", "-S", "127.0.0.1:"+port, "-t", root)
	cmd.Env = env
	browser.Start(t, cmd, regexp.MustCompile(`(Development Server) .* started`))
}

// link makes a folder of links to all that is in another, but for the images.
func link(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(to, "images"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "images" || e.Name() == "LocalSettings.php" {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

func extend(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
