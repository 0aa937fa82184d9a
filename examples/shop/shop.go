package main

import (
	"fmt"
	"net/http"
	"time"

	"pavise"
	"pavise/controls/requests"
)

type shop struct {
	people *people
	orders *orders
}

func newShop(env pavise.Env) (http.Handler, error) {
	s := &shop{people: newPeople(), orders: newOrders()}
	routes := requests.NewRoutes(env, nil)
	routes.Login = "/login"
	routes.Handle("GET /{$}", requests.Public(s.home))
	routes.Handle("GET /static/{file}", requests.Public(file))
	routes.Handle("GET /.well-known/security.txt", requests.Public(securityText))
	return routes, nil
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	word := r.FormValue("q")
	view{Title: "Pots for every day", Data: map[string]any{"Word": word, "Products": found(word)}}.write(w, 200, "home")
}

// file answers one file, and lists no folder.
func file(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("file"))
}

// securityText says to whom flaws are reported (RFC 9116).
func securityText(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "Contact: mailto:security@%s\nExpires: %s\n", host, time.Now().AddDate(0, 6, 0).UTC().Format(time.RFC3339))
}
