package transport

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestPatienceTunes(t *testing.T) {
	var l pavise.Listener
	Patience{}.Tune(&l)
	if l.HeaderTime != 10*time.Second || l.Idle != 75*time.Second || l.Stall != time.Minute || l.MinRate != 500 || l.Grace != 20*time.Second || l.ClientConns != 500 {
		t.Errorf("%+v", l)
	}
	Patience{HeaderTime: 1e9, Idle: 2e9, Stall: 6e9, MinRate: 4, Grace: 3e9, ClientConns: 7}.Tune(&l)
	if l.HeaderTime != 1e9 || l.Idle != 2e9 || l.Stall != 6e9 || l.MinRate != 4 || l.Grace != 3e9 || l.ClientConns != 7 {
		t.Errorf("%+v", l)
	}
}

func TestPatienceValidates(t *testing.T) {
	for key, c := range map[string]Patience{
		"header-time must be 1s to 12s, not 13s":         {HeaderTime: 13 * time.Second},
		"header-time must be 1s to 12s, not -1s":         {HeaderTime: -time.Second},
		"idle must be 1s to 1h0m0s, not 1ms":             {Idle: time.Millisecond},
		"stall must be 5s to 10m0s, not 1h0m0s":          {Stall: time.Hour},
		"min-rate must be 1 to 100000, not -1":           {MinRate: -1},
		"grace must be 1s to 30s, not 40s":               {Grace: 40 * time.Second, Stall: 30 * time.Second},
		"client-conns must be 6 to 1000000, not 5":       {ClientConns: 5},
		"client-conns must be 6 to 1000000, not -1":      {ClientConns: -1},
		"client-conns must be 6 to 1000000, not 1000001": {ClientConns: 1_000_001},
	} {
		if err := c.Validate(); err == nil || err.Error() != "transport.patience: "+key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	all := Patience{-1, -1, -1, -1, -1, -1}.Validate()
	if n := strings.Count(all.Error(), "transport.patience: "); n != 6 {
		t.Errorf("%d mistakes: %v", n, all)
	}
}

func TestPatienceChecked(t *testing.T) {
	secure := pavise.Target{URL: "https://a.test", TLS: "a.test:443", Patient: true}
	clear := pavise.Target{URL: "http://a.test", TLS: "a.test:443", Patient: true}
	hasty := secure
	hasty.Patient = false
	odd := pavise.Target{URL: "https://a'$(b).test", TLS: "a'$(b).test:443", Patient: true}
	for _, tt := range []struct {
		name   string
		c      Patience
		target pavise.Target
		answer *pavise.Answer
		want   pavise.Outcome
		where  string
		proof  string
	}{
		{"let go", Patience{}, secure, &pavise.Answer{Held: &pavise.Held{For: 10 * time.Second}}, pavise.Pass, "a.test:443",
			`printf %s $'GET / HTTP/1.1\x0d\x0aHost: a.test\x0d\x0a' | (time openssl s_client -quiet -connect a.test:443 -servername a.test)`},
		{"held", Patience{}, secure, &pavise.Answer{Held: &pavise.Held{For: 12 * time.Second, Open: true}}, pavise.Fail, "a.test:443", "openssl"},
		{"in the clear", Patience{HeaderTime: time.Second}, clear, &pavise.Answer{Held: &pavise.Held{For: time.Second}}, pavise.Pass, "a.test:80", "nc 'a.test' '80'"},
		{"nobody", Patience{}, secure, &pavise.Answer{Error: "connection refused"}, pavise.Unknown, "a.test:443", ""},
		{"not asked", Patience{}, secure, nil, pavise.Unknown, "a.test:443", ""},
		{"no time", Patience{}, hasty, nil, pavise.Skip, "a.test:443", ""},
		{"odd name", Patience{}, odd, &pavise.Answer{Held: &pavise.Held{}}, pavise.Pass, "a'$(b).test:443", `-connect 'a'\''$(b).test:443' -servername`},
	} {
		e := &pavise.Evidence{Target: tt.target}
		probes := tt.c.Probes(e)
		if (len(probes) == 1) != tt.target.Patient {
			t.Errorf("%s: asks %d", tt.name, len(probes))
		}
		if tt.answer != nil {
			tt.answer.Probe = probes[0]
			e.Add(*tt.answer)
		}
		f := tt.c.Check(e)[0]
		if f.Outcome != tt.want || f.Where != tt.where || !strings.Contains(f.Proof.Command, tt.proof) || tt.proof == "" && f.Proof.Command != "" {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}
