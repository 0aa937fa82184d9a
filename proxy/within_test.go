package proxy

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"testing"
)

// TestAppOfThisProgram: it is served as one behind an address is, by the policy, and
// leaves no files behind.
func TestAppOfThisProgram(t *testing.T) {
	left := make(chan string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shelf/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		f, _, err := r.FormFile("picture")
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		left <- f.(*os.File).Name()
		io.WriteString(w, r.PathValue("id")+" over TLS: ")
		io.CopyN(w, f, 3)
		if r.TLS == nil {
			t.Error("came in the clear")
		}
	})
	both(t, func(http.ResponseWriter, *http.Request) { t.Error("the address was asked") }, func(t *testing.T, w *world) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, _ := form.CreateFormFile("picture", "a.png")
		file.Write(bytes.Repeat([]byte("png"), 11<<20/3)) // more than is kept in memory whatever is asked for
		form.Close()
		r := request("POST", w.base+"/shelf/7", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		answer, text := do(t, w, r)
		if answer.StatusCode != 200 || text != "7 over TLS: png" || answer.Header.Get("Mark") == "" {
			t.Errorf("%d %q %v", answer.StatusCode, text, answer.Header)
		}
		if _, err := os.Stat(<-left); !os.IsNotExist(err) {
			t.Errorf("the file of the form stayed: %v", err)
		}
		if answer, _ := do(t, w, request("GET", w.base+"/shelf/7", nil)); answer.StatusCode != 405 {
			t.Errorf("%d", answer.StatusCode)
		}
	}, func(cfg *Config) { cfg.Sites[0].Handler = mux })
}

// TestAppOfThisProgramIsNotHeldBack: what it flushes has arrived before it ends.
func TestAppOfThisProgramIsNotHeldBack(t *testing.T) {
	read := make(chan bool)
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case <-read:
		case <-r.Context().Done():
			t.Error("nothing arrived")
		}
		io.WriteString(w, "two")
	})
	both(t, nil, func(t *testing.T, w *world) {
		answer, err := w.client.Do(request("GET", w.base+"/", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		first := make([]byte, 3)
		if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "one" {
			t.Fatalf("%q, %v", first, err)
		}
		read <- true
		if rest, err := io.ReadAll(answer.Body); err != nil || string(rest) != "two" {
			t.Errorf("%q, %v", rest, err)
		}
	}, func(cfg *Config) { cfg.Sites[0].Handler = app })
}
