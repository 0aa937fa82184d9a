package transport

import (
	"pavise"
	"pavise/internal/rawtls"
)

// A tlsCheck is a rule, how an offer is judged by it, and the line that shows it.
type tlsCheck struct {
	rule  pavise.Rule
	want  string
	try   func(*pavise.Evidence) string
	judge func(*offered) verdict
}

func (c tlsCheck) check(e *pavise.Evidence, o *offered) pavise.Finding {
	v := c.judge(o)
	return v.Finding(c.rule.ID, e.Target.TLS, c.want, pavise.Proof{Command: c.try(e), Received: v.Saw})
}

// openssl is the line for OpenSSL, where that of today still speaks what is to be shown;
// else testssl.sh has its own.
func openssl(options string) func(*pavise.Evidence) string {
	return func(e *pavise.Evidence) string {
		return pavise.OpenSSL(e.Target.TLS, e.Target.Host(), options) + " </dev/null"
	}
}

const refused = "the handshake is refused"

// tlsChecks are the rules, the worst first.
func tlsChecks() []tlsCheck {
	return append(append(versionChecks(), suiteChecks()...), keyChecks()...)
}

func versionChecks() []tlsCheck {
	return []tlsCheck{
		{early(tlsRule("ssl2", "SSLv2 is not offered", pavise.High, takesPart, fixVersions, "RFC 6176", "CVE-2016-0800", "CWE-326")),
			refused, testssl("-p"), refuses(rawtls.SSL2)},
		{early(tlsRule("ssl3", "SSLv3 is not offered", pavise.High, takesPart, fixVersions, "RFC 7568", "CVE-2014-3566", "CWE-326")),
			refused, testssl("-p"), refuses(rawtls.SSL3)},
		{early(tlsRule("tls10", "TLS 1.0 is not offered", pavise.Medium, earlyTLS, fixVersions, "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326")),
			refused, openssl("-tls1 -legacy_server_connect -cipher ALL:@SECLEVEL=0"), refuses(rawtls.TLS10)},
		{early(tlsRule("tls11", "TLS 1.1 is not offered", pavise.Medium, earlyTLS, fixVersions, "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326")),
			refused, openssl("-tls1_1 -legacy_server_connect -cipher ALL:@SECLEVEL=0"), refuses(rawtls.TLS11)},
		{tlsRule("tls13", "TLS 1.3 is offered", pavise.Low, "", fixVersions, "ASVS 5.0 12.1.1", "RFC 8446"),
			"the handshake is agreed to", openssl("-tls1_3"), speaksTLS13},
	}
}

func suiteChecks() []tlsCheck {
	return []tlsCheck{
		{tlsRule("null", "No suite without encryption is offered", pavise.Medium, decrypts, fixSuites, "ASVS 5.0 12.1.2", "RFC 9325 4.1", "CWE-319"),
			refused, openssl("-tls1_2 -legacy_server_connect -cipher eNULL:@SECLEVEL=0"), none(rawtls.Suite.Null)},
		{declared(tlsRule("anonymous", "No suite in which the server stays anonymous is offered", pavise.High, takesPart, fixSuites, "ASVS 5.0 12.1.2", "RFC 9325 4.1", "CWE-287"),
			"anonymous key exchange"), refused, openssl("-tls1_2 -legacy_server_connect -cipher aNULL:@SECLEVEL=0"), none(rawtls.Suite.Anonymous)},
		{tlsRule("export", "No suite for export is offered", pavise.High, takesPart, fixSuites, "ASVS 5.0 12.1.2", "CVE-2015-0204", "CWE-326"),
			refused, testssl("-E"), none(rawtls.Suite.Export)},
		{tlsRule("rc4", "RC4 is not offered", pavise.Medium, decrypts, fixSuites, "CVE-2013-2566", "RFC 7465", "CWE-327"),
			refused, testssl("-E"), none(rawtls.Suite.RC4)},
		{tlsRule("triple-des", "3DES is not offered (SWEET32)", pavise.High, readsMemory, fixSuites, "CVE-2016-2183", "CWE-327"),
			refused, testssl("-E"), none(rawtls.Suite.TripleDES)},
		{tlsRule("strength", "Every suite has at least 112 bits", pavise.Medium, decrypts, fixSuites, "RFC 9325 4.1", "CWE-326"),
			refused, testssl("-E"), none(weak)},
		{tlsRule("forward-secrecy", "Every suite offered has forward secrecy", pavise.Low, readsSome, fixSuites, "RFC 9325 4.1", "CWE-326"),
			refused, openssl("-tls1_2 -legacy_server_connect -cipher kRSA:kPSK:@SECLEVEL=0"), none(func(s rawtls.Suite) bool { return !s.ForwardSecret() })},
		{tlsRule("aead", "Suites with authenticated encryption (AEAD) are offered", pavise.Low, "", fixSuites, "RFC 9325 4.2", "CWE-327"),
			"one of AES-GCM, AES-CCM and ChaCha20-Poly1305", openssl("-cipher AESGCM:AESCCM:CHACHA20"), oneOf(rawtls.Suite.AEAD)},
		{tlsRule("cbc", "No suite chains blocks (CBC)", pavise.Info, "", fixSuites, "RFC 9325 4.2.1", "CWE-327"),
			"AEAD alone", openssl("-tls1_2 -legacy_server_connect -cipher 'ALL:!AESGCM:!AESCCM:!CHACHA20:!ARIAGCM:@SECLEVEL=0'"), none(rawtls.Suite.CBC)},
		{tlsRule("order", "The server chooses the suite, or all are strong", pavise.Low, "", fixOrder, "RFC 9325 4.2.1", "CWE-757"),
			"its own order", openssl("-tls1_2 -legacy_server_connect -cipher kRSA:ALL:@SECLEVEL=0"), ordered},
	}
}

func keyChecks() []tlsCheck {
	return []tlsCheck{
		{tlsRule("dh", "Diffie-Hellman primes have at least 2048 bits", pavise.Low, alters, fixDH, "RFC 9325 4.1", "CVE-2015-4000", "CWE-326"),
			"at least 2048 bits, or none", openssl("-tls1_2 -legacy_server_connect -cipher kDHE:@SECLEVEL=0"), primes(2048)},
		{tlsRule("groups", "Every group has at least 112 bits of strength", pavise.Low, readsSome, fixGroups, "RFC 8422 5.1.1", "NIST SP 800-57", "CWE-326"),
			"x25519, secp256r1 and stronger", testssl("-f"), strongGroups},
		{tlsRule("hybrid", "A key exchange that quantum computers do not break is offered", pavise.Info, "", fixHybrid, "FIPS 203", "CWE-327"),
			"X25519MLKEM768", openssl("-tls1_3 -groups X25519MLKEM768"), hybrid},
		{tlsRule("compression", "TLS does not compress (CRIME)", pavise.Low, guesses, fixCompression, "RFC 9325 3.3", "CVE-2012-4929", "CWE-310"),
			"no compression", testssl("--crime"), older(pavise.Compression, false, "compression is agreed to")},
		{tlsRule("renegotiation", "Renegotiation is secure", pavise.Medium, injects, fixRenegotiation, "RFC 5746", "CVE-2009-3555", "CWE-310"),
			"RFC 5746", openssl("-tls1_2"), older(pavise.SecureRenegotiation, true, "the server does not speak RFC 5746")},
		{tlsRule("extended-master-secret", "Keys are bound to their handshake", pavise.Low, "", fixLibrary, "RFC 7627", "RFC 9325 3.5"),
			"the extended master secret", openssl("-tls1_2"), older(pavise.ExtendedMasterSecret, true, "the server does not know the extended master secret")},
		{tlsRule("fallback", "A client that is forced back to an older version is told so", pavise.Low, "", fixLibrary, "RFC 7507", "CWE-757"),
			"the alert inappropriate_fallback", openssl("-tls1_1 -fallback_scsv -legacy_server_connect -cipher ALL:@SECLEVEL=0"), fallback},
	}
}
