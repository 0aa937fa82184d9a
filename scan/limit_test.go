package scan

import (
	"context"
	"net"
	"testing"
	"time"
)

// TestWhyNoAnswer: of a site that keeps silent it is said how long nobody answered,
// and of a scan that was broken off that it was.
func TestWhyNoAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	at := target(t, "https://"+silent.Addr().String())
	for want, opt := range map[string]Options{
		"no answer within 30ms": {Target: at, Timeout: 30 * time.Millisecond},
		"interrupted":           {Target: at, Timeout: time.Hour},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		if want == "interrupted" {
			time.AfterFunc(30*time.Millisecond, cancel)
		}
		e := Collect(ctx, opt, nil)
		cancel()
		if a := e.Answer(at.Home()); a == nil || a.Error != want {
			t.Errorf("%+v, want %s", a, want)
		}
	}
}
