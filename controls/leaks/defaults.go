package leaks

import (
	"bytes"
	"strings"

	"pavise"
)

// A fingerprint is a piece of a page that only one product writes. Where it ends
// in the product's name, the version may follow.
type fingerprint struct{ product, mark string }

// defaultPages are the fingerprints, those that show a version first.
var defaultPages = []fingerprint{
	{"nginx", "<hr><center>nginx"},
	{"openresty", "<hr><center>openresty"},
	{"Apache", "<address>Apache"},
	{"Apache", `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">` + "\n<html><head>\n<title>"},
	{"Apache Tomcat", "<h3>Apache Tomcat"},
	{"Apache Tomcat", "<title>Apache Tomcat"},
	{"Apache Tomcat", "<h1>HTTP Status "},
	{"Express", "<title>Error</title>\n</head>\n<body>\n<pre>"},
	{"Express", "<pre>Cannot "}, // connect, and express before 4.15
	{"Django", "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>"},
	{"Django", "<h1>Server Error (500)</h1><p></p>"},
	{"Django", "<h1>403 Forbidden</h1><p></p>"},
	{"Django", "<h1>Bad Request (400)</h1><p></p>"},
	{"Django (debug)", "<title>Page not found at /"},
	{"Django (debug)", `<meta name="robots" content="NONE,NOARCHIVE">` + "\n  <title>"},
	{"Rails", "<title>The page you were looking for doesn"},
	{"Rails", "<title>The change you wanted was rejected"},
	{"Rails", "<title>We're sorry, but something went wrong"},
	{"Rails", "<title>We’re sorry, but something went wrong"}, // from 8.0
	{"Rails (debug)", "<title>Action Controller: Exception caught"},
	{"Rails (debug)", "<h1>Routing Error</h1>"},
}

// maxMark is how far into a page its fingerprint stands.
const maxMark = 2 << 10

// product names whose default page this is, with the version if it is shown;
// "" if it is nobody's.
func product(media string, page []byte) string {
	if media == "text/plain" {
		if string(page) == "404 page not found\n" {
			return "Go"
		}
		return ""
	}
	return bearer(defaultPages, page)
}

// bearer names the product whose mark the beginning of a page bears.
func bearer(marks []fingerprint, page []byte) string {
	page = page[:min(len(page), maxMark)]
	for _, f := range marks {
		if _, after, found := bytes.Cut(page, []byte(f.mark)); found {
			return f.product + version(f, after)
		}
	}
	return ""
}

func version(f fingerprint, after []byte) string {
	if !strings.HasSuffix(f.mark, f.product) || len(after) == 0 || after[0] != '/' {
		return ""
	}
	text, _, _ := strings.Cut(string(after[:min(len(after), 60)]), "<")
	text, _, _ = strings.Cut(text, " Server at ")
	return pavise.Clip(text, 40)
}
