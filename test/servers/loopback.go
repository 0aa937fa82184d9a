// Package servers starts servers for tests, on loopback, that end with their test.
package servers

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
	"time"
)

// Listen listens at a port of loopback that the system chooses.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Speak has every connection spoken to, for 20 seconds at most, and returns the address.
func Speak(t testing.TB, speak func(net.Conn)) string {
	t.Helper()
	return SpeakAt(Listen(t), speak)
}

// SpeakAt does so at a listener of one's own, until it is closed.
func SpeakAt(l net.Listener, speak func(net.Conn)) string {
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(20 * time.Second))
				speak(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// FreePort returns a port of loopback where nobody listens, for a server that cannot
// say which one the system gave it. It lies below those that the system gives away by
// itself (ip_local_port_range), so that nobody is given it before the server is there.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port of loopback is free")
	return ""
}
