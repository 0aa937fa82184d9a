package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	netsmtp "net/smtp"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"pavise/mail/letter"
	"pavise/mail/queue"
	"pavise/mail/smarthost"
	"pavise/test/servers"
)

var lasts = flag.Duration("for", 500*time.Millisecond, "for how long relays are killed")

// TestMain lets this program be the relay that is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("PAVISE_TEST_RELAY") {
	case "":
		os.Exit(m.Run())
	default:
		relayToBeKilled()
	}
}

// relayToBeKilled runs a relay until its input ends, and writes where it listens.
func relayToBeKilled() {
	pemText, err := os.ReadFile(os.Getenv("PAVISE_TEST_CA"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pemText)
	if limit := os.Getenv("PAVISE_TEST_LIMIT"); limit != "" && err == nil { // no file may be larger: as on a full disk
		signal.Ignore(syscall.SIGXFSZ)
		var n uint64
		fmt.Sscan(limit, &n)
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
	}
	var r *Relay
	if err == nil {
		r, err = Start(Config{Listen: []string{"127.0.0.1:0"}, Queue: os.Getenv("PAVISE_TEST_RELAY"), Log: slog.New(slog.DiscardHandler),
			Maker: letter.Maker{Host: "web.test"}, Poll: 10 * time.Millisecond, PerHour: 1 << 30,
			Backoff: func(int) time.Duration { return 20 * time.Millisecond },
			Next:    &smarthost.Host{Addr: os.Getenv("PAVISE_TEST_NEXT"), TLS: &tls.Config{RootCAs: roots}, Hello: "web.test"}})
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(r.Addresses()[0])
	io.Copy(io.Discard, os.Stdin)
	r.Stop(context.Background())
}

// A sink counts what arrives, and looks whether it is whole.
type sink struct {
	mu      sync.Mutex
	times   map[string]int
	partial []string
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{s}, nil }

type sinkSession struct{ *sink }

func (s *sinkSession) Reset()                               {}
func (s *sinkSession) Logout() error                        { return nil }
func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

var numbered = regexp.MustCompile(`(?s)Message-ID: <(\w+)@kill.test>\r\n.*\r\n\r\nbegin\r\n.*\r\nend\r\n$`)

func (s *sinkSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := numbered.FindSubmatch(text); found != nil {
		s.times[string(found[1])]++
	} else {
		s.partial = append(s.partial, string(text))
	}
	return nil
}

func (s *sink) missing(names []string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if s.times[name] == 0 {
			list = append(list, name)
		}
	}
	return list
}

// listen serves the sink with TLS, and returns where and its certificate's file.
func (s *sink) listen(t testing.TB) (addr, ca string) {
	pair := servers.SelfSigned(t, servers.ECDSA)
	server := smtp.NewServer(s)
	server.Domain, server.TLSConfig = "mx.test", &tls.Config{Certificates: []tls.Certificate{pair}}
	server.ErrorLog = log.New(io.Discard, "", 0) // of relays that were killed
	l := servers.Listen(t)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	ca = filepath.Join(t.TempDir(), "ca.pem")
	os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "localhost:" + port, ca
}

// A victim is a relay as a process.
type victim struct {
	cmd   *exec.Cmd
	stdin io.Closer
	addr  string
}

func spawn(t testing.TB, dir, next, ca, limit string) *victim {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{cmd: exec.Command(exe)}
	v.cmd.Env = append(os.Environ(), "PAVISE_TEST_RELAY="+dir, "PAVISE_TEST_NEXT="+next, "PAVISE_TEST_CA="+ca, "PAVISE_TEST_LIMIT="+limit)
	v.stdin, _ = v.cmd.StdinPipe()
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.cmd.Process.Kill(); v.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if v.addr = strings.TrimSpace(line); err != nil || strings.HasPrefix(line, "error") {
		t.Fatalf("the relay does not start: %q %v", line, err)
	}
	return v
}

func numberedMessage(name string, size int) []byte {
	return []byte("From: a@kill.test\r\nMessage-ID: <" + name + "@kill.test>\r\nSubject: x\r\n\r\nbegin\r\n" + strings.Repeat("0123456789\r\n", size/12) + "\r\nend\r\n")
}

// TestKilled kills a relay with -9 again and again, while it takes messages and sends them:
// each that it has acknowledged arrives at least once, and none in part.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := &sink{times: map[string]int{}}
	next, ca := s.listen(t)
	dir := filepath.Join(t.TempDir(), "mail")
	var acknowledged []string
	kills, number := 0, 0
	for began := time.Now(); time.Since(began) < *lasts || kills < 3; kills++ {
		v, before := spawn(t, dir, next, ca, ""), len(acknowledged)
		var dead *time.Timer
		for {
			if dead == nil && len(acknowledged) >= before+3 {
				dead = time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { v.cmd.Process.Kill() })
			}
			name := fmt.Sprintf("k%d", number)
			number++
			if number%5 == 0 { // the way of the command sendmail
				if err := queue.Leave(dir, "a@kill.test", []string{"b@kill.test"}, numberedMessage(name, rand.IntN(50_000))); err != nil {
					t.Fatal(err)
				}
				acknowledged = append(acknowledged, name)
				continue
			}
			if netsmtp.SendMail(v.addr, nil, "a@kill.test", []string{"b@kill.test"}, numberedMessage(name, rand.IntN(50_000))) != nil {
				break
			}
			acknowledged = append(acknowledged, name)
		}
		v.cmd.Process.Kill()
		v.cmd.Wait()
	}
	last := spawn(t, dir, next, ca, "")
	for range 1500 {
		if len(s.missing(acknowledged)) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	last.stdin.Close()
	last.cmd.Wait()
	twice := 0
	for _, n := range s.times {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d kills, %d acknowledged messages, %d arrived more than once", kills, len(acknowledged), twice)
	if missing := s.missing(acknowledged); len(missing) > 0 {
		t.Errorf("lost: %v", missing)
	}
	if len(s.partial) > 0 {
		t.Errorf("%d in part, the first:\n%.300s", len(s.partial), s.partial[0])
	}
	if len(acknowledged) < 3*kills {
		t.Errorf("only %d messages before %d kills", len(acknowledged), kills)
	}
}

// TestFullDisk: what the disk does not take whole is refused for now, and nothing of it is
// ever sent; what it takes is sent.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := &sink{times: map[string]int{}}
	next, ca := s.listen(t)
	v := spawn(t, filepath.Join(t.TempDir(), "mail"), next, ca, "20000")
	for i := range 6 {
		name, size := fmt.Sprintf("f%d", i), 100
		if i%2 == 0 {
			size = 100_000
		}
		err := netsmtp.SendMail(v.addr, nil, "a@kill.test", []string{"b@kill.test"}, numberedMessage(name, size))
		if small := size < 20_000; (err == nil) != small || err != nil && !strings.Contains(err.Error(), "4.3.1") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	for range 500 {
		if len(s.missing([]string{"f1", "f3", "f5"})) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	v.stdin.Close()
	v.cmd.Wait()
	if missing := s.missing([]string{"f1", "f3", "f5"}); len(missing) > 0 || len(s.partial) > 0 || len(s.times) != 3 {
		t.Errorf("missing %v, in part %d, %v", missing, len(s.partial), s.times)
	}
}
