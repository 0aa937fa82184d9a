package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/audit"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/host"
	"pavise/site"
	"pavise/test/servers"
)

// program is Pavise as far as it is about mail.
func program() *cobra.Command { return cli.Root(Command(), SendmailCommand()) }

// A mailbox is a Postmark of ours that remembers what it was given, and a configuration
// that has mail sent there.
type mailbox struct {
	config, queue, listen string

	mu     sync.Mutex
	status int
	got    []map[string]any
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	box := &mailbox{status: http.StatusOK}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		box.mu.Lock()
		defer box.mu.Unlock()
		var m map[string]any
		if json.NewDecoder(r.Body).Decode(&m) == nil && box.status == http.StatusOK {
			box.got = append(box.got, m)
		}
		w.WriteHeader(box.status)
		io.WriteString(w, `{"ErrorCode":0,"Message":"OK","MessageID":"0a1b"}`)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(name, text string) { os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	write("token", "secret\n")
	box.config, box.queue, box.listen = filepath.Join(dir, "pavise.yaml"), filepath.Join(dir, "spool"), "127.0.0.1:"+servers.FreePort(t)
	write("pavise.yaml", fmt.Sprintf("mail:\n  postmark: {token-file: token, url: %q, ca: ca.pem}\n  listen: [%q]\n  queue: spool\n"+
		"  sender: noreply@shop.test\n  local: ops@shop.test\n  host: web.test\n", server.URL, box.listen))
	return box
}

// answer has it answer with another status.
func (b *mailbox) answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

// await waits until so many messages are there.
func (b *mailbox) await(t *testing.T, count int) []map[string]any {
	t.Helper()
	for range 1000 {
		b.mu.Lock()
		got := append([]map[string]any(nil), b.got...)
		b.mu.Unlock()
		if len(got) >= count {
			return got
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there are not %d messages", count)
	return nil
}

// do runs a command with an input.
func (b *mailbox) do(t *testing.T, want int, input string, args ...string) string {
	t.Helper()
	root := program()
	var out bytes.Buffer
	root.SetArgs(args)
	root.SetIn(strings.NewReader(input))
	root.SetOut(&out)
	root.SetErr(&out)
	if code := cli.Explain(&out, root.ExecuteContext(t.Context())); code != want {
		t.Errorf("%v: exit %d, want %d:\n%s", args, code, want, out.String())
	}
	return out.String()
}

// serve runs the relay until stop is called.
func (b *mailbox) serve(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	log := &servers.Record{}
	root := program()
	root.SetArgs([]string{"mail", "serve", "--config", b.config})
	root.SetErr(log)
	go func() { done <- root.ExecuteContext(ctx) }()
	for range 500 {
		if strings.Contains(log.String(), "mail is taken at") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%v\n%s", err, log)
		}
		if strings.Contains(log.String(), "secret") {
			t.Errorf("the token is in the log:\n%s", log)
		}
	})
	t.Cleanup(stop)
	return stop
}

const cron = "From: root (Cron Daemon)\nTo: root\nSubject: backup\n\ndone\n"

// TestMail goes the way of a machine's mail: while no relay runs, while the next server is
// away, and when all is well.
func TestMail(t *testing.T) {
	box := newMailbox(t)
	box.serve(t)() // makes the queue
	sendmail := []string{"sendmail", "--config", box.config}
	box.do(t, cli.ExitClean, cron, append(sendmail, "-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root")...)
	if text := box.do(t, cli.ExitClean, "", "mail", "queue", "--config", box.config); !strings.Contains(text, "no relay runs") {
		t.Error(text)
	}
	stop := box.serve(t)
	if got := box.await(t, 1); got[0]["From"] != `"Cron Daemon" <noreply@shop.test>` || got[0]["To"] != "ops@shop.test" || got[0]["TextBody"] != "done\r\n" {
		t.Errorf("%v", got)
	}
	box.answer(http.StatusUnauthorized)
	box.do(t, cli.ExitClean, "To: Jane <jane@b.test>\nBcc: joe@c.test\nSubject: order\n\nThanks\n.\nmore\n", append(sendmail, "-t", "-i", "-fshop@shop.test")...)
	id := box.waiting(t)
	text := box.do(t, cli.ExitClean, "", "mail", "queue", "--config", box.config)
	for _, want := range []string{"Postmark is in trouble: it answers 401", "1 message\n", id + "  ", "from shop@shop.test  order", "joe@c.test  delayed"} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
	if text := box.do(t, cli.ExitClean, "", "mail", "show", id, "--config", box.config); !strings.Contains(text, "Subject: order") || strings.Contains(text, "Bcc") {
		t.Error(text)
	}
	if text := box.do(t, cli.ExitFailed, "", "mail", "test", "--to", "jane@b.test", "--config", box.config); !strings.Contains(text, "401") {
		t.Error(text)
	}
	box.answer(http.StatusOK)
	if text := box.do(t, cli.ExitClean, "", "mail", "retry", "--config", box.config); text != "1 message: tried now\n" {
		t.Error(text)
	}
	if got := box.await(t, 2)[1]; got["To"] != `"Jane" <jane@b.test>` || got["Bcc"] != "joe@c.test" || got["TextBody"] != "Thanks\r\n.\r\nmore\r\n" {
		t.Errorf("%v", got)
	}
	if text := box.do(t, cli.ExitClean, "", "mail", "test", "--to", "jane@b.test", "--config", box.config); !strings.Contains(text, "jane@b.test: delivered by Postmark: 2.0.0 as 0a1b\n") {
		t.Error(text)
	}
	box.do(t, cli.ExitFailed, "", "mail", "drop", "nonesuch", "--config", box.config)
	if text := box.do(t, cli.ExitClean, "", "mail", "queue", "--config", box.config); !strings.Contains(text, "since the relay began: 2 accepted, 0 refused, 0 bounced, 0 lost; recipients: 3 delivered") {
		t.Error(text)
	}
	if text := box.do(t, cli.ExitClean, "", "mail", "queue", "--json", "--config", box.config); !strings.Contains(text, `"delivered": 3`) || !strings.Contains(text, `"messages": []`) {
		t.Error(text)
	}
	stop()
	if text := box.do(t, cli.ExitClean, "", "mail", "queue", "--json", "--config", box.config); !strings.Contains(text, `"relay": null`) {
		t.Error(text)
	}
	box.do(t, cli.ExitFailed, "", "mail", "show", "../token", "--config", box.config)
}

// TestNoQueue: a command that finds no queue makes none, which would be its own account's.
func TestNoQueue(t *testing.T) {
	box := newMailbox(t)
	box.do(t, cli.ExitClean, "", "mail", "retry", "--config", box.config)
	box.do(t, cli.ExitFailed, "", "mail", "drop", "nonesuch", "--config", box.config)
	if _, err := os.Stat(box.queue); err == nil {
		t.Error("there is one now")
	}
}

// TestNoHalfDrop: where one of the messages that are named is not there none is dropped,
// whether a relay runs or not; what is done without one is said.
func TestNoHalfDrop(t *testing.T) {
	box := newMailbox(t)
	box.answer(http.StatusUnauthorized)
	stop := box.serve(t)
	box.do(t, cli.ExitClean, cron, "sendmail", "--config", box.config, "root")
	id := box.waiting(t)
	on := []string{"--config", box.config}
	box.do(t, cli.ExitFailed, "", append([]string{"mail", "drop", id, "nonesuch"}, on...)...)
	box.waiting(t)
	stop()
	box.do(t, cli.ExitFailed, "", append([]string{"mail", "drop", id, "nonesuch"}, on...)...)
	if text := box.do(t, cli.ExitClean, "", append([]string{"mail", "retry", id, id}, on...)...); text != "1 message: tried when the relay starts\n" {
		t.Error(text)
	}
	os.WriteFile(filepath.Join(box.queue, "messages", "broken.json"), []byte("{"), 0o600)
	text := box.do(t, cli.ExitClean, "", append([]string{"mail", "drop", id}, on...)...)
	if !strings.Contains(text, "broken.json") || !strings.Contains(text, "1 message: dropped\n") {
		t.Error(text)
	}
}

// TestMailNumbers: Prometheus learns that the next server is away, and that it is back.
func TestMailNumbers(t *testing.T) {
	box := newMailbox(t)
	at := "127.0.0.1:" + servers.FreePort(t)
	f, err := os.OpenFile(box.config, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "  metrics: %s\n", at)
	f.Close()
	box.answer(http.StatusUnauthorized)
	box.serve(t)
	get := func(path string) (int, string) {
		res, err := http.Get("http://" + at + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(text)
	}
	await := func(want string, ready int) {
		t.Helper()
		var text string
		for range 500 {
			if _, text = get("/metrics"); strings.Contains(text, want) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if code, _ := get("/readyz"); code != ready || !strings.Contains(text, want) {
			t.Errorf("%d, without %s:\n%s", code, want, text)
		}
	}
	box.do(t, cli.ExitClean, cron, "sendmail", "--config", box.config, "root")
	await("pavise_mail_next_hop_up 0\n", http.StatusServiceUnavailable)
	if _, text := get("/metrics"); !strings.Contains(text, "pavise_mail_queue_messages 1\n") {
		t.Error(text)
	}
	box.answer(http.StatusOK)
	box.do(t, cli.ExitClean, "", "mail", "retry", "--config", box.config)
	await("pavise_mail_recipients_total{outcome=\"delivered\"} 1\n", http.StatusOK)
}

// waiting is the id of the one message that waits.
func (b *mailbox) waiting(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`"id": "(\w+)"`).FindStringSubmatch(b.do(t, cli.ExitClean, "", "mail", "queue", "--json", "--config", b.config))
	if found == nil {
		t.Fatal("nothing waits")
	}
	for range 200 { // until it was tried
		if strings.Contains(b.do(t, cli.ExitClean, "", "mail", "queue", "--config", b.config), "trouble") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return found[1]
}

// TestSendmailRefuses: what would be read as something else is refused, with the codes that
// programs know.
func TestSendmailRefuses(t *testing.T) {
	box := newMailbox(t)
	box.serve(t)
	many := strings.Fields(strings.Repeat("a@b.test ", 101))
	for name, c := range map[string]struct {
		input string
		args  []string
		code  int
	}{
		"an unknown flag":              {"", []string{"-Z"}, exUsage},
		"nobody":                       {"Subject: x\n\nx\n", nil, exUsage},
		"a recipient with a line":      {"Subject: x\n\nx\n", []string{"a@b.test\nRCPT TO:<c@d.test>"}, exData},
		"a sender with a line":         {"Subject: x\n\nx\n", []string{"-f", "a@b.test>\r\nDATA", "a@b.test"}, exData},
		"a lone CR in the header":      {"Subject: x\rBcc: thief@b.test\n\nx\n", []string{"-t", "a@b.test"}, exData},
		"two of From":                  {"From: a@b.test\nFrom: c@d.test\n\nx\n", []string{"a@b.test"}, exData},
		"two of Subject":               {"To: a@b.test\nSubject: x\nSubject: y\n\nx\n", []string{"-t"}, exData},
		"a line that is no field":      {"To: a@b.test\nno field\n\nx\n", []string{"-t"}, exData},
		"addresses that are none":      {"To: a b c <\n\nx\n", []string{"-t"}, exData},
		"an address that is an option": {"Subject: x\n\nx\n", []string{"--", "-oQ/tmp@b.test"}, exData},
		"an unknown mode":              {"", []string{"-bd"}, exUsage},
		"a sender half in brackets":    {"Subject: x\n\nx\n", []string{"-f", "<a@b.test", "a@b.test"}, exData},
		"too many recipients":          {"Subject: x\n\nx\n", many, exUnavailable},
	} {
		if text := box.do(t, c.code, c.input, append([]string{"sendmail", "--config", box.config}, c.args...)...); !strings.Contains(text, "error") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got := box.do(t, cli.ExitClean, "EHLO a\r\nQUIT\r\n", "sendmail", "--config", box.config, "-bs"); !strings.HasPrefix(got, "220 web.test") {
		t.Errorf("-bs: %q", got)
	}
	box.do(t, exTempFail, "Subject: x\n\nx\n", "sendmail", "--config", filepath.Join(t.TempDir(), "none.yaml"), "a@b.test")
}

// TestSendmailTakes: what other sendmails take is taken as they do.
func TestSendmailTakes(t *testing.T) {
	box := newMailbox(t)
	box.serve(t)
	for i, c := range []struct {
		input      string
		args       []string
		from, body string
	}{
		{"Backup of web1 failed: disk full\n", []string{"a@b.test"}, "", "Backup of web1 failed: disk full\r\n"},
		{"Backup finished\n", []string{"-F", "Backup", "-f", "<>", "a@b.test"}, `"Backup" <noreply@shop.test>`, "Backup finished\r\n"},
		{"Subject: x\n\nx\n", []string{"-f", "<hi@shop.test>", "a@b.test"}, "hi@shop.test", "x\r\n"},
		{"Subject: x\n\nx\n", []string{"-f", "", "a@b.test"}, "", "x\r\n"},
		{"To: root\nTo: Jane <jane@b.test>\nSubject: x\n\nx\n", []string{"-t"}, "", "x\r\n"},
	} {
		box.do(t, cli.ExitClean, c.input, append([]string{"sendmail", "--config", box.config}, c.args...)...)
		got := box.await(t, i+1)[i]
		if got["TextBody"] != c.body || c.from != "" && got["From"] != c.from {
			t.Errorf("%q %q: %v", c.input, c.args, got)
		}
	}
	if got := box.await(t, 6); got[4]["To"] != "ops@shop.test" || !strings.Contains(fmt.Sprint(got[5]["To"]), "jane@b.test") {
		t.Errorf("%v", got[4:])
	}
}

// TestSendmailSender: nobody is a sender, too.
func TestSendmailSender(t *testing.T) {
	for args, want := range map[string]string{"-f <>": "", "-f <a@b.test>": "a@b.test", "-fa@b.test": "a@b.test", "-r a@b.test": "a@b.test"} {
		if s, err := parseSendmail(strings.Fields(args)); err != nil || s.from != want || !s.sender {
			t.Errorf("%q: %+v %v", args, s, err)
		}
	}
	if s, err := parseSendmail([]string{"-f", ""}); err != nil || s.from != "" || !s.sender {
		t.Errorf("%+v %v", s, err)
	}
	if s, err := parseSendmail([]string{"-i"}); err != nil || s.sender {
		t.Errorf("%+v %v", s, err)
	}
}

// TestSendmailQueue: -bp takes no arguments but its own, which by the name sendmail are
// those of the process.
func TestSendmailQueue(t *testing.T) {
	before := os.Args
	defer func() { os.Args = before }()
	os.Args = []string{"sendmail", "-bp"}
	root := program()
	var out bytes.Buffer
	root.SetArgs([]string{"sendmail", "-bp"})
	root.SetOut(&out)
	root.SetErr(&out)
	if err := root.ExecuteContext(t.Context()); err != nil && strings.Contains(err.Error(), "flag") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestHostIsDomain: the domains of the section are its people's.
func TestHostIsDomain(t *testing.T) {
	for _, m := range []site.Mail{{Sender: "a@shop.test"}, {Local: "a@shop.test"}, {ReturnPath: "a@shop.test"}, {SenderDomains: []string{"shop.test"}}} {
		m.Host = "shop.test"
		if makerOf(&m).IsHere("jane@shop.test") {
			t.Errorf("%+v", m)
		}
	}
	if !makerOf(&site.Mail{Host: "web.shop.test", Local: "a@shop.test"}).IsHere("root@web.shop.test") {
		t.Error("an account of the machine is none")
	}
}

// TestSendmailByItsName: a link called sendmail is the command.
func TestSendmailByItsName(t *testing.T) {
	for args, want := range map[string]string{"/usr/sbin/sendmail -t": "sendmail -t", "mailq": "mail queue", "pavise version": "version"} {
		if got := strings.Join(AsSendmail(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: %s", args, got)
		}
	}
}

// TestSendmailTakesItsFileInFront: a stranger may get a word into the flags that a program
// gives, as with the fifth argument of PHP's mail().
func TestSendmailTakesItsFileInFront(t *testing.T) {
	s, err := parseSendmail([]string{"--config", "/etc/pavise/pavise.yaml", "-t", "-i"})
	if err != nil || s.config != "/etc/pavise/pavise.yaml" || !s.header {
		t.Errorf("%+v %v", s, err)
	}
	for _, args := range [][]string{{"-t", "-i", "-fa@b.test", "--config=/tmp/evil"}, {"-t", "--config", "/tmp/evil"}, {"--config=/etc/a", "--config=/tmp/evil"}} {
		if s, err := parseSendmail(args); err == nil {
			t.Errorf("%v: %+v", args, s)
		}
	}
	for _, args := range [][]string{{"-C/tmp/evil", "a@b.test"}, {"-oQ/tmp", "a@b.test"}, {"-OQueueDirectory=/tmp", "a@b.test"}, {"-X/var/www/x.php", "a@b.test"}} {
		if s, err := parseSendmail(args); err != nil || s.config != "" || len(s.to) != 1 {
			t.Errorf("%v: %+v %v", args, s, err)
		}
	}
}

// TestMailIsHidden: with the relay running nothing of it can be seen from elsewhere, and an
// audit of the host finds it on loopback alone.
func TestMailIsHidden(t *testing.T) {
	box := newMailbox(t)
	box.serve(t)
	_, port, _ := net.SplitHostPort(box.listen)
	for _, address := range addressesBeyondLoopback(t) {
		if c, err := net.DialTimeout("tcp", net.JoinHostPort(address, port), time.Second); err == nil {
			c.Close()
			t.Errorf("the relay answers at %s", address)
		}
	}
	e, err := audit.Collect(t.Context(), audit.Options{Host: "/"}, []pavise.Control{host.Listeners{}})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for i, s := range e.Machine.Sockets {
		if fmt.Sprint(s.Port) == port && s.Proto == "tcp" {
			found = true
			if s.Open {
				t.Errorf("%+v", s)
			}
			e.Machine.Sockets[i].Port = 25 // what the rule looks at
		}
	}
	if !found {
		t.Fatalf("the relay is not among %d sockets", len(e.Machine.Sockets))
	}
	for _, f := range (host.Listeners{}).Check(e) {
		if f.Rule == "host.listeners.mail" && f.Outcome != pavise.Pass {
			t.Errorf("%+v", f)
		}
	}
}

func addressesBeyondLoopback(t *testing.T) (list []string) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			list = append(list, n.IP.String())
		}
	}
	return list
}
