package injection

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pavise"
)

const shop = "https://shop.example.com"

// An app answers a value of its one parameter.
type app func(value string) *pavise.Response

func page(format string, args ...any) *pavise.Response {
	return &pavise.Response{Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: fmt.Appendf(nil, format, args...)}
}

func typed(media, body string) *pavise.Response {
	return &pavise.Response{Status: 200, Header: http.Header{"Content-Type": {media}}, Body: []byte(body)}
}

// looked asks an app whose home page has one link, until nothing is wanted.
func looked(c pavise.Prober, link string, a app) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: shop, Start: "/", Agreed: "the owner"}}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Links: []string{shop + link}}})
	for range 4 {
		for _, p := range c.Probes(e) {
			if e.Answer(p) != nil {
				continue
			}
			u, err := url.Parse(p.Request.URL)
			if err != nil {
				panic(err)
			}
			value := u.Path
			for _, values := range u.Query() {
				value = values[0]
			}
			r := a(value)
			if r == nil {
				e.Add(pavise.Answer{Probe: p, Error: "no answer"})
				continue
			}
			e.Add(pavise.Answer{Probe: p, Response: r})
		}
	}
	return e
}

func outcome(found []pavise.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, f.Outcome.String())
	}
	return strings.Join(list, " ")
}

func TestXSS(t *testing.T) {
	jsString := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	unescaped := func(s string) string { // as JSON.stringify does
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.Encode(s)
		return strings.TrimSpace(b.String())
	}
	for name, tt := range map[string]struct {
		app  app
		want string
	}{
		"text": {func(v string) *pavise.Response { return page("<p>No %s here", v) }, "fail"},
		"escaped": {func(v string) *pavise.Response {
			return page("<p>No %s here<input value=\"%[1]s\">", html.EscapeString(v))
		}, "pass"},
		"attribute": {func(v string) *pavise.Response {
			return page(`<input value="%s">`, strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(v))
		}, "fail"},
		"attribute in single quotes": {func(v string) *pavise.Response {
			return page(`<input value='%s'>`, strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(v))
		}, "fail"},
		"attribute without quotes": {func(v string) *pavise.Response { return page(`<input value=%s>`, html.EscapeString(v)) }, "fail"},
		"string": {func(v string) *pavise.Response {
			return page(`<script>let q = '%s';</script>`, strings.ReplaceAll(v, "<", ""))
		}, "fail"},
		"within a string": {func(v string) *pavise.Response {
			return page(`<script>let q = "You asked for %s";</script>`, strings.ReplaceAll(v, "<", ""))
		}, "fail"},
		"bare script":       {func(v string) *pavise.Response { return page(`<script>let q = %s;</script>`, html.EscapeString(v)) }, "fail"},
		"event":             {func(v string) *pavise.Response { return page(`<a onclick="find('%s')">x</a>`, html.EscapeString(v)) }, "fail"},
		"end of the script": {func(v string) *pavise.Response { return page(`<script>let q = %s;</script>`, unescaped(v)) }, "fail"},
		"JSON in a script": {func(v string) *pavise.Response {
			return page(`<script>window.state = {"q": %s}; // don't</script>`, jsString(v))
		}, "pass"},
		"JSON behind a tricky pattern": {func(v string) *pavise.Response {
			return page(`<script>let r = /["']/; window.state = {"q": %s};</script>`, jsString(v))
		}, "pass"},
		"JSON, and a slash escaped": {func(v string) *pavise.Response {
			return page(`<script>let q = %s;</script>`, strings.ReplaceAll(unescaped(v), "</", `<\/`))
		}, "pass"},
		"comment": {func(v string) *pavise.Response {
			return page("<script>// you asked for %s\n/* %[1]s */</script>", strings.ReplaceAll(v, "<", ""))
		}, "pass"},
		"textarea": {func(v string) *pavise.Response {
			return page("<textarea>%s</textarea>", strings.ReplaceAll(v, "</", ""))
		}, "pass"},
		"JSON":       {func(v string) *pavise.Response { return typed("application/json", unescaped(v)) }, "pass"},
		"plain text": {func(v string) *pavise.Response { return typed("text/plain", "<p>"+v) }, "pass"},
		"no type, and a page": {func(v string) *pavise.Response {
			return &pavise.Response{Status: 200, Header: http.Header{}, Body: []byte("<p>" + v)}
		}, "fail"},
		"download": {func(v string) *pavise.Response {
			r := page("%s", v)
			r.Header.Set("Content-Disposition", "attachment")
			return r
		}, "pass"},
		"only once": {func(v string) *pavise.Response {
			return page("<p>%s", map[bool]string{true: v}[strings.Contains(v, "pvsq1")])
		}, "pass"},
		"not shown": {func(string) *pavise.Response { return page("<p>pvs") }, "pass"},
		"refused":   {func(v string) *pavise.Response { return &pavise.Response{Status: 403} }, "pass"},
		"too many":  {func(v string) *pavise.Response { return &pavise.Response{Status: 429} }, "unknown"},
		"no answer": {func(v string) *pavise.Response { return nil }, "unknown"},
	} {
		found := XSS{}.Check(looked(XSS{}, "/search?q=bow", tt.app))
		if got := outcome(found); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
		}
	}
}

func TestCRLF(t *testing.T) {
	splits := func(v string) *pavise.Response {
		r := page("here")
		if _, header, ok := strings.Cut(v, "\r\n"); ok {
			name, value, _ := strings.Cut(header, ": ")
			r.Header.Set(name, value)
		}
		return r
	}
	once := false
	for name, tt := range map[string]struct {
		app  app
		want string
	}{
		"splits everywhere": {splits, "fail"},
		"in a parameter": {func(v string) *pavise.Response {
			return map[bool]func(string) *pavise.Response{true: func(string) *pavise.Response { return page("") }, false: splits}[strings.HasPrefix(v, "/")](v)
		}, "fail"},
		"in the path": {func(v string) *pavise.Response {
			return map[bool]func(string) *pavise.Response{false: func(string) *pavise.Response { return page("") }, true: splits}[strings.HasPrefix(v, "/")](v)
		}, "fail"},
		"never": {func(v string) *pavise.Response { return page("%s", v) }, "pass"},
		"once": {func(v string) *pavise.Response {
			if once {
				return page("")
			}
			once = strings.Contains(v, "q1")
			return splits(v)
		}, "pass"},
		"silent": {func(v string) *pavise.Response { return nil }, "unknown"},
	} {
		found := CRLF{}.Check(looked(CRLF{}, "/go?to=a", tt.app))
		if got := outcome(found); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
		}
	}
}

func TestTraversal(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\n"
	reads := func(v string) *pavise.Response {
		if strings.Contains(v, "../etc/passwd") {
			return typed("text/plain", passwd)
		}
		return page("chapter one")
	}
	for name, tt := range map[string]struct {
		link string
		app  app
		want string
	}{
		"climbs": {"/read?file=one.txt", reads, "fail"},
		"absolute": {"/read?file=one.txt", func(v string) *pavise.Response {
			if v == "/etc/passwd" || v == "/./etc/passwd" {
				return page(passwd)
			}
			return page("one")
		}, "fail"},
		"windows": {"/read?doc=one", func(v string) *pavise.Response {
			if strings.HasSuffix(v, `..\windows\win.ini`) {
				return page("; for 16-bit app support\n[fonts]")
			}
			return page("one")
		}, "fail"},
		"stays":            {"/read?file=one.txt", func(v string) *pavise.Response { return page("no such file: %s", v) }, "pass"},
		"no file is named": {"/search?q=bow", reads, "pass"},
		"static climbs":    {"/static/app.js", reads, "fail"},
		"static stays":     {"/static/app.js", func(string) *pavise.Response { return &pavise.Response{Status: 404} }, "pass"},
		"silent":           {"/read?file=one.txt", func(string) *pavise.Response { return nil }, "unknown"},
		"once": {"/read?file=one.txt", func(v string) *pavise.Response {
			if strings.HasPrefix(v, "../") {
				return page(passwd)
			}
			return page("one")
		}, "unknown"},
	} {
		e := looked(Traversal{}, tt.link, tt.app)
		found := Traversal{}.Check(e)
		if got := outcome(found); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
		}
		for _, a := range e.Answers[1:] {
			if a.Probe.Request.Keep != 512 {
				t.Errorf("%s: keeps too much", name)
			}
		}
	}
}

// orders answers as a program does that writes its query itself: of two conditions it
// knows the sign.
func orders(v string) *pavise.Response {
	id, condition, more := strings.Cut(v, " AND ")
	if strings.Count(v, "'")%2 == 1 {
		return page(`<p>SQLITE_ERROR: unrecognized token: "%s"`, html.EscapeString(v))
	}
	left, right, _ := strings.Cut(condition, "=")
	if id == "7" && (!more || left == right) {
		return page("<h1>Order 7</h1><p>one pavise in red and gold, forty arrows, and a bow of yew</p>")
	}
	return page("<p>nothing was found")
}

func TestSQL(t *testing.T) {
	n := 0
	for name, tt := range map[string]struct {
		link string
		app  app
		want string
	}{
		"tells and obeys": {"/order?id=7", orders, "fail fail"},
		"obeys in silence": {"/order?id=7", func(v string) *pavise.Response {
			if strings.Contains(v, "'") {
				return page("oh")
			}
			return orders(v)
		}, "pass fail"},
		"a text obeys": {"/order?of=ada", func(v string) *pavise.Response {
			if v == "ada" || strings.HasSuffix(v, "'4271'='4271") || strings.HasSuffix(v, "'9386'='9386") {
				return orders("7")
			}
			return page("nothing of %s", html.EscapeString(v))
		}, "pass fail"},
		"right": {"/order?id=7", func(v string) *pavise.Response {
			if v == "7" {
				return orders(v)
			}
			return page("no order %s", html.EscapeString(v))
		}, "pass pass"},
		"reads the number":    {"/order?id=7", func(v string) *pavise.Response { return orders("7") }, "pass pass"},
		"a page on databases": {"/learn?id=7", func(v string) *pavise.Response { return page("You have an error in your SQL syntax: what that means") }, "pass pass"},
		"a crash for any word": {"/order?id=7", func(v string) *pavise.Response {
			if v == "7" {
				return page("seven and more of it")
			}
			return page("SQLSTATE[22P02]: invalid integer")
		}, "pass pass"},
		"weather": {"/order?id=7", func(v string) *pavise.Response { n++; return page("rain rain rain rain %s", strings.Repeat("sun ", n)) }, "pass pass"},
		"kept out": {"/order?id=7", func(v string) *pavise.Response {
			if v != "7" {
				return &pavise.Response{Status: 403}
			}
			return orders(v)
		}, "pass pass"},
		"silent": {"/order?id=7", func(v string) *pavise.Response { return nil }, "unknown unknown"},
	} {
		found := SQL{}.Check(looked(SQL{}, tt.link, tt.app))
		if got := outcome(found); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
		}
	}
}

func TestPoints(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: shop}}
	home := &pavise.Response{Status: 200, Links: []string{shop + "/a?x=1&y=2", shop + "/a?x=3", shop + "/delete?id=1", "https://other.test/?x=1", shop + "/plain"}}
	for i := range 3 * maxPoints {
		home.Links = append(home.Links, fmt.Sprintf("%s/item/%d?id=7", shop, i))
	}
	home.Forms = []pavise.Form{
		{Action: shop + "/find?in=all", Method: "GET", Fields: []pavise.Field{{Name: "q", Kind: "text"}, {Name: "sort", Kind: "select", Value: "up"}, {Name: "csrf_token", Kind: "hidden", Value: "x"}}},
		{Action: shop + "/search", Method: "POST", Fields: []pavise.Field{{Name: "q", Kind: "search", Value: "bow"}}},
		{Action: shop + "/order", Method: "POST", Fields: []pavise.Field{{Name: "amount", Kind: "text"}}},
		{Action: shop + "/login", Method: "GET", Password: true, Fields: []pavise.Field{{Name: "name", Kind: "text"}}},
	}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: home})
	e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: shop + "/a?x=c", Header: canary}), Response: &pavise.Response{Status: 200, Links: []string{shop + "/echo?of=canary"}}})
	var got []string
	for _, p := range points(e) {
		got = append(got, strings.TrimPrefix(p.method+p.at, shop)+" "+p.name+" "+p.with("v").Request.URL[len(p.at):]+p.with("v").Request.Body)
	}
	want := []string{"/a x ?x=v&y=2", "/a y ?x=1&y=v", "/item/0 id ?id=v", "/find q ?csrf_token=x&in=all&q=v&sort=up", "POST" + shop + "/search q q=v"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range 3 * maxPoints {
		home.Links = append(home.Links, fmt.Sprintf("%s/list?p%c%c=7", shop, 'a'+i%26, 'a'+i/26))
	}
	if n := len(points(e)); n != maxPoints {
		t.Errorf("%d points", n)
	}
}

func TestNothingIsTriedUnasked(t *testing.T) {
	for _, c := range []interface {
		pavise.Control
		pavise.Prober
		pavise.Checker
	}{XSS{}, SQL{}, CRLF{}, Traversal{}} {
		e := looked(c, "/order?id=7", orders)
		e.Target.Agreed = ""
		if n := len(c.Probes(e)); n != 0 {
			t.Errorf("%s asks %d times", c.Doc().ID, n)
		}
		for _, f := range c.Check(e) {
			if f.Outcome != pavise.Skip || !strings.Contains(f.Saw, "--active --agreed") {
				t.Errorf("%+v", f)
			}
		}
		empty := &pavise.Evidence{Target: pavise.Target{URL: shop, Agreed: "me"}}
		for _, f := range c.Check(empty) {
			if f.Outcome != pavise.Unknown {
				t.Errorf("nothing seen: %+v", f)
			}
		}
	}
}

// FuzzReflected: whatever comes back, it is told apart in time and without a panic.
func FuzzReflected(f *testing.F) {
	f.Add(`<script>let a = "pvsq1'"` + "`" + `><pvsq1 pvsx1=1>"</script>`)
	f.Add(`<a onclick="pvsq1" pvsq1=1><!-- pvsq1 -->`)
	f.Fuzz(func(t *testing.T, body string) {
		if how := reflected(page("%s", body), 1); how != harmless && !strings.Contains(body, "pvs") {
			t.Errorf("%q: %s", body, how)
		}
	})
}
