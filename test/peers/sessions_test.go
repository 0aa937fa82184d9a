package peers

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	gorilla "github.com/gorilla/sessions"

	"pavise/controls/session"
)

// A keeper of sessions is how one package reads a name from a session, and counts in it.
type keeper struct {
	read, count middleware
}

var (
	user   = session.String("user")
	visits = session.Int("visits")
)

func ourSessions(t testing.TB, c session.Config) keeper {
	s, err := session.New(c)
	if err != nil {
		t.Fatal(err)
	}
	around := func(do func(*session.Session)) middleware {
		return func(next http.Handler) http.Handler {
			return s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				do(s.From(r))
				next.ServeHTTP(w, r)
			}))
		}
	}
	return keeper{
		read: around(func(s *session.Session) {
			if name, _ := user.Get(s); name != "alice" {
				t.Errorf("the user is %q", name)
			}
		}),
		count: around(func(s *session.Session) {
			user.Set(s, "alice")
			visits.Change(s, func(n int64) int64 { return n + 1 })
		}),
	}
}

func scsSessions(t testing.TB, idle time.Duration) keeper {
	s := scs.New()
	s.IdleTimeout = idle
	around := func(do func(*http.Request)) middleware {
		return func(next http.Handler) http.Handler {
			return s.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				do(r)
				next.ServeHTTP(w, r)
			}))
		}
	}
	return keeper{
		read: around(func(r *http.Request) {
			if name := s.GetString(r.Context(), "user"); name != "alice" {
				t.Errorf("the user is %q", name)
			}
		}),
		count: around(func(r *http.Request) {
			s.Put(r.Context(), "user", "alice")
			s.Put(r.Context(), "visits", s.GetInt(r.Context(), "visits")+1)
		}),
	}
}

// gorillaSessions are encrypted, as ours are.
func gorillaSessions(t testing.TB) keeper {
	s := gorilla.NewCookieStore(make([]byte, 32), make([]byte, 32))
	around := func(do func(http.ResponseWriter, *http.Request, *gorilla.Session)) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				own, err := s.Get(r, "id")
				if err != nil {
					t.Error(err)
				}
				do(w, r, own)
				next.ServeHTTP(w, r)
			})
		}
	}
	return keeper{
		read: around(func(_ http.ResponseWriter, _ *http.Request, own *gorilla.Session) {
			if name, _ := own.Values["user"].(string); name != "alice" {
				t.Errorf("the user is %q", name)
			}
		}),
		count: around(func(w http.ResponseWriter, r *http.Request, own *gorilla.Session) {
			n, _ := own.Values["visits"].(int)
			own.Values["user"], own.Values["visits"] = "alice", n+1
			if err := own.Save(r, w); err != nil {
				t.Error(err)
			}
		}),
	}
}

// bench reads from a session, and counts in one, by somebody who has it already.
func (k keeper) bench(b *testing.B, name string) {
	w := httptest.NewRecorder()
	k.count(http.HandlerFunc(app)).ServeHTTP(w, httptest.NewRequest("GET", "https://shop.example.com/", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		b.Fatalf("%d cookies were set", len(cookies))
	}
	known := visit{"GET", maps.Clone(page.header)}
	known.header["Cookie"] = []string{page.header["Cookie"][0] + "; " + cookies[0].Name + "=" + cookies[0].Value}
	known.bench(b, "read/"+name, k.read)
	known.bench(b, "count/"+name, k.count)
}

// BenchmarkSessions loads a session from memory or from a sealed cookie, with an idle
// end, reads a name or counts, and saves what has changed.
func BenchmarkSessions(b *testing.B) {
	page.bench(b, "app")
	ourSessions(b, session.Config{}).bench(b, "memory/pavise")
	scsSessions(b, 15*time.Minute).bench(b, "memory/scs")
	scsSessions(b, 0).bench(b, "memory/scs-without-idle-end")
	ourSessions(b, session.Config{Sealed: true}).bench(b, "cookie/pavise")
	gorillaSessions(b).bench(b, "cookie/gorilla")
}
