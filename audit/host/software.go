package host

import (
	"bytes"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// systems are the distributions whose name in os-release(5) is not that of their ends
// of life.
var systems = map[string]string{"alpine": "alpine-linux", "amzn": "amazon-linux", "rocky": "rocky-linux", "ol": "oracle-linux", "opensuse-leap": "opensuse", "sles": "sles"}

// system reads what the machine runs.
func system(t *tree.Tree, m *pavise.Machine) {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		text, err := t.Read(file, 64<<10)
		if err != nil {
			continue
		}
		s := pavise.Software{From: file}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			value = pavise.Clip(strings.Trim(value, `"'`), 64)
			switch name {
			case "ID":
				s.Name = value
			case "VERSION_ID":
				s.Version = value
			}
		}
		if known := systems[s.Name]; known != "" {
			s.Name = known
		}
		m.System = s
		return
	}
	t.Miss("/etc/os-release", "it cannot be read", support)
}

// A product is a program whose release matters, and the packages it comes in.
type product struct {
	name     string
	packages *regexp.Regexp // of any distribution
	programs []string       // where it is found outside of packages, as patterns
	sign     *regexp.Regexp // of its version within the program
}

var products = []product{
	{"nodejs", regexp.MustCompile(`^(?:nodejs(?:-current|[0-9]{2})?|node)$`),
		[]string{"/usr/local/bin/node", "/opt/*/bin/node", "/root/.nvm/versions/node/*/bin/node", "/home/*/.nvm/versions/node/*/bin/node"},
		regexp.MustCompile(`/node-v([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?:\.tar|-headers)`)},
	{"php", regexp.MustCompile(`^(?:php[0-9.]*-(?:cli|fpm|cgi|common)|libapache2-mod-php[0-9.]+|php[0-9]{2})$`),
		[]string{"/usr/local/bin/php", "/usr/local/sbin/php-fpm", "/opt/*/bin/php"}, regexp.MustCompile(`PHP/([0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,3})`)},
	{"nginx", regexp.MustCompile(`^nginx(?:-core|-full|-light|-extras|-common)?$`),
		[]string{"/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx", "/opt/*/sbin/nginx"}, regexp.MustCompile(`nginx/([0-9]\.[0-9]{1,3}\.[0-9]{1,3})`)},
	{"openssl", regexp.MustCompile(`^(?:openssl|libssl[0-9.]+(?:t64)?)$`),
		[]string{"/usr/local/bin/openssl", "/usr/local/ssl/bin/openssl", "/opt/*/bin/openssl"}, regexp.MustCompile(`OpenSSL ([0-9]\.[0-9]{1,2}\.[0-9]{1,3}[a-z]{0,2}) +[0-9]`)},
	{"apache-http-server", regexp.MustCompile(`^(?:apache2|httpd)$`),
		[]string{"/usr/local/apache2/bin/httpd", "/opt/*/bin/httpd"}, regexp.MustCompile(`Apache/([0-9]\.[0-9]{1,2}\.[0-9]{1,3})`)},
	{"postfix", regexp.MustCompile(`^postfix$`), nil, nil},
	{"openssh", regexp.MustCompile(`^openssh-server$`), nil, nil},
}

// maxSoftware bounds the releases that are told.
const maxSoftware = 100

// software lists the releases of products: those of packages, and those that lie beside.
func software(t *tree.Tree, m *pavise.Machine, debian map[string][]deb, alpines map[string]string, rpms []deb) {
	add := func(p product, version, from, name string) {
		s := pavise.Software{Name: p.name, Version: version, From: from, Package: name}
		if version != "" && len(m.Software) < maxSoftware && !slices.Contains(m.Software, s) {
			m.Software = append(m.Software, s)
		}
	}
	for _, p := range products {
		for _, name := range sortedKeys(debian) {
			if !p.packages.MatchString(name) || strings.HasPrefix(name, "php-") { // which are empty, and have a version of their own
				continue
			}
			for _, d := range debian[name] {
				if ofDistribution(d) {
					add(p, upstream(d.version), dpkgStatus, name)
				} else {
					add(p, upstream(d.version), "package "+name+" of "+pavise.Clip(d.maintainer, 80), "")
				}
			}
		}
		for _, name := range sortedKeys(alpines) {
			if p.packages.MatchString(name) {
				add(p, upstream(alpines[name]), apkInstalled, name)
			}
		}
		for _, d := range rpms {
			if p.packages.MatchString(d.name) {
				add(p, d.version, "rpm", d.name)
			}
		}
		for _, pattern := range p.programs {
			files, err := t.Glob(pattern)
			if err != nil {
				t.Miss(pattern, err.Error(), support)
			}
			for _, file := range files[:min(len(files), 20)] {
				if t.Exists(file) {
					add(p, p.release(t, file), file, "")
				}
			}
		}
	}
}

// ofDistribution reports whether the distribution looks after a package: archives of
// others, such as NodeSource, Sury and nginx.org, say so in the version or by who
// maintains it.
func ofDistribution(d deb) bool {
	for _, mark := range []string{"nodesource", "+0~20", "~bookworm", "~bullseye", "~trixie", "~jammy", "~noble", "~focal"} {
		if strings.Contains(d.version, mark) && !strings.Contains(d.version, "ubuntu0") {
			return false
		}
	}
	at := strings.ToLower(d.maintainer)
	return d.maintainer == "" || strings.Contains(at, "debian.") || strings.Contains(at, "ubuntu.com") || strings.Contains(at, "canonical.com")
}

// upstream is the version without what a distribution adds to it.
func upstream(v string) string {
	if _, after, has := strings.Cut(v, ":"); has {
		v = after
	}
	if i := strings.IndexAny(v, "-+~"); i > 0 {
		v = v[:i]
	}
	return pavise.Clip(v, 32)
}

// nvmPath has the version in it.
var nvmPath = regexp.MustCompile(`/versions/node/v([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})/`)

// release finds the version of a program that lies beside the packages: by its path, by
// the header beside it, or by what stands in it. It is not run.
func (p product) release(t *tree.Tree, file string) string {
	if m := nvmPath.FindStringSubmatch(file); m != nil {
		return m[1]
	}
	if p.name == "nodejs" {
		header, err := t.Read(path.Join(path.Dir(path.Dir(file)), "include/node/node_version.h"), 256<<10)
		if v := nodeHeader(header); err == nil && v != "" {
			return v
		}
	}
	f, err := t.Stream(file)
	if err != nil {
		t.Miss(file, err.Error(), support)
		return ""
	}
	defer f.Close()
	version := within(io.LimitReader(f, maxProgram), p.sign)
	if version == "" {
		t.Miss(file, "its version does not stand in it", support)
	}
	return version
}

var nodeNumber = regexp.MustCompile(`(?m)^#define NODE_(MAJOR|MINOR|PATCH)_VERSION ([0-9]{1,3})$`)

func nodeHeader(text []byte) string {
	var numbers []string
	for _, m := range nodeNumber.FindAllSubmatch(text, 3) {
		numbers = append(numbers, string(m[2]))
	}
	if len(numbers) != 3 {
		return ""
	}
	return strings.Join(numbers, ".")
}

// Bounds of what is read of a program.
const (
	maxProgram = 256 << 20
	chunk      = 1 << 20
	overlap    = 128 // longer than any sign
)

// within finds the first group of a pattern in a stream.
func within(r io.Reader, sign *regexp.Regexp) string {
	buffer := make([]byte, 0, chunk+overlap)
	for {
		n, err := io.ReadFull(r, buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if m := sign.FindSubmatch(buffer); m != nil {
			return string(bytes.Clone(m[1]))
		}
		if err != nil {
			return ""
		}
		buffer = append(buffer[:0], buffer[len(buffer)-overlap:]...)
	}
}
