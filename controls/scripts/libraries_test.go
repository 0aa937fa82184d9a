package scripts

import (
	"fmt"
	"testing"

	"pavise"
)

// knowing is evidence of a page with one library, and what is known of it.
func knowing(n *pavise.Notices, at ...string) *pavise.Evidence {
	r := pavise.Response{Resources: []pavise.Resource{script(shop+"/jquery.js", "", false)}}
	for _, place := range at {
		r.Libraries = append(r.Libraries, pavise.Library{Name: "jquery", Version: "1.0", By: "content", At: place})
	}
	e := pageWith(r)
	if n != nil {
		if n.Dated.IsZero() {
			n.Dated = today.AddDate(0, 0, -3)
		}
		n.From = "a test"
		e.Add(pavise.Answer{Probe: pavise.Probe{Known: &pavise.Known{Ecosystem: "javascript", Name: "jquery", Version: "1.0"}}, Notices: n})
	}
	return e
}

func against(list ...pavise.Notice) *pavise.Notices { return &pavise.Notices{Covers: true, List: list} }

func TestLibraries(t *testing.T) {
	at := shop + "/jquery.js"
	flaw := func(s pavise.Severity, cwe ...string) pavise.Notice {
		return pavise.Notice{ID: "CVE-2020-1", Severity: s, CWE: cwe, Fixed: "3.5.0", Source: "https://a.test/"}
	}
	ended := pavise.Notice{ID: pavise.EndOfLife, Ended: today.AddDate(-1, 0, 0)}
	for name, tt := range map[string]struct {
		n       *pavise.Notices
		rule    string
		outcome pavise.Outcome
		saw     string
	}{
		"nothing is known":       {against(), ruleVulnerable, pavise.Pass, "jquery 1.0, by a test of 2026-11-18"},
		"medium":                 {against(flaw(pavise.Medium, "CWE-79")), ruleVulnerable, pavise.Fail, "jquery 1.0, known by its content: CVE-2020-1; by a test of 2026-11-18"},
		"medium is not severe":   {against(flaw(pavise.Medium)), ruleSevere, pavise.Pass, "jquery 1.0"},
		"high":                   {against(flaw(pavise.High, "CWE-79")), ruleSevere, pavise.Fail, "CVE-2020-1"},
		"critical":               {against(flaw(pavise.Critical)), ruleSevere, pavise.Fail, "CVE-2020-1"},
		"high, denial alone":     {against(flaw(pavise.High, "CWE-1333", "CWE-400")), ruleMinor, pavise.Fail, "CVE-2020-1"},
		"high, denial and more":  {against(flaw(pavise.High, "CWE-400", "CWE-79")), ruleSevere, pavise.Fail, "CVE-2020-1"},
		"low":                    {against(flaw(pavise.Low, "CWE-79")), ruleMinor, pavise.Fail, "CVE-2020-1"},
		"no known name":          {against(pavise.Notice{ID: "RetireJS-7", Title: "it breaks"}), ruleVulnerable, pavise.Fail, "RetireJS-7 (it breaks)"},
		"unrated":                {against(flaw(0)), ruleVulnerable, pavise.Fail, "CVE-2020-1"},
		"scored":                 {against(pavise.Notice{ID: "CVE-2020-1", CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}), ruleSevere, pavise.Fail, "CVE-2020-1"},
		"scored as denial":       {against(pavise.Notice{ID: "CVE-2020-1", CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", CWE: []string{"CWE-79"}}), ruleMinor, pavise.Fail, "CVE-2020-1"},
		"ended":                  {against(ended), ruleEnded, pavise.Fail, "no more fixes since 2025-11-21"},
		"ended, day unknown":     {against(pavise.Notice{ID: pavise.EndOfLife}), ruleEnded, pavise.Fail, "no more fixes"},
		"ends tomorrow":          {against(pavise.Notice{ID: pavise.EndOfLife, Ended: today.AddDate(0, 0, 1)}), ruleEnded, pavise.Pass, "jquery"},
		"ended is no flaw":       {against(ended), ruleVulnerable, pavise.Pass, "jquery"},
		"no data":                {&pavise.Notices{}, ruleVulnerable, pavise.Skip, "there are no data about jquery 1.0"},
		"not asked":              {nil, ruleVulnerable, pavise.Unknown, "jquery 1.0: was not asked"},
		"not asked, age":         {nil, ruleData, pavise.Unknown, "could not look"},
		"fresh":                  {against(), ruleData, pavise.Pass, "a test of 2026-11-18"},
		"old":                    {&pavise.Notices{Covers: true, Dated: today.AddDate(0, 0, -31)}, ruleData, pavise.Fail, "31 days old"},
		"old, and nothing known": {&pavise.Notices{Covers: true, Dated: today.AddDate(0, 0, -31)}, ruleVulnerable, pavise.Pass, "31 days old"},
	} {
		judged(t, name, Libraries{}, knowing(tt.n, at), tt.rule, tt.outcome, tt.saw)
	}
	judged(t, "none", Libraries{}, pageWith(pavise.Response{}), ruleVulnerable, pavise.Skip, "no library was recognised")
	judged(t, "no page", Libraries{}, &pavise.Evidence{Target: pavise.Target{URL: shop}}, ruleVulnerable, pavise.Unknown, "the home page")
}

// TestLibrariesByPlace: there is a finding for every place, and it names the version
// that mends all.
func TestLibrariesByPlace(t *testing.T) {
	e := knowing(against(pavise.Notice{ID: "CVE-1", Fixed: "1.9.0"}, pavise.Notice{ID: "CVE-2", Fixed: "3.5.0"}), shop+"/a.js", shop+"/b.js", shop+"/a.js")
	var places []string
	for _, f := range (Libraries{}).Check(e) {
		if f.Rule == ruleVulnerable {
			places = append(places, f.Where+" "+f.Want)
		}
	}
	if got := fmt.Sprint(places); got != "[https://shop.example.com/a.js jquery 3.5.0 or later https://shop.example.com/b.js jquery 3.5.0 or later]" {
		t.Error(got)
	}
}

// TestLibrariesAreAskedFor: the site's own scripts are read, and no more than allowed;
// those of others are not.
func TestLibrariesAreAskedFor(t *testing.T) {
	r := loads(script("https://cdn.example.net/x.js", "", false), script(shop+"/logout.js", "", false))
	for i := range 100 {
		r.Resources = append(r.Resources, script(fmt.Sprintf("%s/%d.js", shop, i), "", false))
		r.Libraries = append(r.Libraries, pavise.Library{Name: "x", Version: fmt.Sprint(i), At: shop})
	}
	requests, lookups := 0, 0
	for _, p := range (Libraries{}).Probes(pageWith(r)) {
		switch {
		case p.Known != nil:
			lookups++
		case p.Request.URL == "https://cdn.example.net/x.js" || p.Request.URL == shop+"/logout.js":
			t.Errorf("%s was asked for", p.Request.URL)
		default:
			requests++
		}
	}
	if requests != maxScripts || lookups != maxLibraries {
		t.Errorf("%d requests, %d look-ups", requests, lookups)
	}
}
