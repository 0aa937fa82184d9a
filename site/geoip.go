package site

import "go.yaml.in/yaml/v4"

// A GeoIP names the databases that say where an address is, in the format of MaxMind.
type GeoIP struct {
	Country string `yaml:"country" doc:"database of countries (.mmdb), such as GeoLite2-Country.mmdb or dbip-country-lite.mmdb; read again when it changes"`
	ASN     string `yaml:"asn" doc:"database of networks by AS number (.mmdb), such as GeoLite2-ASN.mmdb; read again when it changes"`

	Line int // where the section begins in the file
}

// beside takes relative paths from the folder.
func (g *GeoIP) beside(folder string) { takeFrom(folder, &g.Country, &g.ASN) }

// A locating control must know where an address is.
type locating interface {
	Locates() (country, as bool)
}

// geoip notes where a database is missing that a control of some site asks.
func (d *decoder) geoip(f *File) {
	if n := d.where[&f.GeoIP]; n != nil {
		f.GeoIP.Line = n.Line
	}
	all := []*Controls{&f.Dashboard.Controls}
	for i := range f.Sites {
		all = append(all, &f.Sites[i].Controls)
	}
	for _, set := range all {
		for id, c := range *set {
			if c, ok := c.(locating); ok {
				d.located(c, id, d.where[set], f.GeoIP)
			}
		}
	}
}

func (d *decoder) located(c locating, id string, settings *yaml.Node, has GeoIP) {
	key, _ := entry(settings, id)
	country, as := c.Locates()
	if country && has.Country == "" {
		d.fail(key, "geoip: {country: /var/lib/GeoIP/GeoLite2-Country.mmdb}", "%s: names countries, and there is no database that knows them", id)
	}
	if as && has.ASN == "" {
		d.fail(key, "geoip: {asn: /var/lib/GeoIP/GeoLite2-ASN.mmdb}", "%s: names AS numbers, and there is no database that knows them", id)
	}
}
