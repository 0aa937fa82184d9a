package config

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
	"pavise/test/tools"
)

// TestNginxAcceptsTheFixtures: what the controls are held to is what nginx itself would
// run, and it reads the same files in the same order, with the same directives.
func TestNginxAcceptsTheFixtures(t *testing.T) {
	nginx := tools.Need(t, "nginx")
	for _, name := range []string{"nginx-careless", "nginx-careful"} {
		dir := t.TempDir()
		copied(t, "../../catalog/testdata/ondisk/host/"+name, dir)
		selfSigned(t, dir)
		compare(t, nginx, name, dir)
	}
}

// copied copies a host, and makes its absolute paths those of the copy.
func copied(t *testing.T, from, to string) {
	t.Helper()
	paths := strings.NewReplacer("/etc/letsencrypt/live/shop.example.com/fullchain.pem", to+"/cert.pem", "/etc/letsencrypt/live/shop.example.com/privkey.pem", to+"/key.pem",
		"/etc/nginx/", to+"/etc/nginx/", `"/etc/apache2"`, to+"/etc/apache2", "/run/nginx.pid", to+"/nginx.pid", "user www-data;", "")
	err := filepath.WalkDir(from, func(at string, e fs.DirEntry, err error) error {
		below := filepath.Join(to, strings.TrimPrefix(at, from))
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.MkdirAll(below, 0o755)
		case e.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(at)
			if err != nil {
				return err
			}
			return os.Symlink(paths.Replace(link), below)
		}
		data, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		return os.WriteFile(below, []byte(paths.Replace(string(data))), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compare has nginx test and dump a configuration, and compares.
func compare(t *testing.T, nginx, name, dir string) {
	t.Helper()
	conf := dir + "/etc/nginx/nginx.conf"
	cmd := exec.CommandContext(t.Context(), nginx, "-T", "-e", "stderr", "-c", conf)
	var warnings strings.Builder
	cmd.Stderr = &warnings
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, warnings.String())
	}
	h, err := tree.OpenHost(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	r := &reader{ctx: t.Context(), tree: h}
	list := readNginx(r, conf)
	dumped := regexp.MustCompile(`(?m)^# configuration file (.*):$`).FindAllStringSubmatch(string(out), -1)
	var files []string
	for _, d := range dumped {
		files = append(files, d[1])
	}
	if !slices.Equal(files, r.config.Files) || len(files) == 0 {
		t.Errorf("%s: nginx read %q, and we %q", name, files, r.config.Files)
	}
	for _, file := range files {
		want, got := names(t, file), ours(list, file)
		want = slices.Repeat(want, max(1, len(got)/max(1, len(want)))) // a snippet is included more than once
		if !slices.Equal(got, want) {
			t.Errorf("%s: in %s stand\n%q, and we read\n%q", name, file, want, got)
		}
	}
	if len(r.config.Unread) > 0 {
		t.Errorf("%s: %v", name, r.config.Unread)
	}
}

// names are the first words of the directives of a file without braces in its words, read
// in another way than ours.
func names(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(string(data), "")
	text = regexp.MustCompile(`"[^"\n]*"`).ReplaceAllString(text, "x")
	var list []string
	for _, part := range regexp.MustCompile(`[;{}]`).Split(text, -1) {
		if words := strings.Fields(part); len(words) > 0 && words[0] != "include" {
			list = append(list, words[0])
		}
	}
	return list
}

func ours(list []pavise.Directive, file string) []string {
	var found []string
	for _, d := range list {
		if d.File == file {
			found = append(found, d.Name)
		}
		found = append(found, ours(d.Block, file)...)
	}
	return found
}

// TestNginxOfThisMachine reads the configuration that the package brings.
func TestNginxOfThisMachine(t *testing.T) {
	nginx := tools.Need(t, "nginx")
	if err := exec.CommandContext(t.Context(), nginx, "-t", "-e", "stderr").Run(); err != nil {
		tools.Lack(t, "this account may not have nginx test its configuration")
	}
	compare(t, nginx, "this machine", "")
}
