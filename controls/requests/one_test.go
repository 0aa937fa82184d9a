package requests

import (
	"context"
	"errors"
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
	} {
		got, err := One(posted(test.query, test.kind, test.body), "id")
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s %q: %q, %v", test.query, test.body, got, err)
		}
	}
	if _, err := One(posted("?id=%zz", "", ""), "id"); err == nil {
		t.Error("a query that cannot be read has one")
	}
}

func TestOwned(t *testing.T) {
	load := func(_ context.Context, id string) (string, string, bool, error) {
		if id == "broken" {
			return "", "", false, errors.New("the database is away")
		}
		return "order " + id, map[string]string{"1": "ann", "2": "bob", "3": ""}[id], id != "9", nil
	}
	for _, test := range []struct {
		query, visitor string
		want           int
	}{{"?id=1", "ann", 0}, {"?id=2", "ann", 404}, {"?id=9", "ann", 404}, {"?id=1&id=2", "ann", 400}, {"", "ann", 400}, {"?id=3", "", 404}, {"?id=broken", "ann", 500}} {
		order, refusal := Owned(request("GET", "/"+test.query), "id", test.visitor, load)
		got := 0
		if refusal != nil {
			got = refusal.Status
		}
		if got != test.want || (order == "order 1") != (got == 0) {
			t.Errorf("%s of %q: %q, %v", test.query, test.visitor, order, refusal)
		}
	}
}
