package leaks

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// defaults are the default pages as the products write them.
var defaults = map[string]string{
	"Express":              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /x</pre>\n</body>\n</html>\n",
	"nginx":                "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
	"nginx/1.22.1":         "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n",
	"Apache/2.4.57 (Unix)": "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n<hr>\n<address>Apache/2.4.57 (Unix) Server at shop.example.com Port 80</address>\n</body></html>\n",
	"Apache":               "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n<p>You don't have permission to access this resource.</p>\n</body></html>\n",
	"Apache Tomcat/9.0.31": "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title><style type=\"text/css\">body {font-family:Tahoma,Arial,sans-serif;}</style></head><body><h1>HTTP Status 404 – Not Found</h1><hr class=\"line\" /><p><b>Type</b> Status Report</p><hr class=\"line\" /><h3>Apache Tomcat/9.0.31</h3></body></html>",
	"Apache Tomcat":        "<!doctype html><html lang=\"en\"><head><title>HTTP Status 500 – Internal Server Error</title></head><body><h1>HTTP Status 500 – Internal Server Error</h1></body></html>",
	"Django":               "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n",
	"Django (debug)":       "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\">\n  <title>Page not found at /x</title>\n  <meta name=\"robots\" content=\"NONE,NOARCHIVE\">\n",
	"Rails":                "<!DOCTYPE html>\n<html>\n<head>\n  <title>The page you were looking for doesn't exist (404)</title>\n",
	"Rails (debug)":        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\" />\n  <title>Action Controller: Exception caught</title>\n",
}

func TestPagesKnowsDefaultPages(t *testing.T) {
	for name, body := range defaults {
		for _, coding := range []string{"", "gzip", "deflate", "raw"} {
			if replace(t, Pages{}, appError{status: 404, media: "text/html; charset=utf-8", coding: coding, body: body}) == nil {
				t.Errorf("%s, coding %q: not replaced", name, coding)
			}
		}
		f := judge(Pages{}, nil, 404, "text/html", body)
		if f.Outcome != pavise.Fail || f.Saw != "the 404 page of "+name {
			t.Errorf("%s: %s, saw %q", name, f.Outcome, f.Saw)
		}
	}
}

func TestPagesLeavesAlone(t *testing.T) {
	express := defaults["Express"]
	for name, a := range map[string]appError{
		"a page of the app":      {status: 404, media: "text/html", body: "<h1>Not Found</h1><p>Have a look at our shields.</p>"},
		"a page about nginx":     {status: 404, media: "text/html", body: "<p>We moved away from <center>nginx</center></p>"},
		"asked for by a script":  {status: 404, media: "text/html", body: express, script: true},
		"JSON":                   {status: 404, media: "application/json", body: `{"error":"<pre>Cannot GET /x</pre>"}`},
		"an event stream":        {status: 404, media: "text/event-stream", body: express},
		"gRPC":                   {status: 404, media: "application/grpc", body: express},
		"a login dialogue":       {status: 401, media: "text/html", body: express, challenge: true},
		"what nobody can read":   {status: 404, media: "text/html", coding: "br", body: express},
		"a mark far down":        {status: 404, media: "text/html", body: strings.Repeat(" ", 4096) + express},
		"a text of the app":      {status: 404, media: "text/plain", body: "404 page not found\nsorry"},
		"gzip that is none":      {status: 404, media: "text/html", coding: "x-gzip", body: "x"},
		"a body that is not one": {status: 404, media: "text/html"},
	} {
		if page := replace(t, Pages{}, a); page != nil {
			t.Errorf("%s: replaced by %s", name, page.Body)
		}
	}
	page := replace(t, Pages{}, appError{status: 401, media: "text/html", body: express})
	if page == nil || !strings.HasPrefix(page.Type, "text/html") || strings.Contains(string(page.Body), "Cannot GET") {
		t.Errorf("not our page: %+v", page)
	}
	if replace(t, Pages{}, appError{status: 404, media: "text/plain; charset=utf-8", body: "404 page not found\n"}) == nil {
		t.Error("Go's default page is not known")
	}
	if replace(t, Pages{}, appError{status: 404, body: express}) == nil {
		t.Error("a default page without a type is not known")
	}
}

func TestPagesCheck(t *testing.T) {
	json := http.Header{"Accept": {"application/json"}}
	for name, test := range map[string]struct {
		asked       http.Header
		status      int
		media, body string
		want        pavise.Outcome
	}{
		"a page of the app":        {nil, 404, "text/html", "<h1>Nothing here</h1>", pavise.Pass},
		"not an error":             {nil, 200, "text/html", defaults["Express"], pavise.Skip},
		"a redirect":               {nil, 302, "text/html", defaults["nginx"], pavise.Skip},
		"JSON":                     {nil, 404, "application/json", "{}", pavise.Skip},
		"asked as scripts do":      {json, 404, "text/html", defaults["Express"], pavise.Skip},
		"asked as browsers do":     {http.Header{"Accept": {"text/html"}}, 404, "text/html", defaults["Express"], pavise.Fail},
		"with an odd other header": {http.Header{"Origin": {"null"}}, 404, "text/html", defaults["Express"], pavise.Fail},
	} {
		if f := judge(Pages{}, test.asked, test.status, test.media, test.body); f.Outcome != test.want || f.Saw == "" {
			t.Errorf("%s: %s, want %s: %q", name, f.Outcome, test.want, f.Saw)
		}
	}
	if f := (Pages{}).Check(&pavise.Evidence{})[0]; f.Outcome != pavise.Unknown {
		t.Errorf("nothing looked at: %s", f.Outcome)
	}
}
