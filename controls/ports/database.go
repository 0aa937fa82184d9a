package ports

import (
	"strings"

	"pavise"
)

// Database keeps the databases from strangers.
type Database struct{}

// firewall is how a port is closed to strangers, whatever listens there.
func firewall(service string) pavise.Fix {
	return pavise.Fix{Other: service + "\nor at the host: nft add rule inet filter input tcp dport PORT ip saddr != 10.0.0.0/8 drop"}
}

// Doc describes the control.
func (Database) Doc() pavise.Doc {
	fix := firewall("bind to 127.0.0.1 or to the private network (redis.conf, postgresql.conf: listen_addresses, my.cnf: bind-address)")
	return pavise.Doc{
		ID:       "ports.database",
		Title:    "Databases",
		Why:      "A database that strangers can reach is tried by every robot of the internet; it needs one weak password or one flaw. A PCI scan fails for it.",
		Verifies: "TCP connections to a short list of ports, or the list given by --ports; a service is known by what it says, never by its port alone.",
		Rules: []pavise.Rule{
			{ID: "ports.database.reachable", Title: "No database can be reached", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
				Automatic:  "a database that can be reached from the internet",
				References: []string{"PCI DSS 4.0.1 1.4.4", "PCI DSS 4.0.1 2.2.4", "CWE-668"}, Owner: true, Fix: fix},
			{ID: "ports.database.unguarded", Title: "No database answers without a password", Severity: pavise.Critical,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
				Automatic:  "a database that can be reached from the internet",
				References: []string{"PCI DSS 4.0.1 2.2.2", "PCI DSS 4.0.1 8.3.1", "CWE-306"}, Owner: true,
				Fix: firewall("requirepass in redis.conf, xpack.security.enabled: true in elasticsearch.yml, -S for memcached")},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Database) Validate() error { return nil }

// Probes asks for the sweep.
func (Database) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// databases are the services that keep data, and what they say to a stranger whom
// they would let in; "" is that it cannot be told without trying.
var databases = map[string]string{
	"mysql": "", "postgresql": "", "mssql": "", "mongodb": "", "couchdb": "", "influxdb": "", "etcd": "",
	"redis": "+PONG", "memcached": "VERSION ", "elasticsearch": "You Know, for Search",
}

// Check looks for databases among the open ports.
func (Database) Check(e *pavise.Evidence) []pavise.Finding {
	s, none := swept(e, Database{}.Doc())
	if s == nil {
		return none
	}
	found := each(e, s, "ports.database.reachable", "no database at any port", func(s pavise.Service) string {
		if _, is := databases[s.Name]; is {
			return s.Name + " answers"
		}
		return ""
	})
	return append(found, each(e, s, "ports.database.unguarded", "no database that answers without a password", func(s pavise.Service) string {
		if open := databases[s.Name]; open != "" && strings.Contains(string(s.Banner), open) {
			return s.Name + " answers without a password: " + said(s)
		}
		return ""
	})...)
}
