package advisories

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

// TestShippedFacts: each has an end, a day on which it was read, and sources; and each
// is of a release that upstream ends before the distribution does.
func TestShippedFacts(t *testing.T) {
	for _, d := range ownDistributions {
		until, read := dayOf(d.until), dayOf(d.read)
		if read.IsZero() || !until.After(read) || !strings.HasPrefix(d.source, "https://") || len(d.packages) == 0 {
			t.Errorf("%+v", d)
		}
		for _, p := range d.packages {
			if !startsWithDigit(p.version) || !strings.HasPrefix(p.source, "https://") {
				t.Errorf("%s: %+v", d.name, p)
			}
			n, err := NewLibrary(nil).Known(pavise.Known{Ecosystem: Product, Name: p.product, Version: p.version})
			if err != nil || len(n.List) != 1 || !n.List[0].Ended.Before(until) {
				t.Errorf("%s: %+v does nothing: %+v, %v", d.name, p, n, err)
			}
		}
	}
}

func TestShipped(t *testing.T) {
	for version, want := range map[string]string{
		"nginx 1.22.1":   "Debian 12 until 2028-06-30",
		"nginx 1.22.0":   "",
		"nginx 1.22.10":  "",
		"nginx 1.14.0":   "",
		"nginx 1.26.3":   "Debian 13 until 2030-06-30, RHEL 9 until 2032-05-31, RHEL 10 until 2035-05-31",
		"nginx 1.20.1":   "RHEL 9 until 2032-05-31",
		"php 8.2.36":     "Debian 12 until 2028-06-30, RHEL 9 until 2032-05-31",
		"php 8.20.1":     "",
		"php 8.1.2":      "Ubuntu 22.04 until 2027-06-01, RHEL 9 until 2032-05-31",
		"php 5.6.40":     "",
		"openssl 3.0.13": "Debian 12 until 2028-06-30, Ubuntu 24.04 until 2029-05-31",
		"openssl 1.1.1k": "RHEL 8 until 2029-05-31",
		"openssl 1.1.1f": "",
		"jquery 1.22.1":  "",
	} {
		product, number, _ := strings.Cut(version, " ")
		var got []string
		for _, s := range shipped(product, number) {
			got = append(got, s.By+" until "+s.Until.Format(time.DateOnly))
			if s.Source == "" || s.Dated.IsZero() || !inCycle(number, s.Version) {
				t.Errorf("%s: %+v", version, s)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}

// TestShippedIsToldBesideADatabase: what distributions ship is no source's but Pavise's,
// so a database does not hide it.
func TestShippedIsToldBesideADatabase(t *testing.T) {
	library := NewLibrary(open(t, filled(t)))
	for k, want := range map[pavise.Known]int{
		{Ecosystem: Product, Name: "NGINX", Version: "1.22.1"}:    1,
		{Ecosystem: Product, Name: "nodejs", Version: "20.1.0"}:   0,
		{Ecosystem: JavaScript, Name: "nginx", Version: "1.22.1"}: 0,
	} {
		if n, err := library.Known(k); err != nil || len(n.Shipped) != want {
			t.Errorf("%+v: %+v, %v", k, n, err)
		}
	}
}
