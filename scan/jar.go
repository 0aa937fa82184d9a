package scan

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// A jar holds the cookies of one client at one site, by name. Paths do not matter
// to it: a scan wants to know what a session opens anywhere.
type jar map[string]string

// maxJar bounds the cookies of a client.
const maxJar = 100

// set takes what a response sets, or deletes.
func (j jar) set(c *http.Cookie) {
	gone := c.MaxAge < 0 || c.MaxAge == 0 && !c.Expires.IsZero() && c.Expires.Before(time.Now())
	if gone {
		delete(j, c.Name)
	} else if _, there := j[c.Name]; there || len(j) < maxJar {
		j[c.Name] = c.Value
	}
}

// add takes cookies as a Cookie header has them.
func (j jar) add(line string) {
	for pair := range strings.SplitSeq(line, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && len(j) < maxJar {
			j[name] = value
		}
	}
}

// line is the Cookie header, nil without a cookie.
func (j jar) line() []string {
	var pairs []string
	for name, value := range j {
		pairs = append(pairs, name+"="+value)
	}
	if pairs == nil {
		return nil
	}
	slices.Sort(pairs)
	return []string{strings.Join(pairs, "; ")}
}
