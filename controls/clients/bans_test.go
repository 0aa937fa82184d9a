package clients

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// probed refuses as the controls do whose refusals are heard: by path.
type probed struct{ id string }

func (p probed) Doc() pavise.Doc { return pavise.Doc{ID: p.id, Refuses: true} }
func (p probed) Validate() error { return nil }
func (p probed) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		if rule, found := strings.CutPrefix(x.Request.URL.Path, "/"+p.id+"/"); found {
			return &pavise.Refusal{Status: http.StatusNotFound, Rule: p.id + "." + rule}
		}
		return nil
	}}, nil
}

// limited refuses everything, as a limit does that is met.
type limited struct{}

func (limited) Doc() pavise.Doc { return pavise.Doc{ID: "login.rate", Refuses: true, Behaviour: true} }
func (limited) Validate() error { return nil }
func (limited) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		if x.Request.URL.Path == "/limited" {
			return &pavise.Refusal{Status: http.StatusTooManyRequests, Rule: "login.rate"}
		}
		return nil
	}}, nil
}

// A house is a site behind bans, at one node.
type house struct {
	*testing.T
	*clock
	watch *Watch
	chain *pavise.Chain
	mu    sync.Mutex
	said  []pavise.Decision
}

func newHouse(t *testing.T, bans pavise.Control, more ...pavise.Setting) *house {
	t.Helper()
	h := &house{T: t, clock: &clock{start}}
	h.watch = NewWatch(WatchOptions{Now: h.now})
	policy := append(pavise.Recommend([]pavise.Control{bans, limited{}, probed{"leaks.files"}, probed{"transport.strict"}, probed{"login.guard"}, probed{"requests.host"}}), more...)
	var err error
	h.chain, err = policy.Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example"}}, Now: h.now, Watch: h.watch, Decide: func(d pavise.Decision) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.said = append(h.said, d)
	}}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the shop") }))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) ask(from, path string, header ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest("GET", "https://shop.example"+path, nil), httptest.NewRecorder()
	r.RemoteAddr = netip.AddrPortFrom(address(from), 4711).String()
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	h.chain.ServeHTTP(w, r)
	return w
}

// clear sends over http what no server reads: the request comes before all controls.
func (h *house) clear(from string) {
	r := httptest.NewRequest("GET", "http://shop.example/", nil)
	r.RemoteAddr = netip.AddrPortFrom(address(from), 4711).String()
	h.chain.Refuse(httptest.NewRecorder(), r, "transport.strict", &pavise.Refusal{Status: 400, Rule: "transport.strict.request-line"})
}

// wants asks for the home page.
func (h *house) wants(from string, status int) {
	h.Helper()
	if got := h.ask(from, "/"); got.Code != status {
		h.Errorf("%s: %d, want %d", from, got.Code, status)
	}
}

// probes asks for so many files that are refused.
func (h *house) probes(from string, n int, header ...string) {
	for range n {
		h.ask(from, "/leaks.files/repository", header...)
	}
}

func TestProberIsBanned(t *testing.T) {
	h := newHouse(t, Bans{})
	h.probes("192.0.2.7", 19)
	h.wants("192.0.2.7", 200)
	h.probes("192.0.2.7", 1)
	h.wants("192.0.2.7", 403)
	h.wants("192.0.2.8", 200)
	w := h.ask("192.0.2.7", "/", "Sec-Fetch-Mode", "navigate")
	if w.Header().Get("Retry-After") != "300" || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) || !strings.Contains(w.Body.String(), "looked like an attack") {
		t.Error(w.Header(), w.Body)
	}
	last := h.said[len(h.said)-1]
	if last.Action != pavise.Refused || last.Control != bansID || !strings.Contains(last.Saw, "192.0.2.7/32 is banned until 2026-11-01 12:05:00: it asked") || !strings.Contains(last.Mend, "pavise ban remove 192.0.2.7/32") {
		t.Errorf("%+v", last)
	}
	h.pass(5 * time.Minute)
	h.wants("192.0.2.7", 200)
	h.probes("192.0.2.7", 20)
	h.pass(9 * time.Minute)
	h.wants("192.0.2.7", 403) // twice as long
	h.pass(time.Minute)
	h.wants("192.0.2.7", 200)
}

// TestFirstAlone: one that is longer than the most that we recommend is the most.
func TestFirstAlone(t *testing.T) {
	h := newHouse(t, Bans{First: 6 * time.Hour})
	for range 2 {
		h.probes("192.0.2.7", 20)
		h.pass(6*time.Hour - time.Second)
		h.wants("192.0.2.7", 403)
		h.pass(time.Second)
		h.wants("192.0.2.7", 200)
	}
}

// TestHonestAreNotBanned: nothing that a browser or a person does counts.
func TestHonestAreNotBanned(t *testing.T) {
	h := newHouse(t, Bans{})
	for name, header := range map[string][]string{
		"a page of the site that links to it": {"Sec-Fetch-Site", "same-origin"},
		"a page that would have one banned":   {"Sec-Fetch-Site", "cross-site"},
		"another site of the same owner":      {"Sec-Fetch-Site", "same-site"},
		"an old browser":                      {"Referer", "https://elsewhere.example/"},
	} {
		if h.probes("192.0.2.7", 200, header...); h.watch.Banned(address("192.0.2.7")) != nil {
			t.Fatalf("banned by %s", name)
		}
	}
	for range 200 { // a page of a stranger over http, where browsers say nothing of whose it is
		h.clear("192.0.2.7")
	}
	h.wants("192.0.2.7", 200)
	for range 300 { // met limits, and refusals of what is asked
		h.ask("192.0.2.7", "/limited")
		h.ask("192.0.2.7", "/requests.host/unknown")
	}
	h.wants("192.0.2.7", 200)
	for range 1000 { // a broken device that asks every seven seconds
		h.ask("192.0.2.7", "/transport.strict/line")
		h.pass(7 * time.Second)
	}
	h.wants("192.0.2.7", 200)
	for range 200 { // who types it
		h.probes("192.0.2.7", 1, "Sec-Fetch-Site", "none")
		h.pass(time.Minute)
	}
	h.wants("192.0.2.7", 200)
}

func TestGuesserAndBrokenAreBanned(t *testing.T) {
	for _, rule := range []string{"/login.guard/account", "/transport.strict/line"} {
		h := newHouse(t, Bans{})
		for range 99 {
			h.ask("2001:db8::1", rule)
		}
		h.wants("2001:db8::1", 200)
		h.ask("2001:db8::2", rule) // of the same subscriber
		h.wants("2001:db8::ffff", 403)
		h.wants("2001:db8:0:1::1", 200)
	}
}

// TestAttackFromManyAddresses: each is banned, and who comes as ever is served.
func TestAttackFromManyAddresses(t *testing.T) {
	h := newHouse(t, Bans{})
	for i := range uint32(200) {
		h.probes(v4(0x0A000000+i).String(), 20)
	}
	for i := range uint32(200) {
		h.wants(v4(0x0A000000+i).String(), 403)
	}
	h.wants("192.0.2.7", 200)
	if n := len(h.watch.Bans()); n != 200 {
		t.Error(n)
	}
}

// TestAllowBeatsBanAtOnce: also one that already runs, and neither the machine itself
// nor what hands on the requests of others is ever banned.
func TestAllowBeatsBanAtOnce(t *testing.T) {
	h := newHouse(t, Bans{})
	if err := h.watch.AddBan(context.Background(), pavise.Ban{Network: network("192.0.2.0/24"), Ends: until(h.clock, time.Hour)}); err != nil {
		t.Fatal(err)
	}
	h.probes("198.51.100.1", 20)
	h.wants("192.0.2.7", 403)
	h.wants("198.51.100.1", 403)
	allowed := newHouse(t, Bans{Allow: pavise.Networks{"192.0.2.7", "198.51.100.0/24"}})
	for _, b := range h.watch.Bans() { // a reload: the same bans, another list
		allowed.watch.table.put(&b)
	}
	allowed.wants("192.0.2.7", 200)
	allowed.wants("192.0.2.8", 403)
	allowed.wants("198.51.100.1", 200)
	allowed.wants("::ffff:192.0.2.7", 200)
	allowed.probes("198.51.100.2", 100)
	allowed.wants("198.51.100.2", 200)
	allowed.probes("127.0.0.1", 100)
	allowed.wants("127.0.0.1", 200)
	if !(Bans{Allow: pavise.Networks{"198.51.100.0/24"}}).Allows(network("198.51.100.7/32")) || (Bans{Allow: pavise.Networks{"198.51.100.0/24"}}).Allows(network("198.51.0.0/16")) {
		t.Error("what an allow list has whole")
	}
}

// interfaced has this machine have addresses of its own.
func interfaced(t *testing.T, own ...string) {
	before := this
	t.Cleanup(func() { this = before })
	this = &machine{read: func() (list []net.Addr, err error) {
		for _, s := range own {
			ip, network, err := net.ParseCIDR(s)
			if err != nil {
				return nil, err
			}
			list = append(list, &net.IPNet{IP: ip, Mask: network.Mask})
		}
		return list, nil
	}}
}

// TestOwnAddressesAreNeverBanned: who scans its own site from the server asks from what
// others reach it by; its neighbours are strangers.
func TestOwnAddressesAreNeverBanned(t *testing.T) {
	interfaced(t, "192.0.2.7/24", "2001:db8::7/64")
	h := newHouse(t, Bans{})
	for _, own := range []string{"192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"} {
		h.probes(own, 200)
		if h.wants(own, 200); h.watch.Ban(address(own), time.Hour, time.Hour, "") != nil {
			t.Errorf("%s is banned", own)
		}
	}
	for _, other := range []string{"192.0.2.8", "2001:db8::8"} {
		h.probes(other, 20)
		h.wants(other, 403)
	}
	h.wants("2001:db8::7", 200) // whose network is banned now
	for own, can := range map[string]bool{"192.0.2.7/32": false, "2001:db8::7/128": false, "192.0.2.0/24": true, "2001:db8::/64": true} {
		if err := h.watch.AddBan(t.Context(), pavise.Ban{Network: network(own), Ends: until(h.clock, time.Hour)}); (err == nil) != can {
			t.Errorf("%s: %v", own, err)
		}
	}
	h.wants("192.0.2.7", 200)
}

func TestMachineLooksAgain(t *testing.T) {
	lo, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range lo {
		if p := netip.MustParsePrefix(a.String()); !this.has(p.Addr()) {
			t.Errorf("%s is not its own", p)
		}
	}
	interfaced(t, "192.0.2.7/24")
	this.known.Store(&interfaces{read: time.Now()})
	if this.has(address("192.0.2.7")) {
		t.Error("it looks all the time")
	}
	this.known.Store(&interfaces{read: time.Now().Add(-lookEvery)})
	if !this.has(address("192.0.2.7")) {
		t.Error("it does not look again")
	}
}

// balanced names proxies in front, as requests.client does.
type balanced struct{ probed }

func (balanced) Tune(l *pavise.Listener) error {
	l.Proxies = append(l.Proxies, network("203.0.113.0/24"))
	return nil
}

func TestProxiesAreNeverBanned(t *testing.T) {
	h := newHouse(t, Bans{}, pavise.Setting{Control: balanced{probed{"requests.client"}}})
	for range 200 { // broken requests come before it is known whose they are
		r := httptest.NewRequest("GET", "https://shop.example/", nil)
		r.RemoteAddr = "203.0.113.9:1"
		h.chain.Refuse(httptest.NewRecorder(), r, "transport.strict", &pavise.Refusal{Status: 400, Rule: "transport.strict.line"})
	}
	h.wants("203.0.113.9", 200)
	for range 100 {
		r := httptest.NewRequest("GET", "https://shop.example/", nil)
		r.RemoteAddr = "198.51.100.9:1"
		h.chain.Refuse(httptest.NewRecorder(), r, "transport.strict", &pavise.Refusal{Status: 400, Rule: "transport.strict.line"})
	}
	h.wants("198.51.100.9", 403)
}

// TestWindowSparesItsAddresses: bans and limits only observe them, what is hardened stays,
// nothing that they do is held against them, and then all is as before.
func TestWindowSparesItsAddresses(t *testing.T) {
	h := newHouse(t, Bans{})
	h.probes("192.0.2.7", 20)
	if err := h.watch.OpenWindow(t.Context(), window(h.clock, "w", time.Minute, "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	h.said = nil
	h.wants("192.0.2.7", 200)
	if len(h.said) != 1 || h.said[0].Action != pavise.Observed || h.said[0].Control != bansID {
		t.Errorf("%+v", h.said)
	}
	if got := h.ask("192.0.2.9", "/limited").Code; got != 200 {
		t.Errorf("a limit stays: %d", got)
	}
	if got := h.ask("198.51.100.1", "/limited").Code; got != 429 {
		t.Errorf("a limit is off for all: %d", got)
	}
	if got := h.ask("192.0.2.9", "/leaks.files/repository").Code; got != 404 {
		t.Errorf("what is hardened is not: %d", got)
	}
	h.probes("192.0.2.9", 200)
	h.pass(time.Minute)
	h.wants("192.0.2.9", 200) // nothing was held against it
	h.wants("192.0.2.7", 403)
	if got := h.ask("192.0.2.9", "/limited").Code; got != 429 {
		t.Errorf("the window does not end: %d", got)
	}
}

func TestObservedAndOff(t *testing.T) {
	h := newHouse(t, Bans{}, pavise.Setting{Control: Bans{}, Mode: pavise.Observe, Reason: "to see"})
	h.probes("192.0.2.7", 20)
	h.wants("192.0.2.7", 200)
	if last := h.said[len(h.said)-1]; last.Action != pavise.Observed || last.Control != bansID {
		t.Errorf("%+v", last)
	}
	h = newHouse(t, Bans{}, pavise.Setting{Control: Bans{}, Mode: pavise.Off, Reason: "a firewall does it"})
	h.probes("192.0.2.7", 100)
	if h.wants("192.0.2.7", 200); len(h.watch.Bans()) != 0 {
		t.Error("what is off bans")
	}
	h = newHouse(t, Bans{Automatic: "off"})
	h.probes("192.0.2.7", 100)
	h.wants("192.0.2.7", 200)
	if err := h.watch.AddBan(t.Context(), pavise.Ban{Network: network("192.0.2.7/32"), Ends: until(h.clock, time.Hour)}); err != nil {
		t.Fatal(err)
	}
	h.wants("192.0.2.7", 403)
}

func TestProgramHasBansOfItsOwn(t *testing.T) {
	protect, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example"}}, Bans{}, probed{"leaks.files"})
	if err != nil {
		t.Fatal(err)
	}
	served := protect(http.NotFoundHandler())
	code := 0
	for range 21 {
		r, w := httptest.NewRequest("GET", "https://shop.example/leaks.files/backup", nil), httptest.NewRecorder()
		r.RemoteAddr = "192.0.2.7:1"
		served.ServeHTTP(w, r)
		code = w.Code
	}
	if code != 403 {
		t.Error(code)
	}
}

func TestBansSettings(t *testing.T) {
	for _, good := range []Bans{{}, {Automatic: "off"}, {First: time.Hour, Most: time.Hour, MostIPv6: 48 * time.Hour}} {
		if err := good.Validate(); err != nil {
			t.Error(err)
		}
	}
	err := Bans{Allow: pavise.Networks{"office", "0.0.0.0/0"}, Automatic: "no", First: time.Hour, Most: time.Minute, MostIPv6: 1000 * time.Hour}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Error(err)
	}
}
