package relay

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/metrics"
	"pavise/mail"
	"pavise/site"
)

// tellNumbers answers /metrics, /healthz and /readyz where the file wants that. An address
// that is taken keeps no mail from being sent.
func tellNumbers(relay *mail.Relay, m site.Metrics, say cli.Say) (closed func()) {
	if m.Listen == "" {
		return func() {}
	}
	l, err := net.Listen("tcp", m.Listen)
	if err != nil {
		say("warning: no metrics and no health at %s: %v", m.Listen, cli.OneLine(err))
		return func() {}
	}
	say("metrics at http://%s/metrics, health at /healthz and /readyz", l.Addr())
	server := metrics.NewServer(metrics.Handler(func() metrics.Mail { return numbers(relay.Counts()) }), func() []string { return lacks(relay.Counts()) }, !m.AllowRemote)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(l)
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // whoever asks just now is answered
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-ended
	}
}

func numbers(c mail.Counts) metrics.Mail {
	return metrics.Mail{Version: cli.Version, Go: runtime.Version(), Up: c.Trouble == "", Queued: c.Queued, Bytes: c.QueuedBytes,
		Oldest: time.Duration(c.OldestS) * time.Second, Accepted: c.Accepted, Refused: c.Refused, Bounced: c.Bounced, Lost: c.Lost,
		Delivered: c.Delivered, Failed: c.Failed, Delayed: c.Delayed}
}

// lacks is why mail waits.
func lacks(c mail.Counts) []string {
	if c.Trouble == "" {
		return nil
	}
	return []string{"the next server is in trouble"} // what it says is for the owner: pavise mail queue
}

// writeCounts tells what the relay that runs has done.
func writeCounts(w io.Writer, c *mail.Counts) {
	if c.Trouble != "" {
		fmt.Fprintf(w, "%s is in trouble: %s\n", c.Next, cli.Clean(c.Trouble))
	}
	fmt.Fprintf(w, "since the relay began: %d accepted, %d refused, %d bounced, %d lost; recipients: %d delivered, %d failed; %d attempts put off\n",
		c.Accepted, c.Refused, c.Bounced, c.Lost, c.Delivered, c.Failed, c.Delayed)
}
