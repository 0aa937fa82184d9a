package leaks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pavise"
)

// stacks are what the languages show of themselves, after the message "Error: x"
// where they have one.
var stacks = map[string]string{
	"Node.js":            "Error: x\n    at pay (/srv/shop/routes/pay.js:42:17)\n    at node:internal/process/task_queues:95:5",
	"Node.js, bare":      "Error: x\n    at /srv/shop/my app/app.mjs:3:9",
	"Node.js, Windows":   "Error: x\n    at Object.<anonymous> (C:\\shop\\app.js:3:9)",
	"Node.js, internal":  "Error: x\n    at node:internal/main/run_main_module:28:49",
	"Node.js, bundled":   "Error: x\n    at Page (webpack-internal:///(rsc)/./app/page.tsx:12:11)",
	"Python":             "Traceback (most recent call last):\n  File \"/srv/shop/app.py\", line 12, in pay\nValueError: x",
	"Python, a part":     "  File \"/srv/shop/app.py\", line 12, in pay",
	"Java":               "java.lang.IllegalStateException: x\n\tat com.example.shop.Pay$1.<init>(Pay.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:829)",
	"Kotlin":             "x\n\tat com.example.PayKt.main(Pay.kt:3)",
	"Java, native":       "x\n\tat sun.reflect.NativeMethodAccessorImpl.invoke0(Native Method)",
	"Java, old Tomcat":   "<pre>java.lang.NullPointerException\n\torg.apache.jsp.pay_jsp._jspService(pay_jsp.java:67)\n</pre>",
	".NET":               "System.Exception: x\r\n   at Shop.Pay.Do(Int32 n) in C:\\shop\\Pay.cs:line 5\r\n",
	".NET, Linux":        "System.Exception: x\n   at Shop.Pay.<>c.Do() in /src/Pay.cs:line 5",
	".NET, no file":      "System.Exception: x\n   at Shop.Pay.Do(Int32 n)\n   at Shop.Main()",
	"PHP":                "PHP Fatal error:  Uncaught Exception: x in /var/www/pay.php:12\nStack trace:\n#0 /var/www/index.php(3): pay()\n#1 {main}",
	"PHP, HTML":          "<br />\n<b>Fatal error</b>:  Uncaught Error: x in <b>/var/www/pay.php</b> on line <b>12</b><br />",
	"Ruby":               "app/models/shop.rb:12:in `pay'",
	"Ruby 3.4":           "app/models/shop.rb:12:in 'Shop#pay'",
	"Ruby, HTML":         "app/views/shop.html.erb:12:in &#39;Shop#pay&#39;",
	"Go":                 "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/shop/main.go:5 +0x1d",
	"Go, a part":         "main.main()\n\t/srv/shop/main.go:5 +0x1d",
	"Perl":               "x at /srv/shop/pay.pl line 12.",
	"Perl, CGI":          "<h1>Software error:</h1><pre>x at /srv/shop/pay.cgi line 12.</pre>",
	"Rust":               "thread 'tokio-runtime-worker' panicked at src/pay.rs:12:5:\nx",
	"Rust, a backtrace":  "x\n   4: shop::pay\n             at ./src/pay.rs:12:5",
	"Elixir":             "** (RuntimeError) x\n    (shop 0.1.0) lib/shop/pay.ex:12: Shop.Pay.do/2",
	"Erlang, a part":     "    (stdlib 5.2) gen_server.erl:1123: :gen_server.try_handle_call/4",
	"Express, HTML":      "<pre>Error: x<br> &nbsp; &nbsp;at Layer.handle [as handle_request] (/srv/shop/layer.js:95:5)<br> &nbsp; &nbsp;at Object.&lt;anonymous&gt; (/srv/shop/pay.js:42:17)</pre>",
	"Django debug, HTML": "<li class=\"frame user\"><code class=\"fname\">/srv/shop/views.py</code>, line 12, in pay",
}

// innocent are error texts that look a little like a trace.
var innocent = []string{
	"", "Not found", "We could not find it at https://shop.example.com:8443/x",
	"<script src=\"/app.js\"></script><p>Look at our shields</p>", "Please call at 10:20:30", "Invalid value at line 3, column 4",
	"see https://www.php.net/index.php or /index.php?id=12", "at least one item", "Bitte   at home (now)", "ratio 3:4 in set:5",
	"The file app.js was not found", "at Kings Cross (London)", "main.go: no such file", "at the end of line 12", "look at /help line 3", "main.rs: gone", "see lib/shop.ex:12 for more", "in `code'",
}

func TestTracesReplacesText(t *testing.T) {
	for name, stack := range stacks {
		for _, coding := range []string{"", "gzip", "deflate", "raw"} {
			for _, script := range []bool{false, true} {
				page := replace(t, Traces{}, appError{status: 400, media: "text/html; charset=utf-8", coding: coding, body: stack, script: script})
				if page == nil || strings.Contains(string(page.Body), "x\n") {
					t.Errorf("%s, coding %q: %+v", name, coding, page)
				}
			}
		}
		if f := judge(Traces{}, nil, 500, "text/plain", stack); f.Outcome != pavise.Fail || len(f.Saw) > 100 || strings.Contains(f.Saw, "/srv/") {
			t.Errorf("%s: %s, saw %q", name, f.Outcome, f.Saw)
		}
	}
	for _, text := range innocent {
		if page := replace(t, Traces{}, appError{status: 500, media: "text/html", body: text}); page != nil {
			t.Errorf("%q is taken for a trace", text)
		}
		if f := judge(Traces{}, nil, 500, "text/html", text); f.Outcome != pavise.Pass {
			t.Errorf("%q: %s, saw %q", text, f.Outcome, f.Saw)
		}
	}
}

func TestTracesCutsJSON(t *testing.T) {
	for name, stack := range stacks {
		quoted, _ := json.Marshal(stack)
		body := fmt.Sprintf("{ \"error\" : %s, \"path\":\"\\/x\",\n \"n\": 1.50, \"stack\":[%s, \"Error: y\"]}", quoted, quoted)
		page := replace(t, Traces{}, appError{status: 500, media: "application/problem+json", coding: "gzip", body: body})
		if page == nil || page.Type != "application/problem+json" || !json.Valid(page.Body) {
			t.Fatalf("%s: %+v", name, page)
		}
		if got := string(page.Body); page.Saw == "" || firstFrame(page.Type, page.Body) != "" || !strings.HasPrefix(got, "{ \"error\" : \"") ||
			!strings.Contains(got, ", \"path\":\"\\/x\",\n \"n\": 1.50, \"stack\":[") || !strings.HasSuffix(got, ", \"Error: y\"]}") {
			t.Errorf("%s: %s", name, got)
		}
		if f := judge(Traces{}, nil, 500, "application/json", body); f.Outcome != pavise.Fail {
			t.Errorf("%s: %s, saw %q", name, f.Outcome, f.Saw)
		}
	}
	for body, want := range map[string]string{
		`{"error":"Error: x\n    at f (/srv/a.js:1:2)\n    at g (/srv/b.js:1:2)"}`:      `{"error":"Error: x"}`,
		`["Error: x","    at f (/srv/a.js:1:2)","    at g (/srv/b.js:1:2)"]`:            `["Error: x","[removed]","[removed]"]`,
		`{"stack":"Error: \"x\"\n    \u0061t f (\/srv\/a.j\u0073:1:2)"}`:                `{"stack":"Error: \"x\""}`,
		`{"trace":"java.lang.X: no\r\n\tat com.example.Y.z(Y.java:1)\r\n\t... 3 more"}`: `{"trace":"java.lang.X: no"}`,
		`"Stack trace:\n#0 \/var\/www\/x.php(12): f()"`:                                 `"Stack trace:"`,
		`{"app/x.rb:1:in 'f'":1}`: `{"[removed]":1}`,
	} {
		if page := replace(t, Traces{}, appError{status: 500, media: "application/json", body: body}); page == nil || string(page.Body) != want {
			t.Errorf("%s: %+v, want %s", body, page, want)
		}
	}
}

func TestTracesWhereJSONIsBroken(t *testing.T) {
	stack := `"Error: x\n    at f (/srv/a.js:1:2)"`
	for name, body := range map[string]string{
		"cut off":      `{"stack":` + stack + `,"rest":"` + strings.Repeat("x", pavise.MaxHeld),
		"no JSON":      `{"stack":` + stack,
		"several":      `{"stack":` + stack + "}\n{}",
		"after the en": `{} at f (/srv/a.js:1:2)`,
	} {
		page := replace(t, Traces{}, appError{status: 500, media: "application/json", body: body, script: true})
		if page == nil || page.Type != "application/problem+json" || strings.Contains(string(page.Body), "a.js") {
			t.Errorf("%s: %+v", name, page)
		}
	}
}

func TestTracesLooksAtAllText(t *testing.T) {
	for _, media := range []string{"application/xhtml+xml", "application/soap+xml; charset=utf-8", "application/xml", "application/javascript", "html", ""} {
		if replace(t, Traces{}, appError{status: 500, media: media, body: stacks["Java"]}) == nil {
			t.Errorf("a trace as %q leaves", media)
		}
	}
}

func TestTracesLeavesAlone(t *testing.T) {
	stack := stacks["Node.js"]
	for name, a := range map[string]appError{
		"JSON without a trace":    {status: 500, media: "application/json", body: `{"error":"at app.js"}`},
		"a picture":               {status: 500, media: "image/png", body: stack},
		"a client error in br":    {status: 404, media: "text/html", coding: "br", body: stack},
		"an empty body":           {status: 500, media: "text/html", coding: "br"},
		"a script's own problem":  {status: 422, media: "application/problem+json", body: `{"detail":"name is required"}`},
		"a trace after the bound": {status: 500, media: "text/html", body: strings.Repeat(" ", pavise.MaxHeld) + stack},
	} {
		if page := replace(t, Traces{}, a); page != nil {
			t.Errorf("%s: replaced by %s", name, page.Body)
		}
	}
	for _, coding := range []string{"br", "zstd", "gzip, br"} {
		if replace(t, Traces{}, appError{status: 500, media: "application/json", coding: coding, body: "?"}) == nil {
			t.Errorf("a server error in %s leaves unread", coding)
		}
	}
}

func TestTracesCheckLooksAtErrorsAlone(t *testing.T) {
	if f := judge(Traces{}, nil, 200, "text/html", stacks["Java"]); f.Outcome != pavise.Skip {
		t.Errorf("a page about traces: %s", f.Outcome)
	}
	if f := judge(Traces{}, http.Header{"Accept": {"application/json"}}, 500, "text/html", stacks["Java"]); f.Outcome != pavise.Fail {
		t.Errorf("asked by a script: %s", f.Outcome)
	}
	seen := sighting{language: "Node.js", frame: "at  pay &lt;a&gt; (/srv/<b>shop</b>/my/pay.js:42:17)"}
	if got := seen.String(); got != "Node.js: at pay <a> (…/pay.js:42:17)" {
		t.Errorf("masked: %q", got)
	}
}

// FuzzTraceJSON tries to break JSON, or to bring a frame through.
func FuzzTraceJSON(f *testing.F) {
	for _, stack := range stacks {
		quoted, _ := json.Marshal(map[string]any{"stack": stack, "lines": strings.Split(stack, "\n")})
		f.Add(quoted)
	}
	f.Add([]byte(`["\u0061t /x.\u006as:1:2", "\ud800 at x.js:1:2", 1e9, null]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			return
		}
		cut, found := cutTraces(body)
		if !json.Valid(cut) {
			t.Fatalf("%q became %q", body, cut)
		}
		if !found && string(cut) != string(body) {
			t.Fatalf("changed without a finding: %q", cut)
		}
		for literal := range literals(cut) {
			if at := findTrace(unquote(literal)); at.frame != "" {
				t.Fatalf("%q is left of %q", at.frame, body)
			}
		}
	})
}

func BenchmarkTraces(b *testing.B) {
	page := strings.Repeat("<p>Nothing of interest is at this place: look elsewhere.</p>\n", 1000)
	for name, a := range map[string]appError{
		"innocent-60k": {status: 404, media: "text/html", body: page},
		"innocent-1k":  {status: 404, media: "text/html", body: page[:1024]},
		"hostile-64k":  {status: 404, media: "text/html", body: strings.Repeat("at .js:1:", 7000) + ".java:.cs:.php.rb:.go:, line "},
		"json":         {status: 404, media: "application/json", body: `{"error":"name is required"}`},
		"json-trace":   {status: 404, media: "application/json", body: `{"error":"Error: x\n    at f (/srv/a.js:1:2)"}`},
	} {
		hooks, _ := Traces{}.Enforce(pavise.Env{})
		x := &pavise.Exchange{Request: &http.Request{}, Status: a.status, Header: http.Header{"Content-Type": {a.media}}}
		held := []byte(a.body)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hooks.Replace(x, held)
			}
		})
	}
}
