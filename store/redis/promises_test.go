package redis_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/store/redis"
	"pavise/store/storetest"
	"pavise/test/redisserver"
)

var prefixes atomic.Int64

// open opens a store with nothing in it: keys of its own.
func open(t *testing.T, o redis.Options) *redis.Store {
	t.Helper()
	o.Prefix = cmp.Or(o.Prefix, fmt.Sprint("test", prefixes.Add(1), ":"))
	s, err := redis.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// holds runs the suite. What is in Redis ends by the clock of Redis.
func holds(t *testing.T, o redis.Options) {
	t.Helper()
	storetest.Run(t, storetest.Kind{OwnClock: true,
		Open: func(t *testing.T, _ func() time.Time) pavise.Store { return open(t, o) }})
}

// least is what docs/stores.md tells to allow.
const least = "user pavise on >s3cret ~test* resetchannels -@all +ping +get +getrange +set +del +pexpire +pttl +eval +evalsha +select +role +cluster|slots +cluster|shards +asking"

func TestPromisesWithLeastRights(t *testing.T) {
	t.Parallel()
	files := redisserver.NewTLS(t)
	files.Clients = true
	server := redisserver.Start(t, redisserver.Options{TLS: files, Users: []string{least}})
	holds(t, redis.Options{Addresses: []string{server.Address}, User: "pavise", PasswordFile: file(t, "s3cret\n"), Database: 3,
		TLS: true, CA: files.CA, Certificate: files.Certificate, Key: files.Key})
}

func TestPromisesAtASocket(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	holds(t, redis.Options{Addresses: []string{server.Socket}})
}

// TestPromisesFull: with maxmemory-policy noeviction a full server drops nothing.
func TestPromisesFull(t *testing.T) {
	t.Parallel()
	const room = 4 << 20
	storetest.Run(t, storetest.Kind{OwnClock: true, Room: room, Open: func(t *testing.T, _ func() time.Time) pavise.Store {
		if !strings.HasSuffix(t.Name(), "full") {
			t.Skip("held to it elsewhere")
		}
		server := redisserver.Start(t, redisserver.Options{Lines: []string{fmt.Sprint("maxmemory ", room), "maxmemory-policy noeviction"}})
		return open(t, redis.Options{Addresses: []string{server.Address}})
	}})
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
