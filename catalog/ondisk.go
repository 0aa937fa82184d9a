package catalog

import (
	"slices"

	"pavise"
	"pavise/controls/host"
	"pavise/controls/joined"
	"pavise/controls/project"
	"pavise/controls/source"
)

// OnDisk returns the controls that are verified by what was read of a project and of a
// host, in the order of the report. No policy has them: there is nothing to enforce.
func OnDisk() []pavise.Control {
	return []pavise.Control{
		project.Dependencies{},
		project.Lockfile{},
		project.Framework{},
		project.Runtime{},
		project.Secrets{},
		source.Session{},
		source.Proxy{},
		source.Fingerprint{},
		source.Headers{},
		source.CSRF{},
		source.Login{},
		source.Errors{},
		source.Listen{},
		source.Injection{},
		source.Cookies{},
		source.Size{},
		source.Static{},
		source.CORS{},
		source.Server{},
		source.TLS{},
		source.Debug{},
		host.Listeners{},
		host.Updates{},
		host.Certificates{},
		host.Files{},
		host.NginxTLS{},
		host.NginxRedirect{},
		host.NginxHeaders{},
		host.NginxTokens{},
		host.NginxProxy{},
		host.NginxFiles{},
		host.NginxRequests{},
		host.Apache{},
		host.Postfix{},
		host.SSH{},
		host.Unit{},
	}
}

// Joined returns the controls that need the site, too, in the order of the report.
func Joined() []pavise.Control {
	return []pavise.Control{
		joined.Cookies{},
		joined.Headers{},
		joined.Ports{},
		joined.TLS{},
	}
}

// All returns every control there is.
func All() []pavise.Control { return slices.Concat(Controls(), OnDisk(), Joined()) }
