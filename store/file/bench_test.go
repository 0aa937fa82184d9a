package file

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// BenchmarkStore writes and reads among 10,000 sessions: writes that come at the same
// time share a sync, so many at once are hardly slower than one.
func BenchmarkStore(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "store"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const sessions = 10_000
	session := make([]byte, 300)
	if err := s.do(b.Context(), func(w *batch) error {
		for i := range sessions {
			if _, err := w.swap(named(fmt.Sprint("session ", i)), session, 0, time.Hour); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	for name, do := range map[string]func(i int){
		"Get": func(i int) { s.Get(ctx, fmt.Sprint("session ", i)) },
		"Add": func(i int) { s.Add(ctx, fmt.Sprint("counter ", i), 1, time.Hour) },
		"Swap": func(i int) {
			key := fmt.Sprint("session ", i)
			if _, version, err := s.Get(ctx, key); err == nil {
				s.Swap(ctx, key, session, version, time.Hour)
			}
		},
	} {
		for _, many := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s by %d", name, many), func(b *testing.B) {
				var wait sync.WaitGroup
				for w := range many {
					wait.Go(func() {
						for range b.N/many + min(1, max(0, b.N%many-w)) {
							do(rand.IntN(sessions))
						}
					})
				}
				wait.Wait()
			})
		}
	}
}
