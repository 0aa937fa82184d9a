package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
	"pavise/test/tools"
)

const apacheModules = "/usr/lib/apache2/modules"

// TestApacheReadsAsWe: where Apache of Debian is installed, it accepts the fixtures and
// comes to the same directives in the same order.
func TestApacheReadsAsWe(t *testing.T) {
	httpd := "/usr/sbin/apache2"
	if _, err := os.Stat(apacheModules + "/mod_info.so"); err != nil {
		tools.Lack(t, "Apache is missing: run .ci/deps, or apt-get install apache2-bin")
	}
	for _, name := range []string{"apache-careless", "apache-careful"} {
		dir := t.TempDir()
		copied(t, "../../catalog/testdata/ondisk/host/"+name, dir)
		selfSigned(t, dir)
		conf := dir + "/etc/apache2/apache2.conf"
		cmd := exec.CommandContext(t.Context(), httpd, "-f", conf, "-C", "LoadModule info_module "+apacheModules+"/mod_info.so",
			"-t", "-D", "DUMP_CONFIG")
		cmd.Env = append(os.Environ(), "APACHE_RUN_USER=www-data", "APACHE_RUN_GROUP=www-data", "APACHE_PID_FILE="+dir+"/pid",
			"APACHE_RUN_DIR="+dir, "APACHE_LOG_DIR="+dir)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		h, err := tree.OpenHost(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		r := &reader{ctx: t.Context(), tree: h}
		got, want := apacheNames(readApache(r, conf)), dumped(string(out))
		if !slices.Equal(got, want) || len(r.config.Unread) > 0 || len(got) < 10 {
			t.Errorf("%s: Apache has\n%q, and we\n%q, unread %v", name, want, got, r.config.Unread)
		}
	}
}

// dumped are the names in a dump, in their order.
func dumped(dump string) []string {
	var list []string
	for line := range strings.Lines(dump) {
		words := strings.Fields(line)
		if len(words) > 0 && !strings.HasPrefix(words[0], "#") && !strings.HasPrefix(words[0], "</") {
			list = append(list, strings.TrimPrefix(words[0], "<"))
		}
	}
	return list
}

// apacheNames are ours, without those that Apache does as it reads and then forgets.
func apacheNames(list []pavise.Directive) []string {
	var names []string
	for _, d := range list {
		if !slices.Contains([]string{"LoadModule", "ServerRoot", "DefaultRuntimeDir"}, d.Name) {
			names = append(names, d.Name)
		}
		names = append(names, apacheNames(d.Block)...)
	}
	return names
}

// selfSigned makes the certificate that copied names.
func selfSigned(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tools.Need(t, "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		"-nodes", "-subj", "/CN=a.test", "-keyout", filepath.Join(dir, "key.pem"), "-out", filepath.Join(dir, "cert.pem"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
}
