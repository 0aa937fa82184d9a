package http2

import (
	"io"
	"net/http"
	"testing"
)

// TestRetire: what an idle client sends before it has heard is served, and so is who
// comes late.
func TestRetire(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "done") })
	idle := r.speak(t)
	idle.open(flagEndStream, headOf("GET"))
	for !idle.ended[1] {
		idle.next()
	}
	retired := make(chan error, 1)
	go func() { retired <- r.Retire(t.Context()) }()
	if last := idle.goaway(); last != maxStreamID {
		t.Errorf("the first names %d", last)
	}
	idle.open(flagEndStream, headOf("GET")) // it did not know yet
	idle.frame(framePing, flagAck, 0, stopPing[:])
	if last := idle.goaway(); last != 3 {
		t.Errorf("the second names %d", last)
	}
	late := r.speak(t)
	late.open(flagEndStream, headOf("GET"))
	if last := late.goaway(); last != maxStreamID {
		t.Errorf("late: the first names %d", last)
	}
	late.frame(framePing, flagAck, 0, stopPing[:])
	for _, a := range []*raw{idle, late} {
		for a.next() != nil {
		}
	}
	if idle.status[3] != "200" || idle.bodies[3] != 4 || late.status[1] != "200" || late.bodies[1] != 4 {
		t.Errorf("%v %v, late %v %v", idle.status, idle.bodies, late.status, late.bodies)
	}
	if err := <-retired; err != nil {
		t.Error(err)
	}
}
