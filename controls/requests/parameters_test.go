package requests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pavise"
)

const (
	formType      = "application/x-www-form-urlencoded"
	jsonType      = "application/json"
	multipartType = "multipart/form-data; boundary=B"
)

// parts is a multipart body of name=value pairs; name@file=value is a file.
func parts(pairs ...string) string {
	var b strings.Builder
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		name, file, isFile := strings.Cut(name, "@")
		b.WriteString("--B\r\nContent-Disposition: form-data; name=\"" + name + "\"")
		if isFile {
			b.WriteString("; filename=\"" + file + "\"")
		}
		b.WriteString("\r\n\r\n" + value + "\r\n")
	}
	return b.String() + "--B--\r\n"
}

// posted is a request with a body of the type.
func posted(query, kind, body string, lines ...string) *http.Request {
	r := request("POST", "/"+query, lines...)
	if kind != "" {
		r.Header["Content-Type"] = []string{kind}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return r
}

func TestParametersAdmit(t *testing.T) {
	long := strings.Repeat("x", maxInspected)
	tests := []struct {
		want              int
		query, kind, body string
	}{
		// One value, or the same, passes; of others than protected names any.
		{0, "", "", ""}, {0, "?id=1", "", ""}, {0, "?id=1&page=2", "", ""}, {0, "?id=1&id=1", "", ""},
		{0, "?color=red&color=blue", "", ""}, {0, "", formType, "active=0&active=1"}, {0, "", formType, "user[admin]=0&user[admin]=1"},
		{0, "?id=1", formType, "id=1"}, {0, "?id=1", jsonType, `{"id":1}`}, {0, "?id=1", jsonType, `{"id":"1"}`}, {0, "?paid=1&paid=2&grid=1&grid=2", "", ""},
		// Twice in one place.
		{400, "?id=1&id=2", "", ""}, {400, "?id=1&a=b&id=", "", ""}, {400, "?id&id=2", "", ""}, {400, "", formType, "amount=1&amount=2"},
		{400, "", multipartType, parts("id=1", "id=2")}, {400, "", jsonType, `{"id":1,"id":2}`}, {400, "", jsonType, `{"role":"user","x":{"y":[1]},"role":"admin"}`},
		// In two places.
		{400, "?id=1", formType, "id=2"}, {400, "?id=1", multipartType, parts("x=y", "id=2")}, {400, "?id=1", jsonType, `{"id":2}`},
		{400, "?id=1", jsonType, `{"id":"1 "}`}, {400, "?id=1", jsonType, `{"id":[1]}`}, {400, "?id=1", "application/vnd.api+json; charset=utf-8", `{"id":2}`},
		// What is protected.
		{400, "?order_id=1&order_id=2", "", ""}, {400, "?orderId=1&orderId=2", "", ""}, {400, "?orderID=1&orderID=2", "", ""}, {400, "?order-id=1&order-id=2", "", ""},
		{400, "?user=1&user=2", "", ""}, {400, "?email=a@a.test&email=b@b.test", "", ""}, {400, "?price=1&price=2", "", ""}, {400, "?account=1&account=2", "", ""}, {400, "?_method=put&_method=delete", "", ""},
		{400, "?mine=1&mine=2", "", ""}, {0, "?tag_id=1&tag_id=2", "", ""}, {0, "?TAG_ID[]=1&tag_id=2", "", ""}, {0, "?post[tag_id]=1&post[tag_id]=2", "", ""},
		// Letter case, escapes and what others drop.
		{400, "?ID=1&id=2", "", ""}, {400, "?orderid=1&orderId=2", "", ""}, {400, "?%69d=1&id=2", "", ""}, {400, "?id=1&+id=2", "", ""}, {400, "?id=1&id%00x=2", "", ""},
		{400, "?id=%31&id=2", "", ""}, {0, "?id=%31&id=1", "", ""}, {400, "?id=%zz&id=%zy", "", ""}, {0, "?id=%zz&id=%zz", "", ""}, {400, "", jsonType, `{"\u0069d":1,"id":2}`}, {400, "", jsonType, `{"ID":1,"id":2}`},
		// PHP.
		{0, "?id[]=1&id[]=2", "", ""}, {400, "?id%5B%5D=1&id=2", "", ""}, {0, "?id[0]=1&id[1]=2", "", ""}, {0, "?order[id][]=1&order[id][]=2", "", ""}, {400, "?id[]=1&id[]=2&id=3", "", ""}, {0, "?utm_id=1&utm_id=2", "", ""}, {0, "?id[]=1", "", ""}, {400, "?id=1&id[x]=2", "", ""},
		{400, "?user.id=1&user_id=2", "", ""}, {400, "?user%20id=1&user_id=2", "", ""}, {400, "?user[id=1&user_id=2", "", ""}, {400, "?id=1&id[].x=2", "", ""}, {400, "", multipartType, parts("id[]=1", "id=2")},
		// Rails, Express and paths.
		{400, "?user[id]=1&user[id]=2", "", ""}, {0, "?user[name]=a&user[email]=b", "", ""}, {400, "?user[email]=a&user[email]=b", "", ""}, {400, "?user[id][]=1&user[id]=2", "", ""}, {400, "?[id]=1&id=2", "", ""},
		{0, "?user[id]=1&order[id]=2&id=3", "", ""}, {0, "?items[0][id]=1&items[1][id]=2", "", ""}, {0, "?items[][id]=1&items[][id]=2", "", ""},
		{0, "?items[0].id=1&items[1].id=2", "", ""}, {400, "?items[0].id=1&items[0].id=2", "", ""}, {400, "?user=1&user[name]=x", "", ""},
		{400, "?id=1;id=2", "", ""}, {400, "?id=1;a=b&id=1", "", ""}, {0, "?a=1;b=2&id=1", "", ""}, {400, "", formType, "id=1;id=2"}, {400, "?x=;id=1&id=2", "", ""},
		// Bodies that are something else.
		{0, "?id=1", "text/plain", "id=2"}, {0, "?id=1", "application/connect+json", `{"id":2}`}, {0, "?id=1", jsonType, `[{"id":2},{"id":3}]`}, {0, "?id=1", jsonType, `"id"`}, {0, "?id=1", jsonType, ``}, {0, "?id=1", jsonType, `{`}, {0, "?id=1", jsonType, `{"user":{"id":2}}`},
		{0, "", multipartType, parts("id@a.txt=1", "id@b.txt=2")}, {0, "", multipartType, "no parts"}, {0, "?id=1", "multipart/form-data", parts("id=2")}, {400, "", jsonType, `{"id":1,"id":2,`},
		// A byte order mark is nothing; UTF-16 and its like hide names.
		{400, "", jsonType, "\xef\xbb\xbf{\"id\":1,\"id\":2}"}, {415, "", jsonType, "\xff\xfe{\x00}\x00"}, {415, "", jsonType, "\xfe\xff\x00{"}, {415, "", jsonType, "{\x00\"\x00i\x00"}, {415, "", jsonType, "\x00\x00\x00{"},
		{415, "", jsonType + "; charset=utf-16", `{}`}, {415, "", formType + "; charset=ibm037", "x=y"}, {415, "", formType + `; charset="UTF-7"`, "x=y"}, {0, "", formType + "; charset=Shift_JIS", "x=y"}, {0, "", formType + "; charset=UTF-8", "x=y"},
		// Types that are not written as they should be are read as apps read them.
		{400, "", formType + "; a=1; a=2", "id=1&id=2"}, {400, "", "Application/X-WWW-Form-Urlencoded, text/plain", "id=1&id=2"}, {400, "", "multipart/form-data; boundary=B; a=b=c", parts("id=1", "id=2")},
		{415, "", "multipart/form-data; boundary=B; boundary=C", parts("id=1")},
		// So are parts.
		{400, "?id=1", multipartType, "--B\r\nContent-Disposition: form-data; name=\"id\"; x\r\n\r\n2\r\n--B--\r\n"}, {400, "?id=1", multipartType, "--B\r\nContent-Disposition: form-data; name=a; name=id\r\n\r\n2\r\n--B--\r\n"},
		{400, "?id=1", multipartType, "--B\r\nContent-Disposition: form-data; name='id\"\r\nContent-Disposition: form-data; name=id\r\n\r\n2\r\n--B--\r\n"}, {0, "?id=1", multipartType, "--B\r\nContent-Disposition: form-data; name=\"id\"; filename=\"a\"b.txt\"\r\n\r\n2\r\n--B--\r\n"},
		// Nesting is bounded, a bracket in a string is none.
		{400, "", jsonType, `{"a":` + strings.Repeat("[", maxNesting)}, {0, "", jsonType, `{"a":"` + strings.Repeat("[", maxNesting) + `"}`}, {0, "", jsonType, `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`},
		// The first 64 KiB are looked at.
		{400, "", formType, "id=1&id=2&x=" + long}, {0, "", formType, "id=1&x=" + long + "&id=2"}, {0, "?id=12345", formType, "x=" + long[:maxInspected-10] + "&id=12345"}, {400, "", jsonType, `{"id":1,"id":2,"x":"` + long + `"}`},
		{400, "?id=1", multipartType, "--B\r\nContent-Disposition: form-data; name=\"id\"; filename*=utf-8''x\r\n\r\n2\r\n--B--\r\n"},
		{400, "", multipartType, parts("id=1", "id=2", "f@x="+long)}, {0, "", multipartType, parts("id=1", "f@x="+long, "id=2")},
	}
	c := Parameters{Protect: []string{"mine"}, Lists: []string{"tag_id"}}
	for _, test := range tests {
		for _, stream := range []bool{false, true} {
			r := posted(test.query, test.kind, test.body)
			if stream && test.kind != "" {
				r.ContentLength, r.Body = -1, io.NopCloser(iotest.HalfReader(strings.NewReader(test.body)))
			}
			hooks, err := c.Enforce(pavise.Env{Site: shop})
			if err != nil {
				t.Fatal(err)
			}
			x := &pavise.Exchange{Request: r}
			var refusal *pavise.Refusal
			got := 0
			if errors.As(hooks.Admit(x), &refusal) {
				got = refusal.Status
				if refusal.Reason == "" || refusal.Rule != "requests.parameters.repeated" || len(refusal.Saw) > 300 {
					t.Errorf("%s: a poor refusal: %+v", test.query, refusal)
				}
			}
			if got != test.want {
				t.Errorf("%s %s %.80q: %d, want %d", test.query, test.kind, test.body, got, test.want)
			}
			if test.kind == "" {
				continue
			}
			if b, err := io.ReadAll(x.Request.Body); string(b) != test.body || err != nil {
				t.Errorf("%s %.80q: the app gets %.80q, %v", test.kind, test.body, b, err)
			}
		}
	}
}

// TestParametersBehindACoding: a name for a coding hides nothing from an app that
// knows none, and what is coded is not taken for something else.
func TestParametersBehindACoding(t *testing.T) {
	if admit(t, Parameters{}, shop, posted("?id=1", formType, "id=2", "Content-Encoding: gzip")) == nil {
		t.Error("a coding that is none hides a parameter")
	}
	for _, kind := range []string{formType, jsonType, multipartType} {
		if refusal := admit(t, Parameters{}, shop, posted("?id=1", kind, "\x1f\x8b\x08\x00\x00\x00", "Content-Encoding: gzip")); refusal != nil {
			t.Errorf("%s: %v", kind, refusal)
		}
	}
}

func TestParametersShowNoValue(t *testing.T) {
	refusal := admit(t, Parameters{}, shop, posted("?password_id=hunter2", formType, "password_id=correct-horse"))
	if refusal == nil || strings.Contains(fmt.Sprint(refusal.Reason, refusal.Saw), "hunter2") || strings.Contains(refusal.Saw, "horse") || !strings.Contains(refusal.Saw, "in the query and in the form") {
		t.Errorf("%+v", refusal)
	}
}

// TestParametersReplay: a body is read no further than needed, and what
// ends it ends it for the app too.
func TestParametersReplay(t *testing.T) {
	hooks, err := Parameters{}.Enforce(pavise.Env{Site: shop})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kind, coding string
		read         bool
	}{
		"form": {formType, "", true}, "upload": {"application/octet-stream", "", false}, "coded": {jsonType, "gzip", true}, "no type": {"", "", false},
		"streamed": {"application/grpc+json", "", false},
	} {
		broke := errors.New("the client has gone")
		from := &counting{Reader: io.MultiReader(strings.NewReader("a=b&c"), iotest.ErrReader(broke))}
		r := posted("", "x", "")
		r.Header["Content-Type"], r.ContentLength, r.Body = []string{test.kind}, 100, io.NopCloser(from)
		if test.coding != "" {
			r.Header["Content-Encoding"] = []string{test.coding}
		}
		x := &pavise.Exchange{Request: r}
		if err := hooks.Admit(x); err != nil || (from.n > 0) != test.read {
			t.Errorf("%s: %v, %d bytes read", name, err, from.n)
		}
		if b, err := io.ReadAll(x.Request.Body); string(b) != "a=b&c" || !errors.Is(err, broke) {
			t.Errorf("%s: the app gets %q, %v", name, b, err)
		}
	}
	from := &counting{Reader: strings.NewReader("x=" + strings.Repeat("y", 1<<20))}
	r := posted("", formType, "")
	r.ContentLength, r.Body = 1<<20+2, io.NopCloser(from)
	x := &pavise.Exchange{Request: r}
	if err := hooks.Admit(x); err != nil || from.n > maxInspected || x.Request == r {
		t.Errorf("%v, %d bytes read", err, from.n)
	}
	r.Header.Add("Content-Type", jsonType)
	var refusal *pavise.Refusal
	if !errors.As(hooks.Admit(&pavise.Exchange{Request: r}), &refusal) || refusal.Status != 415 {
		t.Error("two Content-Types pass")
	}
}

type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

// TestParametersTell: what passes all the same is told once, by its name alone.
func TestParametersTell(t *testing.T) {
	told := map[string]int{}
	hooks, err := Parameters{}.Enforce(pavise.Env{Site: shop, Now: time.Now, Decide: func(d pavise.Decision) {
		if d.Action != pavise.Noted {
			t.Errorf("%+v", d)
		}
		told[d.Reason]++
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, r := range []*http.Request{
			request("GET", "/?color=red-secret&color=blue"),
			request("GET", "/?id=1&x&id=1"),
			request("GET", "/?id=1&x", "Cookie: lang=de; id=2"),
			posted("", multipartType+"; x", parts("a="+strings.Repeat("x", maxInspected))),
			posted("", jsonType, "x", "Content-Encoding: br"),
		} {
			if err := hooks.Admit(&pavise.Exchange{Request: r}); err != nil {
				t.Error(err)
			}
		}
	}
	if len(told) != 5 {
		t.Errorf("told of %d things: %v", len(told), told)
	}
	for what, times := range told {
		if times != 1 || strings.Contains(what, "secret") {
			t.Errorf("%s, %d times", what, times)
		}
	}
	for i := range 10 * maxNotes {
		hooks.Admit(&pavise.Exchange{Request: request("GET", fmt.Sprintf("/?x%d=1&x%d=2", i, i))})
	}
	if len(told) > maxNotes {
		t.Errorf("a stranger makes us write %d lines", len(told))
	}
}

func TestParametersValidate(t *testing.T) {
	err := Parameters{Protect: []string{"a[b]", "", "ok", "both"}, Lists: []string{"x y", "BOTH", "item_id"}}.Validate()
	if err == nil || strings.Count(err.Error(), "requests.parameters: ") != 4 {
		t.Errorf("not every mistake at once: %v", err)
	}
	if err := (Parameters{Protect: []string{"coupon"}, Lists: []string{"id", "item_id"}}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestParametersCheck(t *testing.T) {
	for name, test := range map[string]struct {
		links        []string
		plain, twice int
		want         pavise.Outcome
	}{
		"refused":         {[]string{"/a", "/order?page=1", "/order?id=7"}, 200, 400, pavise.Pass},
		"shown":           {[]string{"/order?id=7"}, 200, 200, pavise.Fail},
		"one of many":     {[]string{"/order?user=1&id=7&role=2&uid=3&order_id=4&email=5"}, 200, 400, pavise.Pass},
		"the second used": {[]string{"/order?order_id=7&x=y"}, 200, 404, pavise.Fail},
		"broken":          {[]string{"/order?id=7"}, 200, 500, pavise.Unknown},
		"too many":        {[]string{"/order?id=7"}, 200, 429, pavise.Unknown},
		"not for us":      {[]string{"/order?id=7"}, 403, 403, pavise.Unknown},
		"silent":          {[]string{"/order?id=7"}, 200, 0, pavise.Unknown},
		"none":            {[]string{"/order?page=7", "/delete?id=7", "/x?id="}, 200, 200, pavise.Skip},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		home := &pavise.Response{Status: 200}
		for _, link := range test.links {
			home.Links = append(home.Links, e.Target.URL+link)
		}
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: home})
		for i, probe := range (Parameters{}).Probes(e) {
			if status := []int{test.plain, test.twice}[i]; status != 0 {
				e.Add(pavise.Answer{Probe: probe, Response: &pavise.Response{Status: status}})
			}
		}
		expect(t, name, Parameters{}, e, map[string]pavise.Outcome{"requests.parameters.repeated": test.want})
	}
}

// FuzzParameters: what the parsers of the standard library see under a protected
// name, ours has seen too: where theirs see two values, nothing passes.
func FuzzParameters(f *testing.F) {
	f.Add("id=1&id=2", "id=1", byte(0))
	f.Add("a[b]=%41&user.id=1;x", `{"id":1,"x":{"y":[]},"\u0069d":2}`, byte(1))
	f.Add("order_id=1", parts("order_id=1", "x@y=z"), byte(2))
	f.Add("[id]=1&id[]x=2", "\xef\xbb\xbf{}", byte(1))
	hooks, err := Parameters{}.Enforce(pavise.Env{Site: shop})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, body string, kind byte) {
		types := []string{formType, jsonType, multipartType}
		r := posted("", types[kind%3], body)
		r.URL.RawQuery = query
		x := &pavise.Exchange{Request: r}
		passed := hooks.Admit(x) == nil
		if again, err := io.ReadAll(x.Request.Body); string(again) != body || err != nil {
			t.Fatalf("the body is another: %q, %v", again, err)
		}
		if !passed || len(body) >= maxInspected {
			return
		}
		for name, values := range seen(query, body, kind%3) {
			if !(names{}).protects(name) {
				continue
			}
			for _, v := range values[1:] {
				if v != values[0] {
					t.Fatalf("?%s and %q pass with %q: %q", query, body, name, values)
				}
			}
		}
	})
}

// seen reads a request as the standard library does.
func seen(query, body string, kind byte) map[string][]string {
	all, _ := url.ParseQuery(query)
	add := func(more url.Values) {
		for name, values := range more {
			all[name] = append(all[name], values...)
		}
	}
	switch kind {
	case 0:
		form, _ := url.ParseQuery(body)
		add(form)
	case 1:
		var members map[string]any
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		if d.Decode(&members) == nil {
			for name, value := range members {
				switch value := value.(type) {
				case string:
					add(url.Values{name: {value}})
				case json.Number:
					add(url.Values{name: {value.String()}})
				}
			}
		}
	case 2:
		form, err := multipart.NewReader(bytes.NewReader([]byte(body)), "B").ReadForm(1 << 20)
		if err == nil {
			add(form.Value)
		}
	}
	return all
}

func BenchmarkParameters(b *testing.B) {
	hooks, err := Parameters{}.Enforce(pavise.Env{Site: shop})
	if err != nil {
		b.Fatal(err)
	}
	for name, query := range map[string]string{"none": "", "one": "?page=2", "four": "?page=2&sort=name&id=7&q=a%20shield"} {
		x := &pavise.Exchange{Request: request("GET", "/"+query)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := hooks.Admit(x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	form := "name=Ann&street=Long+Road+7&city=York&id=7&note=" + strings.Repeat("x", 900)
	b.Run("form", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := hooks.Admit(&pavise.Exchange{Request: posted("", formType, form)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
