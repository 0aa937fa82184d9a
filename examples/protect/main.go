// Protect is the least that a Go program does to have every control of the catalogue
// around its handlers.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"

	"pavise"
	"pavise/catalog"
)

func main() {
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Hello")
	})

	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	protect, err := pavise.Protect(site, catalog.Controls()...)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: ":443", Handler: protect(hello), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServeTLS("shop.crt", "shop.key"))
}
