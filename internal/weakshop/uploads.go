package weakshop

import (
	"io"
	"net/http"
	"sync"
)

// uploads are files that anybody has put: in memory, few and small.
type uploads struct {
	mu    sync.Mutex
	files map[string][]byte
}

const (
	maxUploads = 16
	maxUpload  = 4 << 10
)

// answer takes PUT and DELETE of any file, from anybody, and serves what was put. It
// reports whether there was anything to answer.
func (u *uploads) answer(w http.ResponseWriter, r *http.Request) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	body, there := u.files[r.URL.Path]
	switch {
	case r.Method == http.MethodPut && (there || len(u.files) < maxUploads):
		if u.files == nil {
			u.files = map[string][]byte{}
		}
		u.files[r.URL.Path], _ = io.ReadAll(io.LimitReader(r.Body, maxUpload))
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodDelete && there:
		delete(u.files, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && there:
		w.Write(body)
	default:
		return false
	}
	return true
}
