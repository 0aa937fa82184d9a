package scan

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// A veil puts marks in the place of secrets. Within one scan a secret always has the
// same mark, so that one can tell whether it has changed.
type veil struct{ key []byte }

func newVeil() veil {
	v := veil{key: make([]byte, 32)}
	rand.Read(v.key)
	return v
}

// mark is as long as the secret where that is longer: a rule may ask for its size.
func (v veil) mark(secret string) string {
	if secret == "" {
		return ""
	}
	mac := hmac.New(sha256.New, v.key)
	mac.Write([]byte(secret))
	mark := "~" + hex.EncodeToString(mac.Sum(nil)[:6])
	return mark + strings.Repeat("~", max(0, min(len(secret), maxHeader)-len(mark)))
}

const (
	minSecret  = 6   // shorter ones stand in any text by chance
	longSecret = 16  // what is so long may be one, whatever it is called
	maxSecrets = 200 // of one client: more are those of a site that gives a cookie each time
)

// secret notes what must not be kept.
func (w *walker) secret(values ...string) {
	for _, s := range values {
		if len(s) >= minSecret && len(w.secrets) < maxSecrets && !slices.Contains(w.secrets, s) {
			w.secrets = append(w.secrets, s)
		}
	}
}

// veiled is a response without what is secret.
func (w *walker) veiled(seen *pavise.Response) *pavise.Response {
	marks := w.marks()
	out := &pavise.Response{Proto: seen.Proto, Status: seen.Status, Before: seen.Before, Header: http.Header{}}
	out.Body = []byte(marks.Replace(string(seen.Body)))
	for name, values := range seen.Header {
		for _, v := range values {
			if name == "Set-Cookie" {
				v = w.client.veil.setCookie(v)
			}
			out.Header.Add(name, marks.Replace(v))
		}
	}
	extract(out, w.at) // again: what was found before bears the secrets
	return out
}

// marks replaces the secrets of the client.
func (w *walker) marks() *strings.Replacer { return w.client.veil.marks(w.secrets) }

// marks replaces secrets, the longest first, as they are and as an address, a form, a
// page or JSON has them.
func (v veil) marks(secrets []string) *strings.Replacer {
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, s := range secrets {
		mark := v.mark(s)
		pairs = append(pairs, s, mark)
		for _, escaped := range []string{url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), entities.Replace(s), inJSON(s), plainJSON(s)} {
			if escaped != s {
				pairs = append(pairs, escaped, mark)
			}
		}
		if plain, err := url.QueryUnescape(s); err == nil && plain != s && len(plain) >= minSecret {
			pairs = append(pairs, plain, mark)
		}
	}
	return strings.NewReplacer(pairs...)
}

// entities are named where [html.EscapeString] writes numbers.
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;")

// plainJSON is a text in JSON as most write it: Go alone escapes what HTML would read.
func plainJSON(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// borne is what every request to the site bears of the asker's: a site may show it to
// whoever sent it, and it is not to be kept.
type borne struct {
	secrets *strings.Replacer // nil: there are none
	hide    veil
	cookies []string // their names: what the site sets in their place is secret, too
}

func (v veil) borne(opt Options) borne {
	b := borne{hide: v}
	var secrets []string
	add := func(s string) {
		if len(s) >= minSecret {
			secrets = append(secrets, s)
		}
	}
	given := append([]string{opt.Cookie}, opt.Header["Cookie"]...)
	for pair := range strings.SplitSeq(strings.Join(given, ";"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		b.cookies = append(b.cookies, name)
		add(value)
	}
	for name, values := range opt.Header {
		for _, value := range values {
			if scheme, rest, ok := strings.Cut(value, " "); ok && strings.HasSuffix(name, "Authorization") && scheme != "" {
				value = rest
			}
			if name != "Cookie" {
				add(value)
			}
		}
	}
	if secrets != nil {
		b.secrets = v.marks(secrets)
	}
	return b
}

// veil takes out of a response what the request has borne. Where it bore cookies of
// its own they are its client's to look after.
func (b borne) veil(r *pavise.Response, asked pavise.Request) {
	if b.secrets == nil {
		return
	}
	_, others := asked.Header["Cookie"]
	r.Body = []byte(b.secrets.Replace(string(r.Body)))
	header := http.Header{}
	for name, values := range r.Header {
		for _, v := range values {
			if cookie, _, _ := strings.Cut(v, "="); name == "Set-Cookie" && !others && slices.Contains(b.cookies, strings.TrimSpace(cookie)) {
				v = b.hide.setCookie(v)
			}
			header[name] = append(header[name], b.secrets.Replace(v))
		}
	}
	r.Header = header
}

// setCookie keeps the name and the attributes of a cookie.
func (v veil) setCookie(line string) string {
	pair, attributes, more := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	if more {
		attributes = ";" + attributes
	}
	return name + "=" + v.mark(strings.TrimSpace(value)) + attributes
}
