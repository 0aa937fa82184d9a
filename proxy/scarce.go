package proxy

import (
	"log/slog"
	"time"
)

// ownFiles are not for clients, whatever the limit: logs, the store, certificates.
const ownFiles = 32

// mostConns is how many connections of clients are open at most, where a process may have so
// many files. The rest is for the apps, so that whoever is connected is served. 0 is any
// number.
func mostConns(files uint64) int64 {
	if files == 0 || files > 1<<30 {
		return 0
	}
	return max(1, (int64(files)-ownFiles)*3/4)
}

// waitForFiles returns once there may be another connection, or we stop. Who comes
// meanwhile waits in the queue of the system.
func (s *Server) waitForFiles(most int64) {
	if most == 0 || s.conns.files.Load() < most {
		return
	}
	s.cfg.Journal.write(slog.LevelError, "no connection can be accepted until one ends", slog.Int64("open", most),
		slog.String("error", "the limit of open files leaves room for no more"), slog.String("do", "raise LimitNOFILE of the service, or ulimit -n"))
	for s.conns.files.Load() >= most && !s.closed.Load() {
		time.Sleep(5 * time.Millisecond)
	}
}
