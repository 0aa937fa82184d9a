package mend

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/internal/versions"
)

// shop is what the registry of the tests has: "name version" and what that asks for.
var shop = map[string]map[string]string{
	"express 3.21.2":      {"qs": "4.0.0", "mkdirp": "0.5.1"},
	"express 4.17.1":      {"qs": "6.7.0"},
	"express 4.21.2":      {"qs": "6.13.0"},
	"express 5.1.0":       {"qs": "^6.14.0"},
	"qs 4.0.0":            nil,
	"qs 6.7.0":            nil,
	"qs 6.13.0":           nil,
	"qs 6.14.0":           nil,
	"mkdirp 0.5.1":        {"minimist": "0.0.8"},
	"mkdirp 0.5.6":        {"minimist": "^1.2.6"},
	"minimist 0.0.8":      nil,
	"minimist 1.2.5":      nil,
	"minimist 1.2.8":      nil,
	"mocha 5.2.0":         {"mkdirp": "^0.5.1", "debug": "3.1.0"},
	"debug 3.1.0":         nil,
	"debug 3.2.7":         nil,
	"@scope/tool 1.0.0":   {"minimist": "^1.2.0"},
	"left 1.0.0":          nil,
	"old 1.0.0":           {"debug": "3.1.0"},
	"old 2.0.0-rc.1":      nil,
	"connect-stuck 2.0.0": {"minimist": "1.2.5"},
}

// bad is what is known against it.
var bad = map[string]string{
	"qs 4.0.0": "GHSA-qs", "qs 6.7.0": "GHSA-qs", "minimist 0.0.8": "GHSA-min", "minimist 1.2.5": "GHSA-min",
	"debug 3.1.0": "GHSA-debug", "left 1.0.0": "GHSA-left",
}

func known(k pavise.Known) (*pavise.Notices, error) {
	n := &pavise.Notices{Covers: true}
	if id := bad[k.Name+" "+k.Version]; id != "" {
		n.List = append(n.List, pavise.Notice{ID: id})
	}
	return n, nil
}

// tarball is a package as npm takes it.
func tarball(t testing.TB, manifest []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(manifest))}); err != nil {
		t.Fatal(err)
	}
	w.Write(manifest)
	w.Close()
	z.Close()
	return b.Bytes()
}

// registry is a registry of npm that has the shop. Each package would run something when
// it is installed.
func registry(t testing.TB) *httptest.Server {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		name, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
		if pack, version, ok := strings.Cut(name, "/-/"); ok {
			w.Write(tarball(t, manifestOf(pack, strings.TrimSuffix(version, ".tgz"))))
			return
		}
		doc := map[string]any{}
		latest := ""
		npm, _ := versions.Of(pavise.NPM)
		for id := range shop {
			pack, version, _ := strings.Cut(id, " ")
			if pack != name {
				continue
			}
			if latest == "" || npm.Compare(version, latest) > 0 && !npm.Prerelease(version) {
				latest = version
			}
			m := map[string]any{}
			json.Unmarshal(manifestOf(pack, version), &m)
			sum := sha512.Sum512(tarball(t, manifestOf(pack, version)))
			m["dist"] = map[string]any{"tarball": server.URL + "/" + pack + "/-/" + version + ".tgz", "integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
			doc[version] = m
		}
		if len(doc) == 0 {
			http.NotFound(w, r)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"name": name, "versions": doc, "dist-tags": map[string]string{"latest": latest},
			"time": map[string]string{latest: "2026-01-02T03:04:05Z"}})
	}))
	t.Cleanup(server.Close)
	return server
}

func manifestOf(name, version string) []byte {
	b, _ := json.Marshal(map[string]any{"name": name, "version": version, "dependencies": shop[name+" "+version],
		"scripts": map[string]string{"install": "touch /tmp/pavise-was-run-by-npm"}})
	return b
}

// readLock reads a package-lock.json of the third form, and package.json beside it.
func readLock(dir string) (*pavise.Project, error) {
	p := &pavise.Project{Root: dir}
	var lock struct {
		Packages map[string]struct {
			Name, Version                           string
			Dependencies, DevDependencies, Optional map[string]string
			Workspaces                              []string
			Link                                    bool
		}
	}
	data, err := os.ReadFile(path.Join(dir, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, err
	}
	p.Manifests = []pavise.Manifest{{File: "package.json"}, {File: "package-lock.json", Lock: true}}
	for at, d := range lock.Packages {
		var needs []pavise.Need
		for _, asked := range []map[string]string{d.Dependencies, d.DevDependencies} {
			for name, within := range asked {
				for dir := at; ; dir = path.Dir(dir) {
					key := strings.TrimPrefix(dir+"/node_modules/"+name, "/")
					if dir == "." {
						key = "node_modules/" + name
					}
					if _, ok := lock.Packages[key]; ok {
						needs = append(needs, pavise.Need{Key: key, Range: within})
						break
					}
					if dir == "" || dir == "." {
						break
					}
				}
			}
		}
		if !strings.Contains(at, "node_modules/") {
			file := path.Join(at, "package.json")
			p.Modules = append(p.Modules, pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.NPM, Manifest: file, Needs: needs})
			continue
		}
		name := at[strings.LastIndex(at, "node_modules/")+len("node_modules/"):]
		pack := pavise.Package{Key: at, Ecosystem: pavise.NPM, Name: name, Version: d.Version, File: "package-lock.json", From: pavise.FromRegistry, Needs: needs}
		if d.Name != "" {
			pack.Name, pack.Alias = d.Name, name
		}
		p.Packages = append(p.Packages, pack)
	}
	slices.SortFunc(p.Packages, func(a, b pavise.Package) int { return strings.Compare(a.Key, b.Key) })
	return p, nil
}

// auditLock is an audit by what the tests know.
func auditLock(_ context.Context, dir string) (*pavise.Evidence, []pavise.Finding, error) {
	p, err := readLock(dir)
	if err != nil {
		return nil, nil, err
	}
	var found []pavise.Finding
	for _, pack := range p.Packages {
		if id := bad[pack.Name+" "+pack.Version]; id != "" {
			found = append(found, pavise.Finding{Rule: "project.dependencies.known", Outcome: pavise.Fail, Where: pack.File,
				Dependency: &pavise.Dependency{Key: pack.Key, Ecosystem: pavise.NPM, Name: pack.Name, Version: pack.Version, Advisory: id, Paths: ways(p, pack.Key)}})
		}
	}
	return &pavise.Evidence{Project: p}, found, nil
}

func ways(p *pavise.Project, key string) [][]string {
	g := graphOf(p)
	var paths [][]string
	var up func(key string, tail []string)
	up = func(key string, tail []string) {
		tail = append([]string{g.packs[key].Name}, tail...)
		for _, a := range g.askers[key] {
			if a.module != nil {
				paths = append(paths, tail)
			} else if len(tail) < 10 {
				up(a.pack.Key, tail)
			}
		}
	}
	up(key, nil)
	return paths
}

func TestPackument(t *testing.T) {
	server := registry(t)
	ask := NPM(server.Client(), NPMRC{"registry": server.URL})
	list, err := ask(t.Context(), "express")
	if err != nil || len(list) != 4 {
		t.Fatalf("%v, %v", list, err)
	}
	i := slices.IndexFunc(list, func(r Release) bool { return r.Version == "5.1.0" })
	if list[i].Needs["qs"] != "^6.14.0" || list[i].Published.Year() != 2026 {
		t.Errorf("express 5 is %+v", list[i])
	}
	if list, err := ask(t.Context(), "@scope/tool"); err != nil || len(list) != 1 {
		t.Errorf("a name with a scope: %v, %v", list, err)
	}
	for _, name := range []string{"none", "", "../x", "a/b/c", "a b", "a?b"} {
		if list, err := ask(t.Context(), name); err == nil {
			t.Errorf("%q has %v", name, list)
		}
	}
}

func TestPackumentIsBounded(t *testing.T) {
	_, err := readPackument(&bounded{strings.NewReader(`{"name":"` + strings.Repeat("a", 1<<20)), 1 << 10})
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("it said %v", err)
	}
}

func TestNPMRC(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	os.WriteFile(path.Join(home, ".npmrc"), []byte("registry=https://home.example/\n//npm.example/team/:_authToken=${TOKEN}\n"), 0o600)
	os.WriteFile(path.Join(dir, ".npmrc"), []byte("# mine\nregistry = https://npm.example/team/\n@own:registry=https://own.example\nscript-shell=./evil\ngit=./evil\n//own.example/:_auth=\"YWRhOng=\"\n"), 0o600)
	s := LoadNPMRC(dir, []string{"HOME=" + home, "TOKEN=t0ken"})
	for name, want := range map[string][2]string{
		"express": {"https://npm.example/team/", "Bearer t0ken"},
		"@own/x":  {"https://own.example", "Basic YWRhOng="},
	} {
		registry := s.Registry(name)
		if got := [2]string{registry, s.Authorization(strings.TrimSuffix(registry, "/") + "/" + name)}; got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	if got := s.Authorization("https://npm.example/other/x"); got != "" {
		t.Errorf("another path of the host is sent %q", got)
	}
	text, _ := os.ReadFile(path.Join(dir, ".npmrc"))
	if got := string(s.withoutPrograms(text)); strings.Contains(got, "evil") || !strings.Contains(got, "@own:registry") {
		t.Errorf("the copy has %q", got)
	}
}
