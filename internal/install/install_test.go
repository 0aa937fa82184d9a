package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pavise/test/tools"
)

// TestUnit has systemd read the unit and say how much it lets the service do.
func TestUnit(t *testing.T) {
	analyze := tools.Need(t, "systemd-analyze")
	s := Service{Binary: "/bin/true"} // it must be there
	for name, text := range map[string][]byte{"pavise.service": s.Unit(), "pavise-mail.service": s.MailUnit()} {
		analyzed(t, analyze, name, text)
	}
}

func analyzed(t *testing.T, analyze, name string, text []byte) {
	t.Helper()
	at := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(at, text, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", at).CombinedOutput()
	if err != nil || strings.Contains(string(out), at) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", at).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if exposure, err := strconv.ParseFloat(string(m[1]), 64); err != nil || exposure >= 2 {
		t.Errorf("exposure %s, want below 2.0\n%s", m[1], out)
	}
}

func TestValidate(t *testing.T) {
	if err := (Service{}).Validate(); err != nil {
		t.Error(err)
	}
	for _, s := range []Service{{User: "Pavise"}, {User: "-root"}, {User: strings.Repeat("a", 32)}, {User: strings.Repeat("a", 30), Mail: true}, {User: "a\nExecStartPre=/bin/sh"},
		{Binary: "pavise"}, {Binary: "/opt/my programs/pavise"}, {Config: "/etc/%i.yaml"}, {Config: "/etc/a;b"}} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func TestFiles(t *testing.T) {
	root := t.TempDir()
	for _, f := range append((Service{User: "shield", Mail: true}).Files(false), File{Path: "/etc/pavise/pavise.yaml", Mode: 0o644, Text: []byte("a\n"), Keep: true}) {
		if !f.Differs(root) {
			t.Errorf("%s is there already", f.Path)
		}
		if err := f.Write(root); err != nil {
			t.Fatal(err)
		}
		if f.Differs(root) {
			t.Errorf("%s differs from what was written", f.Path)
		}
		f.Text = []byte("other")
		if f.Differs(root) == f.Keep {
			t.Errorf("%s: the owner's is kept: %v", f.Path, f.Keep)
		}
	}
	for path, want := range map[string]string{"etc/sysusers.d/pavise.conf": "u shield - \"Pavise\" /var/lib/pavise\n", "etc/systemd/system/pavise.service": "User=shield\n",
		"etc/sysusers.d/pavise-mail.conf": "u shield-mail - \"Pavise mail\" /var/spool/pavise\n", "etc/systemd/system/pavise-mail.service": "User=shield-mail\n",
		"etc/tmpfiles.d/pavise-mail.conf": "d /var/spool/pavise 0711 shield-mail shield-mail -\n"} {
		if got, err := os.ReadFile(filepath.Join(root, path)); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(root, "etc/*/.pavise-*")); left != nil {
		t.Error(left)
	}
}

// TestPackage: the scripts of the package know every user, folder and unit that it brings.
func TestPackage(t *testing.T) {
	scripts := map[string]string{}
	for _, name := range []string{"postinstall.sh", "preremove.sh"} {
		text, err := os.ReadFile(filepath.Join("../../packaging", name))
		if err != nil {
			t.Fatal(err)
		}
		scripts[name] = string(text)
	}
	for _, f := range (Service{Mail: true}).Files(true) {
		name := filepath.Base(f.Path)
		if !strings.HasPrefix(f.Path, "/usr/lib/") || !strings.Contains(scripts["postinstall.sh"], " "+name) {
			t.Errorf("%s is not set up", f.Path)
		}
		if filepath.Ext(name) == ".service" && !strings.Contains(scripts["preremove.sh"], " "+name) {
			t.Errorf("%s is not stopped", name)
		}
	}
}

// TestStarts: a unit is ours by what it starts.
func TestStarts(t *testing.T) {
	for line, want := range map[string]bool{
		"ExecStart=/usr/local/bin/pavise serve": true, "ExecStart=-!/usr/local/bin/pavise": true, " ExecStart=/usr/local/bin/pavise mail serve\r": true,
		"ExecStart=/usr/bin/pavise serve": false, "ExecStart=/usr/local/bin/pavise-old serve": false, "ExecStart=": false,
		"# ExecStart=/usr/local/bin/pavise": false, "ExecReload=/usr/local/bin/pavise reload": false,
	} {
		if got := Starts([]byte("[Service]\n"+line+"\n"), "/usr/local/bin/pavise"); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if s := (Service{Binary: "/usr/local/bin/pavise"}); !Starts(s.Unit(), s.Binary) || !Starts(s.MailUnit(), s.Binary) {
		t.Error("our own units are nobody's")
	}
}
