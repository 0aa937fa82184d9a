package catalog_test

import (
	"encoding/json"
	"testing"

	"pavise"
	"pavise/catalog"
	"pavise/report"
)

// FuzzEvidence: whatever a file of evidence holds, it is refused or judged, by
// every rule, and no probe it leads to panics.
func FuzzEvidence(f *testing.F) {
	f.Add([]byte(`{"schema":"pavise.evidence/1","target":{"url":"https://a.test","start":"/","clear":"http://a.test","tls":"a.test:443"},"answers":[
		{"probe":{"request":{"url":"https://a.test/"}},"response":{"proto":"HTTP/1.1","status":200,
			"header":{"Set-Cookie":["sid=1; Path=/"],"Content-Type":["text/html"]},"body":"PGh0bWw+",
			"forms":[{"action":"https://a.test/x","method":"POST"}],"links":["https://a.test/y"],"sockets":["https://a.test/ws"]}},
		{"probe":{"handshake":{"address":"a.test:443","name":"a.test","version":0}},"session":{"version":772,"suite":4865,"chain":["AAAA"]}}]}`))
	f.Add([]byte(`{"schema":"pavise.evidence/1","target":{"url":"http://[::1"},"answers":[{"probe":{"request":{"url":":"}},"response":{}}]}`))
	controls := catalog.Controls()
	rules := 0
	for _, c := range controls {
		rules += len(c.Doc().Rules)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := new(pavise.Evidence)
		if json.Unmarshal(data, e) != nil || e.Validate() != nil {
			return
		}
		for _, c := range controls {
			if p, ok := c.(pavise.Prober); ok {
				p.Probes(e)
			}
		}
		findings := pavise.Judge(controls, e)
		if len(findings) < rules {
			t.Errorf("%d findings for %d rules", len(findings), rules)
		}
		report.New(report.Input{Target: e.Target.URL, Controls: controls, Findings: findings})
	})
}
