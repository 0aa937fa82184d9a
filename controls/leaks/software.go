package leaks

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// A software is one product that a site tells of itself.
type software struct {
	product string // as the end-of-life data call it
	version string
	text    string // as it was told
	// distribution is who packages it, if that is told: then its fixes are not in the
	// version.
	distribution string
	later        bool // or a later version than that
	at           pavise.Answer
}

// products are the names that servers give themselves, and those of the data
// (endoflife.date).
var products = map[string]string{
	"nginx": "nginx", "apache": "apache-http-server", "php": "php", "openssl": "openssl", "apache tomcat": "tomcat",
	"jetty": "eclipse-jetty", "python": "python", "ruby": "ruby", "node.js": "nodejs", "nodejs": "nodejs", "express": "express",
	"wordpress": "wordpress", "drupal": "drupal", "mediawiki": "mediawiki", "typo3": "typo3", "joomla!": "joomla", "varnish": "varnish",
}

const windows = "windows-server"

// windowsOf is the system of each version of IIS, which is part of it:
// https://learn.microsoft.com/iis/web-development-reference/native-code-api-reference/webhostgetversion-function,
// and for 6.0 https://solving.blog/2020/04/29/internet-information-service/ (read
// 2026-11-21). 10.0 is in this system and in every later one.
var windowsOf = map[string]string{"6.0": "2003-sp2", "7.0": "2008-sp2", "7.5": "2008-r2-sp1", "8.0": "2012", "8.5": "2012-r2", "10.0": "2016"}

const maxSoftware = 20

var (
	productVersion = regexp.MustCompile(`([A-Za-z][A-Za-z.!_-]*(?: Tomcat)?)[/ (]v?(\d+(?:\.\d+){0,3}[a-z]?)`)
	distributions  = regexp.MustCompile(`(?i)\b(debian|ubuntu|red ?hat|rhel|centos|rocky|alma(?:linux)?|fedora|suse|amazon|oracle linux|raspbian)|[-+~](deb|ubuntu|el)\d`)
	generator      = regexp.MustCompile(`(?is)<meta\s[^>]*name=["']?generator["']?\s[^>]*content=["']([^"'>]{1,100})`)
	errorFooter    = regexp.MustCompile(`(?i)<h3>(Apache Tomcat/[\d.]+)|<center>(nginx/[\d.]+)</center>|<address>([^<]{1,100}) Server at `)
)

var telling = []string{"Server", "X-Powered-By", "X-Generator", "X-Aspnet-Version"}

// told lists the software of the site, each version once. A distribution that is named
// anywhere is taken for that of the whole machine.
func told(e *pavise.Evidence) []software {
	var list []software
	distribution := ""
	for _, a := range e.Site() {
		for _, text := range tellings(a.Response) {
			if m := distributions.FindStringSubmatch(text); m != nil && distribution == "" {
				distribution = strings.ToLower(m[1] + m[2])
			}
			for _, m := range productVersion.FindAllStringSubmatch(text, 10) {
				s := software{product: products[strings.ToLower(m[1])], version: m[2], text: m[0], at: a}
				if strings.EqualFold(m[1], "Microsoft-IIS") {
					s.product, s.version = windows, windowsOf[m[2]]
					s.later = m[2] == "10.0"
				}
				known := s.product != "" && s.version != ""
				if known && len(list) < maxSoftware && !slices.ContainsFunc(list, func(o software) bool { return o.text == s.text }) {
					list = append(list, s)
				}
			}
		}
	}
	for i := range list {
		if list[i].product != windows {
			list[i].distribution = distribution
		}
	}
	return list
}

// tellings are the places of a response in which software names itself.
func tellings(r *pavise.Response) []string {
	var list []string
	for _, name := range telling {
		for _, v := range r.Header.Values(name) {
			list = append(list, pavise.Clip(v, 300))
		}
	}
	for _, re := range []*regexp.Regexp{generator, errorFooter} {
		if m := re.FindSubmatch(r.Body[:min(len(r.Body), 64<<10)]); m != nil {
			list = append(list, string(bytes.Join(m[1:], nil)))
		}
	}
	return list
}
