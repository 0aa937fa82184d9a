package main

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/meter"
	"pavise/proxy"
)

// statusSchema names the form of a status. Fields may be added to it.
const statusSchema = "pavise.status/1"

// A status is what a running Pavise tells of itself.
type status struct {
	Schema       string              `json:"schema"`
	PID          int                 `json:"pid"`
	Version      string              `json:"version"`
	Started      time.Time           `json:"started"`
	UptimeS      int64               `json:"uptime_seconds"`
	Running      int                 `json:"running"` // requests that are being answered, WebSockets among them
	Sites        []siteStatus        `json:"sites"`
	Store        storeStatus         `json:"store"`
	Certificates []certificateStatus `json:"certificates"`
	Decisions    []decisionStatus    `json:"decisions"` // since the start
	Proofs       []siteProof         `json:"proofs"`    // of what is served
	WebSockets   int                 `json:"websockets"`
	Connections  int                 `json:"connections"` // of clients
	Lacks        []string            `json:"lacks"`       // why /readyz says no
	Traffic      *meter.Snapshot     `json:"traffic,omitempty"`
	Reload       *reloaded           `json:"reload,omitempty"` // the last one
	Log          *lossStatus         `json:"access_log,omitempty"`
	Windows      []pavise.Window     `json:"windows,omitempty"`
	Bans         int                 `json:"bans,omitempty"` // that are running
	Spans        *lossStatus         `json:"spans,omitempty"`
}

// A lossStatus is what has left for a log or a collector, and what was lost on the way.
type lossStatus struct {
	Written uint64 `json:"written"`
	Lost    uint64 `json:"lost"`
}

type siteStatus struct {
	Name     string          `json:"name"`
	Hosts    []string        `json:"hosts"`
	Upstream string          `json:"upstream"` // what it stands in front of, for people
	Answers  bool            `json:"answers"`  // every path of it has a backend that does
	Backends []backendStatus `json:"backends"`
}

type certificateStatus struct {
	Hosts   []string  `json:"hosts"`
	Issuer  string    `json:"issuer,omitempty"`
	Ends    time.Time `json:"ends,omitzero"`
	Problem string    `json:"problem,omitempty"` // why there is none, or no new one
}

type decisionStatus struct {
	Control string        `json:"control"`
	Action  pavise.Action `json:"action"`
	Times   int           `json:"times"`
}

// A witness knows what there is to tell. The server comes later than the first
// question may.
type witness struct {
	*ground
	sites   atomic.Pointer[[]proxy.Site] // of the moment
	started time.Time
	server  atomic.Pointer[proxy.Server]
	proofs  atomic.Pointer[[]siteProof] // of the sites
	// reloader has another configuration take over; nil where there is none to read.
	reloader *reloader
	passing  *passing    // nil where it cannot hand over
	eyes     *eyes       // what has been seen; nil where nobody looks
	draining atomic.Bool // no new requests, please
	desk     *desk
}

// tell tells everything; what takes longer, whether apps answer, only of the sites that are
// given.
func (w *witness) tell(now time.Time, sites []proxy.Site) status {
	s := status{Schema: statusSchema, PID: os.Getpid(), Version: cli.Version, Started: w.started.UTC(), UptimeS: int64(now.Sub(w.started).Seconds()),
		Sites: []siteStatus{}, Store: statusOf(w.kept, w.lost, w.started), Certificates: []certificateStatus{}, Decisions: []decisionStatus{}, Lacks: []string{}, Proofs: w.proven()}
	if sites != nil {
		s.Sites = w.apps(sites)
	}
	for _, n := range w.journal.Counts() {
		s.Decisions = append(s.Decisions, decisionStatus{n.Control, n.Action, n.Times})
	}
	s.Lacks = append(s.Lacks, w.lacks(now)...)
	if w.sentry != nil {
		s.Windows, s.Bans = w.sentry.Windows(), len(w.sentry.Bans())
	}
	if server := w.server.Load(); server != nil {
		n := server.Numbers()
		s.Running, s.WebSockets, s.Connections = n.Running, n.WebSockets, n.Connections
		s.Certificates = w.certificates(server)
	}
	if w.reloader != nil {
		s.Reload = w.reloader.last.Load()
	}
	w.eyes.tell(&s, now)
	return s
}

// proven are the last proofs of what is served.
func (w *witness) proven() []siteProof {
	if proofs := w.proofs.Load(); proofs != nil {
		return *proofs
	}
	return []siteProof{}
}

func (w *witness) certificates(server *proxy.Server) []certificateStatus {
	list := []certificateStatus{}
	for _, shown := range server.Shown() {
		list = append(list, w.certificate(shown))
	}
	return list
}

func (w *witness) certificate(shown proxy.Shown) certificateStatus {
	c := certificateStatus{Hosts: shown.Hosts}
	if shown.Leaf != nil {
		c.Issuer, c.Ends = issuerOf(shown.Leaf), shown.Leaf.NotAfter.UTC()
	} else {
		c.Problem = shown.Err.Error()
	}
	if m := w.manager.Load(); m != nil && len(shown.Hosts) == 1 {
		c.Problem = cmp.Or(m.Problem(shown.Hosts[0]), c.Problem)
	}
	return c
}

func issuerOf(leaf *x509.Certificate) string {
	name := leaf.Issuer.CommonName
	if who := strings.Join(leaf.Issuer.Organization, " "); who != "" {
		name = strings.TrimSpace(who + ", " + name)
	}
	return cmp.Or(name, "nobody named")
}

func statusCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Tell how the running Pavise is doing",
		Long: "Status asks the running Pavise for its sites and whether their apps answer, where it remembers things and\n" +
			"whether that can be reached, its certificates with their ends, what the self-proof and the\n" +
			"last reload came to, and what its controls have done so far.\n" +
			"It exits with 1 if an app does not answer, the store is away, a certificate has ended, the self-proof has failed,\n" +
			"or the last reload was refused.",
		Example: "  pavise status\n  pavise status --json --state /var/lib/pavise",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := cli.Ask[status](c.Context(), state, "/status")
			if err != nil {
				return err
			}
			if asJSON {
				err = cli.Indented(c.OutOrStdout(), list)
			} else {
				for i, s := range list {
					if i > 0 {
						fmt.Fprintln(c.OutOrStdout())
					}
					s.write(c.OutOrStdout(), time.Now())
				}
			}
			for _, s := range list {
				if err == nil && !s.well(time.Now()) {
					return cli.Exit(cli.ExitFailed)
				}
			}
			return err
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// well reports whether nobody needs to look.
func (s status) well(now time.Time) bool {
	well := s.Store.OK && s.Store.Full == ""
	for _, site := range s.Sites {
		well = well && site.Answers
	}
	for _, c := range s.Certificates {
		well = well && now.Before(c.Ends)
	}
	for _, p := range s.Proofs {
		well = well && len(p.Failed) == 0
	}
	return well && (s.Reload == nil || s.Reload.OK)
}

// write tells a person.
func (s status) write(w io.Writer, now time.Time) {
	up := time.Duration(s.UptimeS) * time.Second
	fmt.Fprintf(w, "pavise %s, process %d, up %s, %s running\n", s.Version, s.PID, up, pavise.Plural(s.Running, "request"))
	for _, site := range s.Sites {
		site.write(w)
	}
	s.Store.write(w)
	for _, v := range s.Windows {
		cli.Entry(w, "window", "%s", windowInWords(v, now))
	}
	if s.Bans > 0 {
		cli.Entry(w, "bans", "%d running: pavise ban list", s.Bans)
	}
	for _, c := range s.Certificates {
		cli.Entry(w, "certificate", "%s: %s", strings.Join(c.Hosts, ", "), c.text(now))
	}
	for _, p := range s.Proofs {
		if p.As == "" { // else it is told of another site
			cli.Entry(w, "proof", "%s", p.text())
		}
	}
	s.writeTraffic(w)
	for _, d := range s.Decisions {
		cli.Entry(w, "decisions", "%s: %s %d", d.Control, d.Action, d.Times)
	}
	s.writeRest(w, now)
}

func (c certificateStatus) text(now time.Time) string {
	var parts []string
	if !c.Ends.IsZero() {
		end := "ends"
		if now.After(c.Ends) {
			end = "ended"
		}
		parts = append(parts, fmt.Sprintf("by %s, %s %s", c.Issuer, end, c.Ends.Format(time.DateTime)))
	}
	if c.Problem != "" {
		parts = append(parts, c.Problem)
	}
	return strings.Join(parts, "; ")
}

// answer is what the owner's socket says.
func (w *witness) answer(to io.Writer) {
	json.NewEncoder(to).Encode([]status{w.tell(time.Now(), *w.sites.Load())})
}

// glance is that without what takes longer, for who asks every second.
func (w *witness) glance(to io.Writer) {
	json.NewEncoder(to).Encode([]status{w.tell(time.Now(), nil)})
}
