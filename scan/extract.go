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
	maxName    = 100 // bytes of the name of a field
)

// extract finds forms, links and WebSocket addresses in a response.
func extract(r *pavise.Response, at *url.URL) {
	kind := r.Header.Get("Content-Type")
	switch {
	case strings.Contains(kind, "html"):
		extractHTML(r, at)
		r.Resources = resources(r.Body, at)
		r.Sockets = sockets(r.Body, at)
	case strings.Contains(kind, "javascript"):
		r.Sockets = sockets(r.Body, at)
	}
}

func extractHTML(r *pavise.Response, at *url.URL) {
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
			return
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" {
				endForm()
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := tag(z)
			switch name {
			case "form":
				if endForm(); len(r.Forms) < maxFound {
					form = newForm(attrs, at)
				}
			case "input":
				if form != nil {
					addField(form, attrs)
				}
			case "a", "link", "script", "img":
				if len(r.Links) < maxFound {
					r.Links = addLocal(r.Links, cmp.Or(attrs["href"], attrs["src"]), at)
				}
			}
		}
	}
}

// addField notes the first password field of a form, and the last field for text
// before it, which is that of the account.
func addField(f *pavise.Form, attrs map[string]string) {
	switch strings.ToLower(attrs["type"]) {
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
		case "href", "src", "action", "method", "type", "name":
			if _, twice := attrs[k]; !twice {
				attrs[k] = string(value)
			}
		}
	}
	return kind, attrs
}

func newForm(attrs map[string]string, at *url.URL) *pavise.Form {
	f := &pavise.Form{Action: at.String(), Method: strings.ToUpper(attrs["method"])}
	if f.Method == "" {
		f.Method = "GET"
	}
	if to, err := at.Parse(attrs["action"]); err == nil {
		to.Fragment = ""
		f.Action = to.String()
	}
	return f
}

// addLocal appends where a link leads, if that is on the origin.
func addLocal(links []string, link string, at *url.URL) []string {
	if to := local(link, at); to != "" {
		return append(links, to)
	}
	return links
}

// local returns the absolute form of a link that stays on the origin.
func local(link string, at *url.URL) string {
	to, err := at.Parse(strings.TrimSpace(link))
	if link == "" || err != nil || to.Scheme != at.Scheme || !strings.EqualFold(to.Host, at.Host) {
		return ""
	}
	to.Host, to.Fragment = at.Host, ""
	if to.Path == "" {
		to.Path = "/"
	}
	return to.String()
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
		to.Scheme, to.Host, to.Fragment = at.Scheme, at.Host, ""
		list = append(list, to.String())
	}
	return list
}
