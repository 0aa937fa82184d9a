package requests

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pavise"
)

// TestManyParameters: the second of two is found wherever it stands.
func TestManyParameters(t *testing.T) {
	hooks, err := Parameters{}.Enforce(pavise.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, aFew - 1, aFew, aFew + 1, 10 * aFew} {
		var fill strings.Builder
		for i := range n {
			fmt.Fprintf(&fill, "&filter%d=x", i)
		}
		for query, refused := range map[string]bool{
			"id=1" + fill.String() + "&id=2": true, fill.String() + "&id=1&id=2": true,
			"id=1" + fill.String() + "&id=1": false, "a=1" + fill.String(): false,
		} {
			r := &http.Request{Method: "GET", URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{}}
			if err := hooks.Admit(&pavise.Exchange{Request: r}); (err != nil) != refused {
				t.Errorf("%d between: %.40q came to %v", n, query, err)
			}
		}
	}
}
