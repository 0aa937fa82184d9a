package redis_test

import (
	"fmt"
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
	o.Prefix = fmt.Sprint("test", prefixes.Add(1), ":")
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

func TestPromisesSingle(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	holds(t, redis.Options{Addresses: []string{server.Address}})
}
