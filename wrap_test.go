package pavise

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// testControl is a control made of hooks.
type testControl struct {
	id    string
	hooks Hooks
}

func (c testControl) Doc() Doc                   { return Doc{ID: c.id, Refuses: c.hooks.Admit != nil} }
func (c testControl) Validate() error            { return nil }
func (c testControl) Enforce(Env) (Hooks, error) { return c.hooks, nil }

func refuse(status int) func(*Exchange) error {
	return func(*Exchange) error { return &Refusal{Status: status, Rule: "test.no.rule", Reason: "because"} }
}

func wrap(t *testing.T, p Policy, env Env, app http.HandlerFunc) http.Handler {
	t.Helper()
	h, err := p.Wrap(env, app)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestChainOrder(t *testing.T) {
	var trace []string
	note := func(s string) { trace = append(trace, s) }
	control := func(name string) Control {
		return testControl{name, Hooks{
			Admit:   func(*Exchange) error { note("admit " + name); return nil },
			Rewrite: func(*Exchange) { note("rewrite " + name) },
			Amend:   func(*Exchange) { note("amend " + name) },
			Settle:  func(*Exchange) { note("settle " + name) },
		}}
	}
	h := wrap(t, Recommend([]Control{control("a.a"), control("b.b")}), Env{}, func(w http.ResponseWriter, _ *http.Request) {
		note("app")
	})
	get(h, "/")
	want := "admit a.a, rewrite a.a, admit b.b, rewrite b.b, app, amend b.b, amend a.a, settle a.a, settle b.b"
	if got := strings.Join(trace, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRefusalIsAmendedAndSettled(t *testing.T) {
	settled := 0
	var decisions []Decision
	h := wrap(t, Recommend([]Control{
		testControl{"a.count", Hooks{Settle: func(*Exchange) { settled++ }}},
		testControl{"b.refuse", Hooks{Admit: refuse(403)}},
		testControl{"c.never", Hooks{Settle: func(*Exchange) { t.Error("settled what was never asked") }}},
		testControl{"d.amend", Hooks{Amend: func(x *Exchange) { x.Header.Set("Ours", "yes") }}},
	}), Env{Decide: func(d Decision) { decisions = append(decisions, d) }}, func(http.ResponseWriter, *http.Request) {
		t.Error("the app saw a refused request")
	})
	w := get(h, "/x?secret=1")
	if w.Code != 403 || w.Header().Get("Ours") != "yes" || settled != 1 {
		t.Errorf("status %d, header %q, settled %d", w.Code, w.Header().Get("Ours"), settled)
	}
	if len(decisions) != 1 {
		t.Fatalf("%d decisions", len(decisions))
	}
	d := decisions[0]
	if d.Action != Refused || d.Control != "b.refuse" || d.Path != "/x" || d.Except != `- {control: b.refuse, paths: ["GET /x"], reason: "why it is safe"}` {
		t.Errorf("%+v", d)
	}
	var p map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p["request_id"] != d.ID || p["detail"] != "because" {
		t.Errorf("problem %v, %v", p, err)
	}
}

func TestRefusalPageForNavigation(t *testing.T) {
	h := wrap(t, Recommend([]Control{testControl{"a.refuse", Hooks{Admit: func(*Exchange) error {
		return &Refusal{Status: 403, Rule: "r", Reason: "<script>alert(1)</script>"}
	}}}}), Env{}, nil)
	w := get(h, "/", "Sec-Fetch-Mode", "navigate")
	body := w.Body.String()
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || strings.Contains(body, "<script>") {
		t.Errorf("%s: %s", w.Header().Get("Content-Type"), body)
	}
	if id := w.Header().Get("X-Request-Id"); id == "" || !strings.Contains(body, id) {
		t.Error("the page does not name the request id")
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Error(csp)
	}
}

func TestModes(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	c := testControl{"a.refuse", Hooks{
		Admit: refuse(403),
		Amend: func(x *Exchange) { x.Header.Set("Amended", "yes") },
	}}
	policy := Policy{
		{Control: c},
		{Control: c, Mode: Off, Paths: []string{"/off/**"}, Reason: "test"},
		{Control: c, Mode: Observe, Paths: []string{"/off/but/observed"}, Reason: "test"},
		{Control: c, Mode: Off, Paths: []string{"/ended"}, Reason: "test", Until: now},
		{Control: c, Mode: Off, Paths: []string{"/ending"}, Reason: "test", Until: now.Add(time.Hour)},
	}
	var actions []Action
	env := Env{Now: func() time.Time { return now }, Decide: func(d Decision) { actions = append(actions, d.Action) }}
	h := wrap(t, policy, env, func(w http.ResponseWriter, _ *http.Request) {})
	tests := []struct {
		path    string
		status  int
		amended string
		action  Action
	}{
		{"/", 403, "yes", Refused},
		{"/off/x", 200, "", ""},
		{"/off/but/observed", 200, "", Observed},
		{"/ended", 403, "yes", Refused},
		{"/ending", 200, "", ""},
		{"/off//x", 403, "yes", Refused},
	}
	for _, tt := range tests {
		actions = nil
		w := get(h, tt.path)
		action := Action("")
		if len(actions) > 0 {
			action = actions[0]
		}
		if w.Code != tt.status || w.Header().Get("Amended") != tt.amended || action != tt.action {
			t.Errorf("%s: %d %q %q, want %+v", tt.path, w.Code, w.Header().Get("Amended"), action, tt)
		}
	}
}

func TestPolicyMistakes(t *testing.T) {
	c := testControl{id: "a.a"}
	refusing := testControl{"b.b", Hooks{Admit: refuse(403)}}
	_, err := Policy{
		{Control: c}, {Control: c},
		{Control: c, Mode: Off},
		{Control: c, Mode: Observe, Reason: "x"},
		{Control: c, Paths: []string{"/x"}},
		{Control: refusing, Mode: Observe, Reason: "x", Paths: []string{"x"}},
	}.Wrap(Env{}, nil)
	if err == nil {
		t.Fatal("no mistake found")
	}
	for _, want := range []string{"a.a: set twice", "a.a: mode off needs a reason", "a.a: refuses nothing",
		"a.a: only an exception may name paths", "b.b: an exception to a control that is not on", `path "x": must start with /`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

// TestNoFileIsLeft: what an app has read of a form goes with the request, also where a
// control has put another in the place of that of the server.
func TestNoFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	copies := testControl{"a.copies", Hooks{Rewrite: func(x *Exchange) { x.Request = x.Request.WithContext(x.Request.Context()) }}}
	server := httptest.NewServer(wrap(t, Recommend([]Control{copies}), Env{}, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil || len(r.MultipartForm.File["f"]) != 1 {
			t.Errorf("%v %v", err, r.MultipartForm)
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("there are %v", files)
		}
	}))
	body := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 1<<16) + "\r\n--x--\r\n"
	res, err := http.Post(server.URL, "multipart/form-data; boundary=x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	server.Close()
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
}

func TestSettleAfterPanic(t *testing.T) {
	settled := 0
	h := wrap(t, Recommend([]Control{testControl{"a.a", Hooks{Settle: func(*Exchange) { settled++ }}}}), Env{},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the panic was lost")
			}
		}()
		get(h, "/")
	}()
	if settled != 1 {
		t.Errorf("settled %d times", settled)
	}
}

func TestObservedErrorIsNotFatal(t *testing.T) {
	c := testControl{"a.a", Hooks{Admit: func(*Exchange) error { return io.ErrUnexpectedEOF }}}
	h := wrap(t, Recommend([]Control{c}), Env{}, nil)
	if w := get(h, "/"); w.Code != 500 || strings.Contains(w.Body.String(), "EOF") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestExemptionIsForTheRequestAlone(t *testing.T) {
	long := strings.Repeat("\x80", 60000)
	for path, want := range map[string]string{
		"/pay":     `- {control: a.b, paths: ["POST /pay"], reason: "why it is safe"}`,
		"/**":      "",
		"/api/*":   "",
		"//x":      "",
		"/" + long: "",
	} {
		r := &http.Request{Method: "POST", URL: &url.URL{Path: path}}
		if got := exemption("a.b", r); got != want {
			t.Errorf("%.20q: %.100s, want %s", path, got, want)
		}
		if r.Method = strings.Repeat("A", 60000); exemption("a.b", r) != "" {
			t.Errorf("%.20q: a long method is no pattern", path)
		}
	}
}

// TestChainRefuse: what is refused before there is a request to admit bears the
// headers of the policy, and is reported.
func TestChainRefuse(t *testing.T) {
	var seen []Decision
	control := testControl{"test.amends", Hooks{
		Amend: func(x *Exchange) { x.Header.Set("X-Ours", "1") },
		Admit: func(*Exchange) error { t.Error("a control is asked whether it admits"); return nil },
	}}
	chain, err := Recommend([]Control{control}).Wrap(Env{Decide: func(d Decision) { seen = append(seen, d) }}, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	chain.Refuse(w, httptest.NewRequest("GET", "/", nil), "transport.strict",
		&Refusal{Status: 400, Rule: "transport.strict.framing", Reason: "because"})
	if w.Code != 400 || w.Header().Get("X-Ours") != "1" || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if len(seen) != 1 || seen[0].Control != "transport.strict" || seen[0].Status != 400 {
		t.Errorf("%+v", seen)
	}
}

// TestProtectRemembers: all handlers of one Protect share what is remembered, and
// another site's do not.
func TestProtectRemembers(t *testing.T) {
	var seen []Env
	control := envControl{seen: &seen}
	for range 2 {
		protect, err := Protect(Site{}, control)
		if err != nil {
			t.Fatal(err)
		}
		protect(http.NotFoundHandler())
		protect(http.NotFoundHandler())
	}
	same := func(a, b Env) bool { return a.Store == b.Store && string(a.Secret) == string(b.Secret) }
	if len(seen) != 6 || !same(seen[1], seen[2]) || same(seen[2], seen[4]) || len(seen[0].Secret) != 32 {
		t.Errorf("%d chains", len(seen))
	}
}

type envControl struct {
	testControl
	seen *[]Env
}

func (c envControl) Enforce(e Env) (Hooks, error) {
	*c.seen = append(*c.seen, e)
	return Hooks{}, nil
}

func TestRetryAfter(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", 30 * time.Minute: "1800"} {
		h := wrap(t, Recommend([]Control{testControl{"a.busy", Hooks{Admit: func(*Exchange) error {
			return &Refusal{Status: 429, RetryAfter: wait}
		}}}}), Env{}, nil)
		if got := get(h, "/").Header().Get("Retry-After"); got != want {
			t.Errorf("%s: %q, want %q", wait, got, want)
		}
	}
}

// TestMend: where the control knows a setting that helps better, no exemption is
// offered beside it.
func TestMend(t *testing.T) {
	var seen []Decision
	h := wrap(t, Recommend([]Control{testControl{"test.mends", Hooks{Admit: func(*Exchange) error {
		return &Refusal{Status: 400, Rule: "test.mends.rule", Mend: "test.mends: {more: true}"}
	}}}}), Env{Decide: func(d Decision) { seen = append(seen, d) }}, nil)
	get(h, "/path")
	if len(seen) != 1 || seen[0].Mend != "test.mends: {more: true}" || seen[0].Except != "" {
		t.Errorf("%+v", seen)
	}
}
