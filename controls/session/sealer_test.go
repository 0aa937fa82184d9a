package session

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

const host = "shop.example.com"

func sealer(t testing.TB, env pavise.Env, set Settings) *Sealer {
	t.Helper()
	if env.Secret == nil {
		env.Secret = secret
	}
	s, err := NewSealer(env, "__Host-id", set)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sealedFor(t testing.TB, s *Sealer, user, data string) string {
	t.Helper()
	rec, err := s.Begin(ctx, user, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.Seal(host, rec)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSealedIsKept(t *testing.T) {
	store, c := newStage()
	s := sealer(t, pavise.Env{Store: store, Now: c.now}, Settings{})
	value := sealedFor(t, s, "ada", "cart")
	plain, _ := base64.RawURLEncoding.DecodeString(value)
	if bytes.Contains(plain, []byte("ada")) || bytes.Contains(plain, []byte("cart")) {
		t.Error("the cookie can be read")
	}
	rec, err := s.Open(ctx, host, value)
	if err != nil || rec.User != "ada" || string(rec.Data) != "cart" || !rec.Ends.Equal(c.now().Add(12*time.Hour)) {
		t.Errorf("opened %+v, %v", rec, err)
	}
}

// What was sealed for one host, name, purpose or key opens nothing elsewhere.
func TestSealedOpensNowhereElse(t *testing.T) {
	store, c := newStage()
	env := pavise.Env{Store: store, Now: c.now, Secret: secret}
	s := sealer(t, env, Settings{})
	value := sealedFor(t, s, "ada", "")
	named, err := NewSealer(env, "__Host-i", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	_, name := named.Open(ctx, "d"+host, value)
	_, other := s.Open(ctx, "blog.example.com", value)
	_, purpose := sealer(t, env, Settings{Purpose: "blog"}).Open(ctx, host, value)
	env.Secret = bytes.Repeat([]byte{8}, 32)
	_, key := sealer(t, env, Settings{}).Open(ctx, host, value)
	for what, err := range map[string]error{"name": name, "host": other, "purpose": purpose, "key": key} {
		mustBe(t, "another "+what, err, ErrNone)
	}
	for _, bad := range []string{"", "x", value[1:], value + "A", value + "=", strings.Repeat("A", 1<<20)} {
		_, err := s.Open(ctx, host, bad)
		mustBe(t, "nonsense", err, ErrNone)
	}
}

func TestSealedEnds(t *testing.T) {
	store, c := newStage()
	s := sealer(t, pavise.Env{Store: store, Now: c.now}, Settings{Idle: 10 * time.Minute, Absolute: time.Hour})
	value := sealedFor(t, s, "ada", "")
	due := 0
	for range 11 {
		c.pass(5 * time.Minute)
		rec, err := s.Open(ctx, host, value)
		if err != nil {
			t.Fatal(err)
		}
		if s.Due(rec) {
			due++
			value, _ = s.Seal(host, rec)
		}
	}
	if due != 11 {
		t.Errorf("sealed again %d times", due)
	}
	c.pass(5 * time.Minute)
	_, err := s.Open(ctx, host, value)
	mustBe(t, "after an hour", err, ErrNone)

	value = sealedFor(t, s, "ada", "")
	c.pass(4 * time.Minute)
	if rec, err := s.Open(ctx, host, value); err != nil || s.Due(rec) {
		t.Errorf("due before half of the idle time, %v", err)
	}
	c.pass(6 * time.Minute)
	_, err = s.Open(ctx, host, value)
	mustBe(t, "after ten minutes of rest", err, ErrNone)

	value = sealedFor(t, s, "ada", "")
	c.pass(-time.Minute)
	_, err = s.Open(ctx, host, value)
	mustBe(t, "by a clock that is a minute behind", err, nil)
	c.pass(-time.Hour)
	_, err = s.Open(ctx, host, value)
	mustBe(t, "from the future", err, ErrNone)
}

func TestSealedAgainByTheNewKey(t *testing.T) {
	store, c := newStage()
	env := pavise.Env{Store: store, Now: c.now, Secret: secret}
	value := sealedFor(t, sealer(t, env, Settings{}), "ada", "cart")
	env.Secret, env.Former = bytes.Repeat([]byte{9}, 32), [][]byte{secret}
	now := sealer(t, env, Settings{})
	rec, err := now.Open(ctx, host, value)
	if err != nil || !now.Due(rec) {
		t.Fatalf("not due: %v", err)
	}
	value, _ = now.Seal(host, rec)
	env.Former = nil
	if rec, err := sealer(t, env, Settings{}).Open(ctx, host, value); err != nil || string(rec.Data) != "cart" {
		t.Errorf("opened %+v, %v", rec, err)
	}
}

// What was revoked stays so, and what was sealed behind that is not revoked with it,
// however long both live.
func TestSealedIsRevoked(t *testing.T) {
	store, c := newStage()
	s := sealer(t, pavise.Env{Store: store, Now: c.now}, Settings{})
	old, bobs := sealedFor(t, s, "ada", ""), sealedFor(t, s, "bob", "")
	if err := s.EndAll(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Open(ctx, host, old)
	mustBe(t, "behind the end of all", err, ErrNone)
	_, err = s.Open(ctx, host, bobs)
	mustBe(t, "another user", err, nil)
	c.pass(12 * time.Hour)
	value := sealedFor(t, s, "ada", "")
	for range 100 {
		c.pass(7 * time.Minute)
		rec, err := s.Open(ctx, host, value)
		if err != nil {
			t.Fatalf("at %s: %v", c.now(), err)
		}
		if s.Due(rec) {
			value, _ = s.Seal(host, rec)
		}
	}
	if err := s.EndAll(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(ctx, host, value)
	mustBe(t, "behind the second end", err, ErrNone)

	bobs = sealedFor(t, s, "bob", "")
	store.before = func(string, string) error { return pavise.ErrAway }
	_, err = s.Open(ctx, host, bobs)
	mustBe(t, "where nobody knows", err, pavise.ErrAway)
	mustBe(t, "the end of all", s.EndAll(ctx, "bob"), pavise.ErrAway)
	forever := sealer(t, pavise.Env{Store: store, Now: c.now}, Settings{InsecureForever: true})
	_, err = forever.Open(ctx, host, sealedFor(t, forever, "ada", ""))
	mustBe(t, "without any store", err, nil)
	if forever.EndAll(ctx, "ada") == nil {
		t.Error("revokes without generations")
	}
}

// Oversize: what a browser would drop without a word is an error that says so.
func TestOversizeIsSaid(t *testing.T) {
	store, c := newStage()
	var told error
	a := newShop(t, Config{Env: pavise.Env{Store: store, Now: c.now}, Sealed: true, Failed: func(w http.ResponseWriter, r *http.Request, err error) {
		told = err
		failed(w, r, err)
	}})
	b := a.browser(t)
	says(t, b, "/put?apple", 200, "")
	w := b.ask("/put?" + strings.Repeat("x", 3000))
	var long *TooLongError
	if w.Code != 500 || w.Header().Get("Set-Cookie") != "" || !errors.As(told, &long) || long.Bytes <= 4096 || !strings.Contains(told.Error(), "4096") {
		t.Errorf("%d %v, %v", w.Code, w.Header(), told)
	}
	says(t, b, "/", 200, ":apple")

	s := sealer(t, pavise.Env{Now: c.now}, Settings{})
	for size := 2900; ; size++ {
		rec, _ := s.Begin(ctx, "ada", make([]byte, size))
		value, err := s.Seal(host, rec)
		if err != nil {
			if !errors.As(err, &long) || long.Bytes > 4100 {
				t.Error(err)
			}
			break
		}
		if len("__Host-id")+len(value) > 4096 {
			t.Fatalf("sealed to %d bytes", len(value))
		}
	}
}

func FuzzSealed(f *testing.F) {
	c := &clock{at: time.UnixMilli(1767323045000)}
	s, err := NewSealer(pavise.Env{Now: c.now, Secret: secret}, "__Host-id", Settings{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", []byte(nil))
	f.Add(strings.Repeat("A", 80), []byte{0, 1, 1, 0, 0, 0, 0})
	rec, _ := s.Begin(ctx, "ada", []byte("cart"))
	f.Add(sealedFor(f, s, "ada", "x"), appendRecord([]byte{0}, rec))
	f.Fuzz(func(t *testing.T, value string, plain []byte) {
		if rec, err := s.Open(ctx, "elsewhere", value); err == nil {
			t.Errorf("opened %+v", rec)
		}
		// what only we can have sealed, whatever is in it
		sealed := base64.RawURLEncoding.EncodeToString(s.ring.Seal(nil, plain, s.beside(host)))
		if rec, err := s.Open(ctx, host, sealed); err == nil && !rec.Ends.After(c.now()) {
			t.Errorf("opened behind its end %+v", rec)
		}
	})
}
