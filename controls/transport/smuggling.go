package transport

import (
	"fmt"
	"time"

	"pavise"
)

// Smuggling asks whether two servers in a row find the end of a request at different
// bytes.
type Smuggling struct{}

const smugglingID = "transport.smuggling"

// Doc describes the control.
func (Smuggling) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       smugglingID,
		Title:    "Request smuggling",
		Why:      "Where a front goes by Content-Length and the app behind it by Transfer-Encoding, or the other way, the rest of one visitor's request becomes the beginning of the next one's.",
		Verifies: "With --active: requests with both, of which a server that goes by the other one waits for a rest that never comes. Each has a connection of its own, is given up, and leaves nothing over; what could is not sent where the first kind has shown itself. It fails where it waits twice, and does not for the same request with one of both.",
		Rules: []pavise.Rule{
			smugglingRule("cl-te", "No front goes by Content-Length where the app goes by Transfer-Encoding"),
			smugglingRule("te-cl", "No front goes by Transfer-Encoding where the app goes by Content-Length"),
		},
	}
}

func smugglingRule(name, title string) pavise.Rule {
	return pavise.Rule{
		ID: smugglingID + "." + name, Title: title, Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:N", Owner: true,
		References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 4.2.1", "RFC 9112 6.1", "RFC 9112 11.2", "CWE-444"},
		Fix: pavise.Fix{
			Pavise:  pavise.OnByDefault,
			Nginx:   "proxy_http_version 1.1;  # and a current nginx: it refuses both together since 1.21.1",
			Apache:  "# in a current httpd\nHttpProtocolOptions Strict",
			Express: "http.createServer({ insecureHTTPParser: false }, app);  // and keep Node.js current",
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Smuggling) Validate() error { return nil }

// silence is how long a server is given to answer: without a fault it does at once.
const silence = 5 * time.Second

// spellings of the field, that one server may know and another not.
var spellings = []string{"Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding:\x0bchunked"}

// ambiguous is a request with fields of framing, the n-th of its kind.
func ambiguous(e *pavise.Evidence, n int, fields, body string) pavise.Probe {
	address, name, host := line(e.Target)
	return pavise.Probe{Raw: &pavise.Raw{Address: address, Name: name, Wait: silence,
		Sent: fmt.Sprintf("POST /?pavise=%d HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/x-www-form-urlencoded\r\n%s\r\n\r\n%s", n, host, strictEnd, fields, body)}}
}

// A whole request, and one that is broken for who reads chunks: it must be refused,
// and not waited for.
func whole(e *pavise.Evidence, n int) pavise.Probe {
	return ambiguous(e, n, spellings[0], "1\r\nA\r\n0\r\n\r\n")
}

func brokenChunk(e *pavise.Evidence) pavise.Probe { return ambiguous(e, 1, spellings[0], chunks) }

const chunks = "1\r\nA\r\nZ\r\n\r\n"

// clte is whole to who reads chunks: it breaks off there. Of a front that goes by the
// length the app gets one chunk, and waits for the next.
func clte(e *pavise.Evidence, n int, spelling string) pavise.Probe {
	return ambiguous(e, n, "Content-Length: 4\r\n"+spelling, chunks)
}

// tecl is whole to who goes by the length. Of a front that reads chunks the app gets
// all but one byte, and waits for it.
func tecl(e *pavise.Evidence, n int, spelling string) pavise.Probe {
	return ambiguous(e, n, "Content-Length: 6\r\n"+spelling, "0\r\n\r\nX")
}

// Probes asks for the second kind where the first has not shown itself, and again
// where one has.
func (Smuggling) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	probes := []pavise.Probe{whole(e, 1), brokenChunk(e)}
	for _, s := range spellings {
		first := clte(e, 1, s)
		probes = append(probes, first)
		switch ended(e, first) {
		case "":
		case "silent":
			probes = append(probes, clte(e, 2, s), whole(e, 2))
		default:
			probes = append(probes, tecl(e, 1, s))
			if ended(e, tecl(e, 1, s)) == "silent" {
				probes = append(probes, tecl(e, 2, s), whole(e, 2))
			}
		}
	}
	return probes
}

// ended is how a connection ended; "" is not known.
func ended(e *pavise.Evidence, p pavise.Probe) string {
	if a, why := e.Heard(p); why == "" {
		return a.Ended
	}
	return ""
}

// Check looks who has waited.
func (c Smuggling) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Target.Agreed == "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	}
	for what, p := range map[string]pavise.Probe{"a request in chunks": whole(e, 1), "a request with a broken chunk": brokenChunk(e)} {
		_, why := e.Heard(p)
		if ended(e, p) == "silent" {
			why = "is not answered within " + silence.String() + ", so that nothing can be told by that"
		}
		if why != "" {
			return c.Doc().All(pavise.Unlooked, e.Target.URL, what+": "+why)
		}
	}
	return []pavise.Finding{
		waited(e, smugglingID+".cl-te", clte, nil),
		waited(e, smugglingID+".te-cl", tecl, clte),
	}
}

// waited judges one kind in all spellings. One that was not sent because another kind
// had shown itself is left out.
func waited(e *pavise.Evidence, rule string, kind, before func(*pavise.Evidence, int, string) pavise.Probe) pavise.Finding {
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: "400 at once"}
	sent := 0
	for _, s := range spellings {
		if before != nil && ended(e, before(e, 1, s)) == "silent" {
			continue
		}
		sent++
		first, why := e.Heard(kind(e, 1, s))
		if why != "" {
			return pavise.Unlooked(rule, f.Where, why)
		}
		if first.Ended != "silent" {
			continue
		}
		if ended(e, kind(e, 2, s)) != "silent" || ended(e, whole(e, 2)) == "silent" || ended(e, whole(e, 2)) == "" {
			return pavise.Unlooked(rule, f.Where, "once it was waited for, and then not again, or for every request")
		}
		f.Outcome, f.Proof = pavise.Fail, first.Proof()
		f.Proof.Received = "nothing within " + silence.String()
		f.Saw = fmt.Sprintf("a request with Content-Length and %q is waited for, twice, and one with one of them is not", s)
		return f
	}
	if sent == 0 {
		return pavise.Skipped(rule, f.Where, "not tried: the other kind has shown itself, and this one could reach others")
	}
	f.Saw = fmt.Sprintf("%s is answered, or let go of, at once, in %d spellings", map[bool]string{true: "a length short of the chunks", false: "a length beyond the chunks"}[before == nil], sent)
	return f
}
