package mail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// aside waits until so many files of the drop are put aside.
func aside(t *testing.T, r *Relay, count int) {
	t.Helper()
	var list []string
	for range 1000 {
		if list, _ = filepath.Glob(filepath.Join(r.Queue, "drop", "*.refused")); len(list) >= count {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("put aside: %v, not %d", list, count)
}

// TestRefusedIsNoMailer: what an account has left in the drop, and is refused, tells nobody
// whom it could not have sent mail itself, with no text of its own, and not more often.
func TestRefusedIsNoMailer(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n, SenderDomains: []string{"shop.test"}, PerHour: 2, Local: "ops@shop.test",
		Maker: letter.Maker{Host: "web.test", Sender: "noreply@shop.test"}})
	const spam = "BUY NOW at http://evil.test/"
	for i, from := range []string{"victim@else.test", "victim@else.test", spam, "a@shop.test", "b@shop.test", "c@shop.test", "d@shop.test"} {
		if err := queue.Leave(r.Queue, from, []string{spam, "root"}, []byte(text)); err != nil {
			t.Fatal(err)
		}
		aside(t, r, i+1)
	}
	n.await(t, 2)
	empty(t, r)
	got := n.all()
	if len(got) != 2 || got[0].to != "a@shop.test" || got[1].to != "b@shop.test" {
		t.Errorf("%+v", got)
	}
	for _, m := range got {
		if strings.Contains(m.text, "evil") || !strings.Contains(m.text, "rfc822; invalid-address\r\n") || !strings.Contains(m.text, "rfc822; root\r\n") {
			t.Error(m.text)
		}
	}
	if c := r.Counts(); c.Refused != 7 || c.Bounced != 2 || c.Lost != 5 {
		t.Errorf("%+v", c)
	}
}

// TestLongLineInDrop: a line has the same bound in the drop as by SMTP.
func TestLongLineInDrop(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n})
	for _, length := range []int{maxLine, maxLine + 1} {
		if err := queue.Leave(r.Queue, "hi@shop.test", []string{"jane@b.test"}, []byte("Subject: x\r\n\r\n"+strings.Repeat("x", length)+"\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	aside(t, r, 1)
	n.await(t, 2)
	empty(t, r)
	for _, m := range n.all() {
		if (m.to == "jane@b.test") == strings.Contains(m.text, "it has a line of more than 1048576 bytes") {
			t.Errorf("%s: %.200s", m.to, m.text)
		}
	}
}

// TestRefusedOnce: nothing that stands in the drop keeps a message there that is refused.
func TestRefusedOnce(t *testing.T) {
	n := &next{}
	dir := filepath.Join(t.TempDir(), "mail")
	first := start(t, Config{Next: n, Queue: dir})
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("a", 20)
	if err := os.MkdirAll(filepath.Join(dir, "drop", id+".refused", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	message := `{"from":"hi@shop.test","to":["no address"],"size":1}` + "\nx"
	if err := os.WriteFile(filepath.Join(dir, "drop", id+".mail"), []byte(message), 0o644); err != nil {
		t.Fatal(err)
	}
	r := start(t, Config{Next: n, Queue: dir})
	aside(t, r, 2)
	if got := n.await(t, 1); got[0].to != "hi@shop.test" {
		t.Errorf("%+v", got)
	}
	empty(t, r)
	if c := r.Counts(); c.Bounced != 1 {
		t.Errorf("%+v", c)
	}
}

// TestFullTakesNoAllowance: what waits for room, in the drop or in a program, is counted
// when it is taken.
func TestFullTakesNoAllowance(t *testing.T) {
	r := start(t, Config{Next: away(), Bounds: queue.Bounds{Messages: 1}, PerHour: 1})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := send(r, "jane@shop.test", "jane@b.test"); err == nil || !strings.HasPrefix(err.Error(), "452") {
			t.Errorf("jane: %v", err)
		}
	}
	if err := r.Stop(t.Context()); err != nil { // it looks into the drop no more: we do
		t.Fatal(err)
	}
	if err := queue.Leave(r.Queue, "joe@shop.test", []string{"jane@b.test"}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	ids, err := r.queue.Drops()
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	for range 3 {
		if err := r.pick(ids[0]); !errors.Is(err, queue.ErrFull) {
			t.Error(err)
		}
	}
	if r.limits.senders["joe@shop.test"].left < 1 {
		t.Error("joe has sent nothing, and may send no more")
	}
}

// away is a server that cannot be reached.
func away() *next {
	return &next{says: func(*letter.Letter, string) ([]letter.Outcome, error) {
		return nil, &letter.Trouble{Err: os.ErrDeadlineExceeded}
	}}
}

// TestPerHour: a sender is who the message is sent as, and in the drop the account, too.
func TestPerHour(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n, PerHour: 2, Maker: letter.Maker{Host: "web.test", Sender: "noreply@shop.test"}})
	for i, from := range []string{"www-data@localhost", "a1@WEB.test", "a2@localhost", "noreply@shop.test"} {
		if err := send(r, from, "jane@b.test"); (err == nil) != (i < 2) {
			t.Errorf("%s: %v", from, err)
		}
	}
	for _, from := range []string{"a@shop.test", "b@shop.test", "c@shop.test"} {
		if err := queue.Leave(r.Queue, from, []string{"joe@b.test"}, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	n.await(t, 4)
	for range 10 {
		r.pickUp()
	}
	if got := n.all(); len(got) != 4 {
		t.Errorf("%d have gone", len(got))
	}
}
