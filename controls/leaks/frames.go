package leaks

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"pavise"
)

// A trace is how one language shows its stack. A body without any of the marks
// is never searched with the expression.
type trace struct {
	language string
	marks    []string
	frame    *regexp.Regexp
}

// traces know frames as text, as HTML and, decoded, as JSON.
var traces = []trace{
	{"Node.js", []string{"js:", "ts:", "sx:", "node:"},
		// at fn (/srv/app.js:1:2), at node:internal/x:1:2
		regexp.MustCompile(`\bat [^\n"]*?(?:\bnode:[\w/-]+|\.[cm]?[jt]sx?):\d+:\d+\)?`)},
	{"Python", []string{"Traceback (most recent call last)", ", line "},
		// File "/srv/shop.py", line 12, in pay; Django's <code>/srv/shop.py</code>, line 12
		regexp.MustCompile(`Traceback \(most recent call last\)|File (?:"|&quot;|&#34;)[^\n]+?(?:"|&quot;|&#34;), line \d+|\.py</code>, line \d+`)},
	{"Java", []string{".java:", ".kt:", ".scala:", ".groovy:", ".clj:", "(Native Method)", "(Unknown Source)"},
		// at com.example.Shop.pay(Shop.java:12), Tomcat's without the at
		regexp.MustCompile(`(?:\bat )?(?:[\w$@-]+[./]+)+[\w$<>&;-]+\((?:[\w$-]+\.(?:java|kt|scala|groovy|clj):\d+|Native Method|Unknown Source)\)`)},
	{".NET", []string{".cs:", ".vb:", ".fs:", ".cshtml:", ".razor:", "   at "},
		// at Shop.Pay(Int32 n) in C:\app\Shop.cs:line 5, and without a file
		regexp.MustCompile(`(?:\bat [^\n]+?)? in (?:[A-Za-z]:\\|/)[^\n]+?\.(?:cs|vb|fs|cshtml|razor):(?:line )?\d+|(?:^|\n) {3}at (?:[\w<>\x60+&;|[\]]+\.)+[\w<>\x60+&;|[\]]+\([^()\n]*\)`)},
	{"PHP", []string{".php"},
		// #0 /var/www/x.php(12): pay(), in /var/www/x.php:12, in <b>/var/www/x.php</b> on line <b>12</b>
		regexp.MustCompile(`(?:#\d+ |\bin )?(?:<b>)?(?:[A-Za-z]:\\|/)[^\s"'<>()]*\.php(?:\(\d+\)|:\d+|(?:</b>)? on line (?:<b>)?\d+)`)},
	{"Ruby", []string{".rb:", ".erb:", ".ru:", ".rake:"},
		// app/models/shop.rb:12:in 'Shop#pay'
		regexp.MustCompile(`[\w./-]+\.(?:rb|erb|ru|rake):\d+:in (?:[\x60'"]|&#|&quot;)`)},
	{"Perl", []string{" line "},
		// died at /srv/shop/pay.pl line 12.
		regexp.MustCompile(`\bat /[^\s"'<>]+\.(?:pl|pm|cgi|psgi) line \d+\b`)},
	{"Rust", []string{".rs:"},
		// thread 'main' panicked at src/main.rs:12:5, and of a backtrace at /srv/src/pay.rs:12:5
		regexp.MustCompile(`\bthread '[^'\n]*' (?:\(\d+\) )?panicked at |\bat [\w./-]+\.rs:\d+(?::\d+)?\b`)},
	{"Elixir", []string{".ex:", ".erl:"},
		// (shop 0.1.0) lib/shop/pay.ex:12: Shop.Pay.do/2
		regexp.MustCompile(`(?:\([\w.-]+ [\d.]+\) )?[\w./-]+\.(?:ex|exs|erl):\d+: [\w:.&;#39-]+/\d+`)},
	{"Go", []string{"goroutine ", ".go:"},
		regexp.MustCompile(`\bgoroutine \d+ \[[^\]\n]+\]:|\S+\.go:\d+ \+0x[0-9a-f]+`)},
}

// marked reports whether a search can find anything: an escape in JSON may hide
// a mark.
func marked(text []byte) bool {
	if bytes.Contains(text, []byte(`\u00`)) {
		return true
	}
	for _, t := range traces {
		for _, mark := range t.marks {
			if bytes.Contains(text, []byte(mark)) {
				return true
			}
		}
	}
	return false
}

// A sighting is where a trace begins.
type sighting struct {
	language, frame string
	at              int
}

// findTrace returns the earliest frame; the zero sighting is none.
func findTrace(text string) sighting {
	var first sighting
	for _, t := range traces {
		if !containsAny(text, t.marks) {
			continue
		}
		if at := t.frame.FindStringIndex(text); at != nil && (first.frame == "" || at[0] < first.at) {
			first = sighting{language: t.language, frame: text[at[0]:at[1]], at: at[0]}
		}
	}
	return first
}

func containsAny(text string, marks []string) bool {
	for _, mark := range marks {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

var folders = regexp.MustCompile(`(?:[A-Za-z]:)?[\\/](?:[^\s\\/()"']+[\\/])+`)

var tags = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)

// String makes a frame fit for a report: one line of text, without the path to
// the file.
func (s sighting) String() string {
	text := html.UnescapeString(tags.ReplaceAllLiteralString(s.frame, ""))
	text = folders.ReplaceAllLiteralString(strings.Join(strings.Fields(text), " "), "…/")
	return s.language + ": " + pavise.Clip(text, 72)
}
