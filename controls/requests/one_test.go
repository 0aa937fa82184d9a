package requests

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOne(t *testing.T) {
	for _, test := range []struct {
		query, kind, body string
		want              string
		err               error
	}{
		{"?id=1", "", "", "1", nil}, {"?ID[]=1", "", "", "1", nil}, {"", formType, "id=1", "1", nil}, {"", multipartType, parts("id=1"), "1", nil}, {"?x=1", "", "", "", ErrNone},
		{"?id=1&id=1", "", "", "", ErrMany}, {"?id=1&Id=2", "", "", "", ErrMany}, {"?id=1", formType, "id=1", "", ErrMany}, {"?id=1", multipartType, parts("id[0]=2"), "", ErrMany},
		{"", jsonType, `{"id":7}`, "7", nil}, {"", jsonType, `{"x":1,"ID":"7"}`, "7", nil}, {"", "application/vnd.shop+json", `{"id":7}`, "7", nil}, {"", jsonType, `[{"id":7}]`, "", ErrNone}, {"", jsonType, "", "", ErrNone},
		{"?id=1", jsonType, `{"id":1}`, "", ErrMany}, {"", jsonType, `{"id":1,"id":1}`, "", ErrMany}, {"", jsonType, `{"id":[1]}`, "", ErrMany}, {"", jsonType, `{"id":null}`, "", ErrNone}, {"?id=1", jsonType, `{"order":{"id":2}}`, "1", nil},
		{"?id=1", jsonType, `{"x":"` + strings.Repeat("x", maxBody) + `"}`, "", ErrLarge},
		{"?id=1", "text/plain", `{"id":2}`, "1", nil},
	} {
		got, err := One(posted(test.query, test.kind, test.body), "id")
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s %.99q: %q, %v", test.query, test.body, got, err)
		}
	}
}

// TestOneIsNotSure: what two readers could understand in two ways has no one value.
func TestOneIsNotSure(t *testing.T) {
	twice := posted("?id=1", jsonType, "{}")
	twice.Header.Add("Content-Type", formType)
	for _, r := range []*http.Request{
		posted("?id=%zz", "", ""), posted("?id=1;id=2", "", ""), twice,
		posted("?id=1", jsonType, `{"x":`), posted("?id=1", jsonType, `{}{"id":2}`), posted("?id=1", jsonType+"; charset=utf-7", `{}`),
		posted("?id=1", jsonType, "{\x00}\x00"), posted("?id=1", jsonType, `{"x":`+strings.Repeat("[", 300)+strings.Repeat("]", 300)+"}"),
	} {
		if got, err := One(r, "id"); err == nil {
			t.Errorf("%s %s: %q", r.URL, r.Header["Content-Type"], got)
		}
	}
}

// TestOneFoldsAsGoDoes: to encoding/json the long s is an s, and the sign of Kelvin a k.
func TestOneFoldsAsGoDoes(t *testing.T) {
	for name, folded := range map[string]string{"user": "u\u017fer", "task": "tas\u212a"} {
		body := `{"` + name + `":"mine","` + folded + `":"another's"}`
		if got, err := One(posted("", jsonType, body), name); !errors.Is(err, ErrMany) {
			t.Errorf("%s: %q, %v", body, got, err)
		}
		var seen struct{ User, Task string }
		if err := json.Unmarshal([]byte(body), &seen); err != nil || seen.User+seen.Task != "another's" {
			t.Errorf("%s: a program reads %+v, %v", body, seen, err)
		}
	}
}

// TestOneOfARoute counts the wildcard of the route among the places.
func TestOneOfARoute(t *testing.T) {
	for target, want := range map[string]error{"/orders/7": nil, "/orders/7?id=7": ErrMany, "/orders/7?ID=8": ErrMany, "/orders/": ErrNone} {
		r := httptest.NewRequest("GET", target, nil)
		r.SetPathValue("id", strings.Trim(r.URL.Path[len("/orders/"):], "/"))
		if got, err := One(r, "id"); !errors.Is(err, want) || err == nil && got != "7" {
			t.Errorf("%s: %q, %v", target, got, err)
		}
	}
}

// FuzzOne: of JSON, the handler still reads every byte, and what is found is what it
// finds, too.
func FuzzOne(f *testing.F) {
	for _, body := range []string{`{"id":7}`, `{"id":"7","ID":8}`, `{"id":null}`, `[1]`, `{"id":{"id":7}}`, `{"id":7}x`, "\xef\xbb\xbf{}"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := posted("", jsonType, body)
		got, err := One(r, "id")
		if read, _ := io.ReadAll(r.Body); string(read) != body {
			t.Fatalf("the handler reads %q of %q", read, body)
		}
		var seen struct{ ID any }
		if err == nil && (json.Unmarshal([]byte(body), &seen) != nil || seen.ID == nil && got != "null") {
			t.Fatalf("%q: %q, but a program reads %v", body, got, seen.ID)
		}
	})
}
