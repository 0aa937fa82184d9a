package advisories

import (
	"time"

	"pavise"
)

// shipped are the distributions that ship a version as a package of their own, by the
// facts of Pavise: no other source tells that.
func shipped(product, version string) []pavise.Shipment {
	var list []pavise.Shipment
	for _, d := range ownDistributions {
		for _, p := range d.packages {
			if p.product == product && inCycle(version, p.version) {
				list = append(list, pavise.Shipment{By: d.name, Version: p.version, Until: dayOf(d.until), Source: p.source, Dated: dayOf(d.read)})
			}
		}
	}
	return list
}

// dayOf is a day such as 2028-06-30; the zero time of anything else.
func dayOf(s string) time.Time {
	at, _ := time.Parse(time.DateOnly, s)
	return at
}

// A distribution is a release that still gets fixes, with what it ships of the software
// whose own versions end before it does, and names in a banner without its mark. Apache
// is not among them: 2.4 has no end.
type distribution struct {
	name     string
	until    string // its own end of life; support that can be bought not included
	read     string // when the sources were
	source   string // of until
	packages []shippedPackage
}

// A shippedPackage is a version of a product: whole where the distribution stays at it,
// and the release where it follows the patch versions.
type shippedPackage struct{ product, version, source string }

const (
	debianDates = "https://packages.debian.org/bookworm/distro-info-data" // 0.58+deb12u6: debian.csv and ubuntu.csv
	bookworm    = "https://deb.debian.org/debian-security/dists/bookworm-security/main"
)

// ownDistributions: RHEL stands for its rebuilds, too. Debian 11 is not among them:
// its long-term support ended on 2026-08-31.
var ownDistributions = []distribution{
	{"Debian 12", "2028-06-30", "2026-11-21", debianDates, []shippedPackage{
		{"nginx", "1.22.1", bookworm}, // 1.22.1-9+deb12u11
		{"php", "8.2", bookworm},      // 8.2.36-1~deb12u1
		{"openssl", "3.0", bookworm},  // 3.0.22-1~deb12u2
	}},
	{"Debian 13", "2030-06-30", "2026-11-21", debianDates, []shippedPackage{
		{"nginx", "1.26.3", "https://packages.debian.org/search?keywords=nginx"},
		{"php", "8.4", "https://packages.debian.org/en/php8.4"},
	}},
	{"Ubuntu 22.04", "2027-06-01", "2026-11-21", debianDates, []shippedPackage{
		{"nginx", "1.18.0", "https://packages.ubuntu.com/jammy/nginx"},
		{"php", "8.1.2", "https://packages.ubuntu.com/en/source/jammy/all/php/"},
		{"openssl", "3.0.2", "https://packages.ubuntu.com/en/jammy/openssl"},
	}},
	{"Ubuntu 24.04", "2029-05-31", "2026-11-21", debianDates, []shippedPackage{
		{"nginx", "1.24.0", "https://packages.ubuntu.com/de/noble/web/nginx"},
		{"php", "8.3.6", "https://packages.ubuntu.com/noble/any/php8.3"},
		{"openssl", "3.0.13", "https://packages.ubuntu.com/noble/utils/openssl"},
	}},
	{"Ubuntu 26.04", "2031-05-29", "2026-11-21", debianDates, []shippedPackage{
		{"nginx", "1.28.3", "https://packages.ubuntu.com/fr/resolute/nginx"},
		{"php", "8.5.4", "https://packages.ubuntu.com/resolute/httpd/libapache2-mod-php8.5"},
	}},
	{"RHEL 8", "2029-05-31", "2026-11-21", "https://endoflife.date/rhel", []shippedPackage{
		{"nginx", "1.24.0", "https://github.com/HOSTED-POWER/nginx2root-patches/releases"},
		{"php", "7.4", "https://docs.redhat.com/es/documentation/red_hat_enterprise_linux/8/html/configuring_basic_system_settings/using-the-php-scripting-language_configuring-basic-system-settings"},
		{"openssl", "1.1.1k", "https://github.com/openshift-pipelines/console-plugin/pull/1007"},
	}},
	{"RHEL 9", "2032-05-31", "2026-11-21", "https://endoflife.date/rhel", []shippedPackage{
		{"nginx", "1.20.1", "https://osv.dev/vulnerability/ALSA-2026%3A59362"},
		{"nginx", "1.26.3", "https://osv.dev/vulnerability/ALSA-2026:98527"},
		{"php", "8.0", rhel9PHP},
		{"php", "8.1", rhel9PHP},
		{"php", "8.2", rhel9PHP},
	}},
	{"RHEL 10", "2035-05-31", "2026-11-21", "https://endoflife.date/almalinux", []shippedPackage{
		{"nginx", "1.26.3", "https://osv.dev/vulnerability/ALSA-2026:98634"},
	}},
}

const rhel9PHP = "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/installing_and_using_dynamic_programming_languages/assembly_using-the-php-scripting-language_installing-and-using-dynamic-programming-languages"
