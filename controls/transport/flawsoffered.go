package transport

import (
	"pavise"
	"pavise/internal/rawtls"
)

// offerFlaws are the rules on attacks that a suite or a trait makes possible.
func offerFlaws() []tlsCheck {
	return []tlsCheck{
		{early(flawRule("drown", "SSLv2 is not there to break TLS with (DROWN)", pavise.Medium, decrypts, fixVersions, "CVE-2016-0800", "RFC 6176", "CWE-327")),
			"SSLv2 is refused", testssl("--drown"), noneIn(span{rawtls.SSL2, rawtls.SSL2}, anySuite)},
		{early(flawRule("poodle", "No CBC in SSLv3 (POODLE)", pavise.Low, readsCookies, fixVersions, "CVE-2014-3566", "RFC 7568", "CWE-327")),
			"SSLv3 is refused, or at least CBC in it", testssl("--poodle"), noneIn(span{rawtls.SSL3, rawtls.SSL3}, rawtls.Suite.CBC)},
		{early(flawRule("beast", "No CBC in SSLv3 or TLS 1.0 (BEAST)", pavise.Low, readsCookies, fixVersions, "CVE-2011-3389", "RFC 8996", "CWE-326")),
			"TLS 1.0 is refused, or at least CBC in it", testssl("--beast"), noneIn(span{rawtls.SSL3, rawtls.TLS10}, rawtls.Suite.CBC)},
		{flawRule("sweet32", "No cipher with blocks of 64 bits (SWEET32)", pavise.High, readsMemory, fixSuites, "CVE-2016-2183", "RFC 9325 4.1", "CWE-327"),
			"no cipher with blocks of 64 bits", testssl("--sweet32"), none(rawtls.Suite.SmallBlocks)},
		{flawRule("freak", "No RSA of export strength (FREAK)", pavise.Medium, downgrades, fixSuites, "CVE-2015-0204", "RFC 9325 4.1", "CWE-326"),
			"no RSA for export", testssl("--freak"), noneIn(beforeTLS13, func(s rawtls.Suite) bool { return s.Export() && s.Exchange() == "RSA" })},
		{flawRule("logjam", "No weak Diffie-Hellman (Logjam)", pavise.Low, alters, fixSuites, "CVE-2015-4000", "RFC 9325 4.1", "CWE-326"),
			"Diffie-Hellman with a prime of 2048 bits, or none", testssl("--logjam"), logjam},
		{flawRule("lucky13", "No MAC below encryption in CBC mode (Lucky 13)", pavise.Info, "", fixSuites, "CVE-2013-0169", "RFC 7366", "CWE-208"),
			"no CBC in TLS", testssl("--lucky13"), macThenEncrypt},
		{flawRule("crime", "TLS does not compress (CRIME)", pavise.Low, guesses, fixCompression, "CVE-2012-4929", "RFC 9325 3.3", "CWE-203"),
			"TLS compression is refused", testssl("--crime"), older(pavise.Compression, false, "compression is agreed to")},
	}
}

// breakable is a prime for which states have computed ahead (https://weakdh.org).
const breakable = 1024

// logjam wants no prime that somebody has computed for, and none for export.
func logjam(o *offered) verdict {
	export := func(s rawtls.Suite) bool { return s.Exchange() == "DHE" && s.Export() }
	if found := o.found(beforeTLS13, export); found != "" {
		return failed("agreed to " + found)
	}
	return primes(breakable + 1)(o)
}

// macThenEncrypt is CBC as the offer asks for it: the other order is only for a client
// that wants it (RFC 7366 2), and browsers do not.
func macThenEncrypt(o *offered) verdict {
	v := noneIn(span{rawtls.TLS10, rawtls.TLS12}, rawtls.Suite.CBC)(o)
	if v.Outcome == pavise.Fail && o.trait(pavise.EncryptThenMAC).Has {
		v.Saw += "; the MAC lies above the encryption only for a client that asks for that"
	}
	return v
}
