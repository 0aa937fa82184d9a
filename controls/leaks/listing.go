package leaks

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"

	"pavise"
)

// Listing tells of folders that show what is in them.
type Listing struct{}

// Doc describes the control.
func (Listing) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "leaks.listing",
		Title:    "Directory listings",
		Why:      "A folder that lists itself hands over what nobody links to: uploads, backups, old versions.",
		Verifies: "The folders of the site's files are asked for, and every page is looked at: listings are known by how Apache, nginx, IIS, Tomcat, Jetty, Python, Node and Go write them.",
		Rules: []pavise.Rule{{
			ID: "leaks.listing.folder", Title: "No folder lists what is in it", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
			Declare:    "browsing of directories on web servers: say that it is needed and safe, or that it is switched off",
			References: []string{"PCI DSS 4.0.1 2.2.6", "ASVS 5.0 13.4.3", "CWE-548"},
			Fix: pavise.Fix{
				Nginx:   "autoindex off;",
				Apache:  "Options -Indexes",
				Express: `app.use("/static", express.static("public")); // without the package serve-index`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Listing) Validate() error { return nil }

// maxFolders bounds how many folders are asked for.
const maxFolders = 4

// folderProbes asks for the folders in which files of the site are.
func folderProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	seen := map[string]bool{"/": true}
	for _, a := range e.Site() {
		for _, link := range a.Response.Links {
			u, err := url.Parse(link)
			if err != nil || path.Ext(u.Path) == "" || len(probes) == maxFolders {
				continue
			}
			folder := path.Dir(u.EscapedPath()) + "/"
			if folder != "//" && !seen[folder] && !pavise.Acts(folder) {
				seen[folder] = true
				probes = append(probes, pavise.Ask(pavise.Request{URL: e.Target.URL + folder}))
			}
		}
	}
	return probes
}

// listings are how servers write the list of a folder.
var listings = regexp.MustCompile(`<(?:title|h1|h2)>Index of /|` + // Apache, nginx, lighttpd
	`<title>Directory listing for /|` + // Python
	`(?i)<a href="[^"]*">\[To Parent Directory\]</a>|` + // IIS
	`<title>Directory Listing For \[?/|` + // Tomcat
	`<title>Directory: /|` + // Jetty
	`<title>listing directory /|` + // serve-index
	`^(?:<!doctype html>\s*<meta name="viewport" content="width=device-width">\s*)?<pre>\n<a href="`) // Go

// Probes asks for folders.
func (Listing) Probes(e *pavise.Evidence) []pavise.Probe { return folderProbes(e) }

// Check looks at every page.
func (Listing) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "leaks.listing.folder"
	f := e.Each(rule, "no list of files", func(a pavise.Answer) (string, bool) {
		r := a.Response
		if r.Status != http.StatusOK || !r.HTML() {
			return "", false
		}
		if mark := listings.Find(r.Body[:min(len(r.Body), maxSign)]); mark != nil {
			return fmt.Sprintf("a list of files: %q", pavise.Clip(string(mark), 60)), true
		}
		return "no list of files", false
	})
	for _, p := range folderProbes(e) {
		if _, why := e.Heard(p); why != "" && f.Outcome != pavise.Fail {
			f = pavise.Unlooked(rule, p.Request.URL, why)
		}
	}
	return []pavise.Finding{f}
}
