package main

import (
	"net/http"

	"pavise/controls/session"
)

// cart is what the session remembers until it is ordered.
var cart = session.JSON[Cart]("cart")

func (s *shop) cart(w http.ResponseWriter, r *http.Request) {
	held, _ := cart.Get(s.sessions.From(r))
	s.show(w, r, http.StatusOK, "cart", "Your cart", held)
}

func (s *shop) addToCart(w http.ResponseWriter, r *http.Request) {
	p, ok := product(r.PostFormValue("product"))
	if !ok {
		http.Error(w, "There is no such product.", http.StatusUnprocessableEntity)
		return
	}
	cart.Change(s.sessions.From(r), func(held Cart) Cart { return held.with(p.ID) })
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
}

func (s *shop) clearCart(w http.ResponseWriter, r *http.Request) {
	cart.Delete(s.sessions.From(r))
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
}

func (s *shop) placeOrder(w http.ResponseWriter, r *http.Request) {
	own := s.sessions.From(r)
	held, ok := cart.Get(own)
	if !ok {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	id, ok := s.orders.place(own.User(), held)
	if !ok {
		s.unavailable(w)
		return
	}
	cart.Delete(own)
	http.Redirect(w, r, "/orders/"+id, http.StatusSeeOther)
}

func (s *shop) listOrders(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "orders", "Your orders", s.orders.of(s.sessions.From(r).User()))
}

// showOrder is given an order that the visitor may see: the rule of its route has
// loaded it.
func (s *shop) showOrder(w http.ResponseWriter, r *http.Request, order Order) {
	s.show(w, r, http.StatusOK, "order", "Order "+order.ID, order)
}

func (s *shop) cancelOrder(w http.ResponseWriter, r *http.Request, order Order) {
	s.orders.move(order.ID, placed, cancelled)
	http.Redirect(w, r, "/orders/"+order.ID, http.StatusSeeOther)
}

func (s *shop) admin(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "admin", "Workshop", s.orders.of(""))
}

func (s *shop) sendOrder(w http.ResponseWriter, r *http.Request) {
	s.orders.move(r.PathValue("id"), placed, sent)
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
}
