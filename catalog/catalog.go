// Package catalog is the one ordered list of controls.
package catalog

import (
	"pavise"
	"pavise/controls/cookies"
	"pavise/controls/headers"
	"pavise/controls/leaks"
	"pavise/controls/requests"
	"pavise/controls/transport"
)

// Controls returns every control as recommended. The order is that of the
// traffic: each admits and rewrites before the next one looks, and amendments
// run in reverse.
func Controls() []pavise.Control {
	return []pavise.Control{
		// Before anything else it must be clear whose request this is, and that it is one.
		requests.Host{},
		transport.Strict{},
		transport.TLS{},
		transport.Certificate{},
		transport.Redirect{},
		transport.HSTS{},

		headers.Cache{}, // reads the cookies before they are renamed
		headers.NoSniff{},
		headers.Frame{},
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

		requests.Origin{},
		leaks.Files{},

		cookies.Rename{},
		cookies.Tossing{},
		cookies.Flags{},

		leaks.Traces{},
		leaks.Pages{},
	}
}

// Find returns the control with the id, or nil.
func Find(id string) pavise.Control {
	for _, c := range Controls() {
		if c.Doc().ID == id {
			return c
		}
	}
	return nil
}
