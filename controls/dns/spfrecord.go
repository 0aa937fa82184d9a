package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"pavise"
)

// Bounds of RFC 7208 4.6.4, and of ours.
const (
	maxLookups = 10
	maxTerms   = 200
	maxDepth   = 10
)

// A policy is what an SPF record says, as far as it is judged.
type policy struct {
	all      byte     // the qualifier of all; 0: there is none
	redirect string   // the domain whose policy holds in its place
	includes []string // domains whose policies are part of it
	others   int      // further terms that ask the domain name system
}

var mechanisms = map[string]bool{
	"all": false, "ip4": false, "ip6": false, // these ask nobody
	"include": true, "a": true, "mx": true, "ptr": true, "exists": true,
}

// parsePolicy reads an SPF record (RFC 7208 4.6.1, 12).
func parsePolicy(record string) (p policy, err error) {
	terms := strings.Fields(record)
	if len(terms) == 0 || !strings.EqualFold(terms[0], "v=spf1") {
		return p, errors.New("it does not begin with v=spf1")
	}
	if len(terms) > maxTerms {
		return p, fmt.Errorf("more than %d terms", maxTerms)
	}
	for _, term := range terms[1:] {
		if err := p.term(term); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *policy) term(term string) error {
	qualifier := byte('+')
	bare := term
	if strings.IndexByte("+-~?", term[0]) >= 0 {
		qualifier, bare = term[0], term[1:]
	}
	end := strings.IndexAny(bare, ":=/")
	if end < 0 {
		end = len(bare)
	}
	name, value := strings.ToLower(bare[:end]), strings.TrimLeft(bare[end:], ":=")
	if end < len(bare) && bare[end] == '=' {
		if name == "redirect" {
			p.redirect = strings.ToLower(value)
		}
		return nil // RFC 7208 6: an unknown modifier is ignored
	}
	asks, known := mechanisms[name]
	switch {
	case !known:
		return fmt.Errorf("%q is no mechanism", pavise.Clip(term, 80))
	case name == "all":
		if p.all == 0 {
			p.all = qualifier
		}
	case name == "include" && value == "":
		return errors.New("include names no domain")
	case name == "include":
		p.includes = append(p.includes, strings.ToLower(value))
	case asks:
		p.others++
	default:
		if !isNetwork(value) {
			return fmt.Errorf("%q is no network", pavise.Clip(term, 80))
		}
	}
	return nil
}

func isNetwork(s string) bool {
	_, err := netip.ParsePrefix(s)
	if err != nil {
		_, err = netip.ParseAddr(s)
	}
	return err == nil
}

// follows are the domains that the policy leads on to. What has a macro in it depends
// on the message.
func (p policy) follows() []string {
	var list []string
	for _, domain := range append(p.includes, p.redirect) {
		if domain != "" && !strings.Contains(domain, "%") {
			list = append(list, domain)
		}
	}
	return list
}

// A tally is what comes of following a policy.
type tally struct {
	lookups int
	unknown []string // names whose records are not known yet
	wrong   string   // why it cannot be followed
	all     byte     // what holds for everybody else, by redirect too
}

// follow counts what a receiver must ask for the policy of the domain.
func follow(e *pavise.Evidence, domain string, depth int, t *tally) {
	r, _ := records(e, domain, "TXT")
	if r == nil {
		t.unknown = append(t.unknown, domain)
		return
	}
	list := txt(r, "v=spf1")
	if len(list) != 1 {
		t.wrong = fmt.Sprintf("%s has %d SPF records", domain, len(list))
		return
	}
	p, err := parsePolicy(list[0])
	if err != nil {
		t.wrong = domain + ": " + err.Error()
		return
	}
	t.lookups += p.others + len(p.includes)
	if p.redirect != "" && p.all == 0 { // RFC 7208 6.1: with all there it is ignored
		t.lookups++
	} else {
		p.redirect = ""
	}
	if t.all = p.all; depth == maxDepth || t.lookups > maxLookups {
		return
	}
	for _, next := range p.follows() {
		own := t.all
		if follow(e, next, depth+1, t); next != p.redirect {
			t.all = own // an include decides for those that it passes alone
		}
	}
}
