package shops

import (
	"testing"
	"time"

	"pavise"
	"pavise/controls/session"
)

// rest is how long the scan lets a session rest, which here may rest for less.
const rest = 2500 * time.Millisecond

// faults are the rules that the careless shops break, all that the family has.
var faults = []string{"session.fixation.kept", "session.fixation.foreign", "session.rotation.again",
	"session.logout.ended", "session.idle.ended", "session.life.bounded"}

// TestScan: the scan finds from outside that the careless shops break every rule of
// sessions, and that the same shops keep all of them behind Pavise.
func TestScan(t *testing.T) {
	for name, tt := range map[string]struct {
		start func() string
		holds string // directly
	}{
		"Express": {func() string { return Express(t, "sessions.js") }, "session.fixation.foreign"}, // its ids are signed
		"PHP":     {func() string { return PHP(t) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := tt.start()
			t.Run("direct", func(t *testing.T) {
				t.Parallel()
				found := Judge(t, "http://127.0.0.1:"+port, nil, rest)
				for _, rule := range faults {
					want := pavise.Fail
					if rule == tt.holds {
						want = pavise.Pass
					}
					expect(t, found[rule], rule, want)
				}
			})
			t.Run("shielded", func(t *testing.T) {
				t.Parallel()
				s := Front(t, []Behind{{Host: "localhost", Port: port, Settings: []pavise.Control{session.Vault{Idle: rest - time.Second/2}}}})
				found := Judge(t, s.URL("localhost"), s.Roots, rest)
				for _, rule := range faults {
					expect(t, found[rule], rule, pavise.Pass)
				}
			})
		})
	}
}

func expect(t *testing.T, f pavise.Finding, rule string, want pavise.Outcome) {
	t.Helper()
	if f.Outcome != want {
		t.Errorf("%s: %s, %s, want %s\n%s", rule, f.Outcome, f.Saw, want, f.Proof.Received)
	}
}
