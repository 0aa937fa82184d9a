package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Cents is money. It never has a fraction.
type Cents int

func (c Cents) String() string { return fmt.Sprintf("€ %d.%02d", c/100, c%100) }

// A Product is what the shop sells; its picture is static/ID.svg.
type Product struct {
	ID, Name, Text string
	Price          Cents
}

// A Line is so many of one product.
type Line struct {
	Product Product
	Count   int
}

// Sum is what the line costs.
func (l Line) Sum() Cents { return l.Product.Price * Cents(l.Count) }

// An Order is what somebody has bought.
type Order struct {
	ID, Customer, State string
	Lines               []Line
	Placed              time.Time
}

// Total is what the order costs.
func (o Order) Total() Cents { return total(o.Lines) }

func total(lines []Line) (sum Cents) {
	for _, l := range lines {
		sum += l.Sum()
	}
	return sum
}

// What becomes of an order.
const (
	placed    = "placed"
	sent      = "sent"
	cancelled = "cancelled"
)

// maxOrders bounds what anybody can make the shop remember.
const maxOrders = 10_000

var catalogue = []Product{
	{"cup", "Morning cup", "Holds a large coffee, and the warmth of it. White clay, blue glaze.", 1800},
	{"bowl", "Soup bowl", "Wide, deep and even on its foot. Goes with the cup.", 2400},
	{"plate", "Supper plate", "A calm rim around whatever you cook. Stacks well.", 2200},
	{"jug", "Water jug", "A litre and a quarter, and a spout that does not drip.", 4200},
	{"vase", "Narrow vase", "For three stems, or one branch from the hedge.", 3600},
	{"teapot", "Teapot", "Pours to the last drop; the lid stays where it is.", 6800},
}

func product(id string) (Product, bool) {
	i := slices.IndexFunc(catalogue, func(p Product) bool { return p.ID == id })
	if i < 0 {
		return Product{}, false
	}
	return catalogue[i], true
}

// found are the products whose name or text has the word.
func found(word string) []Product {
	var list []Product
	for _, p := range catalogue {
		if strings.Contains(strings.ToLower(p.Name+" "+p.Text), strings.ToLower(strings.TrimSpace(word))) {
			list = append(list, p)
		}
	}
	return list
}

// A Cart is what somebody wants to buy.
type Cart struct {
	Number string         // of which there is one order at most
	Counts map[string]int // by product
}

// maxOfOne is how many of one product a cart holds.
const maxOfOne = 99

// with is the cart with one more product in it.
func (c Cart) with(id string) Cart {
	if c.Counts == nil {
		c = Cart{Number: rand.Text(), Counts: map[string]int{}}
	}
	c.Counts[id] = min(c.Counts[id]+1, maxOfOne)
	return c
}

// Lines are what it holds, in the order of the catalogue.
func (c Cart) Lines() []Line {
	var list []Line
	for _, p := range catalogue {
		if n := c.Counts[p.ID]; n > 0 {
			list = append(list, Line{p, n})
		}
	}
	return list
}

// Total is what it costs.
func (c Cart) Total() Cents { return total(c.Lines()) }

// orders are all that were placed. A real shop has a database here.
type orders struct {
	mu     sync.Mutex
	byID   map[string]Order
	byCart map[string]string // their ids
	next   int
}

func newOrders() *orders {
	o := &orders{byID: map[string]Order{}, byCart: map[string]string{}, next: 1001}
	o.place("ann", Cart{"first", map[string]int{"cup": 2, "jug": 1}})
	o.place("ben", Cart{"second", map[string]int{"teapot": 1}})
	o.place("ann", Cart{"third", map[string]int{"vase": 1}})
	return o
}

// place makes an order of a cart, once: whoever clicks twice has one order.
func (o *orders) place(customer string, cart Cart) (id string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id, ok := o.byCart[cart.Number]; ok {
		return id, true
	}
	if len(o.byID) >= maxOrders {
		return "", false
	}
	id = strconv.Itoa(o.next)
	o.next++
	o.byID[id] = Order{ID: id, Customer: customer, State: placed, Lines: cart.Lines(), Placed: time.Now()}
	o.byCart[cart.Number] = id
	return id, true
}

// load is what the ownership guard asks. The zero Order has no customer, which is all
// that it needs to know of one that is not there.
func (o *orders) load(_ context.Context, id string) (order Order, owner string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	order = o.byID[id]
	return order, order.Customer, nil
}

// move changes the state of an order that is in another, and reports whether it did.
func (o *orders) move(id, from, to string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	order := o.byID[id]
	if order.State != from {
		return false
	}
	order.State = to
	o.byID[id] = order
	return true
}

// of are the orders of a customer, "" is of all, the newest first.
func (o *orders) of(customer string) []Order {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.DeleteFunc(slices.Collect(maps.Values(o.byID)), func(order Order) bool {
		return customer != "" && order.Customer != customer
	})
	slices.SortFunc(list, func(a, b Order) int { return -cmp.Or(len(a.ID)-len(b.ID), cmp.Compare(a.ID, b.ID)) })
	return list
}
