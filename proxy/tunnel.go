package proxy

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pavise"
)

// upgrades reports whether the request opens a WebSocket. It takes the headers
// of every other upgrade away: h2c to the app would pass by all controls.
func upgrades(r *http.Request) bool {
	if r.Header["Upgrade"] == nil {
		return false
	}
	if r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ContentLength == 0 &&
		strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		pavise.HasToken(r.Header["Connection"], "upgrade") {
		return true
	}
	delete(r.Header, "Upgrade")
	return false
}

// upgradeTime bounds the handshake of an upgraded connection with the app.
const upgradeTime = 30 * time.Second

// tunnel asks the app to switch protocols and, if it does, joins the two
// connections until one side ends. Any other answer is passed on as it is.
func (f *forwarder) tunnel(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	late := time.AfterFunc(upgradeTime, cancel)
	answer, by, err := f.ask(w, r.WithContext(ctx))
	if by != nil {
		defer by.End()
	}
	if !late.Stop() && err != nil && r.Context().Err() == nil {
		err = context.DeadlineExceeded
	}
	if err != nil {
		f.failed(w, r, by, err)
		return
	}
	defer answer.Close()
	if answer.Status != http.StatusSwitchingProtocols {
		f.pass(w, r, by, answer)
		return
	}
	h := w.Header()
	if protocol := h.Get("Upgrade"); !strings.EqualFold(protocol, "websocket") {
		f.failed(w, r, by, fmt.Errorf("upgrade: the app switched to %q instead of websocket", protocol))
		return
	}
	w.WriteHeader(http.StatusSwitchingProtocols)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	client.SetDeadline(time.Time{})
	app, ahead := answer.Take()
	defer app.Close()
	defer f.tunnels.add(client, app)()
	early, _ := buffered.Peek(buffered.Reader.Buffered())
	received, sent := join(side{client, early}, side{app, ahead})
	if e := f.watched(w); e != nil {
		e.Upgraded, e.Received, e.Sent = true, received, sent
	}
}
