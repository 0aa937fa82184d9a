package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// A next is a server that does as it is told, and remembers what it has got.
type next struct {
	mu   sync.Mutex
	got  []sent
	says func(l *letter.Letter, text string) ([]letter.Outcome, error)
}

type sent struct{ from, to, text string }

func (n *next) Name() string { return "next.test" }

func (n *next) Send(_ context.Context, l *letter.Letter) ([]letter.Outcome, error) {
	f, err := l.Open()
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	outcomes := letter.All(l.To, letter.Delivered, "2.0.0", "ok")
	if n.says != nil {
		if outcomes, err = n.says(l, string(text)); err != nil {
			return outcomes, err
		}
	}
	for _, o := range outcomes {
		if o.Fate == letter.Delivered {
			n.got = append(n.got, sent{l.From, o.To, string(text)})
		}
	}
	return outcomes, nil
}

func (n *next) all() []sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]sent(nil), n.got...)
}

// await waits until so many messages have arrived.
func (n *next) await(t testing.TB, count int) []sent {
	t.Helper()
	for range 1000 {
		if got := n.all(); len(got) >= count {
			return got
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d messages have arrived, not %d", len(n.all()), count)
	return nil
}

func start(t testing.TB, c Config) *Relay {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if c.Queue == "" {
		c.Queue = filepath.Join(t.TempDir(), "mail")
	}
	if c.Listen == nil {
		c.Listen = []string{"127.0.0.1:0"}
	}
	if c.Maker.Host == "" {
		c.Maker.Host = "web.test"
	}
	c.Poll = 20 * time.Millisecond
	r, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r.Stop(ctx)
	})
	return r
}

const text = "From: Shop <hi@shop.test>\r\nTo: jane@b.test\r\nSubject: Hello\r\n\r\nBody\r\n.\r\nend\r\n"

func send(r *Relay, from string, to ...string) error {
	return smtp.SendMail(r.Addresses()[0], nil, from, to, []byte(text))
}

// TestRelay: what a program brings arrives as it was, with what it lacked.
func TestRelay(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n})
	if err := send(r, "hi@shop.test", "jane@b.test", "joe@c.test"); err != nil {
		t.Fatal(err)
	}
	got := n.await(t, 2)
	for _, want := range []string{"Received: from localhost id ", "Subject: Hello\r\n", "Message-ID: <", "@web.test>\r\n", "Date: ", "\r\n\r\nBody\r\n.\r\nend\r\n"} {
		if !strings.Contains(got[0].text, want) {
			t.Errorf("without %q:\n%s", want, got[0].text)
		}
	}
	if got[0].from != "hi@shop.test" || got[0].to != "jane@b.test" || got[1].to != "joe@c.test" {
		t.Errorf("%+v", got)
	}
	empty(t, r)
}

// TestHostIsDomain: a machine that is called as the domain of its mail takes none of that
// for its own accounts.
func TestHostIsDomain(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n, Local: "ops@shop.test", Maker: letter.Maker{Host: "shop.test", Sender: "noreply@shop.test"}})
	if err := send(r, "hi@shop.test", "jane@shop.test", "root@localhost"); err != nil {
		t.Fatal(err)
	}
	got := n.await(t, 2)
	if got[0].to != "jane@shop.test" || got[0].from != "hi@shop.test" || !strings.Contains(got[0].text, "From: Shop <hi@shop.test>\r\n") || got[1].to != "ops@shop.test" {
		t.Errorf("%+v", got)
	}
}

// empty waits until nothing is in the queue, and looks for what is left on the disk.
func empty(t testing.TB, r *Relay) {
	t.Helper()
	for range 500 {
		if count, bytes := r.queue.Used(); count == 0 && bytes == 0 {
			if files, err := os.ReadDir(filepath.Join(r.Queue, "messages")); err == nil && len(files) == 0 {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the queue is not empty: %+v", r.Counts())
}

// TestLoopbackAlone: no relay listens where others could reach it.
func TestLoopbackAlone(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "localhost:0"} {
		c := Config{Next: &next{}, Listen: []string{address}, Queue: filepath.Join(t.TempDir(), "mail"), Log: slog.New(slog.DiscardHandler)}
		if _, err := Start(c); err == nil {
			t.Errorf("it listens at %s", address)
		} else if _, _, err := queue.Open(c.Queue, queue.Bounds{}, nil); err != nil {
			t.Errorf("%s: the queue is held: %v", address, err)
		}
	}
}

// TestLacksFamily: a machine without IPv6 says so in two ways.
func TestLacksFamily(t *testing.T) {
	for no, want := range map[syscall.Errno]bool{syscall.EADDRNOTAVAIL: true, syscall.EAFNOSUPPORT: true, syscall.EADDRINUSE: false, syscall.EACCES: false} {
		if got := lacksFamily(&net.OpError{Op: "listen", Err: os.NewSyscallError("socket", no)}); got != want {
			t.Errorf("%v: %v", no, got)
		}
	}
}

// TestRefused: what is no mail of this machine's programs is refused with a number that
// says whether it may come again.
func TestRefused(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	r := start(t, Config{Next: &next{}, SenderDomains: []string{"shop.test"}, PerHour: 3, MaxRecipients: 2, MaxSize: 2 << 20,
		Maker: letter.Maker{Host: "web.test", Sender: "noreply@shop.test"}})
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"a sender of elsewhere":   {[]string{"MAIL FROM:<a@else.test>"}, "550 5.7.1"},
		"an address with a space": {[]string{`MAIL FROM:<"a b"@shop.test>`}, "553 5.1.7"},
		"a smuggled parameter":    {[]string{"MAIL FROM:<a@shop.test>", `RCPT TO:<"a> NOTIFY=NEVER"@b.test>`}, "553 5.1.3"},
		"an account of here":      {[]string{"MAIL FROM:<www-data@localhost>", "RCPT TO:<root@localhost>"}, "550 5.1.1"},
		"an address literal":      {[]string{"MAIL FROM:<b@shop.test>", "RCPT TO:<a@[127.0.0.1]>"}, "553 5.1.3"},
		"SMTPUTF8":                {[]string{"MAIL FROM:<b@shop.test> SMTPUTF8"}, "504"},
		"too large":               {[]string{"MAIL FROM:<c@shop.test> SIZE=3000000"}, "552"},
		"too many recipients":     {[]string{"MAIL FROM:<c@shop.test>", "RCPT TO:<a@b.test>", "RCPT TO:<b@b.test>", "RCPT TO:<c@b.test>"}, "452"},
		"a login":                 {[]string{"AUTH PLAIN AAAA"}, "523"},
		"TLS":                     {[]string{"STARTTLS"}, "502"},
		"a From of elsewhere": {[]string{"MAIL FROM:<d@shop.test>", "RCPT TO:<a@b.test>", "DATA", "From: a@else.test\r\n\r\nx\r\n."},
			"550 5.7.1"},
		"two From":    {[]string{"MAIL FROM:<e@shop.test>", "RCPT TO:<a@b.test>", "DATA", "From: e@shop.test\r\nFrom: a@else.test\r\n\r\nx\r\n."}, "550 5.6.0"},
		"no header":   {[]string{"MAIL FROM:<f@shop.test>", "RCPT TO:<a@b.test>", "DATA", "hello\r\n."}, "550 5.6.0"},
		"in a circle": {[]string{"MAIL FROM:<g@shop.test>", "RCPT TO:<a@b.test>", "DATA", strings.Repeat("Received: x\r\n", 51) + "\r\n."}, "554 5.4.6"},
		"a long line": {[]string{"MAIL FROM:<i@shop.test>", "RCPT TO:<a@b.test>", "BDAT " + fmt.Sprint(len(long)+8) + " LAST\r\nA: b\r\n\r\n" + long},
			"550 5.6.0"},
		"large inside": {[]string{"MAIL FROM:<h@shop.test>", "RCPT TO:<a@b.test>", "DATA", "A: b\r\n\r\n" + strings.Repeat("x\r\n", 1<<20) + "."}, "552"},
	} {
		if got := talk(t, r, c.lines...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %s", name, got, c.want)
		}
	}
	for i, want := range []string{"250", "250", "250", "451 4.7.1"} {
		if got := talk(t, r, "MAIL FROM:<often@shop.test>"); !strings.HasPrefix(got, want) {
			t.Errorf("message %d of a sender: %q", i, got)
		}
	}
	if count, _ := r.queue.Used(); count != 0 {
		t.Errorf("%d messages are queued", count)
	}
}

// talk says lines and returns the last answer.
func talk(t testing.TB, r *Relay, lines ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", r.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(c)
	answer := func() (last string) {
		for {
			line, err := in.ReadString('\n')
			if err != nil || len(line) < 4 || line[3] == ' ' {
				return line
			}
		}
	}
	answer()
	fmt.Fprint(c, "EHLO a\r\n")
	last := answer()
	for _, line := range lines {
		fmt.Fprint(c, line+"\r\n")
		last = answer()
	}
	return last
}

// TestSmuggling: a line that ends with LF alone ends no message, and what comes behind it
// is never a command.
func TestSmuggling(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n})
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n\n.\r\r\n", "\r\n\x00.\r\n"} {
		c, err := net.Dial("tcp", r.Addresses()[0])
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(c, "EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: outer\r\n\r\nouter"+end+
			"MAIL FROM:<admin@b.test>\r\nRCPT TO:<victim@d.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\nQUIT\r\n")
		said, _ := io.ReadAll(c)
		c.Close()
		if !strings.Contains(string(said), "550 5.6.0") || strings.Contains(string(said), "queued") {
			t.Errorf("%q:\n%s", end, said)
		}
	}
	if got := n.all(); len(got) > 0 {
		t.Errorf("arrived: %+v", got)
	}
	for _, lines := range []string{"EHLO a\nMAIL FROM:<a@b.test>\r\n", "EHLO a\rMAIL FROM:<a@b.test>\r\n"} { // in a command
		c, err := net.Dial("tcp", r.Addresses()[0])
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(c, lines)
		if said, _ := io.ReadAll(c); strings.Contains(string(said), "Roger") {
			t.Errorf("%q:\n%s", lines, said)
		}
		c.Close()
	}
}

// TestPipelining: several messages at once in one connection are as many messages; a line
// of 600 KB is one line.
func TestPipelining(t *testing.T) {
	n := &next{}
	r := start(t, Config{Next: n})
	c, err := net.Dial("tcp", r.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	long := strings.Repeat("é", 300_000)
	one := "MAIL FROM:<a@b.test> BODY=8BITMIME\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: x\r\n\r\n" + long + "\r\n..\r\n.\r\n"
	fmt.Fprint(c, "EHLO a\r\n"+one+one+"QUIT\r\n")
	if said, err := io.ReadAll(c); strings.Count(string(said), "queued as") != 2 {
		t.Errorf("%s %v", said, err)
	}
	for _, m := range n.await(t, 2) {
		if !strings.HasSuffix(m.text, "\r\n\r\n"+long+"\r\n.\r\n") {
			t.Errorf("%.300q", m.text)
		}
	}
	if got := talk(t, r, strings.Repeat("x", maxLine+1)); !strings.HasPrefix(got, "500") {
		t.Errorf("a command of 1 MiB: %q", got)
	}
}

// TestFates: each recipient has its own: one is delivered, one comes again, one is told.
func TestFates(t *testing.T) {
	later := 2
	n := &next{}
	n.says = func(l *letter.Letter, text string) (list []letter.Outcome, err error) {
		for _, to := range l.To {
			o := letter.Outcome{To: to, Fate: letter.Delivered, Status: "2.0.0"}
			switch {
			case strings.HasPrefix(to, "no@"):
				o.Fate, o.Status, o.Said = letter.Failed, "5.1.1", "550 no such\r\nMailbox: forged"
			case strings.HasPrefix(to, "later@") && later > 0:
				o.Fate, o.Status = letter.Delayed, "4.2.1"
				later--
			}
			list = append(list, o)
		}
		return list, nil
	}
	r := start(t, Config{Next: n, Backoff: func(int) time.Duration { return time.Millisecond }})
	if err := send(r, "hi@shop.test", "yes@b.test", "no@b.test", "later@b.test"); err != nil {
		t.Fatal(err)
	}
	got := n.await(t, 3)
	empty(t, r)
	to := map[string]string{}
	for _, m := range n.all() {
		if to[m.to] != "" {
			t.Errorf("%s has got it twice", m.to)
		}
		to[m.to] = m.text
	}
	bounce := to["hi@shop.test"]
	for _, want := range []string{"multipart/report; report-type=delivery-status", "Final-Recipient: rfc822; no@b.test\r\n", "Action: failed\r\nStatus: 5.1.1\r\n",
		"Subject: Hello\r\n", "Auto-Submitted: auto-replied"} {
		if !strings.Contains(bounce, want) {
			t.Errorf("the bounce is without %q:\n%s", want, bounce)
		}
	}
	if strings.Contains(bounce, "\nMailbox: forged") || len(to) != 3 || len(got) != 3 {
		t.Errorf("%v\n%s", to, bounce)
	}
	for _, m := range n.all() {
		if m.to == "hi@shop.test" && m.from != "" {
			t.Errorf("a bounce is from %q", m.from)
		}
	}
}

// TestNoBounceToABounce: a message from nobody that fails is nobody's, and counted.
func TestNoBounceToABounce(t *testing.T) {
	n := &next{says: func(l *letter.Letter, _ string) ([]letter.Outcome, error) {
		return letter.All(l.To, letter.Failed, "5.1.1", "no"), nil
	}}
	r := start(t, Config{Next: n})
	if err := send(r, "hi@shop.test", "no@b.test"); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if c := r.Counts(); c.Lost == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	empty(t, r)
	if c := r.Counts(); c.Bounced != 1 || c.Lost != 1 || c.Failed != 2 {
		t.Errorf("%+v", c)
	}
}

// TestGivenUp: after five days a message that was never taken goes back.
func TestGivenUp(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	away := true
	n := &next{}
	n.says = func(l *letter.Letter, _ string) ([]letter.Outcome, error) {
		if away {
			return nil, &letter.Trouble{Err: errors.New("nobody there")}
		}
		return letter.All(l.To, letter.Delivered, "", ""), nil
	}
	r := start(t, Config{Next: n, Now: clock})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if r.Counts().Trouble != "" {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if c := r.Counts(); c.Queued != 1 || c.Trouble != "nobody there" {
		t.Fatalf("%+v", c)
	}
	mu.Lock()
	now = now.Add(5*24*time.Hour + time.Minute)
	mu.Unlock()
	n.mu.Lock()
	away = false
	n.mu.Unlock()
	r.Retry()
	got := n.await(t, 1)
	if got[0].to != "hi@shop.test" || !strings.Contains(got[0].text, "Status: 4.4.7") {
		t.Errorf("%+v", got)
	}
	empty(t, r)
}

// TestRestart: what was not sent is sent by the next process, and by one alone.
func TestRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	dead := &next{says: func(*letter.Letter, string) ([]letter.Outcome, error) {
		return nil, &letter.Trouble{Err: errors.New("nobody there")}
	}}
	r := start(t, Config{Next: dead, Queue: dir})
	for range 3 {
		if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Start(Config{Next: dead, Queue: dir, Log: r.Log}); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("a second process: %v", err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := &next{}
	r = start(t, Config{Next: n, Queue: dir})
	n.await(t, 3)
	empty(t, r)
}

// TestDrop: what was left while no relay ran is sent by the next, and what nobody of ours
// has left there is not.
func TestDrop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	n := &next{}
	first := start(t, Config{Next: n, Queue: dir})
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := queue.Leave(dir, "www-data", []string{"jane@b.test", "root"}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := queue.Leave(dir, "hi@shop.test", []string{"bad address@b.test"}, []byte(text)); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	head := `{"from":"a@b.test","to":["thief@b.test"],"size":1}` + "\n"
	os.WriteFile(secret, []byte(head+"\n"), 0o600)
	os.Symlink(secret, filepath.Join(dir, "drop", "linklinklinklinklink.mail"))
	os.Link(secret, filepath.Join(dir, "drop", "hardhardhardhardhard.mail"))
	os.WriteFile(filepath.Join(dir, "drop", "halfhalfhalfhalfhalf.mail"), []byte(`{"from":"a@b.test","to":["thief@b.test"],"size":100}`+"\nhalf"), 0o600)
	strange := filepath.Join(dir, "drop", strings.Repeat("a", 40)+".mail") // a report of it would have no name
	os.WriteFile(strange, []byte(head+"\n"), 0o600)
	r := start(t, Config{Next: n, Queue: dir, Local: "ops@shop.test", Maker: letter.Maker{Host: "web.test", Sender: "noreply@shop.test"}})
	got := n.await(t, 3)
	empty(t, r)
	to := map[string]string{}
	for _, m := range got {
		to[m.to] = m.from
	}
	if len(to) != 3 || to["jane@b.test"] != "noreply@shop.test" || to["ops@shop.test"] != "noreply@shop.test" || to["hi@shop.test"] != "" {
		t.Errorf("%v", to)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "drop", "*.refused")); len(left) != 4 {
		t.Errorf("put aside: %v", left)
	}
	if _, err := os.Stat(strange); err != nil {
		t.Errorf("a name that we never give is taken: %v", err)
	}
}

// TestManage: an owner drops and retries.
func TestManage(t *testing.T) {
	away := true
	n := &next{}
	n.says = func(l *letter.Letter, _ string) ([]letter.Outcome, error) {
		if away {
			return nil, &letter.Trouble{Err: errors.New("nobody there"), After: time.Minute}
		}
		return letter.All(l.To, letter.Delivered, "", ""), nil
	}
	r := start(t, Config{Next: n})
	for range 2 {
		if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		if r.Counts().Trouble != "" {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	list, err := queue.List(r.Queue)
	if err != nil || len(list) != 2 || list[0].Subject != "Hello" {
		t.Fatalf("%v %v", list, err)
	}
	for range 100 {
		if err = r.Drop(list[0].ID); !errors.Is(err, ErrSending) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Drop("nonesuch"); !errors.Is(err, queue.ErrNone) {
		t.Error(err)
	}
	n.mu.Lock()
	away = false
	n.mu.Unlock()
	if r.Retry("nonesuch") != 0 || r.Retry(list[1].ID, "nonesuch") != 0 || r.Retry() != 1 {
		t.Error("retry counts wrongly")
	}
	n.await(t, 1)
	empty(t, r)
}

// TestTakenByHand: a message whose files somebody has deleted takes no room.
func TestTakenByHand(t *testing.T) {
	r := start(t, Config{Next: away(), Bounds: queue.Bounds{Messages: 1}})
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(r.Queue, "messages", "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		os.Remove(file)
	}
	for range 500 {
		if count, _ := r.queue.Used(); count == 0 {
			break
		}
		r.Retry()
		time.Sleep(10 * time.Millisecond)
	}
	empty(t, r)
	if err := send(r, "hi@shop.test", "jane@b.test"); err != nil {
		t.Error(err)
	}
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 9: 4 * time.Hour, 1000: 4 * time.Hour} {
		if got := backoff(attempt); got < want*9/10 || got > want*11/10 {
			t.Errorf("after attempt %d: %v", attempt, got)
		}
	}
}

// TestSenders: as many senders as anybody makes up are counted in bounded space.
func TestSenders(t *testing.T) {
	l := newLimits(2)
	now := time.Now()
	for i := range maxSenders + 100 {
		l.take(now, fmt.Sprint(i))
	}
	if len(l.senders) > maxSenders+1 {
		t.Errorf("%d senders are kept", len(l.senders))
	}
	if !l.take(now, "0") || l.take(now, "0") || !l.take(now.Add(time.Hour), "0") {
		t.Error("the allowance")
	}
	l = newLimits(2)
	if !l.take(now, "a") || !l.take(now, "a", "b") || l.take(now, "a", "b") || !l.take(now, "b") || l.take(now, "b") {
		t.Error("two that are counted together")
	}
	if l.give("b"); !l.take(now, "b") || l.take(now, "b") || l.take(now, "a") {
		t.Error("what was given back")
	}
}

// TestClockWasAhead: a message that was set down while the clock was ahead is tried within
// hours, and given up in time.
func TestClockWasAhead(t *testing.T) {
	r := &Relay{schedule: newSchedule()}
	r.Now, r.GiveUp = time.Now, 5*24*time.Hour
	ahead := time.Now().AddDate(1, 0, 0)
	r.send(&queue.Record{ID: "a", Arrived: ahead, Next: ahead.Add(time.Hour)})
	v := r.schedule.visits["a"]
	if wait, left := time.Until(v.next), time.Until(v.expires); wait > longestWait || left > r.GiveUp {
		t.Errorf("tried in %s, given up in %s", wait, left)
	}
	r.send(&queue.Record{ID: "b", Arrived: time.Now(), Next: time.Now().Add(time.Minute)})
	if v := r.schedule.visits["b"]; time.Until(v.next) > time.Minute || time.Until(v.next) < 30*time.Second {
		t.Errorf("one of now is tried in %s", time.Until(v.next))
	}
}
