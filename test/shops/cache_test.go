package shops

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise/controls/session"
)

// TestSharedCache: no answer that a cache may keep for all bears a handle, though the
// shop lets caches keep its pictures.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"vault", "sealed"} {
		clock := new(clock)
		s, hosts := behind(t, []string{"express"}, session.Vault{Mode: mode}, clock)
		c := s.Visitor(t, host(hosts[0]))
		c.LogIn("ada")
		for range 5 {
			clock.forward(5 * time.Minute)
			res, err := c.http.Get(c.base.String() + "/static/shop.css")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if handle := res.Header["Set-Cookie"]; handle != nil && strings.Contains(res.Header.Get("Cache-Control"), "public") || res.StatusCode != http.StatusOK {
				t.Errorf("%s: %d, %q and %q", mode, res.StatusCode, res.Header["Cache-Control"], handle)
			}
		}
		c.Is("ada", "after 25 minutes of pictures, "+mode)
	}
}
