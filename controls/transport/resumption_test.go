package transport

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestResumption(t *testing.T) {
	has := func(early, tickets pavise.Trait, life time.Duration) *pavise.Offered {
		o := goodOffer()
		o.Traits[pavise.EarlyData], o.Traits[pavise.Tickets], o.TicketLife = early, tickets, life
		return o
	}
	yes, no, unknown := pavise.Trait{Has: true}, pavise.Trait{}, pavise.Trait{Unknown: "reset"}
	tests := []struct {
		name, ordinary string
		o              *pavise.Offered
		want           string
	}{
		{"a week", "agree", has(no, yes, maxTicketLife), "pass pass"},
		{"no tickets", "agree", has(no, no, 0), "pass pass"},
		{"longer", "agree", has(no, yes, maxTicketLife+time.Second), "pass fail"},
		{"early data", "agree", has(yes, yes, time.Hour), "fail pass"},
		{"no handshake", "agree", has(unknown, unknown, 0), "unknown unknown"},
		{"not tried", "agree", &pavise.Offered{}, "unknown unknown"},
		{"no offer", "agree", nil, "unknown unknown"},
		{"no TLS", "alert", &pavise.Offered{}, "skip skip"},
	}
	for _, tt := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", TLS: "a.test:443"}}
		s := &pavise.Session{Version: 0x304}
		if tt.ordinary != "agree" {
			s.Refused = tt.ordinary
		}
		e.Add(pavise.Answer{Probe: handshake(e), Session: s})
		e.Add(pavise.Answer{Probe: offering(e), Offered: tt.o})
		var got []string
		for _, f := range (Resumption{}).Check(e) {
			got = append(got, f.Outcome.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
