package requests

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"pavise"
)

// Size bounds what one request may bring.
type Size struct {
	Body       int64      `yaml:"body" doc:"bytes of a body" default:"104857600"`
	Headers    int        `yaml:"headers" doc:"bytes of all header fields together" default:"32768"`
	Fields     int        `yaml:"fields" doc:"number of header fields" default:"100"`
	URL        int        `yaml:"url" doc:"bytes of path and query" default:"8192"`
	Parameters int        `yaml:"parameters" doc:"number of parameters in the query" default:"1000"`
	Paths      []SizePath `yaml:"paths" doc:"paths that take another body; the most specific counts" default:"none"`
}

// A SizePath is the bound of bodies at one path.
type SizePath struct {
	Path string `yaml:"path" doc:"the path, such as \"/upload\", \"POST /admin/*\" or \"/files/**\"" required:"true"`
	Body int64  `yaml:"body" doc:"bytes of a body there" required:"true"`
}

// recommended fills in what is not set. A body of 100 MiB is what content networks
// let through; 32 KiB of headers, 8 KiB of address and 100 fields are what nginx
// and Apache take, and 1000 parameters what PHP and Express do.
func (c Size) recommended() Size {
	c.Body = cmp.Or(c.Body, 100<<20)
	c.Headers = cmp.Or(c.Headers, 32<<10)
	c.Fields = cmp.Or(c.Fields, 100)
	c.URL = cmp.Or(c.URL, 8<<10)
	c.Parameters = cmp.Or(c.Parameters, 1000)
	return c
}

// Doc describes the control.
func (Size) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "requests.size",
		Title:    "Size of requests",
		Why:      "Whoever may send without end fills memory and disks, and makes parsers work that were written for a page of text. Parsers in a row that stop at different lengths see different requests.",
		Enforces: "Answers 413 to a body of more than 100 MiB, announced or not, 431 to more than 32 KiB or 100 fields of headers, 414 to an address of more than 8 KiB and 400 to more than 1000 parameters in it.",
		Verifies: "The home page is asked for with a header of 48 KiB and with an address of 20 KiB, and a body of a terabyte is announced to it, of which nothing is sent.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: "requests.size.body", Title: "A body without end is refused before it is sent", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
				References: []string{"ASVS 5.0 5.2.1", "RFC 9110 15.5.14", "CWE-770"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault, Nginx: "client_max_body_size 100m;", Apache: "LimitRequestBody 104857600",
					Express: `app.use((req, res, next) => Number(req.get("Content-Length")) > 100 * 2 ** 20 ? res.sendStatus(413) : next());`}},
			{ID: "requests.size.header", Title: "Headers of 48 KiB are refused", Severity: pavise.Low, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
				References: []string{"RFC 6585 5", "CWE-770"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault, Nginx: "large_client_header_buffers 4 8k;", Apache: "LimitRequestFieldSize 8190",
					Express: `http.createServer({ maxHeaderSize: 32 * 1024 }, app);`}},
			{ID: "requests.size.url", Title: "Addresses of 20 KiB are refused", Severity: pavise.Low, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
				References: []string{"RFC 9110 15.5.15", "CWE-770"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault, Nginx: "large_client_header_buffers 4 8k;", Apache: "LimitRequestLine 8190",
					Express: `app.use((req, res, next) => req.originalUrl.length > 8192 ? res.sendStatus(414) : next());`}},
		},
	}
}

// Validate reports every bound that is none.
func (c Size) Validate() error {
	var errs []error
	for _, b := range []struct {
		key         string
		value, most int64
	}{{"body", c.Body, 1 << 50}, {"headers", int64(c.Headers), 1 << 20}, {"fields", int64(c.Fields), 10_000},
		{"url", int64(c.URL), 1 << 20}, {"parameters", int64(c.Parameters), 100_000}} {
		if b.value < 0 || b.value > b.most {
			errs = append(errs, fmt.Errorf("requests.size: %s must be 1 to %d, or left out, not %d", b.key, b.most, b.value))
		}
	}
	for _, p := range c.Paths {
		if _, err := pavise.ParsePattern(p.Path); err != nil {
			errs = append(errs, fmt.Errorf("requests.size: paths: %w", err))
		}
		if p.Body < 0 || p.Body > 1<<50 {
			errs = append(errs, fmt.Errorf("requests.size: paths: body must be 0 to %d, not %d", int64(1)<<50, p.Body))
		}
	}
	return errors.Join(errs...)
}

// Tune bounds the head of a request before there is one, at twice what Enforce
// takes: what is a little too large then gets an answer of ours. HTTP/2 clients are
// told this bound.
func (c Size) Tune(l *pavise.Listener) error {
	c = c.recommended()
	l.MaxHeaderBytes, l.MaxFields = 2*(c.Headers+c.URL), 2*c.Fields
	return nil
}

// Enforce refuses what is too large, as far as the head tells, and ends a body that
// turns out to be.
func (c Size) Enforce(pavise.Env) (pavise.Hooks, error) {
	bodies := c.bodies()
	c = c.recommended()
	return pavise.Hooks{
		Admit: func(x *pavise.Exchange) error {
			if refusal := c.head(x); refusal != nil {
				return refusal
			}
			if most := bodies.most(x.Request); x.Request.ContentLength > most {
				return tooLarge(x.Request, most)
			}
			return nil
		},
		Rewrite: func(x *pavise.Exchange) {
			if x.Request.ContentLength < 0 && x.Request.Body != nil {
				replaceBody(x, http.MaxBytesReader(nil, x.Request.Body, bodies.most(x.Request)))
			}
		},
	}, nil
}

// tooLarge names the setting that would take the body: to except the control would
// take any.
func tooLarge(r *http.Request, most int64) *pavise.Refusal {
	refused := &pavise.Refusal{Status: http.StatusRequestEntityTooLarge, Rule: "requests.size.body",
		Reason: "What was sent is larger than this address takes.", Saw: fmt.Sprintf("a body of %d bytes, where %d are taken", r.ContentLength, most)}
	if pattern := pavise.PatternOf(r); pattern != "" {
		refused.Mend = fmt.Sprintf("requests.size: {paths: [{path: %q, body: %d}]}", pattern, r.ContentLength)
	}
	return refused
}

// Probes sends a large header and a large address, and announces a large body.
func (Size) Probes(e *pavise.Evidence) []pavise.Probe {
	header, address, body := sizeProbes(e)
	return []pavise.Probe{e.Target.Home(), header, address, body}
}

// Check passes what was refused.
func (Size) Check(e *pavise.Evidence) []pavise.Finding {
	header, address, body := sizeProbes(e)
	return []pavise.Finding{
		checkRefused(e, "requests.size.header", header, "431, or 400", "a header of 48 KiB"),
		checkRefused(e, "requests.size.url", address, "414, or 400", "an address of 20 KiB"),
		checkBody(e, body),
	}
}
