package pavise

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// refuser refuses what asks for /no.
type refuser struct{}

func (refuser) Doc() Doc        { return Doc{ID: "test.refuser", Title: "x", Refuses: true} }
func (refuser) Validate() error { return nil }
func (refuser) Enforce(Env) (Hooks, error) {
	return Hooks{Admit: func(x *Exchange) error {
		if x.Request.URL.Path == "/no" {
			return &Refusal{Status: http.StatusForbidden, Rule: "test.refuser.no", Reason: "No."}
		}
		return nil
	}}, nil
}

// TestOver: every exchange is told of once, with what became of it.
func TestOver(t *testing.T) {
	type told struct {
		path, control string
		status        int
		sent          int64
		attached      any
	}
	var got []told
	env := Env{Now: func() time.Time { return time.Unix(9, 0) }, Over: func(x *Exchange) {
		if x.Begun.Unix() != 9 {
			t.Errorf("began at %v", x.Begun)
		}
		got = append(got, told{x.Path, x.Control, x.Status, x.Sent, x.Attached})
	}}
	chain, err := Policy{{Control: refuser{}}}.Wrap(env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ExchangeOf(w).Attached = "seen"
		r.URL.Path = "/stripped"
		w.Write([]byte("hello"))
		if r.Method == "PUT" {
			panic(http.ErrAbortHandler)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*http.Request{httptest.NewRequest("GET", "/yes", nil), httptest.NewRequest("GET", "/no", nil), httptest.NewRequest("PUT", "/yes", nil)} {
		func() {
			defer func() { recover() }()
			chain.ServeHTTP(httptest.NewRecorder(), r)
		}()
	}
	if len(got) != 3 || got[0] != (told{"/yes", "", 200, 5, "seen"}) || got[2] != got[0] {
		t.Fatalf("%+v", got)
	}
	if no := got[1]; no.control != "test.refuser" || no.status != 403 || no.sent == 0 || no.attached != nil {
		t.Errorf("%+v", no)
	}
}
