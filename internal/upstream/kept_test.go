package upstream

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLessonsEnd: what the restart of an app has taught holds for an hour, and then it is
// found out again how long connections may rest.
func TestLessonsEnd(t *testing.T) {
	var k kept
	now := time.Now()
	if !k.safe(time.Minute, now) {
		t.Error("who knows nothing trusts nobody")
	}
	k.ended(20*time.Second, now)
	if k.safe(16*time.Second, now) || !k.safe(14*time.Second, now) {
		t.Error("an idle time-out is not learnt")
	}
	k.ended(0, now)
	if k.safe(10*time.Second, now.Add(59*time.Minute)) {
		t.Error("it is forgotten too early")
	}
	if !k.safe(10*time.Second, now.Add(time.Hour)) {
		t.Error("it holds for good")
	}
}

// TestShortagesAreOurs: what this machine lacks is no fault of the server, and is named.
func TestShortagesAreOurs(t *testing.T) {
	four, six := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{IP: net.IPv6loopback}
	for _, tt := range []struct {
		why  error
		to   net.Addr
		says string
	}{
		{syscall.EMFILE, four, "LimitNOFILE"}, {syscall.ENFILE, six, "fs.file-max"}, {syscall.EADDRNOTAVAIL, four, "ip_local_port_range"},
		{syscall.EADDRNOTAVAIL, six, ""}, // IPv6 is off
		{syscall.ECONNREFUSED, four, ""}, {errors.New("no such host"), nil, ""},
	} {
		c := &Client{Dial: func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: tt.to, Err: os.NewSyscallError("connect", tt.why)}
		}}
		_, err := c.Ask(question1(), nil, nil)
		var open *OpenError
		if !errors.As(err, &open) || !errors.Is(err, tt.why) && tt.says != "" {
			t.Errorf("%v: %v", tt.why, err)
		}
		if short := Short(err); (short != nil) != (tt.says != "") || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v: %v, %v", tt.why, err, short)
		}
	}
}
