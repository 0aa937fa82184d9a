package examine

import (
	"os"
	"path/filepath"
	"testing"

	"pavise"
)

// TestEvidenceIsForItsOwner, also where a file that others could read takes it.
func TestEvidenceIsForItsOwner(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evidence.json")
	if err := os.WriteFile(file, []byte("what was there before, and is longer than what comes: it must be gone"), 0o644); err != nil {
		t.Fatal(err)
	}
	e := &pavise.Evidence{Schema: pavise.EvidenceSchema, Target: pavise.Target{URL: "https://a.test"}, Answers: []pavise.Answer{{Probe: pavise.Ask(pavise.Request{URL: "https://a.test/"})}}}
	if err := saveEvidence(file, e); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if back, err := loadEvidence(file); err != nil || len(back.Answers) != 1 {
		t.Errorf("%+v, %v", back, err)
	}
}
