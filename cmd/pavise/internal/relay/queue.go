package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
	"pavise/mail"
	"pavise/mail/queue"
	"pavise/site"
)

// relaysQuestions are what a running relay is asked and told.
func relaysQuestions(relay *mail.Relay) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(relay.Counts()) })
	mux.HandleFunc("POST /retry", func(w http.ResponseWriter, r *http.Request) {
		ids, err := askedIDs(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		json.NewEncoder(w).Encode(relay.Retry(ids...))
	})
	mux.HandleFunc("POST /drop", func(w http.ResponseWriter, r *http.Request) {
		ids, err := askedIDs(r)
		if err == nil {
			err = relay.Drop(ids...)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		json.NewEncoder(w).Encode(len(ids))
	})
	return mux
}

func askedIDs(r *http.Request) (ids []string, err error) {
	err = json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&ids)
	return ids, err
}

func queueCommand() *cobra.Command {
	var f flags
	var asJSON bool
	c := &cobra.Command{
		Use:   "queue",
		Short: "List the messages that wait",
		Long: "Queue lists the messages that are not yet sent, the oldest first, and why each waits, and tells what the relay\n" +
			"that runs has done since it began. As JSON it is a map: relay, which is null where none runs, and messages.",
		Example: "  pavise mail queue\n  pavise mail queue --json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := f.section()
			if err != nil {
				return err
			}
			return listWaiting(c, m, asJSON)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// listWaiting is pavise mail queue, and sendmail -bp.
func listWaiting(c *cobra.Command, m *site.Mail, asJSON bool) error {
	list, err := queue.List(m.Queue)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return queueTrouble(err, m)
	}
	counts, err := askCounts(c.Context(), m)
	if asJSON {
		return cli.Indented(c.OutOrStdout(), listed{counts, append([]*queue.Record{}, list...)})
	}
	if errors.Is(err, admin.ErrNobody) {
		fmt.Fprintln(c.OutOrStdout(), "no relay runs: pavise mail serve")
	}
	listQueue(c.OutOrStdout(), listed{counts, list})
	return nil
}

// listed is what a queue has, and the relay that runs has done.
type listed struct {
	Relay    *mail.Counts    `json:"relay"` // nil where none answers
	Messages []*queue.Record `json:"messages"`
}

func askCounts(ctx context.Context, m *site.Mail) (*mail.Counts, error) {
	answers, err := admin.Ask(ctx, m.Queue, "/counts")
	if err != nil {
		return nil, err
	}
	counts := new(mail.Counts)
	if err := json.Unmarshal(answers[0], counts); err != nil {
		return nil, err
	}
	return counts, nil
}

func listQueue(out io.Writer, l listed) {
	if l.Relay != nil {
		writeCounts(out, l.Relay)
	}
	fmt.Fprintln(out, pavise.Plural(len(l.Messages), "message"))
	for _, r := range l.Messages {
		fmt.Fprintf(out, "%s  %s  %s  from %s  %s\n", r.ID, r.Arrived.Format(time.DateTime), kib(r.Size), orNobody(r.From), cli.Clean(r.Subject))
		for _, o := range r.To {
			fmt.Fprintf(out, "    %s  %s  %s\n", o.To, o.Fate, cli.Clean(strings.TrimSpace(o.Status+" "+o.Said)))
		}
	}
}

func kib(n int64) string { return fmt.Sprintf("%d KiB", (n+1023)>>10) }

func orNobody(from string) string {
	if from == "" {
		return "<> (a bounce)"
	}
	return from
}

func queueTrouble(err error, m *site.Mail) error {
	return cli.Failed("ask as the account that pavise mail serve runs as, which owns "+m.Queue, "mail: %w", err)
}

func showCommand() *cobra.Command {
	var f flags
	var asJSON bool
	c := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a message that waits",
		Long:              "Show writes the envelope of a message, what became of it at each recipient, and the message as it will be sent.",
		Example:           "  pavise mail show 3kq7xmz5v2n4tdh6w8pj",
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise mail queue lists them", "show takes the one ID of a message")
			}
			m, err := f.section()
			if err != nil {
				return err
			}
			r, err := queue.Read(m.Queue, args[0])
			if errors.Is(err, queue.ErrNone) {
				return noMessage(args[0])
			} else if err != nil {
				return queueTrouble(err, m)
			}
			if err := cli.Indented(c.OutOrStdout(), r); err != nil || asJSON {
				return err
			}
			return writeMessage(c.OutOrStdout(), m, r.ID)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the envelope alone")
	return c
}

func writeMessage(w io.Writer, m *site.Mail, id string) error {
	f, err := queue.Message(m.Queue, id)
	if err != nil {
		return queueTrouble(err, m)
	}
	defer f.Close()
	fmt.Fprintln(w)
	_, err = io.Copy(cleaned{w}, f)
	return err
}

// cleaned writes text without what would move a terminal's cursor.
type cleaned struct{ w io.Writer }

func (c cleaned) Write(p []byte) (int, error) {
	_, err := io.WriteString(c.w, cli.Clean(string(p)))
	return len(p), err
}

func noMessage(id string) error {
	return cli.Failed("pavise mail queue lists them", "no message %q is in the queue", id)
}

// complete offers the messages that wait.
func (f *flags) complete(_ *cobra.Command, _ []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	if m, err := f.section(); err == nil {
		list, _ := queue.List(m.Queue)
		for _, r := range list {
			ids = append(ids, r.ID+"\t"+cli.Clean(r.Subject))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

func retryCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:               "retry [ID …]",
		Short:             "Try messages now",
		Long:              "Retry has the messages that are named tried at once, or all that wait.",
		Example:           "  pavise mail retry\n  pavise mail retry 3kq7xmz5v2n4tdh6w8pj",
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, ids []string) error {
			return manageQueue(c, f, ids, change{"/retry", "tried now", "tried when the relay starts", func(q *queue.Queue, r *queue.Record) error {
				r.Next = time.Now()
				return q.Save(r)
			}})
		},
	}
	f.add(c)
	return c
}

func dropCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:               "drop ID …",
		Short:             "Take messages out of the queue",
		Long:              "Drop takes messages away for good. Nobody is told.",
		Example:           "  pavise mail drop 3kq7xmz5v2n4tdh6w8pj",
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return cli.Usage("pavise mail queue lists them", "drop takes the IDs of messages")
			}
			return manageQueue(c, f, ids, change{"/drop", "dropped", "dropped", (*queue.Queue).Remove})
		},
	}
	f.add(c)
	return c
}

// A change is one of messages that wait: what the running relay is told, and what is done
// where none runs.
type change struct {
	path            string
	done, doneAlone string
	do              func(*queue.Queue, *queue.Record) error
}

// manageQueue tells the running relay, or does it itself where none runs.
func manageQueue(c *cobra.Command, f flags, ids []string, how change) error {
	m, err := f.section()
	if err != nil {
		return err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	body, err := json.Marshal(append([]string{}, ids...))
	if err != nil {
		return err
	}
	count, done := 0, how.done
	answers, err := admin.Tell(c.Context(), m.Queue, how.path, body)
	switch {
	case errors.Is(err, admin.ErrNobody):
		done = how.doneAlone
		count, err = changeQueue(c.ErrOrStderr(), m, ids, how.do)
	case err == nil:
		err = json.Unmarshal(answers[0], &count)
	}
	if err != nil {
		return queueTrouble(err, m)
	}
	switch {
	case count < len(ids) && len(ids) == 1:
		return noMessage(ids[0])
	case count < len(ids):
		return cli.Failed("pavise mail queue lists them", "not all of these are in the queue, and nothing was done: %s", strings.Join(ids, ", "))
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", pavise.Plural(count, "message"), done)
	return nil
}

// changeQueue changes the messages that are named, or all, and none where one of those is
// not there. What is broken, and put aside, is told.
func changeQueue(told io.Writer, m *site.Mail, ids []string, do func(*queue.Queue, *queue.Record) error) (count int, err error) {
	if !cli.Exists(m.Queue) { // the relay makes it, as its own
		return 0, nil
	}
	q, list, err := queue.Open(m.Queue, queue.Bounds{}, func(what string) { fmt.Fprintln(told, "warning: a damaged message:", what) })
	if err != nil {
		return 0, err
	}
	defer q.Close()
	if len(ids) > 0 {
		list = slices.DeleteFunc(list, func(r *queue.Record) bool { return !slices.Contains(ids, r.ID) })
	}
	if len(list) < len(ids) {
		return 0, nil
	}
	for _, r := range list {
		if err := do(q, r); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}
