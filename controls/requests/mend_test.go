package requests

import (
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

// TestMend: where a setting helps the owner better than to except the path, the log
// names that, and nothing that a stranger could have widened.
func TestMend(t *testing.T) {
	for name, test := range map[string]struct {
		control pavise.Enforcer
		target  string
		host    string
		length  int64
		want    string
	}{
		"a list":            {Parameters{}, "/search?category_id=1&category_id=2", "", 0, "if it may come more than once: requests.parameters: {lists: [category_id]}"},
		"a list, nested":    {Parameters{}, "/search?filter[id]=1&filter[id]=2", "", 0, "if it may come more than once: requests.parameters: {lists: [id]}"},
		"no such name":      {Parameters{}, "/search?a%22%5D%7D_id=1&a%22%5D%7D_id=2", "", 0, ""},
		"a larger body":     {Size{}, "/up", "", 200 << 20, `requests.size: {paths: [{path: "POST /up", body: 209715200}]}`},
		"an address of all": {Size{}, "/*", "", 200 << 20, ""},
		"another name":      {Host{}, "/", "foo.example", 0, "if the name is yours, add foo.example to hosts"},
		"no name":           {Host{}, "/", "foo.example, bar", 0, ""},
	} {
		r := httptest.NewRequest("POST", "https://shop.example.com"+test.target, strings.NewReader(""))
		if r.ContentLength = test.length; test.host != "" {
			r.Host = test.host
		}
		switch refused := admit(t, test.control, shop, r); {
		case refused == nil:
			t.Errorf("%s: admitted", name)
		case refused.Mend != test.want:
			t.Errorf("%s: %q, want %q", name, refused.Mend, test.want)
		}
	}
}
