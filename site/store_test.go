package site

import (
	"path/filepath"
	"testing"

	"pavise"
)

// TestStore: the URL alone, or a map; files lie beside the configuration.
func TestStore(t *testing.T) {
	site := "\nsites: [{hosts: [a.test], to: 3000}]\n"
	for text, want := range map[string]struct {
		store Store
		said  string
	}{
		"store: redis://10.0.0.7": {Store{URL: "redis://10.0.0.7", Line: 1}, ""},
		"state: x\nstore: {url: 'rediss://10.0.0.7', password-file: pw, ca: ca.pem, prefix: 'shop:'}": {
			Store{URL: "rediss://10.0.0.7", PasswordFile: "pw", CA: "ca.pem", Prefix: "shop:", Line: 2}, ""},
		"store: {prefix: x}":            {said: "pavise.yaml:1:8: store: url is missing"},
		"store: {url: ''}":              {said: "pavise.yaml:1:14: url: must not be empty"},
		"store: {url: memory, cert: x}": {said: "pavise.yaml:1:8: store: cert and key go together"},
		"store: [redis://10.0.0.7]":     {said: "pavise.yaml:1:8: store: want a map, got a list (such as {url: …})"},
		"store:":                        {said: "pavise.yaml:1:7: store: want a map, got nothing (delete the key or give it a value)"},
		"store: {ulr: memory}":          {said: `pavise.yaml:1:9: store: unknown key "ulr" (did you mean "url"?)`},
	} {
		f, err := Parse("pavise.yaml", []byte(text+site), []pavise.Control{}, nil)
		if err != nil && err.Error() != want.said || err == nil && (want.said != "" || f.Store != want.store) {
			t.Errorf("%s:\n%v", text, err)
		}
	}
	s := Store{PasswordFile: "pw", CA: "/etc/ca.pem"}
	if s.beside("/etc/pavise"); s.PasswordFile != filepath.Join("/etc/pavise", "pw") || s.CA != "/etc/ca.pem" {
		t.Errorf("%+v", s)
	}
}
