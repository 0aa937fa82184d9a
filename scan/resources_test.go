package scan

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pavise"
)

func found(t *testing.T, page string) []string {
	t.Helper()
	at, _ := url.Parse("https://shop.test/a/b")
	var list []string
	for _, r := range resources([]byte(page), at).list {
		line := r.Kind + " " + r.URL
		if r.Integrity != "" {
			line += " " + r.Integrity
		}
		if r.CrossOrigin {
			line += " crossorigin"
		}
		list = append(list, line)
	}
	return list
}

func TestResources(t *testing.T) {
	for _, tt := range []struct {
		page string
		want []string
	}{
		{`<script src="x.js" integrity="sha384-abc" crossorigin></script>`, []string{"script https://shop.test/a/x.js sha384-abc crossorigin"}},
		{`<SCRIPT SRC=//cdn.test/x.js TYPE="text/javascript; charset=utf-8"></SCRIPT>`, []string{"script https://cdn.test/x.js"}},
		{`<script type="application/ld+json" src="x.json"></script><script type=module src=/m.js></script>`, []string{"script https://shop.test/m.js"}},
		{`<script>"<img src=/no.png>"</script><!-- <img src=/no.png> --><template><img src=/no.png></template>`, nil},
		{`<link rel="alternate stylesheet" href=a.css><link rel=icon href=/i.ico><link rel=preload as=font href=f.woff2 crossorigin><link rel=canonical href=http://other.test/>`,
			[]string{"style https://shop.test/a/a.css", "image https://shop.test/i.ico", "font https://shop.test/a/f.woff2"}},
		{`<base href="https://cdn.test/v1/"><base href=//no.test/><img src=i.png>`, []string{"image https://cdn.test/v1/i.png"}},
		{`<img src=data:image/png;base64,AA srcset="a.png 1x, /b,c.png 2x , c.png,d.png">`,
			[]string{"image https://shop.test/a/a.png", "image https://shop.test/b,c.png", "image https://shop.test/a/c.png,d.png"}},
		{`<picture><source srcset="w.webp 480w"></picture><video src=v.mp4 poster=p.jpg><track src=t.vtt></video><audio src=http://a.test/s.mp3>`,
			[]string{"image https://shop.test/a/w.webp", "media https://shop.test/a/v.mp4", "image https://shop.test/a/p.jpg", "media https://shop.test/a/t.vtt", "media http://a.test/s.mp3"}},
		{`<iframe src=javascript:0></iframe><iframe src=//f.test/></iframe><object data=o.swf></object><embed src=e.pdf><input type=IMAGE src=s.png><input src=no.png>`,
			[]string{"frame https://f.test/", "object https://shop.test/a/o.swf", "object https://shop.test/a/e.pdf", "image https://shop.test/a/s.png"}},
		{`<style>@import "//c.test/a.css"; @import url(b.css); @font-face{src:url('f.woff2')} body{background:url("http://i.test/x.png#y")}</style>`,
			[]string{"style https://c.test/a.css", "style https://shop.test/a/b.css", "font https://shop.test/a/f.woff2", "image http://i.test/x.png"}},
	} {
		if got := found(t, tt.page); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n%q, want\n%q", tt.page, got, tt.want)
		}
	}
}

func TestResourcesAreBounded(t *testing.T) {
	for _, many := range []string{
		strings.Repeat("<img src=/i.png>", pavise.MaxResources+10),
		"<img srcset='" + strings.Repeat("/i.png 1x,", pavise.MaxResources+10) + "'>",
		"<style>" + strings.Repeat("url(/i.png)", pavise.MaxResources+10) + "</style>",
	} {
		if n := len(found(t, many)); n != pavise.MaxResources {
			t.Errorf("%d resources", n)
		}
	}
	if got := found(t, "<img src=/"+strings.Repeat("x", maxAddress)+">"); got != nil {
		t.Error("an address without end was kept")
	}
}

func TestRecognise(t *testing.T) {
	var asked []string
	c := client{opt: Options{Recognise: func(address string, text []byte) []pavise.Library {
		asked = append(asked, address+" "+string(text))
		return []pavise.Library{{Name: "lib", Version: "1", By: "name", At: address}}
	}}}
	at, _ := url.Parse("https://shop.test/")
	respond := func(status int, kind, body string) []pavise.Library {
		r := &pavise.Response{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
		extract(r, at)
		c.recognise(r, at)
		return r.Libraries
	}
	page := `<script src=/a.js></script><script src=/a.js></script><script>one</script><script type=text/template>no</script><script>two</script>`
	if got := respond(200, "text/html", page); len(got) != 2 {
		t.Error(got)
	}
	if got := respond(200, "text/javascript", "code"); len(got) != 1 {
		t.Error(got)
	}
	if got := respond(404, "text/html", page); got != nil {
		t.Error(got)
	}
	want := []string{"https://shop.test/a.js ", "https://shop.test/a.js ", "https://shop.test/ one\ntwo\n", "https://shop.test/ code"}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("%q", asked)
	}
	many := strings.Repeat("<script src=/x.js></script>", 10)
	for i := range 60 {
		many += "<script src=/" + strings.Repeat("y", i) + ".js></script>"
	}
	if got := respond(200, "text/html", many); len(got) != maxLibraries {
		t.Error(len(got))
	}
}

// TestKnown: what a version comes to is asked of the data, in the last round, too.
func TestKnown(t *testing.T) {
	k := pavise.Known{Ecosystem: "product", Name: "nginx", Version: "1.2"}
	control := asking{probes: func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{{Known: &k}} }}
	c := newCollector(Options{Known: func(pavise.Known) (*pavise.Notices, error) { return &pavise.Notices{Covers: true}, nil }})
	defer c.close()
	c.lookUp([]pavise.Prober{control})
	c.lookUp([]pavise.Prober{control})
	if a, why := c.evidence.Heard(pavise.Probe{Known: &k}); a == nil || !a.Notices.Covers || len(c.evidence.Answers) != 1 {
		t.Error(a, why)
	}
	if a := newClient(Options{}).answer(t.Context(), pavise.Probe{Known: &k}); a.Error == "" {
		t.Error("without data something is known")
	}
}

func FuzzResources(f *testing.F) {
	f.Add(`<base href=x><img srcset="a,b 1x,c"><style>@import url(</style><template><script src=x>`)
	at, _ := url.Parse("https://shop.test/")
	f.Fuzz(func(t *testing.T, page string) {
		list := resources([]byte(page), at).list
		if len(list) > pavise.MaxResources {
			t.Errorf("%d resources", len(list))
		}
		for _, r := range list {
			if !strings.HasPrefix(r.URL, "http://") && !strings.HasPrefix(r.URL, "https://") {
				t.Errorf("%q", r.URL)
			}
		}
		inlineScripts([]byte(page))
	})
}
