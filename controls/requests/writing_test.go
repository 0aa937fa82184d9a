package requests

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// TestWriting: a file that is put is looked for and taken away again, and nothing is
// put where nobody agreed.
func TestWriting(t *testing.T) {
	for name, tt := range map[string]struct {
		agreed           string
		put, get, remove int
		stays            bool
		asked            string
		want             pavise.Outcome
		saw              string
	}{
		"not agreed":    {"", 201, 200, 204, false, "", pavise.Skip, "--active"},
		"written":       {"me", 201, 200, 204, false, "PUT GET DELETE GET", pavise.Fail, "is there"},
		"stays":         {"me", 201, 200, 405, true, "PUT GET DELETE GET", pavise.Fail, "by hand"},
		"refused":       {"me", 405, 404, 405, false, "PUT", pavise.Pass, "405"},
		"not there":     {"me", 501, 404, 501, false, "PUT", pavise.Pass, "501"},
		"says so alone": {"me", 200, 404, 200, false, "PUT GET", pavise.Pass, "writes nothing"},
		"fails":         {"me", 503, 404, 200, false, "PUT", pavise.Unknown, "503"},
		"silent":        {"me", 0, 0, 0, false, "PUT", pavise.Unknown, "told nothing"},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", Agreed: tt.agreed}}
		var asked []string
		deleted := false
		for range 6 {
			for _, p := range writeProbes(e) {
				if e.Answer(p) != nil {
					continue
				}
				r := &pavise.Response{}
				switch p.Request.Method {
				case http.MethodPut:
					r.Status = tt.put
				case http.MethodDelete:
					r.Status, deleted = tt.remove, !tt.stays
				default:
					if r.Status = tt.get; !deleted && tt.get == 200 {
						r.Body = []byte(writeMark)
					}
					p.Request.Method = ""
				}
				asked = append(asked, strings.TrimSpace(p.Request.Method+map[bool]string{true: "GET"}[p.Request.Method == ""]))
				a := pavise.Answer{Probe: p, Response: r}
				if r.Status == 0 {
					a.Response = nil
				}
				e.Add(a)
			}
		}
		f := checkWrite(e)
		if got := strings.Join(asked, " "); got != tt.asked || f.Outcome != tt.want || !strings.Contains(f.Saw, tt.saw) {
			t.Errorf("%s: asked %q, %s: %s", name, got, f.Outcome, f.Saw)
		}
	}
}
