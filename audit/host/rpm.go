package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"pavise"
	"pavise/audit/tree"
)

const (
	commandTime = 30 * time.Second
	maxOutput   = 16 << 20
)

// rpm asks rpm and dnf, which have databases of their own kind, what is installed and
// which security updates wait. They are asked only about the machine itself, and from
// what they have fetched before.
func rpm(ctx context.Context, t *tree.Tree, m *pavise.Machine) []deb {
	if !t.Exists("/var/lib/rpm") && !t.Exists("/usr/lib/sysimage/rpm") || !t.Exists("/usr/bin/rpm") {
		return nil
	}
	if m.Root != "/" {
		t.Miss("the packages of rpm", "they are read by rpm itself, and only of the machine that it runs on", updates, support)
		return nil
	}
	out, err := run(ctx, "/usr/bin/rpm", "-qa", "--qf", `%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\n`)
	if err != nil {
		t.Miss("the packages of rpm", err.Error(), updates, support)
		return nil
	}
	list := parseRPMs(out)
	for _, dnf := range []string{"/usr/bin/dnf", "/usr/bin/yum"} {
		if !t.Exists(dnf) {
			continue
		}
		index(t, m, dnf)
		out, err := run(ctx, dnf, "-q", "--cacheonly", "updateinfo", "list", "--security")
		if err != nil {
			t.Miss("the security updates of dnf", err.Error(), updates)
			return list
		}
		m.Updates = append(m.Updates, parseUpdateInfo(out, list)...)
		return list
	}
	return list
}

// index notes how old the cache of dnf is: the youngest of its files says when it was
// fetched.
func index(t *tree.Tree, m *pavise.Machine, dnf string) {
	i := pavise.Index{Manager: "dnf", Security: true}
	for _, pattern := range []string{"/var/cache/dnf/*/repodata/repomd.xml", "/var/cache/libdnf5/*/repodata/repomd.xml", "/var/cache/yum/*/*/*/repomd.xml"} {
		files, err := t.Glob(pattern)
		if err != nil {
			t.Miss(pattern, err.Error(), updates)
		}
		for _, file := range files {
			if info, err := t.Stat(file); err == nil && info.ModTime().After(i.Dated) {
				i.File, i.Dated = file, info.ModTime().UTC()
			}
		}
	}
	if i.File == "" {
		t.Miss("the cache of dnf", "there is none: "+dnf+" makecache", updates)
		return
	}
	m.Indexes = append(m.Indexes, i)
}

// parseRPMs reads lines of name, version and architecture.
func parseRPMs(out []byte) (list []deb) {
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		version, _, _ := strings.Cut(f[1], "-")
		list = append(list, deb{name: f[0], version: version, arch: f[2], status: f[1]})
	}
	return list
}

// nevra is name-[epoch:]version-release.architecture.
var nevra = regexp.MustCompile(`^(.+)-((?:[0-9]+:)?[^-:]+-[^-]+)\.(?:x86_64|noarch|aarch64|i[3-6]86|ppc64le|s390x|armv7hl)$`)

// parseUpdateInfo reads what dnf lists: an advisory, its kind, and the package that it
// is mended in. Each package is told once, with the last that is listed.
func parseUpdateInfo(out []byte, have []deb) (list []pavise.Update) {
	installed := map[string]string{}
	for _, d := range have {
		installed[d.name] = d.status
	}
	at := map[string]int{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		for _, word := range f {
			m := nevra.FindStringSubmatch(word)
			if m == nil || len(f) < 3 || len(list) == maxUpdates {
				continue
			}
			u := pavise.Update{Package: m[1], Installed: installed[m[1]], Available: m[2], Security: true, Origin: pavise.Clip(f[0], 64)}
			if i, twice := at[m[1]]; twice {
				list[i] = u
				continue
			}
			at[m[1]] = len(list)
			list = append(list, u)
		}
	}
	return list
}

// run runs a program of the distribution with nothing of our environment, for a while,
// and takes so much of what it says.
func run(ctx context.Context, program string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "HOME=" + os.DevNull}
	c.Dir = "/"
	c.WaitDelay = time.Second
	out := &bounded{left: maxOutput}
	c.Stdout = out
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return out.kept, nil
}

// bounded keeps the first bytes that are written to it, and fails behind them.
type bounded struct {
	kept []byte
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("it says more than %d MB", maxOutput>>20)
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}
