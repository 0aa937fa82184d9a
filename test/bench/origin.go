package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// origin is the app behind all proxies: one worker of nginx with a page and a file.
func origin(s site) (*exec.Cmd, error) {
	return nginxWith(strings.Replace(nginxHead, "{{.Workers}}", "1", 1) + `
	sendfile on;
	server {
		listen 127.0.0.1:{{.Port}} backlog=4096;
		root {{.WWW}};
	}
}
`)(s)
}

// newBulk starts an app in this program that sends and takes bodies of any size,
// GET /bulk/SIZE and POST /bulk, and the page.
func newBulk() (*http.Server, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /bulk/{size}", func(w http.ResponseWriter, r *http.Request) {
		size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
		if err != nil {
			http.Error(w, "no size", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", fmt.Sprint(size))
		io.CopyN(w, zeros{}, size)
	})
	routes.HandleFunc("GET "+page, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, pageText) })
	routes.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s := &http.Server{Handler: routes, IdleTimeout: 5 * time.Minute}
	go s.Serve(l)
	return s, l.Addr().String(), nil
}

// zeros is a file of endless nothing.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
