package login

import (
	"strings"
	"testing"
	"time"
)

// TestRefusalSaysHowLong: the visitor and the owner are told in the same words, and
// the setting for many people behind one address only where that is what it is.
func TestRefusalSaysHowLong(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "a minute", 61 * time.Second: "2 minutes", 30 * time.Minute: "30 minutes",
		2 * time.Hour: "120 minutes", 23*time.Hour + 59*time.Minute: "24 hours"} {
		for what, address := range map[string]bool{ofAddress: true, "for one account from all addresses": false} {
			r := refusal(what, wait)
			if !strings.HasSuffix(r.Reason, "again in "+want+".") || !strings.HasPrefix(r.Mend, "it ends by itself, in "+want) || r.RetryAfter <= 0 {
				t.Errorf("%s: %q, %q, %s", wait, r.Reason, r.Mend, r.RetryAfter)
			}
			if strings.Contains(r.Mend, "insecure-address-failures") != address {
				t.Errorf("%s: %q", what, r.Mend)
			}
		}
	}
}
