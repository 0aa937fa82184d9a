package advisories

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

// registry answers as npm's does, with advisories by package.
func registry(t *testing.T, advisories map[string]string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := gzip.NewReader(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/npm/-/npm/v1/security/advisories/bulk" || r.Header.Get("Content-Encoding") != "gzip" || err != nil {
			http.Error(w, "what", http.StatusMethodNotAllowed)
			return
		}
		var asked map[string][]string
		if err := json.NewDecoder(body).Decode(&asked); err != nil {
			t.Error(err)
		}
		var list []string
		for name := range asked {
			if text := advisories[name]; text != "" {
				list = append(list, fmt.Sprintf("%q:%s", name, text))
			}
		}
		fmt.Fprintf(w, "{%s}", strings.Join(list, ","))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/npm/"
}

// TestAskRegistry: what a registry says is known from then on, of the packages that it
// was asked about.
func TestAskRegistry(t *testing.T) {
	address := registry(t, map[string]string{
		"express": `[{"id":1096820,"url":"https://github.com/advisories/GHSA-rv95-896h-c2vc","title":"Open redirect","severity":"moderate","vulnerable_versions":"<4.19.2 || >=5.0.0-alpha.1 <5.0.0-beta.3","cwe":["CWE-601"],"cvss":{"score":6.1,"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"}}]`,
		"gone":    `[{"id":7,"url":"https://a.test/7","title":"Malware","severity":"critical","vulnerable_versions":"*","cwe":[],"cvss":{"score":0,"vectorString":null}}]`,
		"bad":     `[{"id":8,"vulnerable_versions":"some"}]`,
		"worse":   `{"id":8}`,
	})
	l := NewLibrary(nil)
	if err := l.AskRegistry(t.Context(), Fetcher{}, address, map[string][]string{"express": {"4.17.1"}, "gone": {"1.0.0"}, "clean": {"1.0.0"}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"express": "GHSA-rv95-896h-c2vc<4.19.2 same 4.19.2 safe 4.19.2", "gone": "npm-7", "clean": "", "unasked": "uncovered",
	} {
		if got := said(t, l, pavise.NPM, name, "4.17.1"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	n, err := l.Known(pavise.Known{Ecosystem: pavise.NPM, Name: "express", Version: "4.17.1"})
	if err != nil || !strings.HasPrefix(n.From, "registry 127.0.0.1:") || n.List[0].Severity != pavise.Medium || n.List[0].CWE[0] != "CWE-601" {
		t.Errorf("%+v, %v", n, err)
	}
	for name, want := range map[string]string{"bad": `bad: vulnerable_versions: "some" is no range`, "worse": "the answer:1: a list is wanted, not an object"} {
		if err := l.AskRegistry(t.Context(), Fetcher{}, address, map[string][]string{name: {"1"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for registry, want := range map[string]string{strings.TrimSuffix(address, "npm/"): "405 Method Not Allowed", "http://registry.example.com": "must be https"} {
		if err := l.AskRegistry(t.Context(), Fetcher{}, registry, map[string][]string{"a": {"1"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", registry, err)
		}
	}
}
