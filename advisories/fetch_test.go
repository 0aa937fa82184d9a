package advisories

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// publish serves a text at a loopback address as sources do, and breaks off every
// transfer after so many bytes; 0 is never.
func publish(t *testing.T, text, etag string, breaks int) (address string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		rest := text
		if from := 0; r.Header.Get("If-Range") == etag && etag != "" {
			if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 {
				rest = text[from:]
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
			}
		}
		if r.Header.Get("If-None-Match") == etag && etag != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
		if len(rest) < len(text) {
			w.WriteHeader(http.StatusPartialContent)
		}
		if breaks > 0 && len(rest) > breaks {
			rest = rest[:breaks]
		}
		w.Write([]byte(rest))
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestFetch(t *testing.T) {
	text := strings.Repeat("0123456789", 100)
	for name, tt := range map[string]struct {
		etag   string
		breaks int
		asked  int64
		fails  string
	}{
		"at once":                  {`"a"`, 0, 1, ""},
		"in four parts":            {`"a"`, 250, 4, ""},
		"in too many parts":        {`"a"`, 200, 4, "unexpected EOF, 4 times"},
		"in parts of nobody knows": {"", 250, 4, "unexpected EOF, 4 times"},
	} {
		address, asked := publish(t, text, tt.etag, tt.breaks)
		s := Source{Address: address}
		last := int64(0)
		got, err := Fetcher{Progress: func(got, total int64) { last = got }}.Fetch(t.Context(), &s)
		switch {
		case tt.fails == "" && (err != nil || text != fetchedText(t, got) || last != 1000 || len(s.Sum) != 64):
			t.Errorf("%s: %v: %+v", name, err, s)
		case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
			t.Errorf("%s: %v", name, err)
		}
		if asked.Load() != tt.asked {
			t.Errorf("%s: asked %d times", name, asked.Load())
		}
		if tt.fails == "" {
			if again, err := (Fetcher{}).Fetch(t.Context(), &s); again != nil || err != nil {
				t.Errorf("%s: unchanged, and yet %v, %v", name, again, err)
			}
		}
	}
}

// fetchedText is what was fetched, which is then removed.
func fetchedText(t *testing.T, f *Fetched) string {
	t.Helper()
	if f == nil {
		return ""
	}
	data, err := io.ReadAll(f.File)
	if f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(f.File.Name()); err == nil {
		t.Error("the file is left behind")
	}
	return string(data)
}

func TestFetchRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"http://mirror.example.com/x":  "the address must be https",
		"ftp://mirror.example.com/x":   "the address must be https",
		"mirror":                       "is no address such as",
		"http://127.0.0.1.example.com": "the address must be https",
	} {
		if _, err := (Fetcher{}).Fetch(t.Context(), &Source{Address: address}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://mirror.example.com/", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		case "/silent":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for path, want := range map[string]string{
		"/away": "the address must be https", "/round": "it leads on and on", "/endless": "longer than 64 MB", "/none": "404 Not Found", "/silent": "deadline exceeded",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if path == "/silent" {
			ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
		}
		_, err := Fetcher{}.Fetch(ctx, &Source{Address: server.URL + path})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		cancel()
	}
}

func TestConfirm(t *testing.T) {
	file := filled(t)
	now := august.AddDate(0, 3, 0)
	d, err := Begin(file)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if err := d.Confirm("RetireJS", now); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Commit(nil); err != nil {
		t.Fatal(err)
	}
	db := open(t, file)
	if s := db.Sources(); !s[0].Dated.Equal(now) || s[1].Dated.Equal(now) || db.Verify() != nil {
		t.Errorf("%+v", s)
	}
}
