package advisories

import (
	"time"

	"pavise"
)

// Own is what Pavise brings along: few facts, for a first look without any database.
// Each was read at its source, whose address stands with it; none is anybody's text.
func Own() Part {
	part := Part{Source: Source{Name: "facts in Pavise", Address: "https://endoflife.date and the advisories named with each", Licence: "facts alone", Dated: ownDate}}
	for _, p := range ownProducts {
		for i := 0; i < len(p.releases); i += 2 {
			e := Entry{Ecosystem: Product, Name: p.name, Cycle: p.releases[i]}
			if end, err := time.Parse(time.DateOnly, p.releases[i+1]); err == nil {
				e.Notice = &pavise.Notice{ID: pavise.EndOfLife, Title: p.name + " " + e.Cycle + " gets no more fixes", Ended: end, Source: p.source}
			}
			part.Entries = append(part.Entries, e)
		}
	}
	for _, f := range ownFlaws {
		part.Entries = append(part.Entries, Entry{Ecosystem: JavaScript, Name: f.library, From: f.from, Below: f.below,
			Notice: &pavise.Notice{ID: f.id, Title: f.what, CVSS: f.cvss, Severity: pavise.Medium, CWE: []string{"CWE-79"}, Fixed: f.below, Source: f.source}})
	}
	part.Entries = append(part.Entries, ownPackageEntries()...)
	part.Signs = ownSigns
	part.Source.Entries, part.Source.Signs = len(part.Entries), len(part.Signs)
	return part
}

// ownDate is that of the oldest of the sources that name days to come.
var ownDate = time.Date(2026, 2, 12, 0, 0, 0, 0, time.UTC)

// ownProducts are releases and the last day on which they get fixes, support that can
// be bought included; "" is that none is set.
var ownProducts = []struct {
	name, source string
	releases     []string
}{
	{"nginx", "https://endoflife.date/api/nginx.json", []string{"1.31", "", "1.30", "", "1.29", "2026-05-13", "1.28", "2026-04-14", "1.27", "2025-06-24",
		"1.26", "2025-04-23", "1.25", "2024-05-29", "1.24", "2024-04-23", "1.23", "2023-05-23", "1.22", "2023-04-11", "1.21", "2022-06-21",
		"1.20", "2022-05-24", "1.19", "2021-05-25", "1.18", "2021-04-20", "1.16", "2020-04-20", "1.14", "2019-04-23", "1.12", "2018-04-17", "1.10", "2017-04-12"}},
	{"php", "https://endoflife.date/php", []string{"8.5", "2029-12-31", "8.4", "2028-12-31", "8.3", "2027-12-31", "8.2", "2026-12-31", "8.1", "2025-12-31",
		"8.0", "2023-11-26", "7.4", "2022-11-28", "7.3", "2021-12-06", "7.2", "2020-11-30", "7.1", "2019-12-01", "7.0", "2019-01-10", "5.6", "2018-12-31",
		"5.5", "2016-07-21", "5.4", "2015-09-14", "5.3", "2014-08-14", "5.2", "2011-01-06"}},
	{"apache-http-server", "https://endoflife.date/apache-http-server", []string{"2.4", "", "2.2", "2017-07-11", "2.0", "2013-07-10", "1.3", "2010-02-03"}},
	{"openssl", "https://endoflife.date/openssl", []string{"3.0", "2026-09-07", "1.1.1", "2023-09-11", "1.1.0", "2019-09-11", "1.0.2", "2019-12-31"}},
	{"nodejs", "https://raw.githubusercontent.com/nodejs/Release/refs/heads/main/README.md", []string{"25", "2026-06-01", "24", "2028-04-30", "22", "2027-04-30", "20", "2026-04-30"}},
	{"nodejs", "https://raw.githubusercontent.com/nodejs/Release/refs/heads/main/schedule.json", []string{"16", "2023-09-11", "15", "2021-06-01", "14", "2023-04-30",
		"13", "2020-06-01", "12", "2022-04-30", "11", "2019-06-01", "10", "2021-04-30", "9", "2018-06-30", "8", "2019-12-31", "7", "2017-06-30", "6", "2019-04-30", "5", "2016-06-30", "4", "2018-04-30", "0.12", "2016-12-31", "0.10", "2016-10-31"}},
	{"express", "https://expressjs.com/en/support", []string{"5", "", "4", "", "3", "2015-07-05", "2", "2012-07-01", "1", "2011-03-01"}},
	{"debian", debianDates, []string{"13", "2030-06-30", "12", "2028-06-30", "11", "2026-08-31", "10", "2024-06-30", "9", "2022-06-30", "8", "2020-06-30"}},
	{"ubuntu", debianDates, []string{"26.04", "2031-05-29", "25.10", "2026-07-09", "25.04", "2026-01-15", "24.10", "2025-07-10", "24.04", "2029-05-31", "22.04", "2027-06-01",
		"20.04", "2025-05-29", "18.04", "2023-05-31", "16.04", "2021-04-30"}},
	{"rhel", "https://endoflife.date/rhel", []string{"9", "2032-05-31", "8", "2029-05-31"}},
	{"almalinux", "https://endoflife.date/almalinux", []string{"10", "2035-05-31"}},
	{"amazon-linux", "https://docs.amazonaws.cn/en_us/linux/al2023/ug/release-cadence.html", []string{"2023", "2029-06-30"}},
	{"rocky-linux", "https://wiki.rockylinux.org/include/releng/version_table", []string{"8", "2029-05-31"}},
	{"alpine-linux", "https://wiki.linux-server-admin.com/distributions/alpine-linux/history", []string{"3.23", "2027-11-01", "3.22", "2027-05-01", "3.21", "2026-11-01", "3.20", "2026-04-01"}},
	{"alpine-linux", "https://github.com/aquasecurity/trivy/pull/5938", []string{"3.19", "2025-11-01"}},
	{"alpine-linux", "https://github.com/aquasecurity/trivy/pull/4308", []string{"3.18", "2025-05-09"}},
	{"alpine-linux", "https://github.com/netdata/netdata/issues/17545", []string{"3.16", "2024-05-23"}},
	{"alpine-linux", "https://github.com/lf-edge/runx/issues/4", []string{"3.14", "2023-05-01", "3.12", "2022-05-01"}},
	{"apostrophe", "https://apostrophecms.com/long-term-support", []string{"4", "2027-05-31", "3", "2025-05-31", "2", "2025-12-31", "0.5", "2018-09-01"}},
	{"angularjs", "https://endoflife.date/angularjs", []string{"1", "2021-12-31"}},
	{"windows-server", "https://endoflife.date/windows-server", []string{"2025", "2034-10-10", "2022", "2031-10-14", "2019", "2029-01-09", "2016", "2030-01-12",
		"2012-r2", "2026-10-13", "2012", "2026-10-13", "2008-r2-sp1", "2023-01-10", "2008-sp2", "2023-01-10", "2003-sp2", "2015-07-14"}},
}

// ownFlaws are those of the libraries that are met most.
var ownFlaws = []struct{ library, from, below, id, what, cvss, source string }{
	{"jquery", "1.12.0", "3.5.0", "CVE-2020-11022", "script injection through htmlPrefilter", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N",
		"https://raw.githubusercontent.com/CVEProject/cvelistV5/main/cves/2020/11xxx/CVE-2020-11022.json"},
	{"jquery", "1.0.3", "3.5.0", "CVE-2020-11023", "script injection through option elements", "", "https://blog.jquery.com/2020/04/10/jquery-3-5-0-released/"},
	{"jquery", "1.1.4", "3.4.0", "CVE-2019-11358", "prototype pollution in extend", "", "https://blog.jquery.com/2019/04/10/jquery-3-4-0-released/"},
	{"bootstrap", "3.0.0", "3.4.1", "CVE-2019-8331", "script injection through tooltip templates", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "https://osv.dev/vulnerability/GHSA-9v3m-8fp8-mj99"},
	{"bootstrap", "4.0.0", "4.3.1", "CVE-2019-8331", "script injection through tooltip templates", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "https://osv.dev/vulnerability/GHSA-9v3m-8fp8-mj99"},
	{"bootstrap", "2.3.0", "3.4.0", "CVE-2018-14040", "script injection through collapse", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "https://osv.dev/vulnerability/GHSA-3wqf-4x89-9g79"},
}

// ownSigns know the names and the first lines of a few libraries.
var ownSigns = []Sign{
	{Library: "jquery", Kind: byFile, Pattern: `jquery-(` + versionPattern + `?)(?:\.slim)?(?:\.min)?\.js`},
	{Library: "jquery", Kind: byAddress, Pattern: `/(?:jquery/|jquery@)(` + versionPattern + `)/(?:dist/)?jquery(?:\.slim)?(?:\.min)?\.js`},
	{Library: "jquery", Kind: byContent, Pattern: `/\*! jQuery v(` + versionPattern + `) `},
	{Library: "jquery", Kind: byContent, Pattern: `\* jQuery JavaScript Library v(` + versionPattern + `)`},
	{Library: "bootstrap", Kind: byFile, Pattern: `bootstrap-(` + versionPattern + `?)(?:\.bundle)?(?:\.min)?\.js`},
	{Library: "bootstrap", Kind: byAddress, Pattern: `/(?:bootstrap/|bootstrap@)(` + versionPattern + `)/(?:dist/)?js/bootstrap(?:\.bundle)?(?:\.min)?\.js`},
	{Library: "bootstrap", Kind: byContent, Pattern: `\* Bootstrap v(` + versionPattern + `) `},
	{Library: "angularjs", Kind: byAddress, Pattern: `/(?:angularjs/|angular@|angular\.js/)(` + versionPattern + `)/angular(?:\.min)?\.js`},
	{Library: "angularjs", Kind: byContent, Pattern: `AngularJS v(` + versionPattern + `)`},
}
