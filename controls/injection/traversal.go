package injection

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// Traversal asks whether an address leads out of the folder that it should stay in.
type Traversal struct{}

const traversalID = "injection.traversal"

// Doc describes the control.
func (Traversal) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       traversalID,
		Title:    "Paths out of the web root",
		Why:      "Where ../ in an address climbs out of its folder, everybody reads the files of the server: settings, keys, and what the app itself may read.",
		Verifies: "With --active: parameters that look like the name of a file, and the folder of static files, with a way to /etc/passwd and win.ini. A few hundred bytes are read, and it must come twice.",
		Rules: []pavise.Rule{{ID: traversalID + ".file", Title: "No address leads to a file outside", Severity: pavise.High,
			CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Automatic: "it is directory traversal", Owner: true,
			References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 5.3.2", "CWE-22", "CWE-98"},
			Fix: pavise.Fix{
				Nginx:   "location /static/ { alias /srv/static/; }  # both with the slash at the end",
				Apache:  "AllowEncodedSlashes Off\n<Directory \"/\">\n  Require all denied\n</Directory>",
				Express: `res.sendFile(name, { root: path.join(import.meta.dirname, "files") });  // refuses what leads out of root`,
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Traversal) Validate() error { return nil }

var up = strings.Repeat("../", 10)

// ways lead to files that every system of their kind has; the second time by a detour.
func ways(detour string) []string {
	return []string{detour + up + "etc/passwd", "/" + detour + "etc/passwd", strings.ReplaceAll(detour+up, "/", `\`) + `windows\win.ini`}
}

const byDetour = "./"

// outside is what those files say.
var outside = regexp.MustCompile(`root:[^:\s]{0,40}:0:0:|; for 16-bit app support`)

// files reports whether a parameter may name a file.
func files(p point) bool {
	name := strings.ToLower(p.name)
	for _, word := range []string{"file", "path", "doc", "folder", "dir", "template", "tpl", "include", "page", "image", "img", "download", "attachment"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return strings.Contains(p.value, "/") || slices.Contains([]string{".html", ".htm", ".txt", ".pdf", ".png", ".jpg", ".md", ".json", ".xml", ".csv"}, path.Ext(p.value))
}

// kept is a probe of whose answer little is kept.
func kept(p pavise.Probe) pavise.Probe {
	p.Request.Keep = 512
	return p
}

// folders are the ways out of the folder of a static file, as the address has them.
func folders(e *pavise.Evidence, detour string) []pavise.Probe {
	for _, a := range e.Site() {
		for _, link := range a.Response.Links {
			u, err := url.Parse(link)
			if err != nil || !e.Target.Owns(link) {
				continue
			}
			if dir := path.Dir(u.Path); dir != "/" && slices.Contains([]string{".js", ".css", ".png", ".svg", ".jpg"}, path.Ext(u.Path)) {
				base := e.Target.URL + "/" + strings.Split(dir, "/")[1] + "/"
				return []pavise.Probe{
					kept(pavise.Ask(pavise.Request{URL: base + strings.ReplaceAll(detour+up, "/", "%2f") + "etc%2fpasswd", Header: canary})),
					kept(pavise.Ask(pavise.Request{URL: base + detour + up + "etc/passwd", Header: canary})),
				}
			}
		}
	}
	return nil
}

// trials are all ways at one place, and each by a detour.
func trials(p point) (first, second []pavise.Probe) {
	for i, way := range ways("") {
		first, second = append(first, kept(p.with(way))), append(second, kept(p.with(ways(byDetour)[i])))
	}
	return first, second
}

// Probes tries each way, and by a detour each that leads out.
func (Traversal) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	first, second := folders(e, ""), folders(e, byDetour)
	for _, p := range points(e) {
		if files(p) {
			one, two := trials(p)
			first, second = append(first, one...), append(second, two...)
		}
	}
	probes := first
	for i := range first {
		if a, why := heard(e, first[i]); why == "" && outside.Match(a.Response.Body) {
			probes = append(probes, second[i])
		}
	}
	return probes
}

// Check looks whether a file of the system came.
func (c Traversal) Check(e *pavise.Evidence) []pavise.Finding {
	const rule, want = traversalID + ".file", "404, or the page itself"
	if e.Target.Agreed == "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	}
	judge := func(first, second []pavise.Probe) (v verdict) {
		for i := range first {
			a, why := heard(e, first[i])
			if why != "" {
				v.why = why
				continue
			}
			if !outside.Match(a.Response.Body) {
				continue
			}
			again, why := heard(e, second[i])
			if why != "" || !outside.Match(again.Response.Body) {
				v.why = "it came once, and by a detour not: " + why
				continue
			}
			proof := again.Shown()
			proof.Received += "\n… " + string(outside.Find(again.Response.Body)) + " …"
			return verdict{saw: "a file of the system comes back", proof: proof}
		}
		return v
	}
	f := sweep(e, rule, want, func(p point) verdict {
		if !files(p) {
			return verdict{}
		}
		return judge(trials(p))
	})
	if first := folders(e, ""); len(first) > 0 {
		f = beside(f, first[0].Request.URL, want, "the folder of static files leads nowhere else", judge(first, folders(e, byDetour)))
	}
	return []pavise.Finding{f}
}
