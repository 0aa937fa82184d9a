package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages
var pageFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the templates by name, each with the layout around it.
var pages = parsePages("home", "cart", "login", "account", "orders", "order", "admin")

func parsePages(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	return all
}

// A view is what every page knows.
type view struct {
	Title string
	Who   *Person // nil is nobody
	Items int     // in the cart
	Data  any
}

// Staff reports whether links for the staff are shown. The routes are what guards them.
func (v view) Staff() bool { return v.Who != nil && len(v.Who.Roles) > 0 }

// write sends a page whole, or says that it could not be made.
func (v view) write(w http.ResponseWriter, status int, name string) {
	var b bytes.Buffer
	if err := pages[name].ExecuteTemplate(&b, "layout", v); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
