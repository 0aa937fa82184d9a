package acme

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"strings"

	acmeproto "github.com/mholt/acmez/v3/acme"

	"pavise"
)

// A reason is why there is no certificate, for a person: what is wrong, and what to
// do about it.
type reason struct {
	what, todo string
	unreached  bool // the authority heard nothing of it
	limited    bool // it wants to hear nothing for a while
}

// explain says in a sentence and a next step what an error means.
func explain(host string, err error) reason {
	var problem acmeproto.Problem
	if errors.As(err, &problem) {
		return refusal(host, problem)
	}
	var profile *profileError
	var hook *hookError
	var unseen *unseenError
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var network net.Error
	var asked *url.Error
	switch {
	case errors.Is(err, pavise.ErrAway), errors.Is(err, errLost):
		return reason{what: "the store that the nodes share is away", unreached: true, todo: "see that it runs and can be reached from here: pavise status"}
	case errors.Is(err, pavise.ErrFull):
		return reason{what: "the store that the nodes share is full", unreached: true, todo: "give it more room; for Redis that is maxmemory"}
	case errors.As(err, &profile):
		return reason{what: profile.Error(), todo: "choose one of those by --acme-profile or acme: {profile: …}, or leave it out"}
	case errors.As(err, &hook):
		return reason{what: "the program that sets DNS records failed (" + hook.Error() + ")", todo: "see what it said in the log; run it by hand"}
	case errors.As(err, &unseen):
		return reason{what: unseen.Error(), todo: "see what the program wrote: dig +short TXT " + unseen.name}
	case errors.As(err, &unknown), errors.As(err, &wrongName):
		return reason{what: "the certificate authority's own certificate is not trusted here", unreached: true,
			todo: "name the root of a company's authority by --acme-root FILE; see that the clock is right"}
	case errors.As(err, &asked), errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded):
		return reason{what: "the certificate authority could not be reached", unreached: true,
			todo: "let this machine open https connections to it; a proxy is taken from HTTPS_PROXY"}
	case errors.Is(err, context.DeadlineExceeded):
		return reason{what: "the certificate authority did not finish in time", todo: "wait for the next try; its status page may say more"}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return reason{what: "the state directory cannot be used", unreached: true, todo: "give Pavise a directory of its own by --state DIR"}
	}
	return reason{what: "asking for it failed", todo: "see the log of Pavise, which has what was said"}
}

// said is what the authority or the network said, without what was being done then.
func said(err error) string {
	var problem acmeproto.Problem
	var asked *url.Error
	switch {
	case errors.As(err, &problem):
		err = problem
	case errors.As(err, &asked):
		err = asked
	}
	return pavise.Clip(err.Error(), 500)
}

// noSuchName is how authorities say that a name is not in DNS.
var noSuchName = []string{"nxdomain", "no such host", "could not resolve", "no valid a records", "no valid ip addresses"}

// refusal explains the kinds of RFC 8555 6.7.
func refusal(host string, p acmeproto.Problem) reason {
	detail := strings.ToLower(p.Detail)
	for _, sub := range p.Subproblems {
		detail += " " + strings.ToLower(sub.Detail)
	}
	kind, _ := strings.CutPrefix(p.Type, acmeproto.ProblemTypeNamespace)
	if kind == "dns" || containsAny(detail, noSuchName) {
		return noAddress(host, detail)
	}
	if containsAny(detail, []string{"failed to connect", "connection refused", "timeout during connect"}) {
		kind = "connection" // some authorities call it by another
	}
	switch kind {
	case "connection":
		return reason{what: "the authority could not connect to " + host + " from outside",
			todo: "point its A and AAAA records to this machine, and let ports 80 and 443 through to Pavise (firewall, router, cloud rules)"}
	case "unauthorized", "incorrectResponse", "tls":
		return reason{what: "when the authority asked " + host + ", another server answered than this one",
			todo: "point its A and AAAA records to this machine alone; a CDN or balancer in front must pass /.well-known/acme-challenge/ on, or use dns-01"}
	case "caa":
		return reason{what: "a CAA record in DNS forbids this authority to certify " + host,
			todo: "see dig +short CAA " + host + "; add the authority, such as 0 issue \"letsencrypt.org\", or remove the record"}
	case "rateLimited":
		return reason{what: "the authority has had too many requests for this name or account", limited: true,
			todo: "do not restart, which asks again; Pavise goes on by itself when the limit allows"}
	case "rejectedIdentifier", "unsupportedIdentifier":
		return reason{what: "the authority gives no certificates for " + host, todo: "use a public name of your own, or --acme off for the local authority"}
	case "invalidContact", "unsupportedContact":
		return reason{what: "the authority does not take the mail address of the account", todo: "give another by --acme-email"}
	case "externalAccountRequired":
		return reason{what: "the authority only serves accounts that it knows", todo: "get a key from it and name it: acme: {eab-key-id: …, eab-key-file: …}"}
	case "userActionRequired":
		return reason{what: "the authority wants its new terms to be agreed to", todo: "the log has the address of the page"}
	case "invalidProfile":
		return reason{what: "the authority does not give this profile to " + host, todo: "choose another by --acme-profile, or leave it out"}
	case "serverInternal":
		return reason{what: "the authority has a fault of its own", todo: "wait for the next try; its status page may say more"}
	}
	return reason{what: "the authority refused (" + kind + ")", todo: "see the log of Pavise, which has what it said"}
}

func noAddress(host, detail string) reason {
	if strings.Contains(detail, "_acme-challenge") || strings.Contains(detail, "txt record") {
		return reason{what: "DNS: the authority found no TXT record _acme-challenge." + host,
			todo: "see that the dns-hook writes to the zone that is asked: dig +short NS " + host}
	}
	return reason{what: "DNS: " + host + " has no A or AAAA record that the authority could find",
		todo: "create one that points to this machine; it is there when dig +short " + host + " shows the address"}
}

func containsAny(s string, list []string) bool {
	for _, part := range list {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
