// Command careful serves a shop as it should be.
package main

import (
	"crypto/tls"
	"html/template"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os/exec"
	"time"
)

var page = template.Must(template.New("page").Parse("<h1>{{.}}</h1>"))

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hello", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: "1", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		if err := page.Execute(w, r.FormValue("name")); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("GET /uptime", func(w http.ResponseWriter, r *http.Request) {
		out, err := exec.Command("uptime").Output()
		if err != nil {
			http.Error(w, "no uptime", http.StatusInternalServerError)
			return
		}
		w.Write(out)
	})
	mux.Handle("/", http.FileServer(http.Dir("public")))
	go func() { log.Print(http.ListenAndServe("127.0.0.1:6060", nil)) }() // profiles, for those on this machine
	server := &http.Server{
		Addr:              "127.0.0.1:8080",
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		TLSConfig: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		},
	}
	log.Fatal(server.ListenAndServe())
}
