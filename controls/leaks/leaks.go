// Package leaks holds the controls that keep to the house what tells a stranger
// about it: default error pages, stack traces, files left in the web root.
package leaks

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"

	"pavise"
)

// mediaType returns the type of a body, without parameters; guessed, as the
// server would, where none is said, or none that is one.
func mediaType(h http.Header, body []byte) string {
	if !strings.Contains(h.Get("Content-Type"), "/") {
		text, _ := plain(h, body)
		h = http.Header{"Content-Type": {http.DetectContentType(text)}}
	}
	return pavise.MediaType(h)
}

// isJSON knows JSON and the types built on it (RFC 6839 3.1).
func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// plain returns the text of a held body, decoded where it was compressed, and
// whether that is all of it. It is nil where nothing can be read. However much
// a body grows, no more than MaxHeld bytes of it are made.
func plain(h http.Header, held []byte) (text []byte, whole bool) {
	whole = len(held) < pavise.MaxHeld
	var r io.Reader
	var err error
	switch coding := strings.ToLower(strings.Join(h["Content-Encoding"], ",")); coding {
	case "", "identity":
		return held, whole
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(held))
	case "deflate": // zlib by RFC 9110 8.4.1.2, and bare by habit
		if r, err = zlib.NewReader(bytes.NewReader(held)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(held)), nil
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(r, pavise.MaxHeld+1))
	if len(text) > pavise.MaxHeld {
		return text[:pavise.MaxHeld], false
	}
	return text, whole && err == nil
}

// ownPage is what goes out instead of a page that would break the rule.
func ownPage(x *pavise.Exchange, rule, saw string) *pavise.Page {
	page := pavise.ErrorPage(x.Request, x.Status, "", x.ID)
	page.Rule, page.Saw = rule, saw
	return page
}
