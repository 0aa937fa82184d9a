package host

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// NginxFiles looks for files that nginx gives away without being asked to.
type NginxFiles struct{}

const (
	nginxFiles       = "host.nginx-files"
	ruleAlias        = nginxFiles + ".alias"
	ruleAutoindex    = nginxFiles + ".autoindex"
	ruleDotfiles     = nginxFiles + ".dotfiles"
	rulePHP          = nginxFiles + ".php"
	readsAny         = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
	readsSome        = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"
	runsAny          = "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H"
	wantNoDotfiles   = `location ~ /\.(?!well-known/) { return 404; }`
	wantPHP          = "try_files $uri =404;"
	pciSecureDefault = "PCI DSS 4.0.1 2.2.6"
)

// Doc describes the control.
func (NginxFiles) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       nginxFiles,
		Title:    "Files that nginx serves",
		Why:      "One slash too few before an alias lets anybody read the folder above it; a listing shows what nobody linked to; a .env or .git among the files holds the passwords and the source.",
		Verifies: "alias against the location that it stands in, autoindex, whether servers with a root turn away what begins with a dot, and whether the location of PHP makes sure that the script is there.",
		Rules: []pavise.Rule{
			{ID: ruleAlias, Title: "No alias of nginx lets its parent folder be read", Severity: pavise.High, CVSS: readsAny, Automatic: "it is directory traversal",
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 5.3.2", "CWE-22"}, Owner: true,
				Fix: nginxFix("location /static/ { alias /srv/shop/static/; }  # a slash at the end of both")},
			{ID: ruleAutoindex, Title: "nginx lists no folder", Severity: pavise.Medium, CVSS: readsSome, Declare: "directory browsing is on",
				References: []string{pciSecureDefault, "ASVS 5.0 13.4.3", "CWE-548"}, Owner: true, Fix: nginxFix("autoindex off;")},
			{ID: ruleDotfiles, Title: "nginx serves no file that begins with a dot", Severity: pavise.Low,
				References: []string{pciSecureDefault, "ASVS 5.0 13.4.1", "CWE-538"}, Owner: true, Fix: nginxFix(wantNoDotfiles)},
			{ID: rulePHP, Title: "nginx hands PHP only scripts that are there", Severity: pavise.High, CVSS: runsAny,
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 5.3.1", "CWE-434"}, Owner: true,
				Fix: nginxFix("location ~ \\.php$ {\n\t" + wantPHP + "\n\tinclude snippets/fastcgi-php.conf;\n\tfastcgi_pass unix:/run/php/php-fpm.sock;\n}")},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxFiles) Validate() error { return nil }

// Check looks at every block of each server.
func (c NginxFiles) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		for _, s := range nginxServers(l.config) {
			blocks := s.all()
			for _, block := range blocks {
				nginxAlias(l, block)
				nginxPHP(l, block)
			}
			nginxDotfiles(l, s, blocks)
		}
		nginxListing(l)
	})
}

// nginxAlias judges an alias that ends with a slash in a location by prefix that does
// not: /static../secret leads above it.
func nginxAlias(l *ledger, block nginxScope) {
	here := block.here()
	for _, d := range within(here, "alias") {
		prefix := word(here, 0)
		if prefix == "^~" {
			prefix = word(here, 1)
		}
		byPrefix := here.Name == "location" && strings.HasPrefix(prefix, "/")
		open := byPrefix && strings.HasSuffix(word(d, 0), "/") && !strings.HasSuffix(prefix, "/")
		saw := written(here) + " { " + written(d) + "; }"
		if open {
			saw += ": " + prefix + "../ leads above the folder"
		}
		l.judge(ruleAlias, !open, d, saw, "location "+strings.TrimSuffix(prefix, "/")+"/ { "+written(d)+"; }")
	}
}

// nginxListing judges every autoindex there is; of itself it is off.
func nginxListing(l *ledger) {
	http, ok := nginxHTTP(l.config)
	if !ok {
		return
	}
	judge := func(block nginxScope) (any bool) {
		for _, d := range within(block.here(), "autoindex") {
			any = true
			l.judge(ruleAutoindex, word(d, 0) != "on", d, written(d), "autoindex off;")
		}
		return any
	}
	any := judge(http)
	for _, s := range nginxServers(l.config) {
		for _, block := range s.all() {
			any = judge(block) || any
		}
	}
	if !any {
		l.judge(ruleAutoindex, true, http.here(), "no autoindex: it is off of itself", "autoindex off;")
	}
}

// nginxDotfiles judges a server that serves files: one location must turn away those
// that begin with a dot.
func nginxDotfiles(l *ledger, s nginxScope, blocks []nginxScope) {
	root, has := s.find("root")
	for _, block := range blocks[1:] {
		if list := within(block.here(), "root", "alias"); len(list) > 0 && !has {
			root, has = list[0], !strings.HasPrefix(word(block.here(), len(block.here().Args)-1), "/.well-known")
		}
		here := block.here()
		pattern := strings.TrimSpace(word(here, len(here.Args)-1))
		if here.Name != "location" || !strings.HasPrefix(word(here, 0), "~") || !dots.MatchString(pattern) {
			continue
		}
		if d, refuses := nginxRefuses(block); refuses {
			l.judge(ruleDotfiles, true, d, written(here)+" { "+written(d)+"; }", wantNoDotfiles)
			return
		}
	}
	if _, status := nginxRoot(s); status != "" || !has {
		return
	}
	l.judge(ruleDotfiles, false, root, "nothing turns away .env and .git below "+written(root), wantNoDotfiles)
}

// dots matches patterns for all names that begin with a dot, not for one of them.
var dots = regexp.MustCompile(`^\^?(\(\^\|)?(\.\*)?\(?/?\)?\)?\\\.(\(\?!|$|\*|\.\*|\[|_|\w*\$)|^/\\\.$`)

// nginxRefuses is the line by which a block answers nobody.
func nginxRefuses(block nginxScope) (pavise.Directive, bool) {
	for _, d := range within(block.here(), "deny", "return") {
		if d.Name == "deny" && word(d, 0) == "all" || d.Name == "return" && strings.HasPrefix(word(d, 0), "4") {
			return d, true
		}
	}
	return pavise.Directive{}, false
}

// nginxPHP judges a location for all scripts of PHP: what the client makes up, such as
// /upload/cat.jpg/x.php, PHP looks for, and may run the picture.
func nginxPHP(l *ledger, block nginxScope) {
	here := block.here()
	if here.Name != "location" || !strings.HasPrefix(word(here, 0), "~") || !strings.Contains(word(here, len(here.Args)-1), "php") {
		return
	}
	pass := within(here, "fastcgi_pass")
	if len(pass) == 0 {
		return
	}
	guarded := slices.ContainsFunc(within(here, "try_files"), func(d pavise.Directive) bool {
		last := word(d, len(d.Args)-1)
		return strings.HasPrefix(last, "=4") || strings.HasPrefix(last, "/")
	})
	checked := slices.ContainsFunc(within(here, "if"), func(d pavise.Directive) bool { return strings.Contains(strings.Join(d.Args, " "), "!-f") })
	l.judge(rulePHP, guarded || checked, pass[0], written(here)+" { "+written(pass[0])+"; }", wantPHP)
}
