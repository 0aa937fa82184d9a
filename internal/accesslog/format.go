package accesslog

import (
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"

	"pavise/internal/meter"
	"pavise/internal/redact"
)

// How much of what a stranger sent is written.
const (
	maxMethod = 32
	maxHost   = 255
	maxAgent  = 256
)

// A format appends the line of an exchange, without its end.
type format func(b []byte, e *meter.Exchange, q redact.QueryMode) []byte

var formats = map[string]format{"json": appendJSON, "common": appendCommon, "combined": appendCombined}

// appendJSON writes one object, in the order of the documentation.
func appendJSON(b []byte, e *meter.Exchange, q redact.QueryMode) []byte {
	b = append(b, `{"time":"`...)
	b = e.Begun.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, '"')
	b = text(b, "id", e.ID)
	b = text(b, "site", e.Site)
	b = append(b, `,"client":"`...)
	if e.Client.IsValid() {
		b = e.Client.AppendTo(b)
	}
	b = append(b, `","proto":"`...)
	b = append(append(b, protoOf(e)...), '"')
	b = append(b, `,"secure":`...)
	b = strconv.AppendBool(b, e.Secure)
	b = text(b, "method", redact.Cards(redact.Clip(e.Method, maxMethod)))
	b = text(b, "host", redact.Cards(redact.Clip(e.Host, maxHost)))
	b = text(b, "path", redact.Path(e.Path))
	if query := q.Of(e.Query); query != "" {
		b = text(b, "query", query)
	}
	b = number64(b, "status", int64(e.Status))
	b = number64(b, "received", e.Received)
	b = number64(b, "sent", e.Sent)
	b = millis(b, "duration_ms", e.Took)
	if e.Backend != "" {
		b = text(b, "upstream", e.Backend)
		b = millis(b, "upstream_ms", e.Waited)
	}
	if e.Failed {
		b = append(b, `,"upstream_failed":true`...)
	}
	if e.Upgraded {
		b = append(b, `,"websocket":true`...)
	}
	if e.Action != "" {
		b = text(b, "action", e.Action)
		b = text(b, "control", e.Control)
		b = text(b, "rule", e.Rule)
	}
	if e.Trace.Valid() {
		b = append(b, `,"trace":"`...)
		b = append(hex.AppendEncode(b, e.Trace.Trace[:]), '"')
	}
	if e.Referer != "" {
		b = text(b, "referer", redact.Referer(e.Referer))
	}
	if e.UserAgent != "" {
		b = text(b, "user_agent", redact.Cards(redact.Clip(e.UserAgent, maxAgent)))
	}
	return append(b, '}')
}

func text(b []byte, key, value string) []byte {
	b = append(append(append(b, `,"`...), key...), `":"`...)
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, `\ufffd`...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case unprintable(r):
			b = append(b, `\u`...)
			b = hex.AppendEncode(b, []byte{byte(r >> 8), byte(r)})
		default:
			b = append(b, value[i:i+size]...)
		}
		i += size
	}
	return append(b, '"')
}

// unprintable are the runes that steer a terminal or an editor rather than stand for
// themselves (CWE-117, CWE-150): controls, line and paragraph ends, changes of direction.
func unprintable(r rune) bool {
	return r < ' ' || 0x7f <= r && r < 0xa0 || 0x200b <= r && r <= 0x200f || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || r == 0xfeff
}

func number64(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(append(append(b, `,"`...), key...), `":`...), n, 10)
}

func millis(b []byte, key string, d time.Duration) []byte {
	b = append(append(append(b, `,"`...), key...), `":`...)
	return strconv.AppendFloat(b, float64(d.Microseconds())/1000, 'f', -1, 64)
}

func protoOf(e *meter.Exchange) string {
	switch e.Proto {
	case 2:
		return "HTTP/2.0"
	case 3:
		return "HTTP/3.0"
	}
	return "HTTP/1.1"
}

// appendCommon writes the Common Log Format.
func appendCommon(b []byte, e *meter.Exchange, q redact.QueryMode) []byte {
	if e.Client.IsValid() {
		b = e.Client.AppendTo(b)
	} else {
		b = append(b, '-')
	}
	b = append(b, " - - ["...)
	b = e.Begun.AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `] "`...)
	b = quoted(b, redact.Cards(redact.Clip(e.Method, maxMethod)))
	b = quoted(append(b, ' '), redact.Path(e.Path))
	if query := q.Of(e.Query); query != "" {
		b = quoted(append(b, '?'), query)
	}
	b = append(append(append(b, ' '), protoOf(e)...), `" `...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	if e.Sent == 0 {
		return append(b, " -"...)
	}
	return strconv.AppendInt(append(b, ' '), e.Sent, 10)
}

// appendCombined writes that with referer and user agent.
func appendCombined(b []byte, e *meter.Exchange, q redact.QueryMode) []byte {
	b = appendCommon(b, e, q)
	for _, value := range []string{redact.Referer(e.Referer), redact.Cards(redact.Clip(e.UserAgent, maxAgent))} {
		b = append(b, ` "`...)
		if value == "" {
			value = "-"
		}
		b = append(quoted(b, value), '"')
	}
	return b
}

// quoted writes what stands between quotes, with escapes as Apache and nginx write them.
func quoted(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c < ' ' || c > '~':
			b = append(b, '\\', 'x')
			b = hex.AppendEncode(b, []byte{c})
		default:
			b = append(b, c)
		}
	}
	return b
}
