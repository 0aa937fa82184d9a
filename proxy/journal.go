package proxy

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"pavise"
	"pavise/internal/redact"
)

// A Journal hears of every decision: it counts all, remembers the latest and
// logs some.
type Journal struct {
	log    *slog.Logger
	now    func() time.Time
	ledger ledger

	mu         sync.Mutex
	counts     map[Deed]int
	second     int64 // of the lines below
	lines      map[slog.Level]int
	suppressed int
}

// linesASecond bounds what a stranger can make us write, of each level: notes leave
// the refusals their place.
const linesASecond = 20

// A Deed is what a control did.
type Deed struct {
	Control string
	Action  pavise.Action
}

// A Count is how often a control did it.
type Count struct {
	Deed
	Times int
}

// NewJournal writes to the logger, by the clock; nil is time.Now.
func NewJournal(log *slog.Logger, now func() time.Time) *Journal {
	if now == nil {
		now = time.Now
	}
	return &Journal{log: log, now: now, counts: map[Deed]int{}, lines: map[slog.Level]int{}}
}

// Decide takes a decision down. It is the Decide of every pavise.Env.
func (j *Journal) Decide(d pavise.Decision) {
	j.mu.Lock()
	j.counts[Deed{d.Control, d.Action}]++
	j.mu.Unlock()
	j.ledger.take(eventOf(d))
	level := slog.LevelInfo
	if d.Action == pavise.Refused || d.Action == pavise.Observed {
		level = slog.LevelWarn
	}
	var attrs []slog.Attr
	for _, a := range []slog.Attr{
		slog.String("id", d.ID), slog.String("control", d.Control), slog.String("rule", d.Rule), slog.Int("status", d.Status), slog.String("reason", redact.Cards(d.Reason)), slog.String("saw", clip(d.Saw)),
		slog.String("client", whose(d)), slog.String("method", clip(d.Method)), slog.String("host", clip(d.Host)),
		slog.String("path", clipPath(d.Path)), slog.String("mend", d.Mend), slog.String("except", exemption(d)),
	} {
		if a.Value.String() != "" && a.Value.String() != "0" {
			attrs = append(attrs, a)
		}
	}
	j.write(level, string(d.Action), attrs...)
}

// whose is the client of a decision, "" of one that is about none.
func whose(d pavise.Decision) string {
	if !d.Client.IsValid() {
		return ""
	}
	return d.Client.String()
}

// clip bounds a value that a stranger chose, and masks the numbers of cards in it, also of
// one that somebody has clipped before.
func clip(s string) string { return redact.Cards(pavise.Clip(s, 200)) }

// clipPath is clip for a path, which may have other secrets in it.
func clipPath(s string) string { return clip(redact.Path(s)) }

// exemption is that of a decision; none where its pattern would tell what the path must not.
func exemption(d pavise.Decision) string {
	if redact.Path(d.Path) != d.Path {
		return ""
	}
	return d.Except
}

// write logs a line, unless the second is full; what was left out is said with
// the next line.
func (j *Journal) write(level slog.Level, message string, attrs ...slog.Attr) {
	if !j.log.Enabled(context.Background(), level) {
		return
	}
	j.mu.Lock()
	if now := j.now().Unix(); now != j.second {
		j.second = now
		clear(j.lines)
	}
	if j.lines[level]++; j.lines[level] > linesASecond {
		j.suppressed++
		j.mu.Unlock()
		return
	}
	left := j.suppressed
	j.suppressed = 0
	j.mu.Unlock()
	if left > 0 {
		attrs = append(attrs, slog.Int("lines_left_out", left))
	}
	j.log.LogAttrs(context.Background(), level, message, attrs...)
}

// request takes down what became of a dressed request outside the controls, by
// the id that the client was shown.
func (j *Journal) request(level slog.Level, message string, r *http.Request, more ...slog.Attr) {
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	e := Event{Time: j.now(), ID: r.Header.Get("X-Request-Id"), Action: pavise.Action(message), Client: client,
		Method: keep(r.Method), Host: keep(r.Host), Path: strings.Clone(clipPath(r.URL.Path))}
	for _, a := range more {
		switch a.Key {
		case "status":
			e.Status = int(a.Value.Int64())
		case "reason", "error":
			e.Reason = a.Value.String()
		}
	}
	j.ledger.take(e)
	j.write(level, message, append([]slog.Attr{
		slog.String("id", e.ID), slog.String("client", client), slog.String("method", e.Method),
		slog.String("host", e.Host), slog.String("path", e.Path),
	}, more...)...)
}

// CertificateFailed takes down that the certificate in use could not be renewed.
func (j *Journal) CertificateFailed(err error) {
	j.write(slog.LevelError, "certificate could not be renewed, the old one stays", slog.String("error", err.Error()))
}

// Why returns what was decided about the request with the id, and how often the
// like of it happened; nil where nothing is remembered.
func (j *Journal) Why(id string) []Group { return j.ledger.why(id) }

// Latest returns at most n of the latest events of the actions, the newest first.
func (j *Journal) Latest(n int, actions ...pavise.Action) []Event {
	return j.ledger.latest(n, actions)
}

// Groups returns what one action came to, the most frequent first.
func (j *Journal) Groups(action pavise.Action) []Group { return j.ledger.with(action) }

// DashboardFailed takes down that something went wrong in the dashboard.
func (j *Journal) DashboardFailed(err error) {
	j.write(slog.LevelError, "the dashboard could not do something", slog.String("error", clip(err.Error())))
}

// DashboardDid takes down what somebody did there.
func (j *Journal) DashboardDid(who, what string) {
	j.Owner("by the dashboard", slog.String("user", clip(who)), slog.String("did", pavise.Clip(what, 500)))
}

// Writer takes what servers say by themselves.
func (j *Journal) Writer() io.Writer { return journalWriter{j} }

// Certificates takes down what becomes of the certificates that are got from others.
func (j *Journal) Certificates(level slog.Level, message string, attrs ...slog.Attr) {
	j.write(level, message, attrs...)
}

// NotRenewed is what Counts calls a certificate in danger.
const NotRenewed pavise.Action = "not renewed in time"

// CertificateInDanger counts a warning that a certificate is not being renewed.
func (j *Journal) CertificateInDanger() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[Deed{"transport.certificate", NotRenewed}]++
}

// Away is what Counts calls a time in which the store could not be asked.
const Away pavise.Action = "away"

// StoreAway takes down that the store cannot be asked from now on, and StoreBack that
// it can again.
func (j *Journal) StoreAway(err error) {
	j.mu.Lock()
	j.counts[Deed{"store", Away}]++
	j.mu.Unlock()
	why := strings.TrimPrefix(err.Error(), pavise.ErrAway.Error()+": ")
	j.write(slog.LevelError, "the store is away: this node goes on by itself, and stricter", slog.String("error", clip(why)))
}

// StoreBack is the other side of StoreAway.
func (j *Journal) StoreBack(after time.Duration) {
	j.write(slog.LevelInfo, "the store is back", slog.Duration("after", after.Round(time.Millisecond)))
}

// StoreSays takes down what the owner should know of the store.
func (j *Journal) StoreSays(said string) {
	j.write(slog.LevelWarn, "store", slog.String("said", clip(said)))
}

// Counts returns what was decided so far, by control, then action.
func (j *Journal) Counts() []Count {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Count, 0, len(j.counts))
	for d, n := range j.counts {
		list = append(list, Count{d, n})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Control, b.Control), cmp.Compare(a.Action, b.Action))
	})
	return list
}

// journalWriter takes the lines that net/http writes by itself.
type journalWriter struct{ journal *Journal }

// maxStack is how much of a panic is worth a line.
const maxStack = 4 << 10

func (w journalWriter) Write(b []byte) (int, error) {
	said := string(bytes.TrimSpace(b))
	if kind, _, ok := strings.Cut(said, ": panic serving"); ok && (kind == "http" || kind == "http2" || kind == "http3") {
		w.journal.write(slog.LevelError, "a mistake in Pavise: please report it", slog.String("said", pavise.Clip(said, maxStack)))
	} else {
		w.journal.write(slog.LevelDebug, "server", slog.String("said", clip(said)))
	}
	return len(b), nil
}
