package main

import (
	"fmt"
	"net/http"
	"time"

	"pavise"
	"pavise/controls/requests"
	"pavise/controls/session"
)

// A shop is what its handlers share.
type shop struct {
	sessions *session.Sessions
	people   *people
	orders   *orders
}

// newShop returns the shop as one handler: a request gets its session first, and then
// the rule of its route is asked.
func newShop(env pavise.Env) (http.Handler, error) {
	sessions, err := session.New(session.Config{Env: env})
	if err != nil {
		return nil, err
	}
	s := &shop{sessions: sessions, people: newPeople(), orders: newOrders()}
	return sessions.Wrap(s.routes(env)), nil
}

// routes says who may have what: this is all of it.
func (s *shop) routes(env pavise.Env) *requests.Routes {
	routes := requests.NewRoutes(env, s.visitor)
	routes.Login = "/login"

	routes.Handle("GET /{$}", requests.Public(s.home))
	routes.Handle("GET /static/{file}", requests.Public(file))
	routes.Handle("GET /.well-known/security.txt", requests.Public(securityText))
	routes.Handle("GET /cart", requests.Public(s.cart))
	routes.Handle("POST /cart", requests.Public(s.addToCart))
	routes.Handle("POST /cart/clear", requests.Public(s.clearCart))
	routes.Handle("GET /login", requests.Public(s.login))
	routes.Handle("POST /login", requests.Public(s.logIn))

	routes.Handle("POST /logout", requests.SignedIn(s.logOut))
	routes.Handle("GET /account", requests.SignedIn(s.account))
	routes.Handle("POST /account/sessions/end", requests.SignedIn(s.endSession))
	routes.Handle("POST /account/sessions/end-others", requests.SignedIn(s.endOthers))
	routes.Handle("GET /orders", requests.SignedIn(s.listOrders))
	routes.Handle("POST /orders", requests.SignedIn(s.placeOrder))

	routes.Handle("GET /orders/{id}", requests.OwnerOr(staff, "id", s.orders.load, s.showOrder))
	routes.Handle("POST /orders/{id}/cancel", requests.Owner("id", s.orders.load, s.cancelOrder))

	routes.Handle("GET /admin", requests.Role(staff, s.admin))
	routes.Handle("POST /admin/orders/{id}/send", requests.Role(staff, s.sendOrder))
	return routes
}

// visitor is who asks, by the session of the request.
func (s *shop) visitor(r *http.Request) (requests.Visitor, error) {
	id := s.sessions.From(r).User()
	return requests.Visitor{ID: id, Roles: s.people.byID[id].Roles}, nil
}

// show answers with a page.
func (s *shop) show(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	v := view{Title: title, Data: data}
	own := s.sessions.From(r)
	if person, ok := s.people.byID[own.User()]; ok {
		v.Who = &person
	}
	held, _ := cart.Get(own)
	for _, l := range held.Lines() {
		v.Items += l.Count
	}
	v.write(w, status, name)
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	word := r.FormValue("q")
	s.show(w, r, http.StatusOK, "home", "Pots for every day", struct {
		Word     string
		Products []Product
	}{word, found(word)})
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
