package redis_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/store/redis"
	"pavise/test/redisserver"
	"pavise/test/servers"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	bare := redisserver.Start(t, redisserver.Options{Users: []string{least, strings.Replace(least, "pavise", "curious", 1) + " +info"},
		Lines: []string{"maxmemory 100mb", "maxmemory-policy allkeys-lru"}})
	kept := redisserver.Start(t, redisserver.Options{Lines: []string{"appendonly yes"}})
	redisserver.Start(t, redisserver.Options{Lines: []string{"replicaof 127.0.0.1 " + kept.Port}})
	kept.Await("INFO replication", func(told string) bool { return strings.Contains(told, "connected_slaves:1") })
	for name, c := range map[string]struct {
		options  redis.Options
		warnings []string
		err      string
	}{
		"well set up":      {redis.Options{Addresses: []string{kept.Address}}, nil, ""},
		"badly set up":     {redis.Options{Addresses: []string{bare.Address}, User: "curious", Password: "s3cret"}, []string{"appendonly is no", "maxmemory-policy is allkeys-lru", "no replica"}, ""},
		"nothing is known": {redis.Options{Addresses: []string{bare.Address}, User: "pavise", Password: "s3cret"}, []string{"may not ask INFO"}, ""},
		"wrong password":   {redis.Options{Addresses: []string{bare.Address}, User: "pavise", Password: "wr0ng"}, nil, "WRONGPASS"},
		"no password":      {redis.Options{Addresses: []string{bare.Address}}, nil, "NOAUTH"},
		"nobody there":     {redis.Options{Addresses: []string{"127.0.0.1:" + servers.FreePort(t)}}, nil, "connection refused"},
		"too old":          {redis.Options{Addresses: []string{servers.Speak(t, speakRedis5)}}, nil, "too old"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.options)
			state, err := s.Check(t.Context())
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "wr0ng") {
					t.Errorf("%v, want %q and no password", err, c.err)
				}
				return
			}
			if err != nil || !strings.HasPrefix(state.Server, "Redis ") || len(state.Warnings) != len(c.warnings) {
				t.Fatalf("%+v, %v; want the warnings %q", state, err, c.warnings)
			}
			for i, want := range c.warnings {
				if !strings.Contains(state.Warnings[i], want) {
					t.Errorf("warns %q, want %q", state.Warnings[i], want)
				}
			}
		})
	}
}

// speakRedis5 knows PING alone of what is asked here.
func speakRedis5(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		var words int
		if _, err := fmt.Fscanf(in, "*%d\r\n", &words); err != nil {
			return
		}
		var command string
		for i := range words {
			var length int
			if _, err := fmt.Fscanf(in, "$%d\r\n", &length); err != nil {
				return
			}
			word := make([]byte, length+2)
			if _, err := io.ReadFull(in, word); err != nil {
				return
			}
			if i == 0 {
				command = string(word[:length])
			}
		}
		if command == "PING" {
			io.WriteString(conn, "+PONG\r\n")
		} else {
			fmt.Fprintf(conn, "-ERR unknown command `%s`\r\n", command)
		}
	}
}

// TestWarnsOfAPasswordInTheClear: 192.0.2.1 answers nobody (RFC 5737).
func TestWarnsOfAPasswordInTheClear(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := open(t, redis.Options{Addresses: []string{"192.0.2.1:6379"}, Password: "s3cret"})
	state, err := s.Check(ctx)
	if !errors.Is(err, pavise.ErrAway) || len(state.Warnings) != 1 || !strings.Contains(state.Warnings[0], "rediss://") {
		t.Errorf("%+v, %v", state, err)
	}
}

// TestAllEndWhileStopped: more questions than the client has room for end without an
// answer, and what comes after the server is back is answered.
func TestAllEndWhileStopped(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	s := open(t, redis.Options{Addresses: []string{server.Address}, Timeout: 50 * time.Millisecond})
	if _, _, err := s.Add(t.Context(), "a", 1, time.Hour); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	var all sync.WaitGroup
	for range 3000 {
		all.Go(func() {
			if _, _, err := s.Add(t.Context(), "a", 1, time.Hour); !errors.Is(err, pavise.ErrAway) || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	server.Resume()
	for end := time.Now().Add(20 * time.Second); ; {
		sum, _, err := s.Add(t.Context(), "a", 0, time.Hour)
		if err == nil && sum >= 1 && sum <= 3001 {
			return
		}
		if time.Now().After(end) {
			t.Fatal(sum, err)
		}
	}
}

// TestPasswordFileIsReadAgain: a password may be changed without a restart.
func TestPasswordFileIsReadAgain(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{Users: []string{least}})
	path := file(t, "s3cret\n")
	s := open(t, redis.Options{Addresses: []string{server.Address}, User: "pavise", PasswordFile: path})
	if _, err := s.Touch(t.Context(), "a", time.Hour); err != nil {
		t.Fatal(err)
	}
	server.Ask("ACL", "SETUSER", "pavise", "resetpass", ">changed")
	write(t, path, "changed\n")
	server.Ask("CLIENT", "KILL", "USER", "pavise")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		_, err := s.Touch(t.Context(), "a", time.Hour)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for want, o := range map[string]redis.Options{
		"there must be an address":  {},
		"no certificate in PEM":     {Addresses: []string{"a:1"}, TLS: true, CA: file(t, "x")},
		"certificate of the client": {Addresses: []string{"a:1"}, TLS: true, Certificate: file(t, "x"), Key: file(t, "x")},
		"is empty":                  {Addresses: []string{"a:1"}, PasswordFile: file(t, "\n")},
		"no such file":              {Addresses: []string{"a:1"}, PasswordFile: "/nowhere"},
	} {
		if _, err := redis.Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
