package headers

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

func TestFingerprint(t *testing.T) {
	travel(t, Fingerprint{}, []trip{
		{name: "nothing", app: head("Content-Type: text/html"), want: head("Content-Type: text/html")},
		{name: "the usual", app: head("Content-Type: text/html", "Server: nginx", "X-Powered-By: PHP/8.1", "Via: 1.1 vegur", "SourceMap: /app.js.map"),
			want: head("Content-Type: text/html")},
		{name: "families", app: head("X-Envoy-Upstream-Service-Time: 3", "X-Kong-Proxy-Latency: 1", "X-B3-TraceId: 1", "X-Varnish: 2", "X-Drupal-Cache: HIT"),
			want: head()},
		{name: "what clients need", app: head("X-Request-Id: 1", "X-Nextjs-Redirect: /a", "X-Drupal-Ajax-Token: 1", "X-Total-Count: 9", "X-Frame-Options: DENY"),
			want: head("X-Request-Id: 1", "X-Nextjs-Redirect: /a", "X-Drupal-Ajax-Token: 1", "X-Total-Count: 9", "X-Frame-Options: DENY")},
	})
	travel(t, Fingerprint{Keep: []string{"x-version"}}, []trip{
		{name: "kept", app: head("X-Version: 7", "X-Runtime: 0.1"), want: head("X-Version: 7")},
	})
	judged(t, Fingerprint{}, tellsServer, []verdict{
		{"nothing", page(), pavise.Pass, "none"},
		{"named", page("Server: Apache/2.4.1 (Unix)"), pavise.Fail, "Server: Apache/2.4.1"},
		{"empty", page("Server: "), pavise.Pass, "none"},
		{"another rule", page("X-Powered-By: Express"), pavise.Pass, "none"},
	})
	judged(t, Fingerprint{Keep: []string{"X-Powered-By"}}, tellsSoftware, []verdict{
		{"kept is told all the same", page("X-Powered-By: Express"), pavise.Fail, "Express"},
		{"two, in order", page("X-Powered-By: PHP", "X-Generator: Drupal"), pavise.Fail, "X-Generator: Drupal, X-Powered-By: PHP"},
	})
	judged(t, Fingerprint{}, tellsInternals, []verdict{
		{"via", page("Via: 1.1 app-7"), pavise.Fail, "Via: 1.1 app-7"},
		{"family", page("X-Kong-Upstream-Latency: 5"), pavise.Fail, "X-Kong"},
		{"request id", page("X-Request-Id: 1"), pavise.Pass, "none"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Fingerprint{Keep: []string{"server", "X-Envoy-Decorator-Operation"}},
		`headers.fingerprint: keep: "X-Request-Id" is not removed, so it needs no keeping` + "\n" +
			`headers.fingerprint: keep: "" is not removed, so it needs no keeping`: Fingerprint{Keep: []string{"X-Request-Id", "Via", ""}},
	})
}

// TestTells holds that the list is written in the form that net/http uses, and
// knows what scan vendors look for.
func TestTells(t *testing.T) {
	for _, name := range strings.Fields("Server X-Powered-By X-AspNet-Version X-AspNetMvc-Version X-Generator X-Runtime X-Version Via SourceMap X-SourceMap " +
		"Liferay-Portal X-Envoy-Attempt-Count X-Kong-Request-Id X-B3-Sampled X-Nextjs-Cache X-Drupal-Dynamic-Cache X-Varnish-Backend X-Powered-CMS " +
		"X-OWA-Version X-FEServer X-DiagInfo X-PHP-Version X-SourceFiles X-CF-Powered-By X-Debug-Token-Link X-LiteSpeed-Cache X-dtAgentId " +
		"X-OneAgent-JS-Injection X-ruxit-JS-Agent MicrosoftSharePointTeamServices OracleCommerceCloud-Version B3 X-CalculatedBETarget") {
		if tells(http.CanonicalHeaderKey(name)) == "" {
			t.Errorf("%s may leave", name)
		}
	}
	for _, name := range strings.Fields("X- X-R Content-Type Set-Cookie Date X-Request-Id X-Correlation-Id X-Accel-Buffering X-Inertia X-Ratelimit-Limit " +
		"X-Amz-Request-Id X-Xss-Protection X-Content-Type-Options X-Nextjs-Stale-Time X-Jenkins") {
		if rule := tells(name); rule != "" {
			t.Errorf("%s offends against %s", name, rule)
		}
	}
}
