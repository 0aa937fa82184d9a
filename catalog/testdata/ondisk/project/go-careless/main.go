// Command careless serves a shop with every mistake.
package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"text/template"
)

var page = template.Must(template.New("page").Parse("<h1>{{.}}</h1>"))

func main() {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       []uint16{tls.TLS_RSA_WITH_RC4_128_SHA},
	}}}
	if _, err := client.Get("https://stock.example.com/"); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: r.FormValue("name")})
		page.Execute(w, r.FormValue("name"))
	})
	http.HandleFunc("/lookup", func(w http.ResponseWriter, r *http.Request) {
		out, _ := exec.Command("sh", "-c", "host "+r.FormValue("name")).Output()
		w.Write(out)
	})
	http.HandleFunc("/go", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("next"), http.StatusFound)
	})
	http.Handle("/", http.FileServer(http.Dir(".")))
	if err := http.ListenAndServe(":8080", nil); err != nil {
		panic(err)
	}
}
