package redis_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/store/redis"
	"pavise/test/redisserver"
)

// TestKeys: every key begins with the prefix and has an end, and one that somebody else
// has put there is left alone.
func TestKeys(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	s, err := redis.Open(redis.Options{Addresses: []string{server.Address}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx := t.Context()
	for range 3 {
		s.Add(ctx, "counter", 1, time.Minute)
		_, version, _ := s.Get(ctx, "value")
		s.Swap(ctx, "value", []byte("x"), version, time.Minute)
		s.Touch(ctx, "value", time.Hour)
		s.Touch(ctx, "none", time.Hour)
	}
	s.Add(ctx, "counter", -9, time.Minute)
	for _, key := range strings.Split(server.Ask("KEYS", "*"), "\n") {
		left, _ := strconv.Atoi(server.Ask("PTTL", key))
		if left <= 0 || !strings.HasPrefix(key, redis.DefaultPrefix) {
			t.Errorf("%q ends in %d ms", key, left)
		}
	}
	if n := server.Ask("DBSIZE"); n != "2" {
		t.Errorf("%s keys", n)
	}
	server.Ask("LPUSH", "pavise:list", "a")
	server.Ask("SET", "pavise:text", "hello")
	for _, key := range []string{"list", "text"} {
		_, _, errAdd := s.Add(ctx, key, 1, time.Hour)
		_, _, errGet := s.Get(ctx, key)
		_, errSwap := s.Swap(ctx, key, nil, 0, time.Hour)
		for _, err := range []error{errAdd, errGet, errSwap} {
			if !errors.Is(err, pavise.ErrKind) {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
}

// TestDistrusts: a server that no known authority stands for learns nothing.
func TestDistrusts(t *testing.T) {
	t.Parallel()
	files, others := redisserver.NewTLS(t), redisserver.NewTLS(t)
	server := redisserver.Start(t, redisserver.Options{TLS: files})
	for want, o := range map[string]redis.Options{
		"":                     {CA: files.CA},
		"certificate":          {CA: others.CA},
		"not another.internal": {CA: files.CA, ServerName: "another.internal"},
	} {
		o.Addresses, o.TLS = []string{server.Address}, true
		_, err := open(t, o).Touch(t.Context(), "a", time.Hour)
		if (err == nil) != (want == "") || err != nil && (!errors.Is(err, pavise.ErrAway) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
