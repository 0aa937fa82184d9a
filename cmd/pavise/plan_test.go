package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHTTP3Switch(t *testing.T) {
	for _, tt := range []struct {
		file, flag string
		alone      bool
		note, err  string
	}{
		{},
		{flag: "off", alone: true},
		{file: "off", alone: true},
		{file: "off", flag: "on", note: "--http3 on beats"},
		{flag: "maybe", err: "--http3 must be on or off"},
		{file: "maybe", err: "http3: "},
	} {
		f := serveFlags{to: "3000", http3: tt.flag}
		if tt.file != "" {
			f.to, f.config = "", filepath.Join(t.TempDir(), "pavise.yaml")
			text := "listen: {http3: " + tt.file + "}\nsites: [{hosts: [shop.example.com], to: 3000}]\n"
			if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := planFrom(f)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil || p.cfg.TCPAlone != tt.alone || !strings.Contains(strings.Join(p.notes, "\n"), tt.note) {
			t.Errorf("%+v: %v, %+v", tt, err, p)
		}
	}
}
