package leaks

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// open are the addresses as they answer.
var open = map[string]string{
	"/phpinfo.php":   "<!DOCTYPE html><html><head><title>PHP 8.2.7 - phpinfo()</title>",
	"/info.php":      "<html><head><title>phpinfo()</title>",
	"/server-status": "<html><head>\n<title>Apache Status</title>",
	"/nginx_status":  "Active connections: 291 \nserver accepts handled requests\n 16630948 16630948 31070465 \n",
	"/actuator":      `{"_links":{"self":{"href":"https://a.test/actuator","templated":false}}}`,
	"/actuator/env":  `{"activeProfiles":["prod"],"propertySources":[]}`,
	"/debug/pprof/":  "<html>\n<head>\n<title>/debug/pprof/</title>",
	"/debug/vars":    "{\n\"cmdline\": [\"/srv/shop\"],\n\"memstats\": {}}",
	"/elmah.axd":     "<html><head><title>Error log for /LM/W3SVC/1/ROOT on WEB1 (Page #1)</title>",
	"/trace.axd":     "<html><body><h1>Application Trace</h1>",
	"/_profiler/":    "<html><head><title>Symfony Profiler</title>",
	"/console":       "<!doctype html>\n<html lang=en>\n<head>\n<title>Console // Werkzeug Debugger</title>",
	"/metrics":       "# HELP up Whether it is up.\n# TYPE up gauge\nup 1\n",
	"/openapi.json":  `{"openapi":"3.1.0"}`,
	"/v3/api-docs":   `{"openapi":"3.0.1"}`,

	"/package.json":                   `{"name":"shop","author":"Ada <ada@a.test>","private":true,"dependencies":{"express":"4.16.0"}}`,
	"/vendor/composer/installed.json": `{"packages":[{"name":"symfony/http-kernel","version_normalized":"6.2.0.0"}]}`,
	"/docker-compose.yml":             "version: '3'\nservices:\n  db:\n    <<: *base\n    image: postgres:15\n",
}

// TestOpenIsKnownByWhatItHolds: and no ordinary page is taken for it.
func TestOpenIsKnownByWhatItHolds(t *testing.T) {
	for _, x := range append(append([]exposure{}, endpoints...), manifests...) {
		if !x.known([]byte(open[x.path])) {
			t.Errorf("%s is not known", x.path)
		}
		for _, page := range []string{"", "<!doctype html><title>Console</title><h1>Our metrics</h1># HELP wanted", `{"error":"not found"}`, `{"name":"shop"}`, "OK",
			"<pre>services: we offer\n  image: a picture</pre>", "404 page not found\n"} {
			if x.known([]byte(page)) {
				t.Errorf("%s: %q is taken for it", x.path, page)
			}
		}
	}
}

// page is evidence of one page at an address, beside a home page.
func page(at, media, body string) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", Start: "/"}}
	r := func(body string) *pavise.Response {
		return &pavise.Response{Status: 200, Header: http.Header{"Content-Type": {media}}, Body: []byte(body)}
	}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: r("<p>home</p>")})
	e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: e.Target.URL + at}), Response: r(body)})
	return e
}

func TestListings(t *testing.T) {
	for body, want := range map[string]pavise.Outcome{
		"<html><head><title>Index of /files/</title></head>":                                        pavise.Fail,
		`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><body><h1>Index of /</h1>`:    pavise.Fail,
		"<html lang=\"en\"><head><title>Directory listing for /x/</title>":                          pavise.Fail,
		`<pre><A HREF="/">[To Parent Directory]</A><br><br>`:                                        pavise.Fail,
		"<title>Directory Listing For [/x/]</title>":                                                pavise.Fail,
		"<title>Directory: /x/</title>":                                                             pavise.Fail,
		"<title>listing directory /x</title>":                                                       pavise.Fail,
		"<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n<a href=": pavise.Pass, // cut short
		"<pre>\n<a href=\"shop.js\">shop.js</a>\n</pre>":                                            pavise.Fail,
		"<title>Index of articles</title><p>Directory: shields</p>":                                 pavise.Pass,
		"<p>Title: Index of /usr</p>":                                                               pavise.Pass,
	} {
		if f := (Listing{}).Check(page("/x/", "text/html; charset=utf-8", body))[0]; f.Outcome != want {
			t.Errorf("%q: %s, %s", body, f.Outcome, f.Saw)
		}
	}
	e := page("/p", "text/html", "<p>p</p>")
	for n := range 3 * maxFolders {
		e.Answers[0].Response.Links = append(e.Answers[0].Response.Links, "https://a.test/"+strings.Repeat("d", n)+"/x.js", "https://a.test/no/file")
	}
	if probes := folderProbes(e); len(probes) != maxFolders || probes[0].Request.URL != "https://a.test/d/" {
		t.Errorf("%d folders, %+v", len(probes), probes[0].Request)
	}
	if f := (Listing{}).Check(e)[0]; f.Outcome != pavise.Unknown {
		t.Errorf("folders were not asked for: %s", f.Outcome)
	}
}

func TestMaps(t *testing.T) {
	for script, want := range map[string]string{
		"a();\n//# sourceMappingURL=shop.js.map":                  "https://a.test/js/shop.js.map",
		"a();\n//@ sourceMappingURL=/m/shop.map\n":                "https://a.test/m/shop.map",
		"/*# sourceMappingURL=shop.css.map */":                    "https://a.test/js/shop.css.map",
		"//# sourceMappingURL=https://elsewhere.test/shop.js.map": "",
		"//# sourceMappingURL=data:application/json;base64,e30=":  "",
		"a();": "",
		"let s = 'x //# sourceMappingURL=no.map'":                      "",
		"//# sourceMappingURL=old.map\n//# sourceMappingURL=new.map\n": "https://a.test/js/new.map",
		strings.Repeat("x", 9000) + "\n//# sourceMappingURL=big.map":   "https://a.test/js/big.map",
	} {
		e := page("/js/shop.js", "text/javascript", script)
		got := ""
		if probes := mapProbes(e); len(probes) == 1 {
			got = probes[0].Request.URL
		}
		if got != want {
			t.Errorf("%.60q: %q, want %q", script, got, want)
		}
		f := checkMaps(e)
		if (want == "") != (f.Outcome == pavise.Pass) {
			t.Errorf("%.60q: %s before it is asked for", script, f.Outcome)
		}
	}
}
