package requests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

type order struct{ id, customer string }

var orders = map[string]order{"7": {"7", "ann"}, "8": {"8", "bob"}, "a/b": {"a/b", "ann"}, "none": {"none", ""}}

func loadOrder(_ context.Context, id string) (order, string, error) {
	switch id {
	case "broken":
		return order{"broken", "ann"}, "ann", errors.New("the database at 10.0.0.5 is away")
	case "gone":
		return order{}, "ann", fmt.Errorf("order %s: %w", id, sql.ErrNoRows)
	case "busy":
		return order{}, "", &pavise.Refusal{Status: http.StatusServiceUnavailable}
	case "panic":
		panic("no such table")
	}
	o := orders[id]
	return o, o.customer, nil
}

func showOrder(w http.ResponseWriter, r *http.Request, o order) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "order %s %s", o.id, body)
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
}

// shopRoutes are routes of every kind; As says who asks.
func shopRoutes(told *[]pavise.Decision) *Routes {
	m := NewRoutes(pavise.Env{Decide: func(d pavise.Decision) { *told = append(*told, d) }}, func(r *http.Request) (Visitor, error) {
		name, roles, _ := strings.Cut(r.Header.Get("As"), " ")
		if name == "broken" {
			return Visitor{ID: "ann", Roles: []string{"admin"}}, errors.New("the store is away")
		}
		return Visitor{ID: name, Roles: strings.Fields(roles)}, nil
	})
	m.Login = "/login"
	m.Handle("GET /{$}", Public(say("home")))
	m.Handle("GET /account", SignedIn(say("account")))
	m.Handle("/admin/", Role("admin", say("admin")))
	m.Handle("GET /orders/{id}", Owner("id", loadOrder, showOrder))
	m.Handle("POST /orders/{id}", OwnerOr("support", "id", loadOrder, showOrder))
	m.Handle("POST /order", Owner("id", loadOrder, showOrder))
	m.Handle("/files/{id...}", Owner("id", loadOrder, showOrder))
	m.HandleFunc("GET /forgotten", say("forgotten"))
	m.Handle("GET /wrapped", http.StripPrefix("/x", Public(say("wrapped"))))
	return m
}

func TestRoutes(t *testing.T) {
	const owner, function, parameter = "refused access.objects.other", "refused access.objects.unlinked", "refused requests.parameters.repeated"
	for _, test := range []struct {
		as, method, target, kind, body string
		status                         int
		says, told                     string
	}{
		{"", "GET", "/", "", "", 200, "home", ""}, {"", "HEAD", "/", "", "", 200, "home", ""}, {"broken", "GET", "/", "", "", 200, "home", ""},
		{"", "GET", "/account", "", "", 403, "", ""}, {"ann", "GET", "/account", "", "", 200, "account", ""}, {"broken", "GET", "/account", "", "", 500, "", owner},
		{"ann", "GET", "/admin/x", "", "", 403, "", function}, {"", "GET", "/admin/", "", "", 403, "", ""}, {"root admin", "DELETE", "/admin/x", "", "", 200, "admin", ""}, {"broken", "GET", "/admin/", "", "", 500, "", owner},
		{"ann", "GET", "/orders/7", "", "", 200, "order 7 ", ""}, {"ann", "HEAD", "/orders/8", "", "", 404, "", owner},
		{"ann", "GET", "/orders/8", "", "", 404, "", owner}, {"ann", "GET", "/orders/9", "", "", 404, "", "noted access.objects.other"}, {"", "GET", "/orders/none", "", "", 403, "", ""},
		{"ann", "GET", "/orders/none", "", "", 404, "", "noted access.objects.other"}, {"ann", "GET", "/orders/7?id=7", "", "", 400, "", parameter}, {"ann", "GET", "/orders/7?ID=8", "", "", 400, "", parameter},
		{"ann", "GET", "/orders/broken", "", "", 500, "", owner}, {"ann", "GET", "/orders/busy", "", "", 503, "", ""},
		{"ann", "POST", "/orders/7", jsonType, `{"note":"thanks"}`, 200, `order 7 {"note":"thanks"}`, ""}, {"ann", "POST", "/orders/7", jsonType, `{"id":8}`, 400, "", parameter},
		{"ann", "POST", "/orders/7", formType, "id=7", 400, "", parameter}, {"ann", "POST", "/orders/7", jsonType, `{"x":"` + strings.Repeat("x", maxBody) + `"}`, 413, "", parameter},
		{"help support", "POST", "/orders/7", "", "", 200, "order 7 ", "noted access.objects.other"}, {"help support", "GET", "/orders/7", "", "", 404, "", owner}, {"help support", "POST", "/orders/9", "", "", 404, "", "noted access.objects.other"},
		{"bob", "POST", "/order", jsonType, `{"id":8}`, 200, `order 8 {"id":8}`, ""}, {"ann", "POST", "/order", jsonType, `{"id":8}`, 404, "", owner}, {"ann", "POST", "/order", "", "", 400, "", parameter}, {"ann", "POST", "/order?id=", "", "", 400, "", parameter},
		{"ann", "GET", "/files/a/b", "", "", 200, "order a/b ", ""}, {"ann", "PROPFIND", "/files/8", "", "", 404, "", owner}, {"ann", "GET", "/files/", "", "", 400, "", parameter},
		{"root admin", "GET", "/forgotten", "", "", 404, "", function}, {"root admin", "GET", "/wrapped", "", "", 404, "", function},
		{"ann", "GET", "/nowhere", "", "", 404, "", ""}, {"ann", "GET", "//nowhere/../x", "", "", 404, "", ""}, {"ann", "PUT", "/account", "", "", 405, "", ""}, {"", "OPTIONS", "/orders/7", "", "", 405, "", ""},
	} {
		var told []pavise.Decision
		r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
		r.Header = http.Header{"As": {test.as}, "Content-Type": {test.kind}}
		w := httptest.NewRecorder()
		shopRoutes(&told).ServeHTTP(w, r)
		if w.Code != test.status || test.status == 200 && w.Body.String() != test.says || test.status != 200 && strings.Contains(w.Body.String(), "10.0.0.5") {
			t.Errorf("%q %s %s: %d %s", test.as, test.method, test.target, w.Code, w.Body)
		}
		if allow := w.Header().Get("Allow"); (allow != "") != (test.status == 405) {
			t.Errorf("%s %s: Allow: %s", test.method, test.target, allow)
		}
		heard := ""
		for _, d := range told {
			heard += string(d.Action) + " " + d.Rule
			if d.Control != d.Rule[:strings.LastIndex(d.Rule, ".")] || d.Client.String() != "192.0.2.1" || d.Host != "example.com" || d.Path == "" || d.Time.IsZero() {
				t.Errorf("%s: %+v", test.target, d)
			}
		}
		if heard != test.told {
			t.Errorf("%q %s %s: told %q, want %q", test.as, test.method, test.target, heard, test.told)
		}
	}
}

// TestMissingAndForeignAreOne: byte for byte, and with what no route means.
func TestMissingAndForeignAreOne(t *testing.T) {
	var told []pavise.Decision
	m := shopRoutes(&told)
	for _, accept := range []string{"text/html", "application/json"} {
		var answers []string
		for _, target := range []string{"/orders/8", "/orders/9", "/orders/gone", "/nowhere", "/forgotten"} {
			r := httptest.NewRequest("GET", target, nil)
			r.Header = http.Header{"As": {"ann"}, "Accept": {accept}}
			w := httptest.NewRecorder()
			m.ServeHTTP(w, r)
			answers = append(answers, fmt.Sprint(w.Code, w.Header(), w.Body))
		}
		for _, a := range answers {
			if a != answers[0] {
				t.Errorf("%s\n%s", answers[0], a)
			}
		}
	}
}

// TestNobodyIsLedToTheLogin: where a person looks; and nothing is loaded for nobody.
func TestNobodyIsLedToTheLogin(t *testing.T) {
	for _, target := range []string{"/account", "/orders/7", "/orders/panic", "/admin/"} {
		r := httptest.NewRequest("GET", target, nil)
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		shopRoutes(new([]pavise.Decision)).ServeHTTP(w, r)
		if w.Code != 303 || w.Header().Get("Location") != "/login" {
			t.Errorf("%s: %d %v", target, w.Code, w.Header())
		}
	}
}

// TestNobodyIsReadTo: what nobody sends is not read, however large it is.
func TestNobodyIsReadTo(t *testing.T) {
	r := httptest.NewRequest("POST", "/order", io.NopCloser(unread{t}))
	r.Header.Set("Content-Type", jsonType)
	w := httptest.NewRecorder()
	shopRoutes(new([]pavise.Decision)).ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("%d", w.Code)
	}
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) { u.t.Error("it was read"); return 0, io.EOF }

// TestPathsLeadAroundNoRule: the mux mends a path, or takes it as it stands; either way
// the rule of the handler that would answer is asked.
func TestPathsLeadAroundNoRule(t *testing.T) {
	m := shopRoutes(new([]pavise.Decision))
	for target, status := range map[string]int{
		"//admin/": 307, "/x/../admin/": 307, "/admin": 307, "/orders/%38": 404, "/orders/7%2F..%2F8": 404, "/%61dmin/": 403, "/orders/./8": 307, "/files/7/../8": 307,
	} {
		for _, method := range []string{"GET", "CONNECT"} {
			r := httptest.NewRequest("GET", target, nil)
			r.Method = method // which httptest would take for one with an authority
			r.Header.Set("As", "ann")
			w := httptest.NewRecorder()
			m.ServeHTTP(w, r)
			if w.Code == 200 || method == "GET" && w.Code != status {
				t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
			}
		}
	}
}

func TestAPanicShowsNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic was hidden")
		}
	}()
	r := httptest.NewRequest("GET", "/orders/panic", nil)
	r.Header.Set("As", "ann")
	shopRoutes(new([]pavise.Decision)).ServeHTTP(neverAnswered{t}, r)
}

type neverAnswered struct{ t *testing.T }

func (n neverAnswered) Header() http.Header         { return http.Header{} }
func (n neverAnswered) WriteHeader(status int)      { n.t.Errorf("answered %d", status) }
func (n neverAnswered) Write(b []byte) (int, error) { n.t.Errorf("wrote %q", b); return len(b), nil }

func TestUnruled(t *testing.T) {
	m := shopRoutes(new([]pavise.Decision))
	if got := strings.Join(m.Unruled(), ", "); got != "GET /forgotten, GET /wrapped" {
		t.Error(got)
	}
	if got := m.List()[4]; got != (Route{"POST /orders/{id}", "owner by id, or role support"}) {
		t.Errorf("%+v", got)
	}
	mux := http.NewServeMux() // a rule knows nobody there
	mux.Handle("/", Public(say("home")))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 404 {
		t.Errorf("a rule without routes: %d", w.Code)
	}
}

// BenchmarkRoutes beside the mux of the standard library.
func BenchmarkRoutes(b *testing.B) {
	plain := http.NewServeMux()
	plain.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {})
	ruled := NewRoutes(pavise.Env{}, func(*http.Request) (Visitor, error) { return Visitor{ID: "ann"}, nil })
	ruled.Handle("GET /orders/{id}", Owner("id", loadOrder, func(http.ResponseWriter, *http.Request, order) {}))
	ruled.Handle("GET /public/{id}", Public(func(http.ResponseWriter, *http.Request) {}))
	for _, bench := range []struct {
		name, target string
		handler      http.Handler
	}{{"ServeMux", "/orders/7", plain}, {"Public", "/public/7", ruled}, {"Owner", "/orders/7", ruled}} {
		b.Run(bench.name, func(b *testing.B) {
			r, w := httptest.NewRequest("GET", bench.target, nil), httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				bench.handler.ServeHTTP(w, r)
			}
		})
	}
}
