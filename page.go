package pavise

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
)

// A Page is a whole response body of ours.
type Page struct {
	Type string // Content-Type
	Body []byte
	Rule string // that the page it replaces would have broken, for the log
	Saw  string // what was found in that page, never a secret, for the log
}

const pageStyle = `html{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}` +
	`body{margin:0;min-height:100vh;display:grid;place-items:center}` +
	`main{max-width:34rem;padding:2rem}` +
	`h1{font-size:1.5rem;margin:0 0 .5rem}p{margin:.5rem 0}` +
	`small{opacity:.65}code{font:inherit;font-family:ui-monospace,monospace}`

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>` + pageStyle + `</style>
<main>
<h1>{{.Title}}</h1>
<p>{{.Detail}}</p>
{{if .ID}}<p><small>Status {{.Status}}. If you report this, please quote <code>{{.ID}}</code>.</small></p>
{{end}}</main>
</html>
`))

// pagePolicy lets our own page have its one style and nothing else.
var pagePolicy = "default-src 'none'; style-src 'sha256-" + hashOf(pageStyle) +
	"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	ID     string `json:"request_id,omitempty"`
}

// ErrorPage is what a client gets instead of an answer of the app: HTML for a
// navigation, else problem+json (RFC 9457). An empty detail is chosen by status.
func ErrorPage(r *http.Request, status int, detail, id string) *Page {
	if detail == "" {
		detail = explain(status)
	}
	p := problem{Title: title(status), Status: status, Detail: detail, ID: id}
	if Navigation(r) {
		var b bytes.Buffer
		if err := pageTemplate.Execute(&b, p); err != nil {
			panic(err) // a template and a struct of ours, covered by tests
		}
		return &Page{Type: "text/html; charset=utf-8", Body: b.Bytes()}
	}
	body, _ := json.Marshal(p)
	return &Page{Type: "application/problem+json", Body: append(body, '\n')}
}

// head sets the headers of a page, in place of what described another body.
func (p *Page) head(h http.Header, id string) {
	for _, name := range []string{"Content-Encoding", "Content-Range", "Accept-Ranges", "Etag",
		"Last-Modified", "Trailer", "Content-Disposition", "Content-Md5", "Digest", "Content-Digest"} {
		delete(h, name)
	}
	h["Content-Type"] = []string{p.Type}
	h["Content-Length"] = []string{strconv.Itoa(len(p.Body))}
	h["Cache-Control"] = []string{"no-store"}
	if id != "" {
		h["X-Request-Id"] = []string{id}
	}
	if p.Type == "text/html; charset=utf-8" {
		h["Content-Security-Policy"] = []string{pagePolicy}
		delete(h, "Content-Security-Policy-Report-Only")
	}
}

func title(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Page not found"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "This page has moved"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "The site is not available"
	}
	if status >= 500 {
		return "Something went wrong"
	}
	return "The request was refused"
}

func explain(status int) string {
	switch status {
	case http.StatusNotFound:
		return "There is nothing at this address."
	case http.StatusUnauthorized, http.StatusForbidden:
		return "You are not allowed to see this."
	case http.StatusRequestEntityTooLarge:
		return "What was sent is larger than this address takes."
	case http.StatusMethodNotAllowed:
		return "This address does not take such requests."
	case http.StatusTooManyRequests:
		return "Too many requests came from you. Please wait a while."
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "It does not answer just now. Please try again in a moment."
	}
	if status >= 500 {
		return "The site could not answer. The fault is ours, not yours."
	}
	return "The site could not make sense of the request."
}
