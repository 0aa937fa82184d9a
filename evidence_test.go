package pavise

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEvidenceValidate(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema": "pavise.report/1"}`:                                                                     `it is "pavise.report/1", and this version judges "pavise.evidence/1"`,
		`{"schema": "pavise.evidence/1"}`:                                                                   `its target "" is no site`,
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}}`:                              "there is no answer",
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}, "answers": [{"error": "x"}]}`: "answer 1 is to no probe",
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}, "answers": [{"probe": {"request": {"url": ""}, "handshake": {}}}]}`: "answer 1 is to no probe",
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}, "answers": [{"probe": {"handshake": {}, "raw": {}}}]}`:              "answer 1 is to no probe",
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}, "answers": [{"probe": {"raw": {"sent": "x"}}}]}`:                    "",
		`{"schema": "pavise.evidence/1", "target": {"url": "https://a.test"}, "answers": [{"probe": {"request": {"url": "https://a.test/"}}}]}`:   "",
	} {
		e := new(Evidence)
		if err := json.Unmarshal([]byte(text), e); err != nil {
			t.Fatal(err)
		}
		err := e.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
