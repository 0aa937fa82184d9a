package host

import (
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"pavise"
	"pavise/test/tools"
)

func TestDebianVersions(t *testing.T) {
	order := []string{"0~", "0", "1.0~rc1-1", "1.0~rc1-1+b1", "1.0", "1.0-0+deb12u1", "1.0-1", "1.0-1~", "1.0a", "1.0+", "1.0.1", "1.10", "1:0.1"}
	order[6], order[7] = order[7], order[6]
	for i := range order {
		for j := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := compareDebian(order[i], order[j]); got != want {
				t.Errorf("%s and %s: %d, want %d", order[i], order[j], got, want)
			}
		}
	}
}

// TestDebianVersionsAsDpkg compares with dpkg itself.
func TestDebianVersionsAsDpkg(t *testing.T) {
	dpkg := tools.Need(t, "dpkg")
	random := rand.New(rand.NewPCG(1, 2))
	version := func() string {
		const letters = "0011259.+~ab-"
		v := []byte{"0123456789"[random.IntN(10)]}
		for range random.IntN(7) {
			v = append(v, letters[random.IntN(len(letters))])
		}
		if v[len(v)-1] == '-' { // a revision may not be empty
			v = append(v, '0')
		}
		if random.IntN(8) == 0 {
			return "1:" + string(v)
		}
		return string(v)
	}
	for range 150 {
		a, b := version(), version()
		word := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[compareDebian(a, b)]
		if err := exec.Command(dpkg, "--compare-versions", a, word, b).Run(); err != nil {
			t.Errorf("%s %s %s, and dpkg says no", a, word, b)
		}
	}
}

func TestAlpineVersions(t *testing.T) {
	order := []string{"1.0_alpha1", "1.0_alpha2", "1.0_beta", "1.0_pre3", "1.0_rc1", "1.0", "1.0-r1", "1.0-r10", "1.0_git20240101", "1.0_p1", "1.0a", "1.0b", "1.0.1", "1.05", "1.1", "1.10", "2.0"}
	for i := range order {
		for j := range order {
			if got := compareAPK(order[i], order[j]); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s and %s: %d", order[i], order[j], got)
			}
		}
	}
}

func FuzzVersions(f *testing.F) {
	f.Add("1:1.0~rc1-1", "1.0_p1-r2")
	f.Fuzz(func(t *testing.T, a, b string) {
		if compareDebian(a, b) != -compareDebian(b, a) || compareDebian(a, a) != 0 {
			t.Errorf("%q and %q have no order in Debian", a, b)
		}
		if compareAPK(a, b) != -compareAPK(b, a) || compareAPK(a, a) != 0 {
			t.Errorf("%q and %q have no order in Alpine", a, b)
		}
	})
}

func TestReleases(t *testing.T) {
	r := parseRelease("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\n" +
		"Date: Fri, 20 Nov 2026 00:12:41 UTC\nValid-Until: Fri, 27 Nov 2026 00:12:41 UTC\nSHA256:\nNotAutomatic: yes\n")
	want := release{Index: pavise.Index{Dated: time.Date(2026, 11, 20, 0, 12, 41, 0, time.UTC), Until: time.Date(2026, 11, 27, 0, 12, 41, 0, time.UTC), Security: true},
		origin: "Debian-Security oldstable-security"}
	if r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
	if r := parseRelease("Origin: Ubuntu\nSuite: noble-security\n"); !r.Security {
		t.Errorf("%+v is for security", r)
	}
	if r := parseRelease("Suite: bookworm-backports\nNotAutomatic: yes\n"); !r.manual || r.Security {
		t.Errorf("%+v", r)
	}
}
