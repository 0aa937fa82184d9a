package geoip

import (
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

func country(code string) map[string]any {
	return map[string]any{"country": map[string]any{"iso_code": code, "geoname_id": uint32(7)}}
}

func network(as uint32, name string) map[string]any {
	return map[string]any{"autonomous_system_number": as, "autonomous_system_organization": name}
}

// written are a database of countries and one of networks.
func written(t testing.TB) (countries, networks string) {
	t.Helper()
	dir := t.TempDir()
	countries, networks = filepath.Join(dir, "country.mmdb"), filepath.Join(dir, "asn.mmdb")
	writeDatabase(t, countries, map[string]map[string]any{
		"192.0.2.0/25": country("DE"), "2001:db8:1::/48": country("AT"),
		"198.51.100.0/24": {"registered_country": map[string]any{"iso_code": "CH"}},
	})
	writeDatabase(t, networks, map[string]map[string]any{
		"192.0.2.0/24": network(64496, "Example Net"), "2001:db8::/32": network(4_200_000_000, "Six"),
	})
	return countries, networks
}

func TestLocate(t *testing.T) {
	countries, networks := written(t)
	f, err := Open(Options{Country: countries, AS: networks})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]pavise.Location{
		"192.0.2.7":        {Country: "DE", AS: 64496, Name: "Example Net"},
		"192.0.2.200":      {AS: 64496, Name: "Example Net"},
		"::ffff:192.0.2.7": {Country: "DE", AS: 64496, Name: "Example Net"},
		"198.51.100.1":     {Country: "CH"},
		"2001:db8:1::9":    {Country: "AT", AS: 4_200_000_000, Name: "Six"},
		"203.0.113.1":      {},
		"2001:db9::1":      {},
	} {
		if got := f.Locate(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
	}
	if got := f.Locate(netip.Addr{}); got != (pavise.Location{}) {
		t.Errorf("no address: %+v", got)
	}
}

func TestOneFileForBoth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "both.mmdb")
	entry := network(64497, "Both")
	entry["country"] = map[string]any{"iso_code": "FR"}
	writeDatabase(t, path, map[string]map[string]any{"192.0.2.0/24": entry})
	f, err := Open(Options{Country: path, AS: path})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Locate(netip.MustParseAddr("192.0.2.1")); got != (pavise.Location{Country: "FR", AS: 64497, Name: "Both"}) {
		t.Errorf("%+v", got)
	}
}

// TestChangedFile: a new file is read, a broken one leaves the old in use, and both are
// said.
func TestChangedFile(t *testing.T) {
	countries, _ := written(t)
	var mu sync.Mutex
	now := time.Now()
	type told struct {
		file string
		err  error
	}
	changes := make(chan told, 4)
	f, err := Open(Options{Country: countries, Changed: func(file string, err error) { changes <- told{file, err} },
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	if err != nil {
		t.Fatal(err)
	}
	there := netip.MustParseAddr("192.0.2.7")
	later := func() told {
		t.Helper()
		mu.Lock()
		now = now.Add(lookEvery)
		mu.Unlock()
		f.Locate(there)
		select {
		case change := <-changes:
			return change
		case <-time.After(10 * time.Second):
			t.Fatal("nobody has looked at the file")
			return told{}
		}
	}
	writeDatabase(t, countries, map[string]map[string]any{"192.0.2.0/24": country("NL")})
	if got := f.Locate(there); got.Country != "DE" {
		t.Error(got)
	}
	if change := later(); change.err != nil || change.file != countries {
		t.Error(change)
	}
	if got := f.Locate(there); got.Country != "NL" {
		t.Error(got)
	}
	whole, err := os.ReadFile(countries)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(countries, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if change := later(); change.err == nil {
		t.Error("half a file was taken")
	}
	if got := f.Locate(there); got.Country != "NL" {
		t.Error(got)
	}
}

func TestNoDatabase(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mmdb")
	if err := os.WriteFile(text, []byte("192.0.2.0/24 DE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, dir, filepath.Join(dir, "none.mmdb")} {
		if _, err := Open(Options{Country: path}); err == nil {
			t.Errorf("%s is taken for a database", path)
		}
		if _, err := Open(Options{AS: path}); err == nil {
			t.Errorf("%s is taken for a database", path)
		}
	}
}

// FuzzDatabase: a file of whoever has made it is refused, or answers within its bounds.
func FuzzDatabase(f *testing.F) {
	countries, networks := written(f)
	for _, path := range []string{countries, networks} {
		whole, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
		f.Add(whole[:len(whole)-9])
	}
	path := filepath.Join(f.TempDir(), "fuzz.mmdb")
	addresses := []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8:1::9"), {}}
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := Open(Options{Country: path, AS: path})
		if err != nil {
			return
		}
		for _, a := range addresses {
			if at := found.Locate(a); len(at.Country)+len(at.Name) > len(file) {
				t.Errorf("%s: %+v of %d bytes", a, at, len(file))
			}
		}
	})
}

// TestClockWasAhead: a clock that is set back ends no looking.
func TestClockWasAhead(t *testing.T) {
	countries, _ := written(t)
	var now atomic.Int64
	now.Store(time.Now().Add(240 * time.Hour).UnixNano())
	changed := make(chan error, 4)
	f, err := Open(Options{Country: countries, Changed: func(_ string, err error) { changed <- err }, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	writeDatabase(t, countries, map[string]map[string]any{"192.0.2.0/24": country("NL")})
	now.Store(time.Now().UnixNano())
	f.Locate(netip.MustParseAddr("192.0.2.7"))
	select {
	case err := <-changed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody has looked at the file")
	}
}
