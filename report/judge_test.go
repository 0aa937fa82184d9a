package report

import (
	"bytes"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pavise"
)

// scored is a catalogue with everything that a verdict goes by.
func scored() []pavise.Control {
	rule := func(id string, s pavise.Severity, cvss string) pavise.Rule {
		return pavise.Rule{ID: id, Title: id, Severity: s, CVSS: cvss, References: []string{"CWE-1"}}
	}
	early := rule("transport.tls.early", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N")
	early.Automatic = "early TLS"
	note := rule("scripts.foreign.known", pavise.Info, "")
	note.Declare = "that the scripts are needed"
	return []pavise.Control{
		control("transport.tls", early),
		control("transport.hsts", rule("transport.hsts.present", pavise.Medium, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N")),
		control("requests.size", rule("requests.size.body", pavise.Medium, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L")),
		control("headers.nosniff", rule("headers.nosniff.present", pavise.Low, "")),
		control("headers.hints", rule("headers.hints.off", pavise.Info, "")),
		control("scripts.foreign", note),
	}
}

const origin = "https://shop.example.com"

func at(rule string, o pavise.Outcome, path string) pavise.Finding {
	return pavise.Finding{Rule: rule, Outcome: o, Where: origin + path, Saw: "seen"}
}

func judged(change func(*Input), findings ...pavise.Finding) *Report {
	in := Input{Target: origin, Started: taken, Controls: scored(), Findings: findings}
	change(&in)
	return New(in)
}

func as(p Profile) func(*Input) { return func(in *Input) { in.Profile = p } }

func TestVerdicts(t *testing.T) {
	const pass, fail, unknown = pavise.Pass, pavise.Fail, pavise.Unknown
	held := at("transport.hsts.present", pass, "/")
	for _, c := range []struct {
		name     string
		found    []pavise.Finding
		web, pci pavise.Outcome
		grade    string
	}{
		{"all holds", []pavise.Finding{held}, pass, pass, "A"},
		{"nothing", nil, unknown, unknown, "?"},
		{"medium", []pavise.Finding{at("transport.hsts.present", fail, "/"), at("headers.nosniff.present", pass, "/")}, fail, fail, "C"},
		{"low without a score", []pavise.Finding{held, at("headers.nosniff.present", fail, "/")}, fail, pass, "B"},
		{"info", []pavise.Finding{held, at("headers.hints.off", fail, "/")}, pass, pass, "A"},
		{"info unknown", []pavise.Finding{held, at("headers.hints.off", unknown, "/")}, pass, pass, "A"},
		{"automatic", []pavise.Finding{held, at("transport.tls.early", fail, "/")}, fail, fail, "B"},
		{"denial of service", []pavise.Finding{held, at("requests.size.body", fail, "/")}, fail, pass, "C"},
		{"a note without a declaration", []pavise.Finding{held, at("scripts.foreign.known", fail, "/")}, pass, fail, "A"},
		{"unknown that may fail", []pavise.Finding{held, at("transport.tls.early", unknown, "/")}, unknown, unknown, "?"},
		{"unknown that may not", []pavise.Finding{held, at("headers.nosniff.present", unknown, "/")}, unknown, pass, "?"},
	} {
		web, pci := judged(as(Web), c.found...), judged(as(PCI), c.found...)
		if web.Verdict != c.web || pci.Verdict != c.pci || web.PCI.Verdict != c.pci || web.Grade != c.grade {
			t.Errorf("%s: web %s, pci %s, grade %s, %q; want %s, %s, %s", c.name, web.Verdict, pci.Verdict, web.Grade, pci.PCI.Why, c.web, c.pci, c.grade)
		}
		if (pci.Verdict == pass) != (len(pci.PCI.Why) == 0) {
			t.Errorf("%s: %s for %q", c.name, pci.Verdict, pci.PCI.Why)
		}
	}
}

// TestPCIParts: what a vendor would list, with the reasons.
func TestPCIParts(t *testing.T) {
	r := judged(func(in *Input) {
		in.Profile = PCI
		in.Declarations = []Declaration{{"scripts.foreign.known", "they are needed to pay", "Ada"}}
		in.Accept = []Acceptance{{Rule: "transport.hsts.present", Reason: "known", Owner: "Ada", End: taken.AddDate(1, 0, 0)}}
	}, at("transport.tls.early", pavise.Fail, "/"), at("transport.hsts.present", pavise.Fail, "/a"), at("requests.size.body", pavise.Fail, "/"),
		at("headers.nosniff.present", pavise.Fail, "/"), at("headers.hints.off", pavise.Fail, "/"), at("scripts.foreign.known", pavise.Fail, "/"))
	var got []string
	for _, v := range r.PCI.Vulnerabilities {
		got = append(got, v.Rule+" "+v.Outcome.String()+": "+v.Why)
	}
	want := []string{
		"transport.tls.early fail: automatic failure: early TLS",
		"transport.hsts.present fail: CVSS 6.5; accepted by Ada, to which the vendor must agree",
		"requests.size.body pass: denial of service alone",
		"headers.nosniff.present pass: below 4.0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if n := r.PCI.Notes; len(n) != 1 || n[0].Declared != "they are needed to pay" || n[0].By != "Ada" {
		t.Errorf("notes %v", n)
	}
	if r.Verdict != pavise.Fail || !strings.Contains(r.PCI.Notice, "not an attestation") {
		t.Errorf("%s, %q", r.Verdict, r.PCI.Notice)
	}
}

func asked(path string, status int, header ...string) pavise.Answer {
	a := pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: origin + path})}
	if status == 0 {
		a.Error = "connection refused"
		return a
	}
	a.Response = &pavise.Response{Status: status, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		a.Response.Header.Set(header[i], header[i+1])
	}
	return a
}

func TestInterference(t *testing.T) {
	forged := asked("/x", 429)
	forged.Probe.Request.Header = http.Header{"X-Forwarded-For": {"1.2.3.4"}}
	silent := []pavise.Answer{asked("/", 200)}
	for _, p := range []string{"/a", "/b", "/c", "/d", "/e"} {
		silent = append(silent, asked(p, 0))
	}
	for _, c := range []struct {
		name    string
		answers []pavise.Answer
		want    string
	}{
		{"none", []pavise.Answer{asked("/", 200), asked("/.env", 403), asked("/a", 0)}, ""},
		{"forged alone", []pavise.Answer{asked("/", 200), forged}, ""},
		{"limited", []pavise.Answer{asked("/", 200), asked("/a", 429)}, "1 of 2 ordinary requests were answered 429"},
		{"challenge", []pavise.Answer{asked("/", 200), asked("/a", 403, "Cf-Mitigated", "challenge")}, origin + "/a is answered 403 by a challenge of Cloudflare"},
		{"AWS", []pavise.Answer{asked("/", 202, "X-Amzn-Waf-Action", "challenge")}, "AWS WAF"},
		{"Edgecast", []pavise.Answer{asked("/", 200), asked("/a", 403, "X-EC-Security-Audit", "403")}, "Edgecast"},
		{"banned", silent, "5 of 6 ordinary requests got no answer"},
		{"down from the beginning", silent[1:], ""},
		{"home refused", []pavise.Answer{asked("/", 403)}, "the home page is answered 403"},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: origin}, Answers: c.answers}
		got := strings.Join(interference(e), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		r := judged(func(in *Input) { in.Profile, in.Evidence = PCI, e }, at("transport.hsts.present", pavise.Pass, "/"))
		if (r.Verdict == pavise.Fail) != (c.want != "") {
			t.Errorf("%s: %s", c.name, r.Verdict)
		}
	}
}

func TestOpenPorts(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: origin}, Answers: []pavise.Answer{
		asked("/", 200), asked("/a", 200),
		{Probe: pavise.Ask(pavise.Request{URL: "http://shop.example.com:8080/"}), Response: &pavise.Response{Status: 301}},
		{Probe: pavise.Probe{Ports: &pavise.Ports{Host: "shop.example.com", List: "22,443,6379"}}, Sweep: &pavise.Sweep{Open: []pavise.Service{{Port: 443}, {Port: 6379, Name: "redis"},
			{Port: 8443, Name: "http", Secure: true}, {Port: 9001, Secure: true}, {Port: 9990, Name: "ldap", Secure: true}}}},
		{Probe: pavise.Probe{Mail: &pavise.Mail{Address: "mail.example.com:25"}}, Mailer: &pavise.Mailer{}},
	}}
	want := []Port{{"mail.example.com:25", "smtp"}, {"shop.example.com:443", "https"}, {"shop.example.com:6379", "redis"}, {"shop.example.com:8080", "http"},
		{"shop.example.com:8443", "https"}, {"shop.example.com:9001", "TLS"}, {"shop.example.com:9990", "ldap in TLS"}}
	if got := openPorts(e); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	var many []pavise.Service
	for port := range 2 * maxInventory {
		many = append(many, pavise.Service{Port: 10000 + port})
	}
	e.Add(pavise.Answer{Probe: pavise.Probe{Ports: &pavise.Ports{Host: "shop.example.com", List: "all"}}, Sweep: &pavise.Sweep{Open: many}})
	if n := len(openPorts(e)); n != maxInventory {
		t.Errorf("%d ports, want at most %d", n, maxInventory)
	}
}

func TestThreshold(t *testing.T) {
	r := judged(as(Web), at("transport.hsts.present", pavise.Fail, "/"), at("requests.size.body", pavise.Pass, "/"),
		at("headers.hints.off", pavise.Fail, "/"), at("headers.nosniff.present", pavise.Unknown, "/"))
	changed := judged(func(in *Input) { in.Baseline = r }, at("transport.hsts.present", pavise.Fail, "/"), at("headers.nosniff.present", pavise.Fail, "/"),
		at("requests.size.body", pavise.Pass, "/"))
	for _, c := range []struct {
		r    *Report
		text string
		want pavise.Outcome
	}{
		{r, "low", pavise.Fail}, {r, "medium", pavise.Fail}, {r, "high", pavise.Pass}, {r, "critical", pavise.Pass}, {r, "info", pavise.Fail},
		{r, "pci", pavise.Fail}, {changed, "new", pavise.Fail}, {changed, "medium,new", pavise.Pass}, {changed, "medium", pavise.Fail},
	} {
		th, err := ParseThreshold(c.text)
		if got := c.r.Ends(th); err != nil || got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.text, got, c.want, err)
		}
	}
	if got := r.Ends(Threshold{}); got != r.Verdict {
		t.Errorf("without a threshold: %s", got)
	}
	low := judged(as(Web), at("transport.hsts.present", pavise.Pass, "/"), at("headers.nosniff.present", pavise.Unknown, "/"))
	if got := low.Ends(Threshold{Least: pavise.Medium}); got != pavise.Pass {
		t.Errorf("unknown below the threshold: %s", got)
	}
	if got := low.Ends(Threshold{Least: pavise.Low}); got != pavise.Unknown {
		t.Errorf("unknown at the threshold: %s", got)
	}
	if got := judged(as(TLS), at("transport.tls.early", pavise.Pass, "/")).Ends(Threshold{PCI: true}); got != pavise.Unknown {
		t.Errorf("a narrow look says nothing of PCI: %s", got)
	}
	for _, text := range []string{"", "severe", "high,low", "pci,new", "high,pci", "high,"} {
		if th, err := ParseThreshold(text); err == nil {
			t.Errorf("%q is read as %+v", text, th)
		}
	}
}

func TestFloor(t *testing.T) {
	r := judged(func(in *Input) {
		in.Observatory = &Grade{Grade: "B+", Score: 80}
	}, at("headers.nosniff.present", pavise.Fail, "/")) // house B
	for text, want := range map[string]pavise.Outcome{
		"A": pavise.Fail, "B": pavise.Pass, "house:C": pavise.Pass, "b": pavise.Pass, "observatory:B+": pavise.Pass,
		"observatory:A-": pavise.Fail, "observatory:b": pavise.Pass, "labs:F": pavise.Unknown,
	} {
		f, err := ParseFloor(text)
		if got := r.Reaches(f); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "E", "A+", "mozilla:A", "observatory:E", "labs:"} {
		if f, err := ParseFloor(text); err == nil {
			t.Errorf("%q is read as %s", text, f)
		}
	}
}

func TestProfiles(t *testing.T) {
	for profile, want := range map[Profile]string{
		Web: "transport.tls transport.hsts requests.size headers.nosniff headers.hints scripts.foreign",
		PCI: "transport.tls transport.hsts requests.size headers.nosniff headers.hints scripts.foreign",
		TLS: "transport.tls", Headers: "transport.hsts headers.nosniff headers.hints",
	} {
		var got []string
		for _, c := range profile.Controls(scored()) {
			got = append(got, c.Doc().ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %s", profile, got, want)
		}
		if !slices.Contains(Profiles, string(profile)) {
			t.Errorf("%s is not listed", profile)
		}
	}
	if TLS.Surveys() || !Headers.Surveys() {
		t.Error("only TLS can do without the responses")
	}
}

// TestHostilePlaces: a stranger writes addresses, too.
func TestHostilePlaces(t *testing.T) {
	f := wide("transport.hsts.present", "/a", "/b")
	f.Also[0] = pavise.Place{Where: evil + long, Saw: long + evil, Command: "curl " + long}
	var b bytes.Buffer
	if err := judged(as(PCI), f).JSON(&b); err != nil {
		t.Fatal(err)
	}
	harmless(t, "places", b.String(), 16<<10)
	if f.Also[0].Where != evil+long {
		t.Error("the finding that was handed in is changed")
	}
}
