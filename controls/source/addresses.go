package source

import (
	"slices"
	"strings"

	"pavise"
)

// fetching are the calls by which a server asks another.
var fetching = []string{"fetch", "node-fetch", "undici.fetch", "undici.request", "cross-fetch", "http.get", "http.request", "https.get", "https.request",
	"axios", "axios.get", "axios.post", "axios.put", "axios.delete", "axios.head", "axios.patch", "axios.request",
	"request", "request.get", "request.post", "request.put", "request.head", "request-promise", "request-promise.get", "request-promise-native",
	"needle", "needle.get", "needle.post", "needle.head", "got", "got.get", "got.post", "got.stream", "ky", "ky.get", "ky.post",
	"superagent.get", "superagent.post", "superagent", "bent",
	"net/http.Get", "net/http.Post", "net/http.Head", "net/http.PostForm"}

// address is the one that is asked. Whoever chooses its beginning chooses the host; a path
// or a query behind a host that stands there leads nowhere else.
func address(u pavise.Use) pavise.Value {
	v := u.Arg(0)
	if v.Kind == pavise.StringValue && len(u.Args) > 1 && slices.Contains([]string{"needle", "superagent"}, u.Of) { // the method
		v = u.Arg(1)
	}
	if v.Kind == pavise.ObjectValue {
		given := pavise.Value{Kind: pavise.StringValue}
		for _, name := range []string{"url", "uri", "baseURL", "host", "hostname"} {
			if value, found := v.Member(name); found && len(value.Asked) > 0 {
				given = value
			}
		}
		v = given
	}
	if v.Kind == pavise.FunctionValue || len(v.Asked) == 0 {
		return harmless(v)
	}
	if v.Kind == pavise.OtherValue && len(v.Items) == 0 && !leads(v.Text, v.Asked) || v.Kind == pavise.CallValue && !wraps(v) {
		return harmless(v)
	}
	return v
}

// wraps reports whether a call gives the address that it is given first: new URL(x).
func wraps(v pavise.Value) bool {
	parses := v.Text == "new URL" || v.Text == "String" || v.Text == "url.parse" || strings.HasPrefix(v.Text, "?")
	return parses && len(v.Items) > 0 && len(v.Items[0].Asked) > 0
}
