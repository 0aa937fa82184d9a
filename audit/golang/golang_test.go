package golang_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/golang"
	"pavise/audit/tree"
)

func read(t testing.TB, files map[string]string) *pavise.Project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return readFolder(t, dir)
}

func readFolder(t testing.TB, dir string) *pavise.Project {
	t.Helper()
	in, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := &pavise.Project{Root: dir}
	golang.Read(t.Context(), in, p)
	p.Unread = in.Unread()
	return p
}

// told is a use as a line: main.go:3 net/http.Server {Addr: ":80"}.
func told(u pavise.Use) string {
	line := fmt.Sprintf("%s:%d %s", u.File, u.Line, u.Of)
	for _, a := range u.Args {
		line += " " + valueText(a)
	}
	return line
}

func valueText(v pavise.Value) string {
	text := v.Text
	switch v.Kind {
	case pavise.StringValue:
		text = fmt.Sprintf("%q", v.Text)
	case pavise.ObjectValue:
		var parts []string
		for _, m := range v.Members {
			parts = append(parts, m.Name+": "+valueText(m.Value))
		}
		text = "{" + strings.Join(parts, ", ") + "}"
	case pavise.ListValue:
		text = "[" + texts(v.Items) + "]"
	case pavise.EnvValue:
		text = "$" + v.Text
	case pavise.CallValue:
		text = v.Text + "(" + texts(v.Items) + ")"
	case pavise.FunctionValue:
		text = "fn(" + texts(v.Items) + ")"
	case pavise.OtherValue:
		text = "<" + v.Text + ">"
	}
	if len(v.Asked) > 0 {
		text += " asked " + strings.Join(v.Asked, " ")
	}
	return text
}

func texts(list []pavise.Value) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, valueText(v))
	}
	return strings.Join(parts, ", ")
}

const careless = `package main

import (
	"crypto/tls"
	"html/template"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"time"

	web "github.com/gorilla/mux"
	"gopkg.in/yaml.v3"
)

const timeout = 5
const addr = ":8080"

func main() {
	srv := &http.Server{Addr: addr, Handler: web.NewRouter()}
	srv.ReadTimeout = 5 * time.Second
	srv.TLSConfig.MinVersion = tls.VersionTLS12
	srv.WriteTimeout = time.Duration(timeout) * time.Minute
	if err := srv.ListenAndServe(); err != nil {
		panic(err)
	}
	var plain http.Server
	plain.Addr = os.Getenv("ADDR")
	http.ListenAndServe(":80", nil)
	c := &tls.Config{MinVersion: tls.VersionTLS10, InsecureSkipVerify: true, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}
	l, err := net.Listen("tcp", "0.0.0.0:25")
	t := &http.Transport{TLSClientConfig: c}
	http.HandleFunc("/x", handle)
	r := web.NewRouter()
	r.HandleFunc("/a", handle).Methods("GET")
	yaml.Marshal(timeout * 2)
}

func handle(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	host := r.URL.Query().Get("host")
	line := "ping " + host
	exec.Command("sh", "-c", line).Run()
	cookie := http.Cookie{Name: "sid", Value: name, SameSite: http.SameSiteLaxMode}
	cookie.HttpOnly = true
	http.SetCookie(w, &cookie)
	template.HTML(name)
	http.Redirect(w, r, r.URL.Query().Get("to"), 302)
}
`

func TestUses(t *testing.T) {
	p := read(t, map[string]string{"main.go": careless})
	want := `
main.go:8 import net/http/pprof
main.go:21 net/http.Server {Addr: ":8080", Handler: github.com/gorilla/mux.NewRouter(), ReadTimeout: 5000000000, TLSConfig: {MinVersion: tls.VersionTLS12}, WriteTimeout: 300000000000}
main.go:21 github.com/gorilla/mux.NewRouter
main.go:25 net/http.Server.ListenAndServe
main.go:28 net/http.Server {Addr: $ADDR}
main.go:29 os.Getenv "ADDR"
main.go:30 net/http.ListenAndServe ":80" nil
main.go:31 crypto/tls.Config {MinVersion: tls.VersionTLS10, InsecureSkipVerify: true, CipherSuites: [tls.TLS_RSA_WITH_RC4_128_SHA]}
main.go:32 net.Listen "tcp" "0.0.0.0:25"
main.go:33 net/http.Transport {TLSClientConfig: {MinVersion: tls.VersionTLS10, InsecureSkipVerify: true, CipherSuites: [tls.TLS_RSA_WITH_RC4_128_SHA]}}
main.go:34 net/http.HandleFunc "/x" ?handle
main.go:35 github.com/gorilla/mux.NewRouter
main.go:36 github.com/gorilla/mux.NewRouter().HandleFunc "/a" ?handle
main.go:36 github.com/gorilla/mux.NewRouter().HandleFunc().Methods "GET"
main.go:37 gopkg.in/yaml.v3.Marshal 10
main.go:41 net/http.Request.FormValue "name"
main.go:42 net/http.Request.URL.Query
main.go:42 net/http.Request.URL.Query().Get "host"
main.go:44 os/exec.Command "sh" "-c" <"ping " + host> asked r.URL.Query.Get.host
main.go:44 os/exec.Command().Run
main.go:45 net/http.Cookie {Name: "sid", Value: net/http.Request.FormValue("name") asked r.FormValue.name, SameSite: http.SameSiteLaxMode, HttpOnly: true} asked r.FormValue.name
main.go:47 net/http.SetCookie ?w {Name: "sid", Value: net/http.Request.FormValue("name") asked r.FormValue.name, SameSite: http.SameSiteLaxMode, HttpOnly: true} asked r.FormValue.name
main.go:48 html/template.HTML net/http.Request.FormValue("name") asked r.FormValue.name
main.go:49 net/http.Redirect ?w ?r net/http.Request.URL.Query().Get("to") asked r.URL.Query.Get.to 302
main.go:49 net/http.Request.URL.Query
main.go:49 net/http.Request.URL.Query().Get "to"
`
	var got []string
	for _, u := range p.Uses {
		got = append(got, told(u))
	}
	same(t, got, want)
}

func same(t *testing.T, got []string, want string) {
	t.Helper()
	if have := strings.Join(got, "\n"); have != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", have, strings.TrimSpace(want))
	}
}

// TestVariables follows what is set elsewhere than where it is declared.
func TestVariables(t *testing.T) {
	p := read(t, map[string]string{"a.go": `package a

import (
	"fmt"
	"net/http"
	"os/exec"
	"time"
)

var server = new(http.Server)

const second = 1000 * time.Millisecond

func init() { server.ReadTimeout, server.Addr = 2*second, fmt.Sprint(":", 1) }

func serve(w http.ResponseWriter, r *http.Request) {
	var name string
	name = r.PathValue("x")
	for _, v := range r.Form["a"] {
		exec.Command(name, v)
	}
	n := 1
	n++
	w.Header().Set("X", name)
	_ = http.Cookie{Name: n, MaxAge: -1, Quoted: !true}
}
`})
	var got []string
	for _, u := range p.Uses {
		got = append(got, told(u))
	}
	same(t, got, `
a.go:10 net/http.Server {ReadTimeout: 2000000000, Addr: fmt.Sprint(":", 1)}
a.go:18 net/http.Request.PathValue "x"
a.go:20 os/exec.Command net/http.Request.PathValue("x") asked r.PathValue.x <r.Form["a"]> asked r.Form
a.go:24 net/http.ResponseWriter.Header
a.go:24 net/http.ResponseWriter.Header().Set "X" net/http.Request.PathValue("x") asked r.PathValue.x
a.go:25 net/http.Cookie {Name: ?n, MaxAge: -1, Quoted: false}`)
}

// TestImports names packages, and tells tests and examples from the program.
func TestImports(t *testing.T) {
	p := read(t, map[string]string{
		"a.go":           "//go:build windows\n\npackage a\r\n\r\nimport (\r\n\t\"C\"\r\n\t\"fmt\"\r\n\tx \"golang.org/x/net/html\"\r\n)\r\n",
		"a_test.go":      "// Code generated by hand. DO NOT EDIT.\n\npackage a\nimport \"testing\"",
		"examples/e.go":  "package e\nimport _ \"net/http/pprof\"",
		"vendor/v/v.go":  "package v\nimport \"os\"",
		"broken.go":      "package b\nimport \"net\"\nfunc f() {\n\tnet.Listen(\"tcp\", \":1\")\n\tif }\n",
		"none.go":        "",
		"long.go":        "package l\n//" + strings.Repeat("x", 3<<20),
		"node_modules.x": "import",
	})
	var got []string
	for _, i := range p.Imports {
		got = append(got, fmt.Sprintf("%s:%d %s %t", i.File, i.Line, i.Name, i.Test))
	}
	for _, u := range p.Uses {
		got = append(got, fmt.Sprintf("%s %t", told(u), u.Test))
	}
	for _, u := range p.Unread {
		got = append(got, u.What+": "+u.Why)
	}
	same(t, got, `
a.go:7 fmt false
a.go:8 golang.org/x/net/html false
a_test.go:4 testing true
broken.go:2 net false
examples/e.go:2 net/http/pprof true
broken.go:4 net.Listen "tcp" ":1" false
examples/e.go:2 import net/http/pprof true
broken.go: line 5: expected operand, found '}'
long.go: it is longer than 2048 kB
none.go: line 1: expected 'package', found 'EOF'`)
}
