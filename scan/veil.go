package scan

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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

// marks replaces the secrets, the longest first, as they are and as an address or a
// form has them.
func (w *walker) marks() *strings.Replacer {
	secrets := slices.Clone(w.secrets)
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, s := range secrets {
		mark := w.client.veil.mark(s)
		pairs = append(pairs, s, mark)
		if escaped := url.QueryEscape(s); escaped != s {
			pairs = append(pairs, escaped, mark)
		}
		if plain, err := url.QueryUnescape(s); err == nil && plain != s && len(plain) >= minSecret {
			pairs = append(pairs, plain, mark)
		}
	}
	return strings.NewReplacer(pairs...)
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
