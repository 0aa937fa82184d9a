package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
)

// diskControls are two controls of what is on disk.
func diskControls() []pavise.Control {
	return []pavise.Control{
		control("project.dependencies",
			statement("project.dependencies.critical", pavise.Critical, "No package has a known flaw that is critical", "PCI DSS 4.0.1 6.3.3, CWE-1395", "", "", "npm install PACKAGE@VERSION"),
			statement("project.dependencies.high", pavise.High, "No package has a known flaw that is high", "PCI DSS 4.0.1 6.3.3, CWE-1395", "", "", "npm install PACKAGE@VERSION")),
		control("source.session",
			statement("source.session.secret", pavise.High, "No secret stands in source", "CWE-798", "", "", "session({ secret: process.env.SESSION_SECRET })"),
			statement("source.session.name", pavise.Low, "The cookie of sessions has a name of its own", "CWE-200", "", "", "session({ name: \"sid\" })")),
		control("host.nginx", statement("host.nginx.protocols", pavise.Medium, "No version of TLS before 1.2 is switched on", "PCI DSS 4.0.1 4.2.1", "", "ssl_protocols TLSv1.2 TLSv1.3;", "")),
	}
}

func flawed(rule, advisory, cve, name, version string, d pavise.Dependency) pavise.Finding {
	d.Key, d.Ecosystem, d.Name, d.Version, d.Advisory, d.File, d.Line = "package-lock.json node_modules/"+name, pavise.NPM, name, version, advisory, "package-lock.json", 40
	d.Aliases, d.Source = []string{cve}, "https://osv.dev/vulnerability/"+advisory
	return pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: "package-lock.json › " + strings.Join(d.Paths[0], arrow),
		Saw: name + " " + version + ": " + advisory, Want: name + " " + d.Same, Proof: pavise.Proof{Command: "sed -n 40p package-lock.json"}, Dependency: &d}
}

func diskInput() Input {
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	qs := pavise.Dependency{Paths: [][]string{{"express", "qs"}, {"body-parser", "qs"}}, Ways: 4, Reach: "imported", Same: "6.14.0", Safe: "6.14.0", Fixed: "6.5.3",
		CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Title: "prototype poisoning in nested brackets", Released: day("2022-01-11"), Due: day("2022-02-11"),
		Gain: "Anybody who can send it data can keep the app from answering anybody."}
	also := qs
	also.Title, also.Released, also.Due, also.Published = "an array limit that is passed", time.Time{}, day("2026-04-30"), day("2026-03-30")
	worst := pavise.Dependency{Paths: [][]string{{"minimist"}}, Ways: 1, Scope: pavise.Dev, Fixed: "0.2.4", Same: "0.2.4", Safe: "1.2.8",
		CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Title: "prototype pollution", Published: day("2026-03-01"), Due: day("2026-04-01")}
	session := pavise.Finding{Rule: "source.session.secret", Outcome: pavise.Fail, Where: "app.js:12", Saw: `secret: "s3C…", 8 characters`, Want: "secret: process.env.SESSION_SECRET",
		Proof: pavise.Proof{Command: "sed -n 12p app.js"}, Also: []pavise.Place{{Where: "admin/app.js:7", Saw: `secret: "key…", 12 characters`, Command: "sed -n 7p admin/app.js"}}, Of: 2}
	e := &pavise.Evidence{Taken: taken, Project: &pavise.Project{Root: "/srv/shop", Sources: 57,
		Manifests: []pavise.Manifest{{File: "package-lock.json", Form: "package-lock v3", Ecosystem: pavise.NPM, Lock: true, SHA256: strings.Repeat("0a", 32)}},
		Packages: []pavise.Package{{Key: "a", Ecosystem: pavise.NPM, Name: "qs", Version: "6.5.2", File: "package-lock.json"},
			{Key: "b", Ecosystem: pavise.NPM, Name: "minimist", Version: "0.0.8", File: "package-lock.json"}},
		Unread: []pavise.Unread{{What: "api/yarn.lock", Why: "line 3: there is no version", For: []string{"project.dependencies"}}}}}
	e.Add(pavise.Answer{Probe: pavise.Probe{Known: &pavise.Known{Ecosystem: pavise.NPM, Name: "qs", Version: "6.5.2"}}, Notices: &pavise.Notices{From: "OSV npm", Dated: taken.AddDate(0, 0, -2), Covers: true}})
	e.Add(pavise.Answer{Probe: pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: "nodejs", Version: "16"}}, Notices: &pavise.Notices{From: "endoflife.date", Dated: taken, Covers: true,
		List: []pavise.Notice{{ID: pavise.EndOfLife, Ended: day("2023-09-11")}}}})
	return Input{Tool: "pavise 0.1.0", Target: "shop", Started: taken, Controls: diskControls(), Profile: Disk, Evidence: e, Effort: Effort{Elapsed: 345 * time.Millisecond},
		Findings: []pavise.Finding{
			flawed("project.dependencies.critical", "GHSA-xvch-5gv4-984h", "CVE-2021-44906", "minimist", "0.0.8", worst),
			flawed("project.dependencies.high", "GHSA-hrpp-h998-j3pp", "CVE-2022-24999", "qs", "6.5.2", qs),
			flawed("project.dependencies.high", "GHSA-0000-0000-0001", "CVE-2026-0001", "qs", "6.5.2", also),
			session,
			pavise.Skipped("source.session.name", ".", "no session is set up"),
			{Rule: "host.nginx.protocols", Outcome: pavise.Fail, Where: "/etc/nginx/nginx.conf:33", Saw: "ssl_protocols TLSv1 TLSv1.2", Want: "ssl_protocols TLSv1.2 TLSv1.3;", Proof: pavise.Proof{Command: "sed -n 33p /etc/nginx/nginx.conf"}},
		}}
}

func disk(t *testing.T) *Report {
	t.Helper()
	return New(diskInput())
}

// TestDisk: every form of a report of what is on disk.
func TestDisk(t *testing.T) {
	rs := Reports{disk(t)}
	for _, format := range []string{"text", "json", "sarif", "junit", "markdown"} {
		golden(t, "disk."+format, written(t, rs, format))
	}
	var b bytes.Buffer
	if err := rs.Text(&b, TextOptions{Width: 100, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "disk-verbose", b.Bytes())
}

// TestDiskScore: the score of a package's flaw is that of its advisory.
func TestDiskScore(t *testing.T) {
	f := disk(t).Findings[0]
	if f.Score != 9.8 || f.CVSS != f.Dependency.CVSS {
		t.Errorf("%v %s", f.Score, f.CVSS)
	}
}

// TestDiskBaseline: two advisories at one place are two.
func TestDiskBaseline(t *testing.T) {
	in := diskInput()
	in.Findings = slices.Delete(in.Findings, 2, 3)
	old := New(in)
	in = diskInput()
	in.Baseline = old
	r := New(in)
	if b := r.Baseline; b.New != 1 || b.Same != 5 || len(b.Mended) != 0 {
		t.Errorf("%+v", b)
	}
	if r.Findings[2].Change != Appeared || r.Findings[1].Change != Stayed {
		t.Errorf("%s, %s", r.Findings[1].Change, r.Findings[2].Change)
	}
	in = diskInput()
	in.Findings = append(slices.Clone(in.Findings[:2]), in.Findings[3:]...)
	in.Baseline = disk(t)
	in.Baseline.Findings = slices.Clone(in.Baseline.Findings)
	if b := New(in).Baseline; b.New != 0 || b.Same != 5 {
		t.Errorf("%+v", b)
	}
}

// TestDiskAccept: by rule, by advisory under any of its names, by file and by way.
func TestDiskAccept(t *testing.T) {
	for name, c := range map[string]struct {
		a    Acceptance
		want int
	}{
		"rule":           {Acceptance{Rule: "project.dependencies.high"}, 2},
		"id":             {Acceptance{Rule: "project.dependencies.high", Advisory: "ghsa-hrpp-h998-j3pp"}, 1},
		"alias":          {Acceptance{Rule: "project.dependencies.high", Advisory: "CVE-2022-24999"}, 1},
		"another":        {Acceptance{Rule: "project.dependencies.high", Advisory: "CVE-2020-1"}, 0},
		"way":            {Acceptance{Rule: "project.dependencies.high", Place: "express › qs"}, 2},
		"second way":     {Acceptance{Rule: "project.dependencies.high", Place: "body-parser › *"}, 2},
		"another way":    {Acceptance{Rule: "project.dependencies.high", Place: "koa › *"}, 0},
		"file":           {Acceptance{Rule: "source.session.secret", Place: "app.js"}, 1},
		"line":           {Acceptance{Rule: "source.session.secret", Place: "app.js:12"}, 1},
		"other line":     {Acceptance{Rule: "source.session.secret", Place: "app.js:13"}, 0},
		"folder":         {Acceptance{Rule: "source.session.secret", Place: "admin/*"}, 1},
		"file of a host": {Acceptance{Rule: "host.nginx.protocols", Place: "/etc/nginx/*"}, 1},
	} {
		in := diskInput()
		c.a.End, c.a.Owner, c.a.Reason = taken.AddDate(0, 1, 0), "Ada", "known"
		in.Accept = []Acceptance{c.a}
		r := New(in)
		if r.Counts.Accepted != c.want || (c.want == 0) != (len(r.Unused) == 1) {
			t.Errorf("%s: %d accepted, want %d; unused %q", name, r.Counts.Accepted, c.want, r.Unused)
		}
	}
}

// TestDiskHTML: the page of a project speaks of no site, and has its lists.
func TestDiskHTML(t *testing.T) {
	text := string(written(t, Reports{disk(t)}, "html"))
	for _, want := range []string{"qs 6.5.2 → 6.14.0", "package-lock.json › express › qs", "app.js:12", "6.3.3", "12.3.4", "6.3.2", "6.3.1", "api/yarn.lock", "overdue since 2022-02-11"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "true of the site") || strings.Contains(text, ownerNote) {
		t.Error("the page speaks of a site")
	}
}

// TestDiskHostile: what strangers write into lockfiles and advisories steers no terminal.
func TestDiskHostile(t *testing.T) {
	in := diskInput()
	const evil = "\x1b[2J\u202e<script>alert(1)</script>`x`"
	d := in.Findings[1].Dependency
	d.Name, d.Title, d.Gain, d.Reach, d.Paths, d.Trace, d.Aliases = evil, evil, evil, "called", [][]string{{evil}}, []string{evil}, []string{evil}
	in.Evidence.Project.Unread[0].Why, in.Evidence.Project.Manifests[0].File = evil, evil
	rs := Reports{New(in)}
	for _, format := range Formats {
		text := written(t, rs, format)
		if bytes.ContainsAny(text, "\x1b\u202e") || format == "html" && bytes.Contains(text, []byte("<script")) {
			t.Errorf("%s: what a stranger wrote came through", format)
		}
	}
	if data, _ := json.Marshal(rs[0]); bytes.Contains(data, []byte("\u202e")) {
		t.Error("JSON")
	}
}
