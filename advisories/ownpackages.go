package advisories

import (
	"strings"
	"time"

	"pavise"
)

// ownPackagesDate is the day of the newest source that was read and names all that was
// mended in the packages of Express's own until then: the Express team's post of August
// 2026 (https://github.com/expressjs/expressjs.com/pull/2495). Of what has become known
// since, only some stands in [ownPackages].
var ownPackagesDate = time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)

// ownPackageDates are the days of packages that others look after, by the lists that were
// read: https://ubuntu.com/security/cves?package=node-qs.
var ownPackageDates = map[string]time.Time{"qs": time.Date(2026, 5, 17, 0, 0, 0, 0, time.UTC)}

// ownUntil is the day up to which the facts about a package are whole.
func ownUntil(name string) time.Time {
	if at, ok := ownPackageDates[name]; ok {
		return at
	}
	return ownPackagesDate
}

// github is where the database of GitHub's advisories was read; the path of an advisory
// is made of the month in which it was published, and its id.
const github = "https://github.com/github/advisory-database/blob/main/advisories/github-reviewed/"

// osvDev is where records of OSV were read, which say of each when it was made known.
const osvDev = "https://osv.dev/vulnerability/"

// cvelist is where records of CVE were read.
const cvelist = "https://raw.githubusercontent.com/CVEProject/cvelistV5/main/cves/"

// expressPosts is where the Express team tells of what it has mended.
const expressPosts = "https://expressjs.com/en/blog/"

// The vectors that come often: the process ends or is kept busy, by anybody, or by some.
const (
	endsProcess = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
	slowsServer = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"
	rarelySlows = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L"
)

// securityWG is where the advisories of the Node.js Security Working Group were read.
const securityWG = "https://github.com/nodejs/security-wg/blob/main/vuln/npm/"

// An ownPackage is a flaw of a package of npm. Spans are versions "from-below", where
// nothing before the hyphen is the first.
type ownPackage struct {
	name, id, aliases, what, cvss, cwe, spans, source string
	severity                                          pavise.Severity // where there is no vector
	// published is when it was made known, and released when the first fixed version came
	// out, as its project's own history has it; "" is not known.
	published, released string
}

// ownPackages are flaws of Express, of its own middleware and of what it is made of.
var ownPackages = []ownPackage{
	{name: "express", id: "GHSA-qw6h-vgh9-j6wx", aliases: "CVE-2024-43796", what: "script injection through res.redirect", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L",
		cwe: "CWE-79", spans: "-4.20.0 5.0.0-alpha.1-5.0.0", source: github + "2024/09/", released: "2024-09-10"},
	{name: "express", id: "GHSA-rv95-896h-c2vc", aliases: "CVE-2024-29041", what: "open redirect by a malformed URL", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
		cwe: "CWE-601", spans: "-4.19.2 5.0.0-alpha.1-5.0.0-beta.3", source: github + "2024/03/", released: "2024-03-25"},
	{name: "express", id: "GHSA-gpvr-g6gh-9mc2", aliases: "CVE-2014-6393", what: "script injection where an error page names no charset", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
		cwe: "CWE-79", spans: "-3.11.0 4.0.0-4.5.0", source: github + "2018/10/"},
	{name: "body-parser", id: "GHSA-qwcr-r2fm-qrc7", aliases: "CVE-2024-45590", what: "a form of small size keeps the server busy", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-405", spans: "-1.20.3", source: github + "2024/09/", released: "2024-09-10"},
	{name: "body-parser", id: "GHSA-wqch-xfxh-vrr4", aliases: "CVE-2025-13466", what: "a form with thousands of fields keeps the server busy",
		spans: "2.2.0-2.2.1", source: expressPosts + "2025-11-26-security-releases", severity: pavise.Medium, released: "2025-11-24"},
	{name: "body-parser", id: "GHSA-v422-hmwv-36x6", aliases: "CVE-2026-12590", what: "a limit that is no size is none", cvss: rarelySlows,
		spans: "1.0.0-1.20.6 2.0.0-2.3.0", source: osvDev + "CVE-2026-12590", published: "2026-07-09"},
	{name: "send", id: "GHSA-m6fv-jmcg-4jfg", aliases: "CVE-2024-43799", what: "script injection through a redirect", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L",
		cwe: "CWE-79", spans: "-0.19.0", source: github + "2024/09/"},
	{name: "send", id: "NSWG-ECO-32", aliases: "CVE-2014-6394", what: "files beside the folder that is served", cvss: "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N",
		cwe: "CWE-22", spans: "-0.8.4", source: securityWG + "32.json"},
	{name: "send", id: "NSWG-ECO-56", aliases: "CVE-2015-8859", what: "the path of the folder that is served is told", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
		spans: "-0.11.1", source: securityWG + "56.json"},
	{name: "serve-static", id: "GHSA-cm22-4g7w-348p", aliases: "CVE-2024-43800", what: "script injection through a redirect", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L",
		cwe: "CWE-79", spans: "-1.16.0 2.0.0-2.1.0", source: github + "2024/09/"},
	{name: "serve-static", id: "NSWG-ECO-35", aliases: "CVE-2015-1164", what: "open redirect", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
		cwe: "CWE-601", spans: "-1.6.5 1.7.0-1.7.2", source: securityWG + "35.json"},
	{name: "serve-index", id: "NSWG-ECO-34", aliases: "CVE-2015-8856", what: "script injection by the names of files", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
		cwe: "CWE-79", spans: "-1.6.3", source: securityWG + "34.json"},
	{name: "cookie", id: "GHSA-pxg6-pf52-xh8x", aliases: "CVE-2024-47764", what: "a name, path or domain sets other fields of a cookie",
		cwe: "CWE-74", spans: "-0.7.0", source: github + "2024/10/", severity: pavise.Low},
	{name: "path-to-regexp", id: "GHSA-9wv6-86v2-598j", aliases: "CVE-2024-45296", what: "a path keeps the server busy where a segment has two parameters", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-1333", spans: "-0.1.10 0.2.0-1.9.0 2.0.0-3.3.0 4.0.0-6.3.0 7.0.0-8.0.0", source: github + "2024/09/"},
	{name: "path-to-regexp", id: "CVE-2024-52798", aliases: "GHSA-rhx6-c78j-4q9w", what: "a path keeps the server busy where a segment has two parameters", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-1333", spans: "-0.1.12", source: "https://github.com/advisories/GHSA-rhx6-c78j-4q9w"},
	{name: "path-to-regexp", id: "CVE-2026-4867", aliases: "GHSA-37ch-88jc-xwx2", what: "a path keeps the server busy where a segment has three parameters", cvss: endsProcess,
		cwe: "CWE-1333", spans: "-0.1.13", source: expressPosts + "2026-03-30-security-releases"},
	{name: "path-to-regexp", id: "GHSA-j3q9-mxjg-w52f", aliases: "CVE-2026-4926", what: "a path keeps the server busy where optional groups follow one another",
		cwe: "CWE-1333", spans: "8.0.0-8.4.0", source: expressPosts + "2026-03-30-security-releases", severity: pavise.High},
	{name: "path-to-regexp", id: "GHSA-27v5-c462-wpq7", aliases: "CVE-2026-4923", what: "a path keeps the server busy where it has two wildcards", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-1333", spans: "8.0.0-8.4.0", source: osvDev, published: "2026-03-27"},
	{name: "qs", id: "GHSA-hrpp-h998-j3pp", aliases: "CVE-2022-24999", what: "a query keeps the server busy by way of __proto__", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", cwe: "CWE-1321",
		spans:  "-6.2.4 6.3.0-6.3.3 6.4.0-6.4.1 6.5.0-6.5.3 6.6.0-6.6.1 6.7.0-6.7.3 6.8.0-6.8.3 6.9.0-6.9.7 6.10.0-6.10.3",
		source: github + "2022/11/"},
	{name: "qs", id: "GHSA-gqgv-6jq5-jjj9", aliases: "CVE-2017-1000048", what: "a query changes the prototype of objects", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-20", spans: "-6.0.4 6.1.0-6.1.2 6.2.0-6.2.3 6.3.0-6.3.2", source: github + "2020/04/"},
	{name: "qs", id: "NSWG-ECO-29", aliases: "CVE-2014-7191", what: "a query fills the memory", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		spans: "-1.0.0", source: securityWG + "29.json"},
	{name: "qs", id: "GHSA-6rw7-vpxm-498p", aliases: "CVE-2025-15284", what: "brackets pass the limit of the length of arrays", cvss: endsProcess,
		cwe: "CWE-20", spans: "-6.14.1", source: osvDev, published: "2025-12-30"},
	{name: "qs", id: "GHSA-w7fw-mjwx-w883", aliases: "CVE-2026-2391", what: "commas pass the limit of the length of arrays, where they are set to part values", cvss: rarelySlows,
		cwe: "CWE-20", spans: "6.7.0-6.14.2", source: osvDev, published: "2026-02-12"},
	{name: "qs", id: "GHSA-x5fp-wj9c-mxmx", aliases: "CVE-2026-82562", what: "commas after brackets pass the limit of the length of arrays", cvss: rarelySlows,
		cwe: "CWE-770", spans: "6.14.2-6.16.0", source: cvelist + "2026/82xxx/CVE-2026-82562.json", published: "2026-08-29"},
	{name: "qs", id: "CVE-2026-110816", aliases: "GHSA-6pq8-jhm2-2vcw", what: "stringify throws at what is no string, where arrays are joined by commas",
		cwe: "CWE-248 CWE-704", spans: "6.7.0-6.16.1", source: cvelist + "2026/110xxx/CVE-2026-110816.json", severity: pavise.Medium, published: "2026-10-14"},
	{name: "multer", id: "GHSA-44fp-w29j-9vj5", aliases: "CVE-2025-47935", what: "streams that stay open fill the memory", cvss: endsProcess,
		cwe: "CWE-401", spans: "-2.0.0", source: expressPosts + "2025-05-19-security-releases", published: "2025-05-19", released: "2025-05-19"},
	{name: "multer", id: "GHSA-4pg4-qvpc-4q3h", aliases: "CVE-2025-47944", what: "a malformed upload ends the process", cvss: endsProcess,
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.0", source: expressPosts + "2025-05-19-security-releases", published: "2025-05-19", released: "2025-05-19"},
	{name: "multer", id: "GHSA-g5hg-p3ph-g8qg", aliases: "CVE-2025-48997", what: "an upload with an empty field name ends the process",
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.1", source: "https://cyberalerts.io/vulnerability/CVE-2025-48997", severity: pavise.High},
	{name: "multer", id: "GHSA-fjgf-rc76-4x9p", aliases: "CVE-2025-7338", what: "a malformed upload ends the process", cvss: endsProcess,
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.2", source: expressPosts + "2025-07-31-security-releases", published: "2025-07-17"},
	{name: "multer", id: "GHSA-v52c-386h-88mc", aliases: "CVE-2026-2359", what: "uploads that are broken off use up the server",
		cwe: "CWE-772", spans: "-2.1.0", source: expressPosts + "2026-02-27-security-releases", severity: pavise.High, published: "2026-02-27"},
	{name: "multer", id: "GHSA-xf7r-hgr6-v32p", aliases: "CVE-2026-3304", what: "malformed uploads use up the server",
		cwe: "CWE-459", spans: "-2.1.0", source: expressPosts + "2026-02-27-security-releases", severity: pavise.High, published: "2026-02-27"},
	{name: "multer", id: "GHSA-5528-5vmv-3xc2", aliases: "CVE-2026-3520", what: "a malformed upload overflows the stack", cvss: endsProcess,
		cwe: "CWE-674", spans: "-2.1.1", source: osvDev, published: "2026-03-04"},
	{name: "multer", id: "GHSA-72gw-mp4g-v24j", aliases: "CVE-2026-5079", what: "deeply nested field names use up the server", cvss: endsProcess,
		spans: "1.0.0-2.2.0", source: "https://nvd.nist.gov/vuln/detail/CVE-2026-5079", published: "2026-06-15"},
	{name: "multer", id: "GHSA-3p4h-7m6x-2hcm", aliases: "CVE-2026-5038", what: "uploads that are broken off stay on the disk", cvss: slowsServer,
		cwe: "CWE-459", spans: "2.0.0-alpha.1-2.2.0", source: osvDev, published: "2026-06-15"},
	{name: "multer", id: "GHSA-qfvm-cv95-jqjf", aliases: "CVE-2026-77037", what: "uploads that are broken off leave files open", cvss: endsProcess,
		cwe: "CWE-400 CWE-459", spans: "2.2.0-2.3.0", source: osvDev, published: "2026-08-28"},
	{name: "multer", id: "GHSA-wc9g-mqfw-jrwm", aliases: "CVE-2026-77078", what: "two field names end the process", cvss: endsProcess,
		cwe: "CWE-248", spans: "-2.3.0", source: osvDev, published: "2026-08-28"},
	{name: "multer", id: "GHSA-535w-7cp7-47q4", aliases: "CVE-2026-82333", what: "a large index in a field name keeps the server busy", cvss: endsProcess,
		cwe: "CWE-400", spans: "-2.3.0", source: osvDev + "CVE-2026-82333", published: "2026-08-28"},
	{name: "multer", id: "GHSA-qvfw-j98x-7q72", aliases: "CVE-2026-77063", what: "a slow filter lets files pass the limit of their size", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
		cwe: "CWE-362", spans: "-2.3.0", source: osvDev + "CVE-2026-77063", published: "2026-08-28"},
	{name: "multer", id: "GHSA-3pph-fpjx-jg34", aliases: "CVE-2026-88932", what: "uploads that are broken off stay on the disk", cvss: slowsServer,
		cwe: "CWE-400 CWE-459", spans: "2.2.0-2.4.0", source: osvDev + "CVE-2026-88932", published: "2026-09-14"},
	{name: "multer", id: "GHSA-q7qp-rjg7-q26m", aliases: "CVE-2026-113872", what: "a slow filter and an upload that is broken off end the process", cvss: endsProcess,
		cwe: "CWE-248 CWE-404", spans: "2.0.0-2.5.0", source: "https://www.tenable.com/cve/CVE-2026-113872", published: "2026-10-22"},
	{name: "on-headers", id: "GHSA-76c9-3jph-rj3q", aliases: "CVE-2025-7339", what: "headers change where writeHead is given an array", cvss: "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:N",
		cwe: "CWE-241", spans: "-1.1.0", source: expressPosts + "2025-07-31-security-releases", published: "2025-07-17"},
	{name: "multiparty", id: "GHSA-65x3-rw7q-gx94", aliases: "CVE-2026-8159", what: "the name of a file keeps the server busy",
		cwe: "CWE-1333", spans: "-4.3.0", source: expressPosts + "2026-05-31-security-releases", severity: pavise.High},
	{name: "multiparty", id: "GHSA-qxch-whhj-8956", aliases: "CVE-2026-8161", what: "the name of a field ends the process",
		spans: "-4.3.0", source: expressPosts + "2026-05-31-security-releases", severity: pavise.High},
	{name: "multiparty", id: "GHSA-xh3c-6gcq-g4rv", aliases: "CVE-2026-8162", what: "the name of a file ends the process",
		spans: "-4.3.0", source: expressPosts + "2026-05-31-security-releases", severity: pavise.High},
	{name: "basic-auth-connect", id: "GHSA-7p89-p6hx-q4fw", aliases: "CVE-2024-47178", what: "the time of an answer tells the password", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
		cwe: "CWE-208", spans: "-1.1.0", source: github + "2024/09/"},
	{name: "morgan", id: "NSWG-ECO-473", what: "a format that others give is run", cvss: "CVSS:3.0/AV:A/AC:H/PR:L/UI:R/S:U/C:H/I:H/A:H",
		cwe: "CWE-94", spans: "-1.9.1", source: securityWG + "473.json", released: "2018-09-10"},
	{name: "morgan", id: "GHSA-4vj7-5mj6-jm8m", aliases: "CVE-2026-5078", what: "the name of a user writes lines of the log",
		spans: "1.2.0-1.11.0", source: "https://github.com/expressjs/expressjs.com/pull/2374", severity: pavise.Medium},
	{name: "morgan", id: "GHSA-jxfw-x594-9x9m", what: "separators of lines that are not escaped write lines of the log",
		spans: "-1.12.0", source: "https://github.com/expressjs/expressjs.com/pull/2495", severity: pavise.Medium},
}

// entries are the rows as what is known of packages.
func ownPackageEntries() []Entry {
	var list []Entry
	for _, p := range ownPackages {
		e := Entry{Ecosystem: pavise.NPM, Name: p.name, Notice: &pavise.Notice{ID: p.id, Title: p.what, CVSS: p.cvss, Severity: p.severity,
			Aliases: strings.Fields(p.aliases), CWE: strings.Fields(p.cwe), Source: p.page(), Published: dayOf(p.published), Released: dayOf(p.released)}}
		for s := range strings.FieldsSeq(p.spans) {
			from, below := cutSpan(s)
			e.Spans = append(e.Spans, Span{From: from, Below: below})
		}
		list = append(list, e)
	}
	return list
}

// page is where a row was read.
func (p ownPackage) page() string {
	if strings.HasPrefix(p.source, github) {
		return p.source + p.id + "/" + p.id + ".json"
	}
	if p.source == osvDev {
		return osvDev + p.id
	}
	return p.source
}

// cutSpan cuts at the hyphen before the second version: before the last that a number
// of three parts follows.
func cutSpan(s string) (from, below string) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '-' && strings.Count(s[i:], ".") >= 2 && startsWithDigit(s[i+1:]) {
			return s[:i], s[i+1:]
		}
	}
	return "", s
}
