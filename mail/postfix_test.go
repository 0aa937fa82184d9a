package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/mail/letter"
	"pavise/mail/smarthost"
	"pavise/test/servers"
	"pavise/test/tools"
)

// A postfix is Debian's, with a configuration and a queue of its own.
type postfix struct {
	dir, maildir          string
	submission, submitted string // its ports for STARTTLS and for TLS at once
	roots                 *x509.CertPool
}

// startPostfix starts one that takes mail for b.test from who logs in within TLS.
func startPostfix(t *testing.T) *postfix {
	t.Helper()
	program := tools.Need(t, "postfix")
	owner, err := user.Lookup("postfix")
	if err != nil || os.Getuid() != 0 {
		tools.Lack(t, "Postfix is started by root alone")
	}
	// Below /tmp itself: a socket has a short path, and Postfix's own account must come there.
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	p := &postfix{dir: dir, maildir: filepath.Join(dir, "mail", "inbox", "new"), submission: servers.FreePort(t), submitted: servers.FreePort(t)}
	for _, name := range []string{"queue", "data", "mail"} {
		os.Mkdir(filepath.Join(dir, name), 0o755)
	}
	os.Chown(filepath.Join(dir, "data"), uid, gid)
	os.Chown(filepath.Join(dir, "mail"), uid, gid)
	pair := servers.SelfSigned(t, servers.RSA)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) { os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	write("tls.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))+
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	p.roots.AddCert(leaf)
	answerSASL(t, filepath.Join(dir, "auth"), uid)
	write("main.cf", fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
myhostname = mx.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
maillog_file = /dev/stdout
maillog_file_prefixes = /dev/stdout
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = b.test
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{jane@b.test=inbox/, joe@b.test=inbox/}
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[3]d
virtual_minimum_uid = 1
smtpd_tls_chain_files = %[1]s/tls.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = %[1]s/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
smtpd_sender_restrictions =
mynetworks =
`, dir, uid, gid))
	write("master.cf", fmt.Sprintf(`127.0.0.1:%s inet n - n - - smtpd
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
verify unix - - n - 1 verify
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`, p.submission, p.submitted))
	p.run(t, program)
	return p
}

// run starts it, and ends it with the test.
func (p *postfix) run(t *testing.T, program string) {
	cmd := exec.Command(program, "-c", p.dir, "start-fg")
	var said servers.Record
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end(t)
		cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	for range 500 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+p.submission); err == nil {
			c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("Postfix does not listen:\n%s", said.String())
}

// end ends its master, which leads a group of its own with all that it has started.
func (p *postfix) end(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(p.dir, "queue", "pid", "master.pid"))
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || convErr != nil {
		t.Error("Postfix cannot be ended: ", err, convErr)
		return
	}
	syscall.Kill(-pid, syscall.SIGTERM)
	for range 200 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	syscall.Kill(-pid, syscall.SIGKILL)
}

// answerSASL knows one account: it speaks the protocol by which Postfix asks Dovecot.
func answerSASL(t *testing.T, path string, uid int) {
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	os.Chown(path, uid, -1)
	right := base64.StdEncoding.EncodeToString([]byte("\x00shop\x00secret"))
	servers.SpeakAt(l, func(c net.Conn) {
		io.WriteString(c, "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
		for in := bufio.NewScanner(c); in.Scan(); {
			fields := strings.Split(in.Text(), "\t")
			if fields[0] != "AUTH" {
				continue
			}
			if strings.HasSuffix(in.Text(), "resp="+right) {
				fmt.Fprintf(c, "OK\t%s\tuser=shop\n", fields[1])
			} else {
				fmt.Fprintf(c, "FAIL\t%s\tuser=shop\n", fields[1])
			}
		}
	})
}

// arrived are the messages in the one mailbox.
func (p *postfix) arrived(t *testing.T) (texts []string) {
	files, _ := filepath.Glob(filepath.Join(p.maildir, "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestPostfix: a real mail server takes what the relay sends, by TLS of both kinds and a
// login, and what it refuses comes back to its sender.
func TestPostfix(t *testing.T) {
	t.Parallel()
	p := startPostfix(t)
	for i, implicit := range []bool{false, true} {
		port := map[bool]string{false: p.submission, true: p.submitted}[implicit]
		h := &smarthost.Host{Addr: "localhost:" + port, Implicit: implicit, TLS: &tls.Config{RootCAs: p.roots}, Hello: "web.test",
			User: "shop", Password: func() (string, error) { return "secret", nil }}
		r := start(t, Config{Next: h})
		if err := send(r, "jane@b.test", "joe@b.test", "nobody@b.test"); err != nil {
			t.Fatal(err)
		}
		want := 2 * (i + 1) // the message, and the bounce to Jane
		for range 500 {
			if len(p.arrived(t)) >= want {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		texts := strings.Join(p.arrived(t), "\n")
		if strings.Count(texts, "\nSubject: Hello\n") < 2*(i+1) || !strings.Contains(texts, "\nBody\n.\nend\n") ||
			strings.Count(texts, "Final-Recipient: rfc822; nobody@b.test") != i+1 || len(p.arrived(t)) != want {
			t.Errorf("%d have arrived:\n%s", len(p.arrived(t)), texts)
		}
		if !strings.Contains(texts, "ESMTPSA id") {
			t.Errorf("not within TLS and a login:\n%s", texts)
		}
		empty(t, r)
	}
	wrong := &smarthost.Host{Addr: "localhost:" + p.submission, TLS: &tls.Config{RootCAs: p.roots}, Hello: "web.test",
		User: "shop", Password: func() (string, error) { return "wrong", nil }}
	l := &letter.Letter{From: "jane@b.test", To: []string{"joe@b.test"}}
	if _, err := wrong.Send(context.Background(), l); err == nil || !strings.Contains(err.Error(), "535") {
		t.Errorf("a wrong password: %v", err)
	}
}
