package requests

import (
	"mime"
	"strings"
)

// A contentType is what a Content-Type says, also where it is not written as it
// should be: apps read such ones too.
type contentType struct {
	media, boundary, charset string
	twice                    bool // an attribute comes twice
}

func readType(line string) contentType {
	if line == "application/x-www-form-urlencoded" || line == "application/json" { // as nearly everybody writes it
		return contentType{media: line}
	}
	if media, attributes, err := mime.ParseMediaType(line); err == nil {
		return contentType{media: media, boundary: attributes["boundary"], charset: attributes["charset"]}
	}
	var t contentType
	media := strings.TrimSpace(line)
	end := strings.IndexAny(media, ";, \t")
	if end < 0 {
		end = len(media)
	}
	t.media = strings.ToLower(media[:end])
	for attribute := range strings.SplitSeq(media[end:], ";") {
		name, value, _ := strings.Cut(attribute, "=")
		to := map[string]*string{"boundary": &t.boundary, "charset": &t.charset}[strings.ToLower(strings.TrimSpace(name))]
		if to == nil {
			continue
		}
		t.twice = t.twice || *to != ""
		*to = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return t
}

// kindOf names the types of bodies that have parameters; "" is another.
func kindOf(media string) string {
	switch {
	case media == "application/x-www-form-urlencoded":
		return "form"
	case media == "multipart/form-data":
		return "multipart"
	case media == "application/json", media == "text/json", strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json") && !streamed(media):
		return "JSON"
	}
	return ""
}

// streamed reports whether a type is one of messages in a row, the next of which may
// wait for an answer to the first.
func streamed(media string) bool {
	return strings.HasPrefix(media, "application/grpc") || strings.HasPrefix(media, "application/connect+") || media == "application/stream+json"
}

// asciiBased reports whether names in ASCII are themselves in the charset. In
// UTF-16, UTF-7 and EBCDIC a name stands there that nobody sees who reads bytes.
func asciiBased(charset string) bool {
	if charset == "" {
		return true
	}
	charset = strings.ToLower(charset)
	for _, prefix := range []string{"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-", "latin", "windows-", "cp125", "shift_jis", "shift-jis", "euc-", "gb", "big5", "koi8-"} {
		if strings.HasPrefix(charset, prefix) {
			return true
		}
	}
	return false
}
