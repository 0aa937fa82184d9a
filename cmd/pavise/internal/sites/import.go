package sites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/audit/config"
	"pavise/audit/tree"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
	"pavise/site"
	"pavise/site/from"
)

// maxImported bounds what is read of one file that is not nginx's.
const maxImported = 16 << 20

// A importing is what import is told.
type importing struct {
	target
	verbose, asJSON bool
}

// An imported is what import says to a program.
type imported struct {
	Schema string      `json:"schema"`
	File   string      `json:"file"`
	Sites  []string    `json:"sites"`
	Told   []from.Told `json:"told"`
}

func importCommand() *cobra.Command {
	x := new(importing)
	c := &cobra.Command{
		Use: "import SOURCE", Short: "Carry the sites of mechanic or nginx over",
		Long: "Import adds the sites of SOURCE to the file: mechanic.json, which mechanic keeps in /var/lib/misc, an nginx.conf\n" +
			"with all that it includes, one file of servers, or a folder of these. It runs nothing and changes nothing there.\n" +
			"Each line of SOURCE is carried over, or is what Pavise does of itself (--verbose lists these), or is named with what to\n" +
			"do about it. It exits with 3 if something was left behind; what could be carried over is written all the same.",
		Example: "  pavise site import /var/lib/misc/mechanic.json --dry-run\n  pavise site import /etc/nginx/nginx.conf --file pavise.yaml\n" +
			"  pavise site import /etc/nginx/sites-enabled --verbose",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return x.run(c, args[0]) },
	}
	x.write(c)
	c.Flags().BoolVarP(&x.verbose, "verbose", "v", false, "list what was carried over, and what Pavise does of itself, too")
	c.Flags().BoolVar(&x.asJSON, "json", false, "print what became of each line as JSON")
	return c
}

func (x *importing) run(c *cobra.Command, source string) error {
	doc, err := x.open()
	if err != nil {
		return err
	}
	r, err := readSource(c.Context(), source)
	if err != nil {
		return err
	}
	names, err := bring(doc, r)
	if err != nil {
		return err
	}
	if x.asJSON {
		if err := cli.Indented(c.OutOrStdout(), imported{"pavise.import/1", x.file, names, r.Told}); err != nil {
			return err
		}
	} else {
		writeImport(c.OutOrStdout(), source, names, r, x.verbose)
	}
	if len(names) == 0 {
		return cli.Usage("pavise site import /etc/nginx/nginx.conf", "there is no site in %s that is not in %s already", source, x.file)
	}
	if x.asJSON {
		quiet := *c
		quiet.SetOut(io.Discard)
		c = &quiet
	}
	if err := x.finish(c, doc); err != nil {
		return err
	}
	if len(r.LeftBehind()) > 0 {
		return cli.Exit(cli.ExitFinding)
	}
	return nil
}

// readSource reads what mechanic keeps, or what nginx is told.
func readSource(ctx context.Context, source string) (*from.Result, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, cli.Usage("pavise site import /var/lib/misc/mechanic.json", "%w", err)
	}
	if info.Mode().IsRegular() && strings.HasSuffix(source, ".json") {
		data, err := readUpTo(source)
		if err != nil {
			return nil, err
		}
		r, err := from.Mechanic(source, data, readUpTo)
		if err != nil {
			return nil, cli.Usage("the file of mechanic is /var/lib/misc/mechanic.json", "%w", err)
		}
		return r, nil
	}
	return readNginx(ctx, source, info.IsDir())
}

func readUpTo(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", file)
	case info.Size() > maxImported:
		return nil, fmt.Errorf("%s is longer than %d MB", file, maxImported>>20)
	}
	return os.ReadFile(file)
}

func readNginx(ctx context.Context, source string, folder bool) (*from.Result, error) {
	path, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if folder {
		if files, err = filesOfNginx(path); err != nil {
			return nil, err
		}
	}
	t, err := tree.OpenHost(ctx, "/")
	if err != nil {
		return nil, err
	}
	defer t.Close()
	var list []pavise.Directive
	var unread []pavise.Unread
	for _, file := range files {
		read := config.Nginx(ctx, t, file)
		list = append(list, read.Directives...)
		unread = append(unread, read.Unread...)
	}
	if len(list) == 0 && len(unread) > 0 {
		return nil, cli.Usage("nginx -t tells of mistakes", "%s: %s", unread[0].What, unread[0].Why)
	}
	r := from.Nginx(list)
	for _, u := range unread {
		file, line := u.What, 0
		if i := strings.LastIndexByte(file, ':'); i > 0 {
			if _, err := fmt.Sscanf(file[i+1:], "%d", &line); err == nil {
				file = file[:i]
			}
		}
		r.Told = append(r.Told, from.Told{File: file, Line: line, What: "this could not be read", Fate: from.Left, Why: u.Why, Do: "import it again once it can be"})
	}
	return r, nil
}

// filesOfNginx is where the configuration in a folder begins, or all files of a folder of
// servers.
func filesOfNginx(folder string) ([]string, error) {
	if main := filepath.Join(folder, "nginx.conf"); regular(main) {
		return []string{main}, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if file := filepath.Join(folder, e.Name()); !strings.HasPrefix(e.Name(), ".") && !strings.HasSuffix(e.Name(), "~") && regular(file) {
			files = append(files, file)
		}
	}
	if files == nil {
		return nil, cli.Usage("pavise site import /etc/nginx/nginx.conf", "there is no nginx.conf, and no other file, in %s", folder)
	}
	return files, nil
}

func regular(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}

// bring adds what was read to the file, but for what is there already, and returns the
// names of the sites.
func bring(doc *site.Document, r *from.Result) ([]string, error) {
	taken, standard := map[string]string{}, false
	for _, s := range sitesOf(doc) {
		for _, word := range append(s.hosts(), s.title()) {
			taken[strings.ToLower(word)] = s.title()
		}
		standard = standard || sayTrue(s.get("default")) != ""
	}
	names, items := []string{}, site.Items{}
	for _, made := range r.Sites {
		s := &settings{m: made.Map}
		if fault := cmp.Or(s.clash(taken), s.fault()); fault != "" {
			r.Told = append(r.Told, from.Told{File: made.File, Line: made.Line, What: "site " + s.title(), Fate: from.Left, Why: fault,
				Do: "pavise site update " + s.title() + " …, or remove it first"})
			continue
		}
		if sayTrue(s.get("default")) != "" {
			if standard {
				s.put("default", nil)
				r.Told = append(r.Told, from.Told{File: made.File, Line: made.Line, What: "default", Fate: from.Left, Why: "another site is the default already",
					Do: "pavise site update " + s.title() + " --default"})
			}
			standard = true
		}
		for _, word := range append(s.hosts(), s.title()) {
			taken[strings.ToLower(word)] = s.title()
		}
		names, items = append(names, s.title()), append(items, s.m)
	}
	if err := doc.Append(items, "sites"); err != nil {
		return nil, err
	}
	for _, s := range r.File {
		if there, ok := doc.Value(s.Key); !ok && len(items) > 0 {
			if err := doc.Set(s.Value, s.Key); err != nil {
				return nil, err
			}
		} else if at := slices.Index(r.Told, s.Told); at >= 0 && ok && !site.Same(there, s.Value) {
			told := &r.Told[at]
			told.Fate, told.Why, told.Do = from.Left, "the file says "+s.Key+" already", "pavise site set '"+s.Key+"="+site.Flow(s.Value)+"', if that is meant"
		}
	}
	return names, nil
}

// clash is why a site cannot be beside those that are there.
func (s *settings) clash(taken map[string]string) string {
	hosts := s.hosts()
	if _, err := site.Hosts(hosts); err != nil {
		return err.Error()
	}
	for _, word := range append(slices.Clone(hosts), s.title()) {
		if other, ok := taken[strings.ToLower(word)]; ok {
			return "the site " + other + " has " + word + " already"
		}
	}
	return ""
}

// fault is why a site would make the file one that nothing is served by.
func (s *settings) fault() string {
	_, err := site.Parse("it", []byte("sites: ["+site.Flow(s.m)+"]"), catalog.Controls(), understood)
	var mistakes site.Errors
	if errors.As(err, &mistakes) {
		return "it would not be valid: " + mistakes[0].Text
	}
	return ""
}

// writeImport tells a person what became of it all.
func writeImport(w io.Writer, source string, names []string, r *from.Result, verbose bool) {
	left := r.LeftBehind()
	fmt.Fprintf(w, "%s: %s, %s left behind\n", source, pavise.Plural(len(names), "site"), pavise.Plural(len(left), "line"))
	for _, t := range r.Told {
		if t.Fate != from.Left && !verbose {
			continue
		}
		text := fmt.Sprintf("%s: %s: %s", pavise.Line(t.File, t.Line), t.Fate, t.What)
		if t.Why != "" {
			text += ": " + t.Why
		}
		fmt.Fprintf(w, "  %s\n", report.Line(text))
		if t.Do != "" {
			fmt.Fprintf(w, "      %s\n", report.Line(t.Do))
		}
	}
}
