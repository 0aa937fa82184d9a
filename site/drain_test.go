package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	for text, want := range map[string]string{"2h": "", "0s": "more than 0", "-1m": "more than 0", "25h": "at most 24h"} {
		file := filepath.Join(t.TempDir(), "pavise.yaml")
		os.WriteFile(file, []byte("drain: "+text+"\nsites: [{hosts: [a.example], to: 3000}]\n"), 0o600)
		f, err := Load(file, nil, nil)
		switch {
		case want == "" && (err != nil || f.Drain != 2*time.Hour):
			t.Errorf("%s: %v %s", text, err, f.Drain)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "drain: 1m")):
			t.Errorf("%s: %v", text, err)
		}
	}
}
