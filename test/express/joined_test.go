package express_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/scan"
	"pavise/test/servers"
	"pavise/test/shops"
)

// TestSecureSessionBehindProxy: behind a proxy that ends TLS Express never sends a secure
// cookie until it trusts the proxy, and the audit that looks at both tells the two apart.
func TestSecureSessionBehindProxy(t *testing.T) {
	for name, want := range map[string]pavise.Outcome{"lost": pavise.Fail, "kept": pavise.Pass} {
		port := shops.Express(t, "../joined/"+name+"/app.js", "SESSION_SECRET=of-the-test-alone")
		at := servers.Nginx(t, fmt.Sprintf("location = / { proxy_pass http://127.0.0.1:%s; proxy_set_header X-Forwarded-Proto $scheme; }", port))
		disk, err := audit.Collect(t.Context(), audit.Options{Dir: "joined/" + name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		target, err := scan.ParseTarget("https://" + strings.Replace(at, "127.0.0.1", "localhost", 1))
		if err != nil {
			t.Fatal(err)
		}
		target.Untrusted = true
		e := scan.Collect(t.Context(), scan.Options{Target: target, NoSurvey: true, Project: disk.Project}, catalog.Joined())
		found := pavise.Judge(catalog.Joined(), e)
		if i := slices.IndexFunc(found, func(f pavise.Finding) bool { return f.Rule == "joined.cookies.arrive" }); i < 0 || found[i].Outcome != want {
			t.Errorf("%s: %+v, want %s", name, found, want)
		}
	}
}
