package transport

import "pavise"

// The base vectors are those of the NVD (https://nvd.nist.gov, read 2026-11-21), version
// 3.1 or, for ROBOT, Ticketbleed and DROWN, 3.0 with the same metrics. Where it has only
// version 2 (BEAST, CRIME, FREAK, CVE-2011-1473) or none (CVE-2025-49812), they are ours,
// in the same bands.
const (
	readsMemory  = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" // 7.5
	takesPart    = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N" // 7.4
	decrypts     = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N" // 5.9
	exhausts     = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L" // 5.3
	downgrades   = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N" // 4.8
	alters       = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N" // 3.7
	readsCookies = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:N/A:N" // 3.4
	guesses      = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N" // 3.1
)

var flawRules = []pavise.Rule{
	flawRule(pavise.Heartbleed, "No memory is given away for a heartbeat (Heartbleed)", pavise.High, readsMemory, renew, "CVE-2014-0160", "RFC 6520 4", "CWE-125"),
	flawRule(pavise.CCSInjection, "A change of cipher that comes too early is refused", pavise.High, takesPart, renew, "CVE-2014-0224", "CWE-326"),
	flawRule(pavise.ROBOT, "Nothing is told of a wrong RSA secret (ROBOT)", pavise.Medium, decrypts, modernSuites, "CVE-2017-13099", "RFC 5246 7.4.7.1", "CWE-203"),
	flawRule(pavise.Ticketbleed, "No memory is given away with a session id (Ticketbleed)", pavise.High, readsMemory, noTickets, "CVE-2016-9244", "RFC 5077 3.4", "CWE-200"),
	flawRule(pavise.ClientRenegotiation, "A client cannot renegotiate", pavise.Medium, exhausts, noRenegotiation, "CVE-2011-1473", "RFC 9325 3.5", "CWE-400"),
	flawRule(pavise.PaddingOracle, "Nothing is told of wrong padding", pavise.Medium, decrypts, modernSuites, "CVE-2014-8730", "CVE-2016-2107", "CVE-2019-1559", "RFC 5246 6.2.3.2", "CWE-203"),

	early(flawRule("drown", "SSLv2 is not there to break TLS with (DROWN)", pavise.Medium, decrypts, modernVersions, "CVE-2016-0800", "RFC 6176", "CWE-327")),
	early(flawRule("poodle", "No CBC in SSLv3 (POODLE)", pavise.Low, readsCookies, modernVersions, "CVE-2014-3566", "RFC 7568", "CWE-327")),
	early(flawRule("beast", "No CBC in SSLv3 or TLS 1.0 (BEAST)", pavise.Low, readsCookies, modernVersions, "CVE-2011-3389", "RFC 8996", "CWE-326")),
	flawRule("sweet32", "No cipher with blocks of 64 bits (SWEET32)", pavise.High, readsMemory, modernSuites, "CVE-2016-2183", "RFC 9325 4.1", "CWE-327"),
	flawRule("freak", "No RSA of export strength (FREAK)", pavise.Medium, downgrades, modernSuites, "CVE-2015-0204", "RFC 9325 4.1", "CWE-326"),
	flawRule("logjam", "No weak Diffie-Hellman (Logjam)", pavise.Low, alters, modernSuites, "CVE-2015-4000", "RFC 9325 4.1", "CWE-326"),
	flawRule("lucky13", "No MAC below encryption in CBC mode (Lucky 13)", pavise.Info, "", modernSuites, "CVE-2013-0169", "RFC 7366", "CWE-208"),
	flawRule("crime", "TLS does not compress (CRIME)", pavise.Low, guesses, noCompression, "CVE-2012-4929", "RFC 9325 3.3", "CWE-203"),

	owned(flawRule("breach", "No page is compressed that repeats what is asked and holds a secret (BREACH)", pavise.Medium, decrypts, noGzip, "CVE-2013-3587", "RFC 9325 3.3", "CWE-203")),
	flawRule("opossum", "Plain HTTP does not become TLS (Opossum)", pavise.High, takesPart, noUpgrade, "CVE-2025-49812", "RFC 2817 3", "CWE-287"),
}

func flawRule(name, title string, severity pavise.Severity, cvss string, fix pavise.Fix, more ...string) pavise.Rule {
	if fix.Pavise == "" {
		fix.Pavise = pavise.OnByDefault
	}
	return pavise.Rule{ID: "transport.flaws." + name, Title: title, Severity: severity, CVSS: cvss, Fix: fix,
		References: append([]string{"PCI DSS 4.0.1 4.2.1", "PCI DSS 4.0.1 6.3.3", "ASVS 5.0 12.1.2"}, more...)}
}

// owned is for what no edge can mend: the page is the app's.
func owned(r pavise.Rule) pavise.Rule {
	r.Owner, r.Fix.Pavise = true, ""
	return r
}

var (
	renew = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade openssl 'libssl*' && systemctl restart nginx  # then a new key and certificate",
		Apache:  "# with OpenSSL 1.0.1h or newer; then a new key and certificate\napt-get install --only-upgrade openssl 'libssl*' && systemctl restart apache2",
		Express: "nvm install --lts  # Node.js brings its own OpenSSL; then a new key and certificate",
	}
	modernSuites = pavise.Fix{
		Nginx:   "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
		Apache:  "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
		Express: `https.createServer({ cert, key, ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20" }, app)`,
	}
	modernVersions = pavise.Fix{
		Nginx:   "ssl_protocols TLSv1.2 TLSv1.3;",
		Apache:  "SSLProtocol -all +TLSv1.2 +TLSv1.3",
		Express: `https.createServer({ cert, key, minVersion: "TLSv1.2" }, app)`,
	}
	noTickets = pavise.Fix{
		Nginx:   "ssl_session_tickets off;",
		Apache:  "SSLSessionTickets off",
		Express: "https.createServer({ cert, key, secureOptions: crypto.constants.SSL_OP_NO_TICKET }, app)",
	}
	noRenegotiation = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx && systemctl restart nginx  # no version since November 2009 agrees to it",
		Apache:  "# no supported version agrees to it\napt-get install --only-upgrade apache2 && systemctl restart apache2",
		Express: `server.on("secureConnection", (socket) => socket.disableRenegotiation());`,
	}
	noCompression = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx openssl && systemctl restart nginx  # no supported version compresses",
		Apache:  "SSLCompression off",
		Express: "https.createServer({ cert, key, secureOptions: crypto.constants.SSL_OP_NO_COMPRESSION }, app)",
	}
	noGzip = pavise.Fix{
		Nginx:   "location /account { gzip off; }  # for each page with a form token",
		Apache:  "# for each page with a form token\nSetEnvIf Request_URI \"^/account\" no-gzip",
		Express: `app.use("/static", compression());  // and not for pages; or another token at each request`,
	}
	noUpgrade = pavise.Fix{
		Nginx:  "return 301 https://$host$request_uri;  # at port 80; nginx knows no upgrade to TLS",
		Apache: "# never optional, which Apache 2.4.64 no longer has\nSSLEngine on",
	}
)
