package mail

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

func failing(l *letter.Letter, _ string) ([]letter.Outcome, error) {
	if l.From == "" {
		return letter.All(l.To, letter.Delivered, "2.0.0", "ok"), nil
	}
	return letter.All(l.To, letter.Failed, "5.1.1", "no"), nil
}

// TestAuthor: cron's From is none of a domain that is allowed, and is not what is sent.
func TestAuthor(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n, SenderDomains: []string{"shop.test"}, Local: "ops@shop.test",
		Maker: letter.Maker{Host: "web.test", Sender: "noreply@shop.test"}})
	cron := []string{"MAIL FROM:<root@localhost>", "RCPT TO:<root@localhost>", "DATA", "From: root (Cron Daemon)\r\nSubject: backup\r\n\r\nx\r\n."}
	if got := talk(t, r, cron...); !strings.HasPrefix(got, "250") {
		t.Errorf("cron: %q", got)
	}
	if got := n.await(t, 1); !strings.Contains(got[0].text, `From: "Cron Daemon" <noreply@shop.test>`) {
		t.Errorf("%+v", got)
	}
}

// TestFullOfFailed: a queue that is full of messages that failed lets them go, and their
// senders are told.
func TestFullOfFailed(t *testing.T) {
	n := &next{says: failing}
	r := start(t, Config{Next: n, Bounds: queue.Bounds{Messages: 1}})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	if got := n.await(t, 1); got[0].to != "hi@shop.test" {
		t.Errorf("%+v", got)
	}
	empty(t, r)
	if c := r.Counts(); c.Failed != 1 || c.Bounced != 1 {
		t.Errorf("%+v", c)
	}
}

// TestRefusedWhileFull: a message of the drop is put aside when its sender has been told,
// which on a full queue is later.
func TestRefusedWhileFull(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	n := &next{says: func(l *letter.Letter, _ string) ([]letter.Outcome, error) {
		if away.Load() {
			return nil, &letter.Trouble{Err: errors.New("nobody there")}
		}
		return letter.All(l.To, letter.Delivered, "", ""), nil
	}}
	r := start(t, Config{Next: n, Bounds: queue.Bounds{Messages: 1}})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	if err := queue.Leave(r.Queue, "joe@shop.test", []string{"bad address@b.test"}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	ids, err := r.queue.Drops()
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if err := r.pick(ids[0]); !errors.Is(err, queue.ErrFull) {
		t.Errorf("it is told of: %v", err)
	}
	if aside, _ := filepath.Glob(filepath.Join(r.Queue, "drop", "*.refused")); len(aside) > 0 {
		t.Errorf("put aside, and nobody knows: %v", aside)
	}
	away.Store(false)
	r.Retry()
	if got := n.await(t, 2); got[1].to != "joe@shop.test" {
		t.Errorf("%+v", got)
	}
	empty(t, r)
}

// TestWrongClock: what was queued while the clock went wrong, or is found by a clock that
// does, is neither given up untried nor left for years.
func TestWrongClock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	q, _, err := queue.Open(dir, queue.Bounds{Messages: 10, Bytes: 1 << 20}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for id, came := range map[string]time.Time{"old": now.Add(-30 * 24 * time.Hour), "future": now.Add(10 * 365 * 24 * time.Hour)} {
		record := &queue.Record{ID: id, From: "hi@shop.test", Owner: "hi@shop.test", Arrived: came, Next: came, To: letter.All([]string{id + "@b.test"}, letter.Delayed, "", "")}
		if err := q.Add(record, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	q.Close()
	n := &next{}
	r := start(t, Config{Next: n, Queue: dir})
	if got := n.await(t, 1); got[0].to != "old@b.test" {
		t.Errorf("given up untried: %+v", got)
	}
	r.schedule.mu.Lock()
	v := *r.schedule.visits["future"]
	r.schedule.mu.Unlock()
	if v.next.After(now.Add(5*time.Hour)) || v.expires.After(now.Add(6*24*time.Hour)) {
		t.Errorf("it waits until %v, and is given up at %v", v.next, v.expires)
	}
	v.expires = now
	if v.isOver(now) {
		t.Error("it is given up untried")
	}
	if v.tried = now; v.isOver(now.Add(minTrial-1)) || !v.isOver(now.Add(minTrial)) {
		t.Error("a process tries for a while before it gives up")
	}
}

// TestChunks: BDAT is held to its lines as DATA is, though commands stand between its
// chunks, and is given up while it runs.
func TestChunks(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n})
	begin := "EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n"
	chunk := func(s, last string) string { return fmt.Sprintf("BDAT %d%s\r\n%s", len(s), last, s) }
	for name, c := range map[string]struct {
		said   string
		queued bool
	}{
		"whole":                {chunk("Subject: x\r", "") + chunk("\n\r\nx\r\n", " LAST"), false}, // the CR LF of two chunks has a command between
		"lines":                {chunk("Subject: x\r\n", "") + chunk("\r\nx\r\n", " LAST"), true},
		"a CR, and a new line": {chunk("Subject: x\r", "") + "\n" + chunk("Bcc: y@b.test\r\n\r\nx\r\n", " LAST"), false},
		"a CR at the end":      {chunk("Subject: x\r\n\r\nx\r", " LAST") + "\n", false},
	} {
		conn, err := net.Dial("tcp", r.Addresses()[0])
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(conn, begin+c.said+"QUIT\r\n")
		got, _ := io.ReadAll(conn)
		conn.Close()
		if strings.Contains(string(got), "queued as") != c.queued {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	n.await(t, 1)
	empty(t, r)
	for range 10 { // the race detector looks on
		if got := talk(t, r, "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "BDAT 0", "RSET", "MAIL FROM:<e@b.test>"); !strings.HasPrefix(got, "250") {
			t.Error(got)
		}
	}
}

// TestHeaderUnreadable: a header that was taken and, with what is ours, is one too many is
// no reason to keep a message that failed.
func TestHeaderUnreadable(t *testing.T) {
	n := &next{says: failing}
	r := start(t, Config{Next: n})
	lines := []string{"MAIL FROM:<hi@shop.test>", "RCPT TO:<a@b.test>", "DATA", strings.Repeat("Received: x\r\n", 50) + "Subject: Hello\r\n\r\nx\r\n."}
	if got := talk(t, r, lines...); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	if got := n.await(t, 1); got[0].to != "hi@shop.test" || !strings.Contains(got[0].text, "\r\n> Hello\r\n") || strings.Contains(got[0].text, "rfc822-headers") {
		t.Errorf("%+v", got)
	}
	empty(t, r)
}

// TestOwnDisk: a message that we cannot read is not the next server's trouble, and is
// tried again.
func TestOwnDisk(t *testing.T) {
	var times atomic.Int32
	n := &next{says: func(l *letter.Letter, _ string) ([]letter.Outcome, error) {
		if times.Add(1) == 1 {
			return nil, &letter.Trouble{Err: &letter.Unreadable{Err: errors.New("input/output error")}}
		}
		return letter.All(l.To, letter.Delivered, "", ""), nil
	}}
	var log strings.Builder
	r := start(t, Config{Next: n, Backoff: func(int) time.Duration { return time.Millisecond }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	n.await(t, 1)
	empty(t, r)
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if said := log.String(); strings.Contains(said, "trouble") || !strings.Contains(said, "a message cannot be read") {
		t.Error(said)
	}
	var unreadable *letter.Unreadable
	if _, err := r.open("nonesuch"); !errors.As(err, &unreadable) {
		t.Error(err)
	}
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := &message{folder}
	defer m.Close()
	if _, err := io.ReadAll(m); !errors.As(err, &unreadable) {
		t.Error(err)
	}
}
