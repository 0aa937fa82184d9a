package leaks

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"maps"
	"net/http"
	"strings"

	"pavise"
)

// codings are the content codings that can be read, by name (RFC 9110 8.4.1).
type codings struct {
	decoders map[string]pavise.Decoder
	usual    map[string]string // what ask makes of the lines that nearly everybody sends
}

// standard are those of the standard library.
var standard = codings{decoders: map[string]pavise.Decoder{"gzip": gunzip, "x-gzip": gunzip, "deflate": inflate}}

func readable(env pavise.Env) codings {
	c := codings{decoders: maps.Clone(standard.decoders), usual: map[string]string{}}
	maps.Copy(c.decoders, env.Decoders)
	for _, line := range []string{"gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, deflate", "gzip,deflate", "gzip, br", "gzip", "identity"} {
		c.usual[line] = c.kept([]string{line})
		c.usual[c.usual[line]] = c.usual[line]
	}
	return c
}

func gunzip(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }

// inflate reads zlib, as RFC 9110 8.4.1.2 has it, and bare deflate, as habit does.
func inflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(2)
	if len(head) == 2 && head[0]&15 == 8 && (int(head[0])<<8+int(head[1]))%31 == 0 { // RFC 1950 2.2
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// plain returns the text of a held body, decoded where it was compressed, and
// whether that is all of it. It is nil where nothing can be read. However much
// a body grows, no more than MaxHeld bytes of it are made.
func (c codings) plain(h http.Header, held []byte) (text []byte, whole bool) {
	whole = len(held) < pavise.MaxHeld
	coding := strings.ToLower(strings.Join(h["Content-Encoding"], ","))
	if coding == "" || coding == "identity" {
		return held, whole
	}
	decode := c.decoders[coding]
	if decode == nil {
		return nil, false
	}
	r, err := decode(bytes.NewReader(held))
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(r, pavise.MaxHeld+1))
	switch {
	case len(text) > pavise.MaxHeld:
		return text[:pavise.MaxHeld], false
	case len(text) == 0 && err != nil: // not what it says it is
		return nil, false
	}
	return text, whole && err == nil
}

// mediaType returns the type of a body, without parameters; guessed, as the
// server would, where none is said, or none that is one.
func (c codings) mediaType(h http.Header, body []byte) string {
	if !strings.Contains(h.Get("Content-Type"), "/") {
		text, _ := c.plain(h, body)
		h = http.Header{"Content-Type": {http.DetectContentType(text)}}
	}
	return pavise.MediaType(h)
}

// ask takes the codings that cannot be read out of what a client accepts: else
// it could choose one to get a trace past us.
func (c codings) ask(x *pavise.Exchange) {
	lines := x.Request.Header["Accept-Encoding"]
	if len(lines) == 1 {
		if kept, ok := c.usual[lines[0]]; ok {
			if kept != lines[0] {
				x.Request.Header["Accept-Encoding"] = x.Lines(kept)
			}
			return
		}
	}
	if !c.all(lines) {
		x.Request.Header["Accept-Encoding"] = x.Lines(c.kept(lines))
	}
}

// kept is what lines of Accept-Encoding name that can be read.
func (c codings) kept(lines []string) string {
	var kept []string
	for coding := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if c.known(coding) {
			kept = append(kept, strings.TrimSpace(coding))
		}
	}
	if kept == nil {
		kept = []string{"identity"}
	}
	return strings.Join(kept, ", ")
}

// all reports whether lines of Accept-Encoding name nothing that cannot be read.
func (c codings) all(lines []string) bool {
	for _, line := range lines {
		for coding := range strings.SplitSeq(line, ",") {
			if !c.known(coding) {
				return false
			}
		}
	}
	return true
}

// known reports whether an element of Accept-Encoding can be read; an empty one
// asks for nothing.
func (c codings) known(element string) bool {
	name, _, _ := strings.Cut(element, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	return c.decoders[name] != nil || name == "identity" || name == ""
}
