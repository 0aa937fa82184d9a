// Package catalog is the one ordered list of controls.
package catalog

import (
	"pavise"
	"pavise/controls/access"
	"pavise/controls/clients"
	"pavise/controls/cookies"
	"pavise/controls/dns"
	"pavise/controls/headers"
	"pavise/controls/injection"
	"pavise/controls/leaks"
	"pavise/controls/login"
	"pavise/controls/mail"
	"pavise/controls/ports"
	"pavise/controls/requests"
	"pavise/controls/scripts"
	"pavise/controls/session"
	"pavise/controls/transport"
)

// Controls returns every control as recommended. The order is that of the
// traffic: each admits and rewrites before the next one looks, and amendments
// run in reverse.
func Controls() []pavise.Control {
	return []pavise.Control{
		// Before anything else it must be clear who asks, and for which site.
		requests.Client{},
		clients.Bans{},
		clients.Location{},
		requests.Host{},
		transport.Strict{},
		transport.TLS{},
		transport.Certificate{},
		transport.Chain{},
		transport.Flaws{},
		transport.Resumption{},
		transport.Patience{},
		transport.Redirect{},
		transport.HSTS{},

		login.Rate{},

		headers.Cache{}, // reads the cookies before they are renamed
		headers.NoSniff{},
		headers.Frame{},
		headers.CSP{}, // amends before Frame, which completes its policy
		headers.Referrer{},
		headers.Permissions{},
		headers.Opener{},
		headers.Resource{},
		headers.OriginAgent{},
		headers.DNSPrefetch{},
		headers.Download{},
		headers.CrossDomain{},
		headers.XSSFilter{},
		headers.Fingerprint{},
		headers.Obsolete{},

		requests.Size{},
		requests.Methods{},
		requests.Origin{}, // after an override of GET is out
		requests.Redirect{},
		requests.CORS{},
		requests.Parameters{}, // reads bodies, and so comes last
		leaks.Files{},

		cookies.Rename{},
		cookies.Tossing{},
		cookies.Flags{},

		session.Vault{}, // takes in what the others have cleaned, and amends behind the guard
		login.Guard{},   // sees the cookies as the app does

		// What follows is only verified.
		login.Enumeration{},
		session.Fixation{},
		session.Rotation{},
		session.Logout{},
		session.Idle{},
		session.Life{},
		session.URL{},

		transport.Smuggling{},
		injection.XSS{},
		injection.SQL{},
		injection.CRLF{},
		injection.Traversal{},
		access.Private{},
		access.Objects{},
		access.Cache{},

		leaks.Traces{},
		leaks.Pages{},

		// What follows is only verified.
		transport.Versions{},
		transport.API{},
		leaks.Debug{},
		leaks.Sources{},
		leaks.Listing{},
		leaks.Welcome{},
		ports.App{},
		ports.Database{},
		ports.Admin{},
		ports.Services{},
		dns.CAA{},
		dns.DNSSEC{},
		dns.Transfer{},
		dns.Parity{},
		dns.SPF{},
		dns.DMARC{},
		dns.DANE{},
		dns.MTASTS{},
		mail.StartTLS{},
		mail.Protocols{},
		mail.Certificate{},
		mail.Auth{},
		mail.Relay{},
		mail.Banner{},
		leaks.Versions{},
		leaks.Contact{},
		scripts.Integrity{},
		scripts.ThirdParty{},
		scripts.Mixed{},
		scripts.Forms{},
		scripts.Libraries{},
	}
}

// Find returns the control with the id, or nil.
func Find(id string) pavise.Control {
	for _, c := range All() {
		if c.Doc().ID == id {
			return c
		}
	}
	return nil
}
