package from

import (
	"slices"
	"strings"

	"pavise"
)

// tryFiles knows the usual forms: files and then nothing, a page, or a named location.
func (n *nginx) tryFiles(b *built, p *part, d pavise.Directive) {
	const advice = "see static and fallback: pavise site update NAME --static FOLDER --fallback FILE"
	if len(d.Args) == 0 {
		return
	}
	files, last := d.Args[:len(d.Args)-1], d.Args[len(d.Args)-1]
	if page := len(files) - 1; page >= 0 && strings.HasPrefix(last, "=") && strings.HasPrefix(files[page], "/") {
		files, last = files[:page], files[page] // a page that is there
	}
	shows := slices.Contains(files, "$uri")
	all := shows
	if !shows {
		p.unshown = true
		n.tell(d, Left, "without $uri nginx shows single files of the folder at most: none of them is carried over", advice)
	}
	for _, file := range files {
		if shows && !slices.Contains([]string{"$uri", "$uri/", "$uri/index.html"}, file) {
			n.tell(d, Left, file+" is not carried over", advice)
			all = false
		}
	}
	switch {
	case strings.HasPrefix(last, "@"):
		if !n.handOn(b, p, last) {
			n.tell(d, Left, last+" cannot be carried over", "have the app answer what is no file: pavise site update NAME --backends PORT")
			return
		}
	case strings.HasPrefix(last, "/") && !strings.ContainsAny(last, "?$") && !strings.HasSuffix(last, ".php"):
		p.fallback, p.tried = strings.TrimPrefix(last, "/"), true
	case !strings.HasPrefix(last, "=") && !slices.Contains([]string{"$uri", "$uri/", "$uri/index.html"}, last):
		n.tell(d, Left, "only files, a page and a named location are carried over", "have the app answer what is no file: pavise site update NAME --backends PORT")
		return
	}
	if all {
		n.tell(d, Carried, "", "")
	}
}

// maxRead bounds how much is read of what stands for many, each time that it does.
const maxRead = 200_000

// handOn has a part answer as a named location does, which may name another.
func (n *nginx) handOn(b *built, p *part, name string) bool {
	named, known := p.named[name]
	if n.read += len(named.Block); !known || n.read > maxRead {
		p.lost = true
		return false
	}
	if p.read[name] == b.half {
		return true
	}
	if p.read == nil {
		p.read = map[string]int{}
	}
	p.read[name], p.tried = b.half, true
	unshown, fallback := p.unshown, p.fallback // which are about the files of the part itself
	passes := slices.ContainsFunc(named.Block, func(d pavise.Directive) bool { return strings.HasSuffix(d.Name, "_pass") })
	for _, in := range named.Block {
		switch in.Name {
		case "if":
			n.condition(b, p, in)
		case "root", "alias", "index", "autoindex":
			if passes {
				n.tell(in, Implied, "the app answers there, and no file", "")
			} else {
				n.tell(in, Left, "the files of a named location are not carried over", "have the app answer what is no file: pavise site update NAME --backends PORT")
			}
		default:
			n.inPart(b, p, in)
		}
	}
	p.unshown, p.fallback = unshown, fallback
	return true
}
