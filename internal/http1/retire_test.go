package http1

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestRetire: a connection that is idle is answered once more, and told that this was
// all; one that comes late is served, too.
func TestRetire(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "done") })
	idle := r.dial(t)
	from := bufio.NewReader(idle)
	io.WriteString(idle, get+"\r\n")
	if res, _ := read(t, from, "GET"); res.Close {
		t.Fatal("closed before anybody said so")
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Retire(soon); err != context.DeadlineExceeded {
		t.Errorf("there is a client, and %v", err)
	}
	late := r.dial(t)
	for name, conn := range map[string]io.ReadWriter{"idle": struct {
		io.Reader
		io.Writer
	}{from, idle}, "late": late} {
		io.WriteString(conn, get+"\r\n")
		again, ok := conn.(io.Reader).(*bufio.Reader)
		if !ok {
			again = bufio.NewReader(conn)
		}
		if res, body := read(t, again, "GET"); body != "done" || !res.Close {
			t.Errorf("%s: %v %q", name, res, body)
		}
		if _, err := again.ReadByte(); err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.Retire(t.Context()); err != nil {
		t.Error(err)
	}
}
