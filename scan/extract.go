package scan

import (
	"bytes"
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"pavise"
)

// What one response can add to the evidence.
const (
	maxFound   = 200 // links, and forms
	maxSockets = 16
	maxFields  = 60  // of a form
	maxName    = 100 // bytes of the name of a field
	maxValue   = 8 << 10
	maxAddress = 8000      // what is longer no browser need take: RFC 9110 4.1 asks for 8000 octets
	maxPage    = 128 << 10 // bytes of all that is found in one page
)

// A room is what is left for what is found in a page. An address may be much longer
// than what names it there: a short link below a long base.
type room int

// takes reports whether there is room for all of these, and then uses it. Where there
// was none once there is none from then on.
func (r *room) takes(found ...string) bool {
	for _, s := range found {
		if *r -= room(len(s)); *r < 0 {
			*r = none
		}
	}
	return *r >= 0
}

const none = room(-1 << 30)

// extract finds forms, links and WebSocket addresses in a response. Where there is more
// than finds room, the page is cut.
func extract(r *pavise.Response, at *url.URL) {
	switch {
	case r.HTML():
		left := extractHTML(r, at)
		l := resources(r.Body, at)
		r.Resources = l.list
		r.Cut = r.Cut || left < 0 || l.left < 0
		r.Sockets = sockets(r.Body, at)
	case r.JavaScript():
		r.Sockets = sockets(r.Body, at)
	}
}

func extractHTML(r *pavise.Response, at *url.URL) (left room) {
	left = maxPage
	z := html.NewTokenizer(bytes.NewReader(r.Body))
	z.SetMaxBuf(maxBody)
	var form *pavise.Form
	endForm := func() {
		if form != nil {
			r.Forms = append(r.Forms, *form)
		}
		form = nil
	}
	defer func() { endForm() }()
	for {
		switch z.Next() {
		case html.ErrorToken:
			return left
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" {
				endForm()
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := tag(z)
			switch name {
			case "form":
				if endForm(); len(r.Forms) < maxFound && left >= 0 {
					form = newForm(attrs, at, &left)
				}
			case "input", "select", "textarea", "button":
				if form != nil {
					addField(form, name, attrs, &left)
				}
			case "a", "link", "script", "img":
				if len(r.Links) < maxFound && left >= 0 {
					r.Links = addLocal(r.Links, cmp.Or(attrs["href"], attrs["src"]), at, &left)
				}
			}
		}
	}
}

// addField notes a field of a form: apart from the others the first for a password,
// and the last for text before it, which is that of the account.
func addField(f *pavise.Form, tag string, attrs map[string]string, left *room) {
	kind := strings.ToLower(attrs["type"])
	if tag != "input" {
		kind = tag
	}
	if attrs["name"] != "" && len(f.Fields) < maxFields && len(attrs["value"]) <= maxValue && left.takes(attrs["value"]) {
		f.Fields = append(f.Fields, pavise.Field{Name: clip(attrs["name"]), Kind: cmp.Or(kind, "text"), Value: attrs["value"]})
	}
	switch kind {
	case "password":
		if !f.Password {
			f.Password, f.Secret = true, clip(attrs["name"])
		}
	case "", "text", "email", "tel":
		if !f.Password {
			f.Account = clip(attrs["name"])
		}
	}
}

// clip bounds the name of a field.
func clip(name string) string { return name[:min(len(name), maxName)] }

func tag(z *html.Tokenizer) (string, map[string]string) {
	name, more := z.TagName()
	kind := string(name)
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch k := string(key); k {
		case "href", "src", "action", "method", "type", "name", "value":
			if _, twice := attrs[k]; !twice {
				attrs[k] = string(value)
			}
		}
	}
	return kind, attrs
}

// newForm is a form that leads somewhere a browser can go; nil is none.
func newForm(attrs map[string]string, at *url.URL, left *room) *pavise.Form {
	f := &pavise.Form{Action: at.String(), Method: clip(cmp.Or(strings.ToUpper(attrs["method"]), "GET"))}
	if to, err := at.Parse(attrs["action"]); err == nil {
		to.User, to.Fragment = nil, ""
		f.Action = to.String()
	}
	if len(f.Action) > maxAddress || !left.takes(f.Action) {
		return nil
	}
	return f
}

// addLocal appends where a link leads, if that is on the origin.
func addLocal(links []string, link string, at *url.URL, left *room) []string {
	if to := local(link, at); to != "" && left.takes(to) {
		return append(links, to)
	}
	return links
}

// local returns the absolute form of a link that stays on the origin; "" if it does
// not. A name and a password in it are the page's, and nothing to log in with.
func local(link string, at *url.URL) string {
	to, err := at.Parse(strings.TrimSpace(link))
	if link == "" || err != nil || to.Scheme != at.Scheme || !strings.EqualFold(to.Host, at.Host) {
		return ""
	}
	to.Host, to.User, to.Fragment = at.Host, nil, ""
	if to.Path == "" {
		to.Path = "/"
	}
	if address := to.String(); len(address) <= maxAddress {
		return address
	}
	return ""
}

var socketAddress = regexp.MustCompile("wss?://[^\\s\"'`<>)]+|new WebSocket\\(\\s*[\"'`](/[^\"'`]*)|location\\.host\\s*\\+\\s*[\"'`](/[^\"'`]*)|location\\.host\\}(/[^\"'`]*)")

// sockets finds the addresses of WebSockets on the same host, as http URLs.
func sockets(body []byte, at *url.URL) []string {
	if !bytes.Contains(body, []byte("ws://")) && !bytes.Contains(body, []byte("wss://")) && !bytes.Contains(body, []byte("WebSocket(")) {
		return nil
	}
	var list []string
	for _, m := range socketAddress.FindAllSubmatch(body, maxSockets) {
		address := string(m[0])
		for _, path := range m[1:] {
			if len(path) > 0 {
				address = string(path)
			}
		}
		address = strings.Replace(strings.Replace(address, "wss://", "https://", 1), "ws://", "http://", 1)
		to, err := at.Parse(address)
		if err != nil || !strings.EqualFold(to.Hostname(), at.Hostname()) {
			continue
		}
		to.Scheme, to.Host, to.User, to.Fragment = at.Scheme, at.Host, nil, ""
		if address = to.String(); len(address) <= maxAddress {
			list = append(list, address)
		}
	}
	return list
}
