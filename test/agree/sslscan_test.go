package agree

import (
	"encoding/xml"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// sslscanVersions are its names of versions, as they stand at suites.
var sslscanVersions = map[string]uint16{
	"SSLv2": 0x0002, "SSLv3": 0x0300, "TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304,
}

type sslscanReport struct {
	Test struct {
		Protocols []struct {
			Type    string `xml:"type,attr"`
			Version string `xml:"version,attr"`
			Enabled bool   `xml:"enabled,attr"`
		} `xml:"protocol"`
		Ciphers []struct {
			Version string `xml:"sslversion,attr"`
			ID      string `xml:"id,attr"`
		} `xml:"cipher"`
		Groups []struct {
			ID string `xml:"id,attr"`
		} `xml:"group"`
		Heartbleed []struct {
			Vulnerable bool `xml:"vulnerable,attr"`
		} `xml:"heartbleed"`
		Renegotiation []struct {
			Supported bool `xml:"supported,attr"` // of TLS 1.3 alone it is not
			Secure    bool `xml:"secure,attr"`
		} `xml:"renegotiation"`
		Compression []struct {
			Supported bool `xml:"supported,attr"`
		} `xml:"compression"`
		Fallback []struct {
			Supported bool `xml:"supported,attr"`
		} `xml:"fallback"`
	} `xml:"ssltest"`
}

// bySslscan is what sslscan says.
func bySslscan(t *testing.T, s server, less string) view {
	t.Helper()
	args := append(strings.Fields(less), "--no-colour", "--no-check-certificate", "--connect-timeout=10", "--xml=-", s.address)
	out, err := exec.CommandContext(t.Context(), "sslscan", args...).Output()
	if err != nil {
		t.Fatalf("sslscan: %v: %s", err, out)
	}
	var r sslscanReport
	if err := xml.Unmarshal(out, &r); err != nil {
		t.Fatalf("sslscan: %v", err)
	}
	if len(r.Test.Protocols) < len(sslscanVersions) || less == "" && len(r.Test.Ciphers) == 0 {
		t.Fatalf("nobody understands sslscan any more: %s", out)
	}
	v := newView()
	for _, p := range r.Test.Protocols {
		prefix := "TLSv"
		if p.Type == "ssl" {
			prefix = "SSLv"
		}
		v.versions[sslscanVersions[prefix+p.Version]] = p.Enabled
	}
	for _, c := range r.Test.Ciphers {
		v.addSuite(sslscanVersions[c.Version], number(t, c.ID))
	}
	for _, g := range r.Test.Groups {
		v.groups[uint16(number(t, g.ID))] = true
	}
	for _, h := range r.Test.Heartbleed {
		v.flaws["heartbleed"] = v.flaws["heartbleed"] || h.Vulnerable
	}
	for _, c := range r.Test.Compression {
		v.flaws["crime"] = c.Supported
	}
	for _, r := range r.Test.Renegotiation {
		v.flaws["renegotiation"] = r.Supported && !r.Secure
	}
	for _, f := range r.Test.Fallback {
		v.flaws["fallback"] = !f.Supported
	}
	return v
}

// number reads an identifier such as 0xC030.
func number(t *testing.T, s string) uint32 {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}
