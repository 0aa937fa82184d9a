package proxy

import (
	"log/slog"
	"time"
)

// lapseAgain is after how long what could not be compiled is tried again.
const lapseAgain = time.Minute

// lapse compiles the sites anew when an exception has ended: hooks ask the clock at each
// request, and what tunes a listener is asked here alone. It is called for each new
// connection; one that is open keeps its bounds.
func (s *Server) lapse() {
	if !s.lapsed() || !s.reloading.TryLock() {
		return
	}
	defer s.reloading.Unlock()
	if !s.lapsed() {
		return
	}
	next, err := s.compile(s.now.Load().cfg)
	if err != nil {
		again := s.cfg.Now().Add(lapseAgain)
		s.lapses.Store(&again)
		s.cfg.Journal.write(slog.LevelError, "an exception has ended, and its control cannot be enforced: what was before goes on", slog.String("error", err.Error()))
		return
	}
	s.take(next)
	s.cfg.Journal.write(slog.LevelInfo, "an exception has ended, its control is enforced again")
}

func (s *Server) lapsed() bool {
	at := s.lapses.Load()
	return at != nil && !s.cfg.Now().Before(*at)
}

// nextLapse is when the first exception ends that counts now; nil is never.
func nextLapse(sites []Site, now time.Time) *time.Time {
	var first *time.Time
	for _, site := range sites {
		for _, setting := range site.Policy {
			if until := setting.Until; until.After(now) && (first == nil || until.Before(*first)) {
				first = &until
			}
		}
	}
	return first
}
