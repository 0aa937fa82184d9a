package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// capped takes ten bytes of a body.
type capped struct{}

func (capped) Doc() pavise.Doc { return pavise.Doc{ID: "test.capped"} }
func (capped) Validate() error { return nil }
func (capped) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Rewrite: func(x *pavise.Exchange) {
		x.Request = x.Request.WithContext(x.Request.Context())
		x.Request.Body = http.MaxBytesReader(nil, x.Request.Body, 10)
	}}, nil
}

// TestBodyTooLarge: an upload without length that turns out to be too large is
// answered 413, whatever the app makes of the half that it has.
func TestBodyTooLarge(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprint(w, len(b), err)
	}, func(t *testing.T, w *world) {
		for length, want := range map[int]int{10: 200, 11: 413, 1 << 20: 413} {
			res, body := do(t, w, request("POST", w.base+"/", io.MultiReader(strings.NewReader(strings.Repeat("x", length)))))
			if res.StatusCode != want || res.Header.Get("Mark") == "" || want == 200 && body != "10 <nil>" {
				t.Errorf("%d bytes: %d %s", length, res.StatusCode, body)
			}
			if want == 413 && !strings.Contains(w.log.String(), "control=requests.size rule=requests.size.body status=413") {
				t.Errorf("not in the log: %s", w.log)
			}
		}
	}, func(cfg *Config) { cfg.Sites[0].Policy = pavise.Recommend([]pavise.Control{marking{}, capped{}}) })
}
