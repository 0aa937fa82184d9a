package http1

import (
	"net/http"
	"strings"
)

// lower maps the bytes of a token to lower case and all others to 0 (RFC 9110 5.6.2).
var lower = func() (t [256]byte) {
	for c := range 128 {
		b := byte(c)
		switch {
		case 'A' <= b && b <= 'Z':
			t[c] = b | 0x20
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0:
			t[c] = b
		}
	}
	return t
}()

func token(s string) bool {
	for i := range len(s) {
		if lower[s[i]] == 0 {
			return false
		}
	}
	return s != ""
}

// names are the fields that browsers and programs send, so that their names need
// no memory of their own however they are spelt.
var names = func() map[string]string {
	m := map[string]string{}
	for name := range strings.FieldsSeq(`Accept Accept-Charset Accept-Encoding Accept-Language Access-Control-Request-Headers
		Access-Control-Request-Method Authorization Cache-Control Connection Content-Disposition Content-Encoding
		Content-Language Content-Length Content-Type Cookie Date Dnt Expect Forwarded From Host If-Match If-Modified-Since
		If-None-Match If-Range If-Unmodified-Since Keep-Alive Last-Event-Id Link Origin Pragma Priority Proxy-Connection
		Purpose Range Referer Save-Data Sec-Ch-Ua Sec-Ch-Ua-Arch Sec-Ch-Ua-Mobile Sec-Ch-Ua-Model Sec-Ch-Ua-Platform
		Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-Gpc Sec-Purpose Sec-Websocket-Extensions
		Sec-Websocket-Key Sec-Websocket-Protocol Sec-Websocket-Version Soapaction Te Traceparent Tracestate Trailer
		Transfer-Encoding Upgrade Upgrade-Insecure-Requests User-Agent Via X-Api-Key X-Csrf-Token X-Forwarded-For
		X-Forwarded-Host X-Forwarded-Proto X-Real-Ip X-Request-Id X-Requested-With X-Xsrf-Token`) {
		m[name] = name
	}
	return m
}()

// canonical returns the name as http.Header has it, without new memory where it is
// well known or well spelt; ok is false where it is no token. An underscore is a
// token's byte, but to CGI, WSGI and PHP it is a hyphen (RFC 3875 4.1.18).
func canonical(name string) (key string, underscore, ok bool) {
	var b [48]byte
	up, same := true, true
	for i := range len(name) {
		c := lower[name[i]]
		if c == 0 {
			return "", false, false
		}
		if up && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		same = same && c == name[i]
		up = c == '-'
		underscore = underscore || c == '_'
		if i < len(b) {
			b[i] = c
		}
	}
	switch {
	case same:
		return name, underscore, name != ""
	case len(name) > len(b):
		return http.CanonicalHeaderKey(name), underscore, true
	}
	if known, ok := names[string(b[:len(name)])]; ok {
		return known, underscore, true
	}
	return string(b[:len(name)]), underscore, true
}

// Decides reports whether a field, however its hyphens are spelt, tells who asks,
// for what, from where or in what framing: an app must not hear that from a name
// which no control has looked at.
func Decides(name string) bool {
	name = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
	switch name {
	case "Authorization", "Connection", "Cookie", "Expect", "Forwarded", "Host", "Origin", "Range", "Referer", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip":
		return true
	}
	for _, family := range []string{"Content-", "Proxy-", "Sec-", "X-Forwarded", "X-Real-", "X-Client-", "X-Cluster-",
		"X-Original-", "X-Rewrite-", "X-Http-Method", "X-Method-", "Remote-"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}

// printable reports whether a value has no control character but the tab (RFC 9110
// 5.5). It looks at eight bytes at a time, and closer where one of them may be such.
func printable(value string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	for len(value) >= 8 {
		v := uint64(value[0]) | uint64(value[1])<<8 | uint64(value[2])<<16 | uint64(value[3])<<24 |
			uint64(value[4])<<32 | uint64(value[5])<<40 | uint64(value[6])<<48 | uint64(value[7])<<56
		del := v ^ 0x7f*each                                                          // 0 where the byte is DEL
		if ((v-' '*each)&^v|(del-each)&^del)&top != 0 && !printableBytes(value[:8]) { // it may err above such a byte, and misses none
			return false
		}
		value = value[8:]
	}
	return printableBytes(value)
}

func printableBytes(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trim takes optional white space off (RFC 9110 5.6.3).
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// has reports whether a list has the token in it, in any letter case.
func has(lines []string, word string) bool {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(trim(item), word) {
				return true
			}
		}
	}
	return false
}
