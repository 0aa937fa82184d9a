package pavise

import (
	"net/http"
	"testing"

	"pavise/internal/poison"
)

func TestLinesBelongToOneExchange(t *testing.T) {
	shared := []string{"a", "b"}
	x := new(Exchange)
	one, two := x.Lines(shared...), x.Lines("c")
	_ = append(one, "over")
	if two[0] != "c" {
		t.Errorf("to append to one header wrote %q into the next", two[0])
	}
	one[0] = "changed"
	if shared[0] != "a" {
		t.Error("a change reached what was handed in")
	}
	for range 3 * roomLines { // more than there is room for at once
		x.Lines("d")
	}
	if long := x.Lines(make([]string, 2*roomLines)...); len(long) != 2*roomLines || one[1] != "b" || two[0] != "c" {
		t.Errorf("got %d lines, and %q and %q before them", len(long), one[1], two[0])
	}
}

// TestKeptExchange holds that whoever keeps an exchange beyond its end sees nothing
// that he could take for another.
func TestKeptExchange(t *testing.T) {
	var stray *Exchange
	var late http.ResponseWriter
	keeps := testControl{"t.keeps", Hooks{Admit: func(x *Exchange) error {
		stray = x
		x.Keep("t.keeps", "a secret")
		return nil
	}}}
	h := wrap(t, Recommend([]Control{keeps}), Env{}, func(w http.ResponseWriter, _ *http.Request) { late = w })
	get(h, "https://shop.example.com/")
	if stray.Request != nil || stray.Header != nil || stray.Kept("t.keeps") != nil {
		t.Errorf("of the exchange there is still %v, %v and %v", stray.Request, stray.Header, stray.Kept("t.keeps"))
	}
	if poison.On && (stray.ID != released || stray.Host != released || RequestID(late) != released) {
		t.Errorf("the exchange is still that of %s with %s", stray.Host, stray.ID)
	}
}

// TestHeldIsSpoilt holds the same of a body that was held back.
func TestHeldIsSpoilt(t *testing.T) {
	if !poison.On {
		t.Skip("only builds with the race detector are poisoned")
	}
	var stray []byte
	keeps := testControl{"t.keeps", Hooks{Replace: func(_ *Exchange, held []byte) *Page {
		stray = held
		return nil
	}}}
	h := wrap(t, Recommend([]Control{keeps}), Env{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte("no such page"))
	})
	if body := get(h, "/").Body.String(); body != "no such page" {
		t.Fatalf("the page came as %q", body)
	}
	if string(stray) == "no such page" {
		t.Error("who keeps a body sees it after it was released")
	}
}
