package examine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise"
	"pavise/advisories"
	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/database"
	"pavise/report"
	"pavise/scan"
)

// evidenceFlags say where evidence comes from and goes to.
type evidenceFlags struct {
	load []string
	save string
}

func (f *evidenceFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.load, "evidence", nil, "judge the evidence saved in `FILE` again, and ask nobody; may be given several times")
	flags.StringVar(&f.save, "save-evidence", "", "save what was learnt to `FILE`; of several sites, each to its own beside it")
}

// nameEvidence says for each visit where its evidence is saved: evidence.json, or of
// several sites evidence-shop.example.com.json.
func (f evidenceFlags) nameEvidence(visits []visit) error {
	if f.save == "" {
		return nil
	}
	taken := map[string]int{}
	ext := filepath.Ext(f.save)
	for i := range visits {
		name := f.save
		if len(visits) > 1 {
			name = strings.TrimSuffix(name, ext) + "-" + siteName(visits[i].url()) + ext
		}
		if taken[name]++; taken[name] > 1 {
			name = strings.TrimSuffix(name, ext) + fmt.Sprintf("-%d", taken[name]) + ext
		}
		if err := writable("--save-evidence", name); err != nil {
			return err
		}
		visits[i].file = name
	}
	return nil
}

// siteName makes part of a file name of an origin.
func siteName(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return strings.Trim(strings.NewReplacer("[", "", "]", "", ":", "-").Replace(host), "-")
}

// evidence collects evidence, or returns what was collected.
func (v visit) evidence(c *cobra.Command, lead string) (*pavise.Evidence, report.Effort) {
	if v.saved != nil {
		return v.saved, report.Effort{Requests: v.saved.Requests, Connections: v.saved.Connections}
	}
	done := progress(c, &v.options, lead)
	defer done()
	return collect(c.Context(), v.options, v.asks)
}

// unanswered says why there is nothing to judge: nobody is there, or speaks TLS where
// that was not asked for, or none where it was.
func unanswered(e *pavise.Evidence, v visit, to []destination) error {
	why := silence(e)
	text := slices.ContainsFunc(to, func(d destination) bool { return d.format == "text" })
	switch {
	case why != "" && text:
		return cli.Failed("does it run there? --resolve HOST:PORT:ADDR looks for it elsewhere, --timeout 2m waits longer", "nothing answers at %s: %s", e.Target.URL, report.Line(why))
	case v.saved == nil && inTheClear(e):
		return cli.Usage("pavise scan "+e.Target.Clear, "%s speaks plain http, and not https", v.typed)
	case v.saved == nil && inTLS(e):
		return cli.Usage("pavise scan https://"+strings.TrimPrefix(e.Target.URL, "http://"), "%s speaks https, and not plain http", v.typed)
	}
	return nil
}

// silence is why nothing at all was learnt; "" if something was.
func silence(e *pavise.Evidence) string {
	for _, a := range e.Answers {
		if a.Error == "" {
			return ""
		}
	}
	return e.Answers[0].Error
}

// inTheClear reports whether plain http answered at the very port where https was
// asked for.
func inTheClear(e *pavise.Evidence) bool {
	home := e.Answer(e.Target.Home())
	return strings.HasSuffix(e.Target.Clear, "//"+e.Target.TLS) && home != nil && strings.Contains(home.Error, "first record does not look like a TLS handshake")
}

// inTLS reports whether TLS is spoken at the very port where plain http was asked for,
// and no page: most servers answer 400 there, others end the connection.
func inTLS(e *pavise.Evidence) bool {
	home := e.Answer(e.Target.Home())
	if e.Target.URL != "http://"+e.Target.TLS || home == nil || home.Response != nil && home.Response.Status != http.StatusBadRequest {
		return false
	}
	return slices.ContainsFunc(e.Answers, func(a pavise.Answer) bool {
		return a.Probe.Handshake != nil && a.Probe.Handshake.Address == e.Target.TLS && a.Session != nil
	})
}

// collect looks at the site and says what that took.
func collect(ctx context.Context, opt scan.Options, controls []pavise.Control) (*pavise.Evidence, report.Effort) {
	began := time.Now()
	opt.Agent = "Mozilla/5.0 (compatible; pavise/" + cli.Version + ")"
	if opt.Known == nil {
		database.Know(&opt, advisories.NewLibrary(nil)) // Pavise's own facts cannot fail
	}
	e := scan.Collect(ctx, opt, controls)
	return e, report.Effort{Elapsed: time.Since(began), Requests: e.Requests, Connections: e.Connections}
}

func saveEvidence(file string, e *pavise.Evidence) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(e, "", "\t")
	if err != nil {
		return err
	}
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if info, err := to.Stat(); err == nil && info.Mode().IsRegular() {
		to.Chmod(0o600) // it may hold cookies, also where others could read what was there before
	}
	_, err = to.Write(append(data, '\n'))
	return errors.Join(err, to.Close())
}

func loadEvidence(file string) (*pavise.Evidence, error) {
	data, err := cli.ReadBounded(file)
	if err != nil {
		return nil, cli.Usage("pavise scan URL --save-evidence FILE", "--evidence: %w", err)
	}
	e := new(pavise.Evidence)
	err = json.Unmarshal(data, e)
	var mismatch *json.UnmarshalTypeError // of another schema, perhaps
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, cli.Usage("pavise scan URL --save-evidence FILE", "--evidence %s is no saved evidence", file)
	}
	if err == nil || errors.As(err, &mismatch) && e.Schema != pavise.EvidenceSchema {
		err = e.Validate()
	}
	if err != nil {
		return nil, cli.Usage("pavise scan URL --save-evidence FILE", "--evidence %s: %w", file, cli.Misread(data, err))
	}
	return e, nil
}
