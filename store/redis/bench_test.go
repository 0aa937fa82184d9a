package redis_test

import (
	"testing"
	"time"

	"pavise/store/redis"
	"pavise/test/redisserver"
)

func BenchmarkGet(b *testing.B) {
	server := redisserver.Start(b, redisserver.Options{})
	s, err := redis.Open(redis.Options{Addresses: []string{server.Address}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	s.Swap(b.Context(), "k", make([]byte, 400), 0, time.Hour)
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, v, err := s.Get(b.Context(), "k"); v == 0 || err != nil {
				b.Fatal(v, err)
			}
		}
	})
	b.Run("many", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, v, err := s.Get(b.Context(), "k"); v == 0 || err != nil {
					b.Fatal(v, err)
				}
			}
		})
	})
	b.Run("add many", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := s.Add(b.Context(), "n", 1, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
