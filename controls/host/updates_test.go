package host_test

import (
	"testing"
	"time"

	"pavise"
	"pavise/controls/host"
)

var taken = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestUpdates(t *testing.T) {
	day := 24 * time.Hour
	fresh := pavise.Index{Manager: "apt", Dated: taken.Add(-day), Until: taken.Add(6 * day), Security: true}
	resting := pavise.Index{Manager: "apt", Dated: taken.Add(-60 * day)}
	waits := pavise.Update{Package: "openssl", Installed: "1", Available: "2", Security: true}
	for _, c := range []struct {
		name                   string
		indexes                []pavise.Index
		updates                []pavise.Update
		security, other, index pavise.Outcome
	}{
		{"nothing waits", []pavise.Index{fresh, resting}, nil, pavise.Pass, pavise.Pass, pavise.Pass},
		{"one waits", []pavise.Index{fresh}, []pavise.Update{waits}, pavise.Fail, pavise.Pass, pavise.Pass},
		{"no index", nil, nil, pavise.Unknown, pavise.Unknown, pavise.Unknown},
		{"no archive of security", []pavise.Index{{Manager: "apt", Dated: taken}}, nil, pavise.Unknown, pavise.Unknown, pavise.Fail},
		{"an old index", []pavise.Index{{Manager: "apt", Dated: taken.Add(-8 * day), Security: true}}, nil, pavise.Unknown, pavise.Unknown, pavise.Fail},
		{"one that is over", []pavise.Index{{Manager: "apt", Dated: taken.Add(-2 * day), Until: taken.Add(-day), Security: true}}, nil, pavise.Unknown, pavise.Unknown, pavise.Fail},
		{"an old index, and still one waits", []pavise.Index{{Manager: "apt", Dated: taken.Add(-80 * day), Security: true}}, []pavise.Update{waits}, pavise.Fail, pavise.Unknown, pavise.Fail},
		{"Alpine does not say", []pavise.Index{{Manager: "apk", Dated: taken}}, []pavise.Update{{Package: "openssl"}}, pavise.Unknown, pavise.Fail, pavise.Pass},
	} {
		got := outcomes(host.Updates{}.Check(&pavise.Evidence{Taken: taken, Machine: &pavise.Machine{Indexes: c.indexes, Updates: c.updates}}))
		if got["host.updates.security"] != c.security || got["host.updates.other"] != c.other || got["host.updates.index"] != c.index {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSupport(t *testing.T) {
	end := func(name, version string, at time.Time) pavise.Answer {
		n := &pavise.Notices{From: "facts", Dated: taken, Covers: true}
		if !at.IsZero() {
			n.List = []pavise.Notice{{ID: pavise.EndOfLife, Ended: at}}
		}
		return pavise.Answer{Probe: pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: name, Version: version}}, Notices: n}
	}
	machine := func(version string, software ...pavise.Software) *pavise.Machine {
		return &pavise.Machine{System: pavise.Software{Name: "debian", Version: version, From: "/etc/os-release"}, Software: software}
	}
	answers := []pavise.Answer{end("debian", "12", taken.AddDate(1, 0, 0)), end("debian", "8", taken.AddDate(-1, 0, 0)), end("debian", "11", taken.AddDate(0, 2, 0)),
		end("nodejs", "16.20.2", taken.AddDate(-2, 0, 0)), end("nodejs", "24.1.0", time.Time{})}
	for _, c := range []struct {
		name                   string
		machine                *pavise.Machine
		system, software, soon pavise.Outcome
	}{
		{"all is well", machine("12", pavise.Software{Name: "nodejs", Version: "24.1.0"}), pavise.Pass, pavise.Pass, pavise.Pass},
		{"an old system", machine("8"), pavise.Fail, pavise.Pass, pavise.Pass},
		{"soon", machine("11"), pavise.Pass, pavise.Pass, pavise.Fail},
		{"an old Node beside the packages", machine("12", pavise.Software{Name: "nodejs", Version: "16.20.2", From: "/usr/local/bin/node"}), pavise.Pass, pavise.Fail, pavise.Pass},
		{"the same as a package of Debian", machine("12", pavise.Software{Name: "nodejs", Version: "16.20.2", Package: "nodejs"}), pavise.Pass, pavise.Pass, pavise.Pass},
		{"nobody knows the system", machine("99"), pavise.Unknown, pavise.Pass, pavise.Unknown},
		{"nobody says which it is", &pavise.Machine{}, pavise.Unknown, pavise.Pass, pavise.Unknown},
	} {
		got := outcomes(host.Support{}.Check(&pavise.Evidence{Taken: taken, Machine: c.machine, Answers: answers}))
		if got["host.support.system"] != c.system || got["host.support.software"] != c.software || got["host.support.soon"] != c.soon {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
