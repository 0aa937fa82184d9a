package leaks

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

var versionsToday = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// telling is evidence of a home page with headers and a body, and of what is known of
// versions: "nginx 1.14.0" → the day on which it ended, "" for none.
func tellingSite(body string, known map[string]string, lines ...string) *pavise.Evidence {
	h := http.Header{"Content-Type": {"text/html"}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	e := &pavise.Evidence{Taken: versionsToday, Target: pavise.Target{URL: "https://shop.test"}, Answers: []pavise.Answer{
		{Probe: pavise.Ask(pavise.Request{URL: "https://shop.test/"}), Response: &pavise.Response{Status: 200, Header: h, Body: []byte(body)}}}}
	for what, end := range known {
		product, version, _ := strings.Cut(what, " ")
		n := &pavise.Notices{Covers: end != "?", From: "a test", Dated: versionsToday.AddDate(0, 0, -40)}
		if at, err := time.Parse(time.DateOnly, end); err == nil {
			n.List = []pavise.Notice{{ID: pavise.EndOfLife, Ended: at}}
		}
		e.Add(pavise.Answer{Probe: pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: product, Version: version}}, Notices: n})
	}
	return e
}

func comesTo(t *testing.T, name string, c pavise.Checker, e *pavise.Evidence, rule string, want pavise.Outcome, saw string) {
	t.Helper()
	for _, f := range c.Check(e) {
		if f.Rule == rule {
			if f.Outcome != want || !strings.Contains(f.Saw, saw) || f.Outcome == pavise.Fail && f.Proof.Command == "" {
				t.Errorf("%s: %s: %s, %q, want %s, %q", name, rule, f.Outcome, f.Saw, want, saw)
			}
			return
		}
	}
	t.Errorf("%s: %s was not judged", name, rule)
}

func TestVersions(t *testing.T) {
	known := map[string]string{"nginx 1.14.0": "2019-04-23", "nginx 1.30.4": "", "php 5.6.40": "2018-12-31", "php 9.0": "?", "php 8.2.1": "2026-12-31", "apache-http-server 2.4.6": "",
		"openssl 1.0.2k": "2019-12-31", "windows-server 2008-r2-sp1": "2023-01-10", "windows-server 2016": "2030-01-12", "tomcat 7.0.1": "2021-03-31", "wordpress 5.2": "2020-01-01", "drupal 7": "2025-01-05"}
	for name, tt := range map[string]struct {
		e       *pavise.Evidence
		rule    string
		outcome pavise.Outcome
		saw     string
	}{
		"nothing told":      {tellingSite("", known, "Server: nginx"), ruleSoftware, pavise.Skip, "no version is told"},
		"ended":             {tellingSite("", known, "Server: nginx/1.14.0"), ruleSoftware, pavise.Fail, "nginx/1.14.0 gets no more fixes since 2019-04-23, by a test of 2026-10-12, 40 days old; whether fixes were put back"},
		"alive":             {tellingSite("", known, "Server: nginx/1.30.4"), ruleSoftware, pavise.Pass, "nginx/1.30.4, by a test"},
		"ends next month":   {tellingSite("", known, "X-Powered-By: PHP/8.2.1"), ruleSoftware, pavise.Pass, "PHP/8.2.1"},
		"no data":           {tellingSite("", known, "X-Powered-By: PHP/9.0"), ruleSoftware, pavise.Skip, "there are no data about PHP/9.0"},
		"not asked":         {tellingSite("", nil, "Server: nginx/1.14.0"), ruleSoftware, pavise.Unknown, "was not asked"},
		"a distribution":    {tellingSite("", known, "Server: nginx/1.14.0 (Ubuntu)"), ruleSoftware, pavise.Skip, "cannot be known from outside: ubuntu"},
		"named elsewhere":   {tellingSite("", known, "Server: Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips", "X-Powered-By: PHP/5.6.40"), ruleSoftware, pavise.Skip, "centos puts fixes back"},
		"in the version":    {tellingSite("", known, "X-Powered-By: PHP/5.6.40-0+deb8u1"), ruleSoftware, pavise.Skip, "deb puts fixes back"},
		"several":           {tellingSite("", known, "Server: Apache/2.4.6 (Unix) OpenSSL/1.0.2k PHP/5.6.40"), ruleSoftware, pavise.Fail, "OpenSSL/1.0.2k gets no more fixes since 2019-12-31, PHP/5.6.40"},
		"generator":         {tellingSite(`<META NAME="generator" CONTENT="WordPress 5.2">`, known), ruleSoftware, pavise.Fail, "WordPress 5.2"},
		"X-Generator":       {tellingSite("", known, "X-Generator: Drupal 7 (https://www.drupal.org)"), ruleSoftware, pavise.Fail, "Drupal 7"},
		"error page":        {tellingSite(`<h3>Apache Tomcat/7.0.1</h3>`, known), ruleSoftware, pavise.Fail, "Apache Tomcat/7.0.1"},
		"no product":        {tellingSite("", known, "Server: Shop/1.2"), ruleSoftware, pavise.Skip, "no version is told"},
		"system ended":      {tellingSite("", known, "Server: Microsoft-IIS/7.5"), ruleSystem, pavise.Fail, "Microsoft-IIS/7.5 gets no more fixes since 2023-01-10"},
		"system is no soft": {tellingSite("", known, "Server: Microsoft-IIS/7.5"), ruleSoftware, pavise.Skip, "no version"},
		"system alive":      {tellingSite("", known, "Server: Microsoft-IIS/10.0"), ruleSystem, pavise.Pass, "IIS/10.0"},
		"system, or later":  {tellingSite("", map[string]string{"windows-server 2016": "2020-01-01"}, "Server: Microsoft-IIS/10.0"), ruleSystem, pavise.Skip, "cannot be known from outside"},
		"nobody answered":   {&pavise.Evidence{Target: pavise.Target{URL: "https://shop.test"}}, ruleSoftware, pavise.Unknown, "the home page"},
	} {
		comesTo(t, name, Versions{}, tt.e, tt.rule, tt.outcome, tt.saw)
	}
	long := tellingSite("", nil, "Server: "+strings.Repeat("PHP/5.6.40 nginx/1.2 ", 1000))
	if n := len(Versions{}.Probes(long)); n != 2 {
		t.Errorf("%d look-ups", n)
	}
}

// TestVersionsOfDistributions: what a supported distribution ships cannot be judged by a
// banner, though it bears no mark; what none ships, or none that is still alive, can.
func TestVersionsOfDistributions(t *testing.T) {
	known := map[string]string{"nginx 1.22.1": "2023-04-11", "nginx 1.22.0": "2023-04-11", "nginx 1.30.4": "", "php 5.6.40": "2018-12-31"}
	bookworm := pavise.Shipment{By: "Debian 12", Version: "1.22.1", Until: time.Date(2028, 6, 30, 0, 0, 0, 0, time.UTC)}
	const ships = "Debian 12 ships nginx 1.22.1 and puts fixes into it until 2028-06"
	rebuilt, over := bookworm, bookworm
	rebuilt.By, over.By, over.Until = "RHEL 9", "Debian 11", versionsToday
	for name, tt := range map[string]struct {
		server  string
		shipped []pavise.Shipment
		outcome pavise.Outcome
		saw     string
	}{
		"shipped":            {"nginx/1.22.1", []pavise.Shipment{bookworm}, pavise.Skip, "nginx/1.22.1 cannot be known from outside: " + ships},
		"shipped by two":     {"nginx/1.22.1", []pavise.Shipment{bookworm, rebuilt}, pavise.Skip, ships + ", RHEL 9 ships"},
		"shipped by one yet": {"nginx/1.22.1", []pavise.Shipment{over, bookworm}, pavise.Skip, ": Debian 12"},
		"support is over":    {"nginx/1.22.1", []pavise.Shipment{over}, pavise.Fail, "nginx/1.22.1 gets no more fixes since 2023-04-11"},
		"shipped by nobody":  {"nginx/1.22.0", nil, pavise.Fail, "nginx/1.22.0 gets no more fixes"},
		"beside an ended":    {"nginx/1.22.1 PHP/5.6.40", []pavise.Shipment{bookworm}, pavise.Fail, "PHP/5.6.40 gets no more fixes since 2018-12-31, by"},
		"alive upstream":     {"nginx/1.30.4", []pavise.Shipment{bookworm}, pavise.Pass, "nginx/1.30.4, by"},
		"marked":             {"nginx/1.22.1 (Ubuntu)", []pavise.Shipment{bookworm}, pavise.Skip, "ubuntu puts fixes back"},
	} {
		e := tellingSite("", known, "Server: "+tt.server)
		for _, a := range e.Answers {
			if a.Notices != nil && a.Probe.Known.Name == "nginx" {
				a.Notices.Shipped = tt.shipped
			}
		}
		comesTo(t, name, Versions{}, e, ruleSoftware, tt.outcome, tt.saw)
	}
}

func TestContact(t *testing.T) {
	file := func(status int, kind, body string) *pavise.Evidence {
		e := tellingSite("", nil)
		e.Add(pavise.Answer{Probe: contactProbe(e), Response: &pavise.Response{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}})
		return e
	}
	const good = "# a comment: of ours\nContact: mailto:security@shop.test\r\nExpires: 2027-06-30T00:00:00Z\nPreferred-Languages: en\n"
	for name, tt := range map[string]struct {
		e              *pavise.Evidence
		present, valid pavise.Outcome
		saw            string
	}{
		"good":         {file(200, "text/plain; charset=utf-8", good), pavise.Pass, pavise.Pass, "mailto:security@shop.test"},
		"none":         {file(404, "text/plain", ""), pavise.Fail, pavise.Skip, "there is none"},
		"a page":       {file(200, "text/html", good), pavise.Fail, pavise.Skip, "there is none"},
		"another text": {file(200, "text/plain", "hello"), pavise.Fail, pavise.Skip, "there is none"},
		"expired":      {file(200, "text/plain", "Contact: a\nExpires: 2025-01-01T00:00:00Z\n"), pavise.Pass, pavise.Fail, "it expired on 2025-01-01"},
		"no end":       {file(200, "text/plain", "Contact: a\n"), pavise.Pass, pavise.Fail, "0 lines Expires"},
		"two ends":     {file(200, "text/plain", good+"Expires: 2027-06-30T00:00:00Z"), pavise.Pass, pavise.Fail, "2 lines Expires"},
		"no date":      {file(200, "text/plain", "Contact: a\nExpires: next year\n"), pavise.Pass, pavise.Fail, "no date"},
		"nobody":       {file(200, "text/plain", "Expires: 2027-06-30T00:00:00Z\n"), pavise.Pass, pavise.Fail, "no Contact"},
		"kind":         {file(200, "application/octet-stream", good), pavise.Pass, pavise.Fail, "not text/plain"},
		"broken":       {file(503, "text/plain", ""), pavise.Unknown, pavise.Unknown, "503"},
		"not asked":    {tellingSite("", nil), pavise.Unknown, pavise.Unknown, "was not asked"},
	} {
		comesTo(t, name, Contact{}, tt.e, ruleContactPresent, tt.present, "")
		comesTo(t, name, Contact{}, tt.e, ruleContactValid, tt.valid, tt.saw)
	}
	clear := file(200, "text/plain", good)
	clear.Target.URL = "http://shop.test"
	clear.Add(pavise.Answer{Probe: contactProbe(clear), Response: clear.Answers[1].Response})
	comesTo(t, "in the clear", Contact{}, clear, ruleContactValid, pavise.Fail, "in the clear")
}
