package advisories

import (
	"strings"
	"time"

	"pavise"
)

// ownPackagesDate is the day up to which the packages of [ownPackages] were looked up: of
// what has become known since, only some stands there.
var ownPackagesDate = time.Date(2024, 12, 5, 0, 0, 0, 0, time.UTC)

// github is where the database of GitHub's advisories was read; the path of an advisory
// is made of the month in which it was published, and its id.
const github = "https://github.com/github/advisory-database/blob/main/advisories/github-reviewed/"

// securityWG is where the advisories of the Node.js Security Working Group were read.
const securityWG = "https://github.com/nodejs/security-wg/blob/main/vuln/npm/"

// An ownPackage is a flaw of a package of npm. Spans are versions "from-below", where
// nothing before the hyphen is the first.
type ownPackage struct {
	name, id, aliases, what, cvss, cwe, spans, source string
	severity                                          pavise.Severity // where there is no vector
	released                                          string          // the first fixed version; "" is not known
}

// ownPackages are flaws of Express, of its own middleware and of what it is made of.
var ownPackages = []ownPackage{
	{name: "express", id: "GHSA-qw6h-vgh9-j6wx", aliases: "CVE-2024-43796", what: "script injection through res.redirect", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L",
		cwe: "CWE-79", spans: "-4.20.0 5.0.0-alpha.1-5.0.0", source: github + "2024/09/", released: "2024-09-10"},
	{name: "express", id: "GHSA-rv95-896h-c2vc", aliases: "CVE-2024-29041", what: "open redirect by a malformed URL", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
		cwe: "CWE-601", spans: "-4.19.2 5.0.0-alpha.1-5.0.0-beta.3", source: github + "2024/03/"},
	{name: "express", id: "GHSA-gpvr-g6gh-9mc2", aliases: "CVE-2014-6393", what: "script injection where an error page names no charset", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
		cwe: "CWE-79", spans: "-3.11.0 4.0.0-4.5.0", source: github + "2018/10/"},
	{name: "body-parser", id: "GHSA-qwcr-r2fm-qrc7", aliases: "CVE-2024-45590", what: "a form of small size keeps the server busy", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-405", spans: "-1.20.3", source: github + "2024/09/", released: "2024-09-10"},
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
	{name: "path-to-regexp", id: "CVE-2026-4867", aliases: "GHSA-37ch-88jc-xwx2", what: "a path keeps the server busy where a segment has three parameters", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-1333", spans: "-0.1.13", source: "https://cve.report/CVE-2026-4867"},
	{name: "qs", id: "GHSA-hrpp-h998-j3pp", aliases: "CVE-2022-24999", what: "a query keeps the server busy by way of __proto__", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", cwe: "CWE-1321",
		spans:  "-6.2.4 6.3.0-6.3.3 6.4.0-6.4.1 6.5.0-6.5.3 6.6.0-6.6.1 6.7.0-6.7.3 6.8.0-6.8.3 6.9.0-6.9.7 6.10.0-6.10.3",
		source: github + "2022/11/"},
	{name: "qs", id: "GHSA-gqgv-6jq5-jjj9", aliases: "CVE-2017-1000048", what: "a query changes the prototype of objects", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-20", spans: "-6.0.4 6.1.0-6.1.2 6.2.0-6.2.3 6.3.0-6.3.2", source: github + "2020/04/"},
	{name: "qs", id: "NSWG-ECO-29", aliases: "CVE-2014-7191", what: "a query fills the memory", cvss: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		spans: "-1.0.0", source: securityWG + "29.json"},
	{name: "qs", id: "CVE-2025-15284", aliases: "GHSA-6rw7-vpxm-498p", what: "brackets pass the limit of the length of arrays",
		cwe: "CWE-20", spans: "-6.14.1", source: "https://radar.offseq.com/threat/cve-2025-15284-cwe-20-improper-input-validation-4da53598", severity: pavise.Medium},
	{name: "multer", id: "CVE-2025-47944", what: "a malformed upload ends the process", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.0", source: "https://cvetodo.com/cve/CVE-2025-47944"},
	{name: "multer", id: "CVE-2025-48997", aliases: "GHSA-g5hg-p3ph-g8qg", what: "an upload with an empty field name ends the process",
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.1", source: "https://cyberalerts.io/vulnerability/CVE-2025-48997", severity: pavise.High},
	{name: "multer", id: "CVE-2025-7338", aliases: "GHSA-fjgf-rc76-4x9p", what: "a malformed upload ends the process",
		cwe: "CWE-248", spans: "1.4.4-lts.1-2.0.2", source: "https://o3.security/vulnerability/GHSA-fjgf-rc76-4x9p", severity: pavise.High},
	{name: "multer", id: "CVE-2026-2359", what: "uploads that are broken off use up the server",
		cwe: "CWE-772", spans: "-2.1.0", source: "https://radar.offseq.com/threat/cve-2026-2359-cwe-772-in-expressjs-multer-b3f304cc", severity: pavise.High},
	{name: "multer", id: "CVE-2026-3304", aliases: "GHSA-xf7r-hgr6-v32p", what: "malformed uploads use up the server",
		cwe: "CWE-459", spans: "-2.1.0", source: "https://howtofixme.com/cves/posts/how-to-fix-cve-2026-3304.html", severity: pavise.High},
	{name: "basic-auth-connect", id: "GHSA-7p89-p6hx-q4fw", aliases: "CVE-2024-47178", what: "the time of an answer tells the password", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
		cwe: "CWE-208", spans: "-1.1.0", source: github + "2024/09/"},
	{name: "morgan", id: "NSWG-ECO-473", what: "a format that others give is run", cvss: "CVSS:3.0/AV:A/AC:H/PR:L/UI:R/S:U/C:H/I:H/A:H",
		cwe: "CWE-94", spans: "-1.9.1", source: securityWG + "473.json"},
}

// entries are the rows as what is known of packages.
func ownPackageEntries() []Entry {
	var list []Entry
	for _, p := range ownPackages {
		e := Entry{Ecosystem: pavise.NPM, Name: p.name, Notice: &pavise.Notice{ID: p.id, Title: p.what, CVSS: p.cvss, Severity: p.severity,
			Aliases: strings.Fields(p.aliases), CWE: strings.Fields(p.cwe), Source: p.page(), Released: dayOf(p.released)}}
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
