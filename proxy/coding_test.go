package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"pavise"
	"pavise/controls/leaks"
)

// TestNoCodingHidesATrace: a client that chooses the coding of an error sees no
// more than others.
func TestNoCodingHidesATrace(t *testing.T) {
	const trace = "Error: no\n    at pay (/srv/shop/pay.js:4:2)\n"
	writers := map[string]func(io.Writer) io.WriteCloser{
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	app := func(w http.ResponseWriter, r *http.Request) {
		coding := r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Type", "text/plain")
		if writers[coding] == nil {
			http.Error(w, "asked for "+coding, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Encoding", coding)
		w.WriteHeader(http.StatusBadRequest)
		coded := writers[coding](w)
		io.WriteString(coded, strings.TrimPrefix(r.URL.Path, "/own"))
		if r.URL.Path == "/" {
			io.WriteString(coded, trace)
		}
		coded.Close()
	}
	traces := func(cfg *Config) { cfg.Sites[0].Policy = pavise.Recommend([]pavise.Control{leaks.Traces{}}) }
	both(t, app, func(t *testing.T, w *world) {
		for coding := range writers {
			req := request("GET", w.base+"/", nil)
			req.Header.Set("Accept-Encoding", coding)
			if res, body := do(t, w, req); res.StatusCode != 400 || res.Header.Get("Content-Encoding") != "" || !strings.Contains(body, "could not make sense") {
				t.Errorf("%s: %d %q", coding, res.StatusCode, body)
			}
			req = request("GET", w.base+"/own", nil)
			req.Header.Set("Accept-Encoding", coding)
			if res, _ := do(t, w, req); res.Header.Get("Content-Encoding") != coding {
				t.Errorf("%s: the app's own error page was changed", coding)
			}
		}
		req := request("GET", w.base+"/", nil)
		req.Header.Set("Accept-Encoding", "dcb")
		if _, body := do(t, w, req); !strings.Contains(body, "asked for identity") {
			t.Errorf("%q", body)
		}
	}, traces)
}
