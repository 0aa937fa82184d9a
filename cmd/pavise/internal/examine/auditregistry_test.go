package examine

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestAuditAsksTheRegistry: it is told names and versions, and what it answers counts; one
// that does not answer leaves the packages unknown.
func TestAuditAsksTheRegistry(t *testing.T) {
	var asked map[string][]string
	shown := ""
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/npm/-/npm/v1/security/advisories/bulk" {
			http.Error(w, "no", http.StatusMethodNotAllowed)
			return
		}
		shown = r.Header.Get("Authorization")
		if body, err := gzip.NewReader(r.Body); err != nil || json.NewDecoder(body).Decode(&asked) != nil {
			t.Errorf("no question of npm's form")
		}
		w.Write([]byte(`{"left-pad":[{"id":1,"url":"https://github.com/advisories/GHSA-aaaa-bbbb-cccc","title":"Pads too far","severity":"high","vulnerable_versions":"<1.3.0","cwe":["CWE-400"],"cvss":{"score":7.5,"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}]}`))
	}))
	defer registry.Close()
	dir := t.TempDir()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("npm_config_registry", "")
	t.Setenv("NPM_CONFIG_REGISTRY", "")
	npmrc := func(path string) {
		text := "registry=" + registry.URL + path + "\n" + strings.TrimPrefix(registry.URL, "http:") + "/npm/:_authToken=of-the-project\n"
		write(t, filepath.Join(dir, ".npmrc"), text)
	}
	write(t, filepath.Join(dir, "package.json"), `{"name":"shop","version":"1.0.0","dependencies":{"left-pad":"1.2.0"}}`)
	write(t, filepath.Join(dir, "package-lock.json"), `{"name":"shop","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"shop","version":"1.0.0","dependencies":{"left-pad":"1.2.0"}},
"node_modules/left-pad":{"version":"1.2.0","resolved":"https://registry.npmjs.org/left-pad/-/left-pad-1.2.0.tgz","integrity":"sha512-AAAA"}}}`)
	npmrc("/npm/")
	if code, said := told("audit", dir, "--ask-registry"); code != cli.ExitFinding || !strings.Contains(said, "GHSA-aaaa-bbbb-cccc") || !strings.Contains(said, "left-pad 1.2.0 → 1.3.0") {
		t.Errorf("%d %s", code, said)
	}
	if got := strings.Join(asked["left-pad"], " "); got != "1.2.0" || len(asked) != 1 || shown != "Bearer of-the-project" {
		t.Errorf("it was asked %q, with %q", asked, shown)
	}
	npmrc("/")
	if code, said := told("audit", dir, "--ask-registry"); code != cli.ExitFailed || !strings.Contains(said, "405 Method Not Allowed") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("audit", "--ask-registry", "--evidence", "e.json"); code != cli.ExitUsage || !strings.Contains(said, "--evidence reads nothing else") {
		t.Errorf("%d %s", code, said)
	}
}
