package network

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"pavise/test/servers"
)

// TestLink: an echo comes back as the link lets it.
func TestLink(t *testing.T) {
	link := NewLink(t, servers.Speak(t, func(c net.Conn) { io.Copy(c, c) }))
	conn := dial(t, link)
	heard := make(chan string, 16)
	go func() {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			heard <- lines.Text()
		}
		close(heard)
	}()
	say := func(word string) { io.WriteString(conn, word+"\n") }
	hear := func(want string) {
		t.Helper()
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("hears %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("does not hear %q", want)
		}
	}
	say("sound")
	hear("sound")
	link.Delay(time.Millisecond)
	say("late")
	hear("late")
	for _, hold := range []func(){link.Swallow, link.SwallowAnswers} {
		hold()
		say("held")
		select {
		case got := <-heard:
			t.Errorf("hears %q", got)
		case <-time.After(30 * time.Millisecond):
		}
		link.Mend()
		hear("held")
	}
	link.Cut()
	if word, open := <-heard; open {
		t.Errorf("cut, and hears %q", word)
	}
	if conn, err := net.Dial("tcp", link.Address); err == nil { // it may be reset before
		if _, err := io.ReadAll(conn); err == nil {
			t.Error("cut, and a new connection ends in order")
		}
	}
	link.Mend()
	again := dial(t, link)
	io.WriteString(again, "again\n")
	if line, err := bufio.NewReader(again).ReadString('\n'); line != "again\n" {
		t.Error(line, err)
	}
}

func dial(t *testing.T, l *Link) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", l.Address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}
