// Package files serves a folder: what lies in it, and nothing that a link or a path leads
// to outside of it.
package files

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"pavise"
)

// A Folder serves files. What is none it leaves to Next.
type Folder struct {
	Root     string   // opened at every request: it may be a link that is set anew
	Begin    string   // of the paths that are asked for, which the folder does not have
	Index    []string // files that stand for a folder; nil is index.html
	Listing  bool
	Fallback string // file that stands for pages that are not there; "" is none
	Next     http.Handler
	Alone    bool // Next is no app: then other methods are not taken
}

// ServeHTTP answers GET and HEAD.
func (f *Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if f.Alone {
			(&pavise.Refusal{Status: http.StatusMethodNotAllowed, Allow: "GET, HEAD"}).Answer(w, r)
			return
		}
		f.Next.ServeHTTP(w, r)
		return
	}
	if !f.serve(w, r) {
		f.Next.ServeHTTP(w, r)
	}
}

// serve answers with a file, with a listing, or with what stands for a page; it reports
// whether there was one.
func (f *Folder) serve(w http.ResponseWriter, r *http.Request) bool {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return false
	}
	defer root.Close()
	name, ok := f.name(r)
	if ok && f.serveName(w, r, root, name) {
		return true
	}
	return f.Fallback != "" && pavise.Navigation(r) && f.file(w, r, root, f.Fallback)
}

// name is what a path means within the folder: where everybody reads it in one way, and no
// segment of it is hidden. What may be known of a host lies in .well-known (RFC 8615 3).
func (f *Folder) name(r *http.Request) (name string, ok bool) {
	p, plain := pavise.PlainPath(r)
	p, under := strings.CutPrefix(p, f.Begin)
	if !plain || !under || p != "" && p[0] != '/' {
		return "", false
	}
	p = strings.TrimPrefix(p, "/")
	return p, !Hidden(p)
}

// Hidden reports whether what has this name within a folder is served to nobody.
func Hidden(name string) bool {
	for i, segment := range strings.Split(name, "/") {
		if strings.HasPrefix(segment, ".") && (i > 0 || segment != ".well-known") {
			return true
		}
	}
	return false
}

func (f *Folder) serveName(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	bare := strings.TrimSuffix(name, "/")
	if bare == "" {
		bare = "."
	}
	info, err := statIn(root, bare)
	switch {
	case err != nil:
		return false
	case !info.IsDir():
		return bare == name && f.file(w, r, root, name)
	case name != "" && bare == name, name == "" && !strings.HasSuffix(r.URL.Path, "/"):
		return f.toSlash(w, r, root, bare)
	}
	for _, index := range f.index() {
		if f.file(w, r, root, path.Join(bare, index)) {
			return true
		}
	}
	return f.Listing && list(w, r, root, bare)
}

func (f *Folder) index() []string {
	if f.Index == nil {
		return []string{"index.html"}
	}
	return f.Index
}

// toSlash leads to a folder, where links within its page are right, if there is
// something to see.
func (f *Folder) toSlash(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	seen := f.Listing
	for _, index := range f.index() {
		info, err := statIn(root, path.Join(name, index))
		seen = seen || err == nil && info.Mode().IsRegular()
	}
	if !seen {
		return false
	}
	to := url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}
	(&pavise.Refusal{Status: http.StatusMovedPermanently, Location: to.String(), Reason: "It is a folder."}).Answer(w, r)
	return true
}

func statIn(root *os.Root, name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) || strings.Contains(name, "\x00") {
		return nil, fs.ErrInvalid
	}
	return root.Stat(name)
}

// sameBuild is how much older what was compressed may be: more is of another version.
const sameBuild = time.Minute

// file answers with a file, or with what it was compressed to beforehand.
func (f *Folder) file(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	file, info, err := open(root, name)
	if err != nil {
		return false
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", typeOf(name))
	coding, changed := "", info.ModTime()
	for _, c := range codings {
		shorter, shorterInfo, err := open(root, name+c.ending)
		if err != nil {
			continue
		}
		defer shorter.Close()
		if shorterInfo.ModTime().Before(changed.Add(-sameBuild)) {
			continue
		}
		if h.Set("Vary", "Accept-Encoding"); coding == "" && accepts(r, c.name) {
			file, info, coding = shorter, shorterInfo, c.name
			h.Set("Content-Encoding", coding)
		}
	}
	h.Set("Etag", fmt.Sprintf(`"%x-%x%s"`, info.ModTime().UnixNano(), info.Size(), coding))
	if h["Cache-Control"] == nil && strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		h.Set("Cache-Control", "no-cache") // pages name what belongs to them: they must be of today
	}
	http.ServeContent(w, r, "", info.ModTime(), file)
	return true
}

// open opens what is a regular file, and waits for nothing else: not for who writes into a
// pipe.
func open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	if info, err := statIn(root, name); err != nil || !info.Mode().IsRegular() {
		return nil, nil, fs.ErrNotExist
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, nil, fs.ErrNotExist
	}
	return file, info, nil
}
