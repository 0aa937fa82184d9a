package transport

import (
	"strconv"
	"strings"
	"time"
)

// hsts is the header's value taken apart (RFC 6797 6.1).
type hsts struct {
	maxAge              time.Duration
	subdomains, preload bool
}

func parseHSTS(line string) hsts {
	var p hsts
	said := map[string]bool{}
	for directive := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "" && said[name] {
			return hsts{} // a browser then ignores the whole header (RFC 6797 6.1)
		}
		said[name] = true
		switch name {
		case "max-age":
			n, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 32)
			if err == nil {
				p.maxAge = time.Duration(n) * time.Second
			}
		case "includesubdomains":
			p.subdomains = true
		case "preload":
			p.preload = true
		}
	}
	return p
}

// join promises whatever one of the two does: the stricter of app and policy,
// item by item, so that an app on the preload list stays there.
func (p hsts) join(q hsts) hsts {
	return hsts{
		maxAge:     max(p.maxAge, q.maxAge),
		subdomains: p.subdomains || q.subdomains,
		preload:    p.preload || q.preload,
	}
}

func (p hsts) String() string {
	s := "max-age=" + strconv.FormatInt(int64(p.maxAge/time.Second), 10)
	if p.subdomains {
		s += "; includeSubDomains"
	}
	if p.preload {
		s += "; preload"
	}
	return s
}
