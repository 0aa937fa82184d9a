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
	f.Add([]byte(`{"schema":"pavise.evidence/1","target":{"url":"https://www.a.com","start":"/","clear":"http://www.a.com","tls":"www.a.com:443","ports":"25,80","resolver":"system","mail":"mx.a.com:25,x"},"answers":[
		{"probe":{"request":{"url":"https://www.a.com/"}},"response":{"status":200}},
		{"probe":{"ports":{"host":"www.a.com","list":"25,80"}},"sweep":{"address":"192.0.2.1","open":[{"port":25,"name":"smtp"},{"port":80,"name":"http","banner":"AAAA"}]}},
		{"probe":{"lookup":{"name":"www.a.com","type":"A"}},"records":{"code":"NOERROR"}},
		{"probe":{"lookup":{"name":"www.a.com","type":"AAAA"}},"records":{"code":"NOERROR","data":["::"]}},
		{"probe":{"lookup":{"name":"a.com","type":"NS"}},"records":{"code":"NOERROR","data":["ns"]}},
		{"probe":{"lookup":{"name":"a.com","type":"TXT"}},"records":{"code":"NOERROR","data":["v=spf1 include:a.com"]}},
		{"probe":{"lookup":{"name":"a.com","type":"MX"}},"records":{"code":"NOERROR","data":[""]}},
		{"probe":{"lookup":{"name":"_443._tcp.www.a.com","type":"TLSA"}},"records":{"code":"NOERROR","data":["3 1 1"]}},
		{"probe":{"mail":{"address":"mx.a.com:25","name":"mx.a.com","relay":true}},"mailer":{"banner":"220","session":{"chain":["AAAA"]}}},
		{"probe":{"handshake":{"address":"www.a.com:443","name":"www.a.com","version":0}},"session":{"version":772,"chain":["AAAA"],"staple":"AAAA"}}]}`))
	f.Add([]byte(`{"schema":"pavise.evidence/1","target":{"url":"https://a.test","start":"/","tls":"a.test:443","agreed":"me","login":"https://a.test/in","idle":960000000000},
		"accounts":[{"name":"a","user":"a","login":"https://a.test/in","check":"https://a.test/me","logout":{"url":"https://a.test/out"},"paths":["https://a.test/o/7"]},{"name":"b","check":"https://a.test/me"}],"answers":[
		{"probe":{"journey":{"title":"from login to logout","as":"a","steps":[{"url":"https://a.test/me","with":"nobody"},{"url":"https://a.test/in","save":"before"},{"url":"https://a.test/in","login":{},"save":"in"}]}},
			"steps":[{"status":303,"header":{"Location":["/in"]}},{"status":200},{"status":303,"header":{"Set-Cookie":["sid=~1; Max-Age=99"]}},{"status":200}]},
		{"probe":{"request":{"url":"https://a.test/me","as":"a"}},"response":{"status":200,"header":{},"body":"YQ==","links":["https://a.test/o/7?x=1"]}},
		{"probe":{"request":{"url":"https://a.test/"}},"response":{"status":200,"header":{"Content-Type":["text/html"]},"links":["https://a.test/s?q=1&file=a.txt"],
			"forms":[{"action":"https://a.test/s?%zz","method":"GET","fields":[{"name":"q","kind":"text"}]}]}}]}`))
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
