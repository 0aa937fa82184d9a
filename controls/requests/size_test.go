package requests

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pavise"
)

func TestSizeHead(t *testing.T) {
	fields := func(n int) []string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("X-%d: y", i))
		}
		return lines
	}
	for name, test := range map[string]struct {
		c      Size
		target string
		lines  []string
		want   int
	}{
		"nothing":              {Size{}, "/", nil, 0},
		"as browsers send":     {Size{}, "/?q=" + strings.Repeat("x", 2000), append(fields(30), "Cookie: "+strings.Repeat("c", 8000)), 0},
		"address to the brim":  {Size{}, "/" + strings.Repeat("x", 8<<10-1), nil, 0},
		"address too long":     {Size{}, "/" + strings.Repeat("x", 8<<10), nil, 414},
		"query too long":       {Size{}, "/?" + strings.Repeat("x", 8<<10), nil, 414},
		"address set":          {Size{URL: 10}, "/0123456789", nil, 414},
		"header to the brim":   {Size{}, "/", []string{"A: " + strings.Repeat("x", 32<<10-5)}, 0},
		"header too large":     {Size{}, "/", []string{"A: " + strings.Repeat("x", 32<<10-4)}, 431},
		"lines too large":      {Size{}, "/", []string{"A: " + strings.Repeat("x", 16<<10), "A: " + strings.Repeat("x", 16<<10)}, 431},
		"header set":           {Size{Headers: 40 << 10}, "/", []string{"A: " + strings.Repeat("x", 32<<10)}, 0},
		"fields to the brim":   {Size{}, "/", fields(100), 0},
		"fields too many":      {Size{}, "/", fields(101), 431},
		"one field often":      {Size{}, "/", append(fields(100), "X-0: y"), 431},
		"fields set":           {Size{Fields: 200}, "/", fields(101), 0},
		"parameters, the brim": {Size{}, "/?a" + strings.Repeat("&a", 999), nil, 0},
		"parameters too many":  {Size{}, "/?a" + strings.Repeat("&a", 1000), nil, 400},
		"parameters otherwise": {Size{}, "/?a" + strings.Repeat(";a", 1000), nil, 400},
		"parameters set":       {Size{Parameters: 2}, "/?a&b&c", nil, 400},
	} {
		r := request("GET", test.target, test.lines...)
		r.RequestURI = test.target // as it comes over the wire
		got, refusal := 0, admit(t, test.c, shop, r)
		if refusal != nil {
			got = refusal.Status
			if refusal.Rule == "" || refusal.Reason == "" || len(refusal.Saw) > 100 || strings.Contains(refusal.Saw, "xxx") {
				t.Errorf("%s: a poor refusal: %+v", name, refusal)
			}
		}
		if got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// TestSizeBody: a body is refused if it is announced as too large, and ends where
// it turns out to be.
func TestSizeBody(t *testing.T) {
	c := Size{Body: 10, Paths: []SizePath{{"/files/**", 20}, {"POST /files/small", 5}, {"/none", 0}}}
	for _, test := range []struct {
		path string
		most int64
	}{{"/", 10}, {"/files/a/b", 20}, {"/files/small", 5}, {"/files//small", 10}, {"/none", 0}} {
		hooks, err := c.Enforce(pavise.Env{})
		if err != nil {
			t.Fatal(err)
		}
		for _, length := range []int64{test.most, test.most + 1} {
			text := strings.Repeat("x", int(length))
			r := request("POST", test.path)
			r.ContentLength = length
			err := hooks.Admit(&pavise.Exchange{Request: r})
			var refusal *pavise.Refusal
			if errors.As(err, &refusal) != (length > test.most) || refusal != nil && refusal.Status != 413 {
				t.Errorf("%s: %d bytes announced: %v", test.path, length, err)
			}
			r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader(text))
			x := &pavise.Exchange{Request: r}
			if err := hooks.Admit(x); err != nil {
				t.Errorf("%s: a stream is refused: %v", test.path, err)
			}
			hooks.Rewrite(x)
			got, err := io.ReadAll(x.Request.Body)
			var large *http.MaxBytesError
			if string(got) != text[:test.most] || errors.As(err, &large) != (length > test.most) {
				t.Errorf("%s: of %d bytes %d come, %v", test.path, length, len(got), err)
			}
			if x.Request == r {
				t.Error("the server's own request was changed")
			}
		}
	}
}

func TestSizeValidate(t *testing.T) {
	err := Size{Body: -1, Headers: 2 << 20, Fields: -5, URL: 2 << 20, Parameters: 1 << 20,
		Paths: []SizePath{{"upload", 1}, {"/upload", -1}}}.Validate()
	if err == nil || strings.Count(err.Error(), "requests.size: ") != 7 {
		t.Errorf("not every mistake at once: %v", err)
	}
	if err := (Size{Body: 1 << 40, Paths: []SizePath{{"/upload", 0}}}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestSizeTunes(t *testing.T) {
	var l pavise.Listener
	if err := (Size{Fields: 50}).Tune(&l); err != nil || l.MaxFields != 100 || l.MaxHeaderBytes != 80<<10 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestSizeCheck(t *testing.T) {
	type answer struct {
		status int
		err    string
	}
	for name, test := range map[string]struct {
		home, header, url, body answer
		want                    [3]pavise.Outcome // header, url, body
	}{
		"bounded":    {answer{200, ""}, answer{431, ""}, answer{414, ""}, answer{413, ""}, [3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"unbounded":  {answer{200, ""}, answer{200, ""}, answer{302, ""}, answer{100, ""}, [3]pavise.Outcome{pavise.Fail, pavise.Fail, pavise.Fail}},
		"told first": {answer{200, ""}, answer{0, "http2: request header list larger than peer's advertised limit"}, answer{400, ""}, answer{405, ""}, [3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Skip}},
		"cut off":    {answer{200, ""}, answer{0, "read: connection reset by peer"}, answer{0, "write: broken pipe"}, answer{400, ""}, [3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"broken":     {answer{200, ""}, answer{0, "EOF"}, answer{502, ""}, answer{0, "timeout"}, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"shut":       {answer{403, ""}, answer{403, ""}, answer{403, ""}, answer{403, ""}, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Skip}},
		"limited":    {answer{200, ""}, answer{429, ""}, answer{429, ""}, answer{429, ""}, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Skip}},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		answers := []answer{test.home, test.header, test.url, test.body}
		for i, probe := range (Size{}).Probes(e) {
			a := pavise.Answer{Probe: probe, Error: answers[i].err}
			if a.Error == "" {
				a.Response = &pavise.Response{Status: answers[i].status}
			}
			e.Add(a)
		}
		expect(t, name, Size{}, e, map[string]pavise.Outcome{"requests.size.header": test.want[0],
			"requests.size.url": test.want[1], "requests.size.body": test.want[2]})
	}
}

func BenchmarkSize(b *testing.B) {
	hooks, err := Size{}.Enforce(pavise.Env{})
	if err != nil {
		b.Fatal(err)
	}
	x := &pavise.Exchange{Request: request("GET", "/?page=2&sort=name", "Accept: */*", "User-Agent: x", "Cookie: a=b", "Accept-Language: de")}
	b.ReportAllocs()
	for b.Loop() {
		if err := hooks.Admit(x); err != nil {
			b.Fatal(err)
		}
		hooks.Rewrite(x)
	}
}
