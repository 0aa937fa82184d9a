package proxy

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

func refusal(n int, path string) pavise.Decision {
	return pavise.Decision{Time: time.Unix(int64(n), 0), ID: fmt.Sprint(n), Action: pavise.Refused, Control: "requests.origin",
		Rule: "requests.origin.form", Method: "POST", Host: "shop.example.com", Path: path}
}

func TestLedgerRemembers(t *testing.T) {
	j := NewJournal(slog.New(slog.NewTextHandler(io.Discard, nil)), nil)
	for n := range 3 {
		j.Decide(refusal(n, "/cart"))
	}
	observed := refusal(7, "/pay")
	observed.Action = pavise.Observed
	j.Decide(observed)
	if got := j.Why("1"); len(got) != 1 || got[0].Times != 3 || got[0].Time.Unix() != 1 || got[0].First.Unix() != 0 {
		t.Errorf("%+v", got)
	}
	if got := j.Why("nobody"); got != nil {
		t.Errorf("%+v", got)
	}
	if got := j.Latest(2, pavise.Refused); len(got) != 2 || got[0].ID != "2" || got[1].ID != "1" {
		t.Errorf("%+v", got)
	}
	if got := j.Groups(pavise.Observed); len(got) != 1 || got[0].Path != "/pay" || got[0].Times != 1 {
		t.Errorf("%+v", got)
	}
}

// TestLedgerIsBounded: whoever asks for ever new and ever longer paths is counted,
// and pushes out neither what is frequent nor more than the oldest events.
func TestLedgerIsBounded(t *testing.T) {
	var l ledger
	const strangers = 3 * maxEvents
	for n := range strangers {
		l.take(eventOf(refusal(n, "/cart")))
		l.take(eventOf(refusal(n, fmt.Sprint("/", n, strings.Repeat("x", 1000)))))
	}
	if len(l.events) != maxEvents || len(l.groups) > maxGroups+1 { // the one without a path
		t.Errorf("%d events, %d groups", len(l.events), len(l.groups))
	}
	if got := l.why("0"); got != nil {
		t.Errorf("the oldest is still there: %+v", got)
	}
	if got := l.why(fmt.Sprint(strangers - 1)); len(got) != 2 || len(got[1].Path) > 300 {
		t.Errorf("%+v", got)
	}
	if got := l.latest(maxEvents+1, []pavise.Action{pavise.Refused}); len(got) != maxEvents || got[0].ID != fmt.Sprint(strangers-1) || got[1].Path != "/cart" {
		t.Errorf("the latest are %d: %+v", len(got), got[:2])
	}
	total := 0
	for _, g := range l.with(pavise.Refused) {
		total += g.Times
	}
	if first := l.with(pavise.Refused)[0]; total != 2*strangers || first.Times < strangers {
		t.Errorf("%d in all, %d of %s", total, first.Times, first.Path)
	}
	if g := l.groups[(&Event{Action: pavise.Refused, Control: "requests.origin", Rule: "requests.origin.form", Method: "POST",
		Host: "shop.example.com", Path: "/cart"}).kin()]; g == nil || g.Times != strangers {
		t.Errorf("the frequent one: %+v", g)
	}
}

// TestNotesLeaveRefusalsTheirPlace: each level of the log has its own lines.
func TestNotesLeaveRefusalsTheirPlace(t *testing.T) {
	var said strings.Builder
	j := NewJournal(slog.New(slog.NewTextHandler(&said, nil)), func() time.Time { return time.Unix(1, 0) })
	for n := range 100 {
		d := refusal(n, "/cart")
		d.Action = pavise.Noted
		j.Decide(d)
	}
	j.Decide(refusal(100, "/cart"))
	if log := said.String(); strings.Count(log, "msg=noted") != linesASecond || strings.Count(log, "msg=refused") != 1 {
		t.Error(log)
	}
}

// TestOwnersDeedsAreLogged: however much strangers have us write.
func TestOwnersDeedsAreLogged(t *testing.T) {
	var said strings.Builder
	j := NewJournal(slog.New(slog.NewTextHandler(&said, nil)), func() time.Time { return time.Unix(1, 0) })
	for n := range linesASecond + 5 {
		j.Decide(refusal(n, "/cart"))
	}
	j.DashboardDid("ada", "ban 192.0.2.7/32")
	if log := said.String(); strings.Count(log, "msg=refused") != linesASecond || !strings.Contains(log, `user=ada did="ban 192.0.2.7/32"`) {
		t.Error(log)
	}
}

// TestJournalMasks: numbers of cards, reset tokens and addresses of mail are in no line and
// in nothing that is remembered, also where they were cut.
func TestJournalMasks(t *testing.T) {
	const card, token, mail = "4111111111111111", "a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0", "jane@example.com"
	var said strings.Builder
	j := NewJournal(slog.New(slog.NewTextHandler(&said, nil)), func() time.Time { return time.Unix(1, 0) })
	paths := []string{"/pay/" + card, "/reset/" + token, "/u/" + mail, "/" + strings.Repeat("x", 190) + "/" + card, "/" + strings.Repeat("x", 190) + "/" + token}
	for n, path := range paths {
		d := refusal(n, path)
		d.Saw, d.Host, d.Method = "path segment "+pavise.Clip(strings.Repeat("y", 180)+card, 189), card, "M"+card
		d.Except = "- {control: requests.origin, paths: [\"POST " + path + "\"]}"
		j.Decide(d)
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.Host = path, card+".test"
		j.request(slog.LevelError, "app does not answer", r, slog.String("error", unquoted(errors.New(card+" is no status"))))
		for _, e := range append(j.Why(fmt.Sprint(n)), j.Groups("app does not answer")...) {
			fmt.Fprintf(&said, "%+v\n", e)
		}
	}
	for _, secret := range []string{card[:8], token[:8], "jane"} {
		if i := strings.Index(said.String(), secret); i >= 0 {
			t.Errorf("%q", said.String()[max(0, i-300):i+40])
		}
	}
	plain := refusal(9, "/cart")
	plain.Except = "- {control: requests.origin}"
	if j.Decide(plain); j.Why("9")[0].Except == "" || j.Why("9")[0].Path != "/cart" {
		t.Errorf("%+v", j.Why("9"))
	}
}

// TestJournalOfNobody: what is about no request names no client and no id.
func TestJournalOfNobody(t *testing.T) {
	var said strings.Builder
	j := NewJournal(slog.New(slog.NewTextHandler(&said, nil)), nil)
	j.Decide(pavise.Decision{Action: pavise.Noted, Control: "login.guard", Reason: "the store is away"})
	if s := said.String(); strings.Contains(s, "client") || strings.Contains(s, "id=") || strings.Contains(s, "invalid") {
		t.Error(s)
	}
	if e := j.Latest(1, pavise.Noted); e[0].Client != "" {
		t.Errorf("%+v", e)
	}
}
