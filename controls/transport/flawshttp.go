package transport

import (
	"net/http"
	"strings"

	"pavise"
)

const (
	breachRule  = "transport.flaws.breach"
	opossumRule = "transport.flaws.opossum"
	// marker is what a page would have to repeat to be of use for BREACH.
	marker = "pavise3f81c6"
)

// httpFlaws are the rules on what HTTP adds to TLS.
func httpFlaws() []pavise.Rule {
	return []pavise.Rule{
		owned(flawRule("breach", "No page is compressed that repeats what is asked and holds a secret (BREACH)", pavise.Medium, decrypts, fixGzip, "CVE-2013-3587", "RFC 9325 3.3", "CWE-203")),
		flawRule("opossum", "Plain HTTP does not become TLS (Opossum)", pavise.High, takesPart, fixUpgrade, "CVE-2025-49812", "RFC 2817 3", "CWE-287"),
	}
}

// leakProbes ask whether a page is compressed that repeats what is asked and holds a
// secret, and whether plain HTTP would become TLS on the same connection.
func leakProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	if e.Target.Secure() {
		probes = append(probes, repeatedPage(e), compressedPage(e))
	}
	if e.Target.Clear != "" {
		probes = append(probes, upgradeToTLS(e))
	}
	return probes
}

func repeatedPage(e *pavise.Evidence) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: e.Target.URL + e.Target.Start + "?q=" + marker})
}

func compressedPage(e *pavise.Evidence) pavise.Probe {
	p := repeatedPage(e)
	p.Request.Header = http.Header{"Accept-Encoding": {"gzip, deflate, br"}}
	p.Request.Keep = 1 // its head will do
	return p
}

// upgradeToTLS asks for TLS as RFC 2817 3.1 has it.
func upgradeToTLS(e *pavise.Evidence) pavise.Probe {
	return pavise.Ask(pavise.Request{Method: http.MethodOptions, URL: e.Target.Clear + "/",
		Header: http.Header{"Upgrade": {"TLS/1.2"}, "Connection": {"Upgrade"}}})
}

// token is the value of the first token in the forms of a page, "" if there is none.
func token(page *pavise.Response) string {
	for _, form := range page.Forms {
		for _, field := range form.Fields {
			if field.Token() && len(field.Value) >= 8 {
				return field.Value
			}
		}
	}
	return ""
}

// checkBreach fails a page only if all three are there that the attack needs: it is
// compressed, repeats what the address says, and holds a secret that stays the same.
func checkBreach(e *pavise.Evidence) pavise.Finding {
	if !e.Target.Secure() {
		return pavise.Skipped(breachRule, e.Target.URL, "nothing is encrypted")
	}
	short, missing := e.Heard(compressedPage(e))
	if short == nil {
		return pavise.Unlooked(breachRule, e.Target.URL, missing)
	}
	f := pavise.Finding{Rule: breachRule, Outcome: pavise.Pass, Where: short.Probe.Request.URL,
		Want: "no compression of a page that repeats what is asked and holds a secret", Proof: short.Proof()}
	coding := short.Response.Header.Get("Content-Encoding")
	if coding == "" || strings.EqualFold(coding, "identity") {
		f.Saw = "the page is not compressed"
		return f
	}
	whole, missing := e.Heard(repeatedPage(e))
	if whole == nil {
		return pavise.Unlooked(breachRule, f.Where, missing)
	}
	secret := token(whole.Response)
	home := e.Answer(e.Target.Home())
	switch {
	case secret == "":
		f.Saw = coding + ", but no form token in it"
	case !strings.Contains(string(whole.Response.Body), marker):
		f.Saw = coding + ", but the page does not repeat what is asked"
	case home == nil || home.Response == nil:
		return pavise.Unlooked(breachRule, f.Where, "the page was not read twice")
	case e.Target.Start != "/" || token(home.Response) != secret:
		f.Saw = coding + ", but the token is another each time"
	default:
		f.Outcome, f.Saw = pavise.Fail, coding+" of a page that repeats what is asked and holds a form token that stays the same"
	}
	return f
}

// checkOpossum fails a site that lets plain HTTP become TLS: an attacker can then put
// an answer of his own before the first one (https://opossum-attack.com).
func checkOpossum(e *pavise.Evidence) pavise.Finding {
	if e.Target.Clear == "" {
		return pavise.Skipped(opossumRule, e.Target.URL, "no plain http address is known")
	}
	a := e.Answer(upgradeToTLS(e))
	switch {
	case a == nil:
		return pavise.Unlooked(opossumRule, e.Target.Clear, "was not asked")
	case a.Closed:
		return pavise.Finding{Rule: opossumRule, Outcome: pavise.Pass, Where: e.Target.Clear, Saw: "nobody listens there",
			Want: "plain http never becomes TLS"}
	case a.Response == nil && e.Target.Clear == "http://"+e.Target.TLS:
		return pavise.Skipped(opossumRule, e.Target.Clear, "the port of TLS does not speak plain http")
	case a.Response == nil:
		return pavise.Unlooked(opossumRule, e.Target.Clear, a.Error)
	}
	f := pavise.Finding{Rule: opossumRule, Outcome: pavise.Pass, Where: e.Target.Clear, Proof: a.Proof(),
		Want: "plain http never becomes TLS", Saw: "an upgrade to TLS is not agreed to"}
	if a.Response.Status == http.StatusSwitchingProtocols && strings.Contains(strings.ToUpper(a.Response.Header.Get("Upgrade")), "TLS/") {
		f.Outcome, f.Saw = pavise.Fail, "101 Switching Protocols, Upgrade: "+a.Response.Header.Get("Upgrade")
	}
	return f
}
