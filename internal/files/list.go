package files

import (
	"bytes"
	"cmp"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxListed bounds a listing.
const maxListed = 2000

type entry struct{ Link, Name, Size, Time string }

var listing = template.Must(template.New("listing").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Index of {{.Title}}</title>
<h1>Index of {{.Title}}</h1>
<table>
<tr><th>Name<th>Size<th>Changed
{{range .Entries}}<tr><td><a href="{{.Link}}">{{.Name}}</a><td>{{.Size}}<td>{{.Time}}
{{end}}</table>
{{if .More}}<p>There is more than is shown.</p>
{{end}}</html>
`))

// list answers with the names in a folder, but for what is hidden.
func list(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	folder, err := root.Open(name)
	if err != nil {
		return false
	}
	defer folder.Close()
	found, _ := folder.ReadDir(maxListed + 1)
	found = slices.DeleteFunc(found, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), ".") || !e.IsDir() && !e.Type().IsRegular()
	})
	slices.SortFunc(found, func(a, b fs.DirEntry) int {
		if a.IsDir() != b.IsDir() {
			return map[bool]int{true: -1, false: 1}[a.IsDir()]
		}
		return cmp.Compare(a.Name(), b.Name())
	})
	page := struct {
		Title   string
		Entries []entry
		More    bool
	}{Title: r.URL.Path, More: len(found) > maxListed}
	for _, e := range found[:min(len(found), maxListed)] {
		page.Entries = append(page.Entries, entryOf(e))
	}
	var b bytes.Buffer
	if listing.Execute(&b, page) != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(b.Bytes())
	}
	return true
}

func entryOf(e fs.DirEntry) entry {
	link := "./" + url.PathEscape(e.Name()) // a name with a colon would be an address
	out := entry{Link: link, Name: e.Name()}
	if info, err := e.Info(); err == nil {
		out.Size, out.Time = strconv.FormatInt(info.Size(), 10), info.ModTime().UTC().Format(time.DateTime)
	}
	if e.IsDir() {
		out.Link, out.Name, out.Size = link+"/", e.Name()+"/", ""
	}
	return out
}
