package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
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
	ctx, cancel := context.WithTimeout(r.Context(), upgradeTime)
	defer cancel()
	app, err := f.upstream.dial(ctx)
	if err != nil {
		f.failed(w, r, err)
		return
	}
	defer app.Close()
	defer context.AfterFunc(r.Context(), func() { app.Close() })() // the client has gone
	app.SetDeadline(time.Now().Add(upgradeTime))
	from := bufio.NewReader(app)
	res, err := askUpgrade(app, from, r)
	if err != nil {
		f.failed(w, r, err)
		return
	}
	app.SetDeadline(time.Time{})
	defer res.Body.Close()
	delete(res.Header, "Alt-Svc")
	if res.StatusCode != http.StatusSwitchingProtocols {
		pass(w, res)
		return
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(http.StatusSwitchingProtocols)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	client.SetDeadline(time.Time{})
	defer f.tunnels.add(client, app)()
	join(client, buffered.Reader, app, from)
}

func askUpgrade(app net.Conn, from *bufio.Reader, r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Body = nil
	out.Header["Connection"] = []string{"Upgrade"}
	for _, name := range []string{"Keep-Alive", "Proxy-Connection", "Te", "Proxy-Authorization"} {
		delete(out.Header, name)
	}
	if out.Header["User-Agent"] == nil {
		out.Header["User-Agent"] = []string{""} // Write would add its own
	}
	if err := out.Write(app); err != nil {
		return nil, err
	}
	for range 5 { // 1xx before the answer: passed over, and not for ever
		res, err := http.ReadResponse(from, out)
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			return res, checkUpgrade(res)
		}
	}
	return nil, errors.New("upgrade: too many interim responses")
}

func checkUpgrade(res *http.Response) error {
	if res.StatusCode == http.StatusSwitchingProtocols && !strings.EqualFold(res.Header.Get("Upgrade"), "websocket") {
		return fmt.Errorf("upgrade: the app switched to %q instead of websocket", res.Header.Get("Upgrade"))
	}
	return nil
}

// pass hands on an answer that does not switch protocols.
func pass(w http.ResponseWriter, res *http.Response) {
	for name, values := range res.Header {
		if !hopByHop(name) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(res.StatusCode)
	io.Copy(flushing{w}, res.Body)
}

// flushing keeps nothing back: what answers an upgrade may be a stream.
type flushing struct{ w http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	return n, errors.Join(err, http.NewResponseController(f.w).Flush())
}

// hopByHop names what belongs to one connection alone (RFC 9110 7.6.1).
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Te", "Trailer":
		return true
	}
	return false
}

func join(client net.Conn, fromClient io.Reader, app net.Conn, fromApp io.Reader) {
	done := make(chan struct{}, 2)
	go func() { io.Copy(app, fromClient); done <- struct{}{} }()
	go func() { io.Copy(client, fromApp); done <- struct{}{} }()
	<-done
	client.Close()
	app.Close()
	<-done
}
