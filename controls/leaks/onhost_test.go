package leaks

import (
	"testing"

	"pavise"
)

// TestVersionsOnHost: what a banner cannot tell, the packages of the host do, where the
// version is the same.
func TestVersionsOnHost(t *testing.T) {
	known := map[string]string{"nginx 1.22.1": "2023-05-23", "debian 12": "2028-06-30", "debian 10": "2024-06-30"}
	host := func(system, version string, updates ...pavise.Update) *pavise.Machine {
		return &pavise.Machine{System: pavise.Software{Name: "debian", Version: system}, Updates: updates,
			Software: []pavise.Software{{Name: "nginx", Version: version, From: "/var/lib/dpkg/status", Package: "nginx-common"}}}
	}
	waits := pavise.Update{Package: "nginx-common", Available: "1.22.1-9+deb12u3", Security: true}
	for name, tt := range map[string]struct {
		machine *pavise.Machine
		want    pavise.Outcome
		saw     string
	}{
		"of the distribution":       {host("12", "1.22.1"), pavise.Pass, "is the package nginx-common of debian 12, which puts fixes into it"},
		"with an update that waits": {host("12", "1.22.1", waits), pavise.Fail, "a security update of it waits: 1.22.1-9+deb12u3"},
		"of one that is gone":       {host("10", "1.22.1"), pavise.Fail, "debian 10, which gets no more fixes since 2024-06-30"},
		"of another version":        {host("12", "1.26.0"), pavise.Fail, "whether fixes were put back cannot be seen"},
		"of nobody knows what":      {host("99", "1.22.1"), pavise.Fail, "whether fixes were put back cannot be seen"},
		"beside packages":           {&pavise.Machine{Software: []pavise.Software{{Name: "nginx", Version: "1.22.1", From: "/usr/local/sbin/nginx"}}}, pavise.Fail, "whether fixes"},
		"not audited":               {nil, pavise.Fail, "whether fixes"},
	} {
		e := tellingSite("", known, "Server: nginx/1.22.1")
		e.Machine = tt.machine
		comesTo(t, name, Versions{}, e, ruleSoftware, tt.want, tt.saw)
	}
	named := tellingSite("", known, "Server: nginx/1.22.1 (Debian)")
	comesTo(t, "named, not audited", Versions{}, named, ruleSoftware, pavise.Skip, "cannot be known from outside")
	named.Machine = host("12", "1.22.1")
	comesTo(t, "named", Versions{}, named, ruleSoftware, pavise.Pass, "which puts fixes into it")
	if probes := (Versions{}).Probes(named); len(probes) != 2 || probes[1].Known.Name != "debian" {
		t.Errorf("it asks %+v", probes)
	}
}
