package setup

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/sites"
)

// runs runs a command, and one of sites, which are told to go on with.
func runs(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = cli.Run(cli.Root(InstallCommand(), UninstallCommand(), ManCommand(), sites.Command()), args, &out, &err)
	return code, out.String(), err.String()
}

// TestInstall writes below another root, where nothing is run.
func TestInstall(t *testing.T) {
	root := t.TempDir()
	install := func(more ...string) string {
		t.Helper()
		code, out, err := runs(t, append([]string{"install", "--root", root}, more...)...)
		if code != cli.ExitClean {
			t.Fatalf("%d %s", code, err)
		}
		return out
	}
	if out := install("shop.test", "--to", "3000", "--dry-run"); !strings.Contains(out, "NoNewPrivileges=yes") || !strings.Contains(out, `hosts: [shop.test]`) {
		t.Error(out)
	}
	if list := filesBelow(t, root); list != nil {
		t.Fatalf("--dry-run wrote %q", list)
	}
	install("shop.test", "--to", "3000", "--mail")
	config := filepath.Join(root, "etc/pavise/pavise.yaml")
	if _, err := cli.ReadFile(config); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"usr/local/bin/pavise", "etc/systemd/system/pavise.service", "etc/systemd/system/pavise-mail.service", "etc/tmpfiles.d/pavise-mail.conf", "usr/local/share/man/man1/pavise-install.1.gz",
		"usr/local/share/bash-completion/completions/pavise"} {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Error(err)
		}
	}
	os.WriteFile(config, []byte("sites: [{hosts: [mine.test], to: 4000}]\n"), 0o644)
	code, out, told := runs(t, "install", "--root", root, "shop.test", "--to", "3000")
	if code != cli.ExitClean || out != "" || !strings.Contains(told, config+" stays as it is, and HOST and --to are not used") {
		t.Errorf("it wrote again, or does not say what it keeps: %d %s%s", code, out, told)
	}
	if code, _, err := runs(t, "uninstall", "--root", root); code != cli.ExitClean {
		t.Error(err)
	}
	if list := filesBelow(t, root); len(list) != 1 || list[0] != config {
		t.Errorf("left: %q, want the owner's configuration alone", list)
	}
}

// TestInstallFolder: what the relay needs from its owner has a place from the start.
func TestInstallFolder(t *testing.T) {
	root := t.TempDir()
	if code, _, err := runs(t, "install", "--root", root, "--mail"); code != cli.ExitClean {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(root, "etc/pavise")); err != nil || !info.IsDir() || info.Mode().Perm() != 0o755 {
		t.Error(info, err)
	}
}

// TestInstallOverPackage: what a package has brought is used, not hidden by a second one.
func TestInstallOverPackage(t *testing.T) {
	root := t.TempDir()
	if code, _, err := runs(t, "install", "--root", root, "--packaged", "--mail"); code != cli.ExitClean {
		t.Fatal(err)
	}
	before := filesBelow(t, root)
	for _, more := range []string{"--mail", "--dry-run"} {
		code, _, err := runs(t, "install", "--root", root, more)
		if code != cli.ExitUsage || !strings.Contains(err, "pavise.service is there") || !strings.Contains(err, "systemctl enable --now pavise") {
			t.Errorf("%d %s", code, err)
		}
	}
	if after := filesBelow(t, root); len(after) != len(before) {
		t.Errorf("%q", after)
	}
}

// TestInstallNext: what is said to do next can be typed.
func TestInstallNext(t *testing.T) {
	var out strings.Builder
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	f := installFlags{}
	f.service.Config = file
	f.next(&out)
	line, _, _ := strings.Cut(out.String(), "\n")
	words := strings.Fields(strings.TrimPrefix(line, "next: pavise "))
	if code, _, err := runs(t, words...); code != cli.ExitClean {
		t.Errorf("%s: %d %s", line, code, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// TestUninstallLeaves: an owner's unit stays, and what came as a package is named.
func TestUninstallLeaves(t *testing.T) {
	root := t.TempDir()
	own, packaged := filepath.Join(root, "etc/systemd/system/pavise.service"), filepath.Join(root, "usr/lib/systemd/system/pavise.service")
	for _, path := range []string{own, packaged} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("[Service]\nExecStart=/usr/bin/pavise serve\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, out, err := runs(t, "uninstall", "--root", root)
	if code != cli.ExitClean || !strings.Contains(out, own+" stays") || !strings.Contains(out, "apt remove pavise") {
		t.Errorf("%d %s%s", code, out, err)
	}
	if list := filesBelow(t, root); len(list) != 2 {
		t.Errorf("left: %q", list)
	}
}

// TestUninstallOfSendmail takes away our link, and nobody else's.
func TestUninstallOfSendmail(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "sendmail"), filepath.Join(dir, "other")
	for link, to := range map[string]string{ours: "/usr/local/bin/pavise", theirs: "/usr/sbin/exim4"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		unlinkSendmail(&bytes.Buffer{}, link, "/usr/local/bin/pavise")
	}
	if left := filesBelow(t, dir); len(left) != 1 || left[0] != theirs {
		t.Errorf("%q", left)
	}
}

func TestInstallMistakes(t *testing.T) {
	for want, args := range map[string][]string{
		"HOST and --to go together": {"shop.test"},
		"is more than a host name":  {"https://shop.test", "--to", "3000"},
		"lower-case letters":        {"--user", "Mallory"},
		"must be absolute":          {"--config", "pavise.yaml"},
		"already named":             {"shop.test", "shop.test", "--to", "3000"},
		"is on another machine":     {"shop.test", "--to", "192.0.2.7:3000"},
		"itself would listen":       {"shop.test", "--to", "127.0.0.1:443"},
		"nothing was written":       {"shop.test", "--to", "ftp://127.0.0.1"},
	} {
		root := t.TempDir()
		if code, _, err := runs(t, append([]string{"install", "--root", root}, args...)...); code != cli.ExitUsage || !strings.Contains(err, want) {
			t.Errorf("%q: %d %s", args, code, err)
		}
		if list := filesBelow(t, root); list != nil {
			t.Errorf("%q wrote %q", args, list)
		}
	}
}

// TestManPages: there is one of every command, and it has the example that --help has.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if code, _, err := runs(t, "man", "--dir", dir); code != cli.ExitClean {
		t.Fatal(err)
	}
	for _, name := range []string{"pavise.1", "pavise-install.1", "pavise-site-add.1"} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if bytes.Contains(page, []byte(`=""`)) || bytes.Contains(page, []byte("[=")) {
			t.Errorf("%s shows values as Go writes them:\n%s", name, page)
		}
		if err != nil || !bytes.Contains(page, []byte(".SH EXAMPLE")) || !bytes.HasPrefix(page, []byte(".nh\n.TH")) {
			t.Errorf("%s: %v %.80q", name, err, page)
		}
	}
}

func filesBelow(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
