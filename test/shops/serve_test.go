package shops

import (
	"crypto/x509"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pavise/test/browser"
)

// TestServeAnew: pavise serve, without a setting, ends and is started again between two
// requests, and nobody is logged out by that; who had logged out before stays so.
func TestServeAnew(t *testing.T) {
	t.Parallel()
	port, state, binary := Express(t, "app.js"), t.TempDir(), browser.Build(t)
	var in, out *Client
	for round := range 2 {
		t.Run("start "+strconv.Itoa(round), func(t *testing.T) { // it ends with the subtest
			s := served(t, browser.Serve(t, binary, state, "--to", "127.0.0.1:"+port), state)
			if round == 0 {
				in, out = s.Visitor(t, "localhost"), s.Visitor(t, "localhost")
				in.LogIn("ada")
				out.LogIn("bob")
				old := out.Bears("/")
				out.LogOut()
				out = out.Another(old...)
				return
			}
			in.At(t, s).Is("ada", "behind a new start")
			out.At(t, s).Is("", "behind a new start, and the logout before it,")
		})
	}
}

// served is what pavise serve stands for.
func served(t *testing.T, base, state string) *Shield {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(state, "authority.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the authority has no certificate")
	}
	return &Shield{Port: port, Roots: roots}
}
