package scan

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"unique"

	"golang.org/x/net/html"

	"pavise"
)

// resources finds what a page has a browser load, from anywhere.
func resources(body []byte, at *url.URL) loads {
	l := loads{at: at, left: maxPage}
	eachTag(body, func(name string, attrs map[string]string, text []byte) {
		switch {
		case name == "base" && !l.based:
			if to, err := at.Parse(strings.TrimSpace(attrs["href"])); err == nil && attrs["href"] != "" && len(attrs["href"]) <= maxAddress {
				l.at, l.based = to, true // only the first counts (HTML 4.2.3)
			}
		case name == "style":
			l.sheet(text)
		default:
			l.tag(name, attrs)
		}
	})
	return l
}

// inlineScripts is the text of all scripts that stand in a page.
func inlineScripts(body []byte) []byte {
	var text []byte
	eachTag(body, func(name string, attrs map[string]string, inner []byte) {
		if name == "script" && len(inner) > 0 && runs(attrs["type"]) {
			text = append(append(text, inner...), '\n')
		}
	})
	return text
}

// eachTag calls do for every tag that opens, with the text of a script or style. The
// inside of a template is not part of the page (HTML 4.12.3).
func eachTag(body []byte, do func(name string, attrs map[string]string, text []byte)) {
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(maxBody)
	inert := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "template" && inert > 0 {
				inert--
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := everyAttr(z)
			if name == "template" {
				inert++
			}
			var text []byte
			if (name == "script" || name == "style") && z.Next() == html.TextToken {
				text = z.Text()
			}
			if inert == 0 {
				do(name, attrs, text)
			}
		}
	}
}

func everyAttr(z *html.Tokenizer) (string, map[string]string) {
	name, more := z.TagName()
	kind := string(name)
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := attrs[string(key)]; !twice {
			attrs[string(key)] = string(value)
		}
	}
	return kind, attrs
}

// loads gathers resources against the base address of a page.
type loads struct {
	at    *url.URL
	based bool
	left  room
	list  []pavise.Resource
}

func (l *loads) add(kind, address string, attrs map[string]string) {
	to, err := l.at.Parse(strings.TrimSpace(address))
	if address == "" || err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" ||
		len(address) > maxAddress || l.left < 0 || len(l.list) >= pavise.MaxResources {
		return
	}
	to.User, to.Fragment = nil, ""
	_, cross := attrs["crossorigin"]
	r := pavise.Resource{Kind: kind, URL: to.String(), Integrity: clipTo(attrs["integrity"], 1000), CrossOrigin: cross}
	if len(r.URL) > maxAddress || !l.left.takes(r.URL, r.Integrity) {
		return
	}
	r.URL, r.Integrity = once(r.URL), once(r.Integrity)
	l.list = append(l.list, r)
}

func (l *loads) tag(name string, attrs map[string]string) {
	switch name {
	case "script":
		if runs(attrs["type"]) {
			l.add("script", attrs["src"], attrs)
		}
	case "link":
		l.link(attrs)
	case "iframe", "frame":
		l.add("frame", attrs["src"], nil)
	case "img":
		l.add("image", attrs["src"], nil)
		l.set(attrs["srcset"])
	case "source", "audio", "track":
		l.add("media", attrs["src"], nil)
		l.set(attrs["srcset"])
	case "video":
		l.add("media", attrs["src"], nil)
		l.add("image", attrs["poster"], nil)
	case "input":
		if strings.EqualFold(attrs["type"], "image") {
			l.add("image", attrs["src"], nil)
		}
	case "image": // of SVG
		l.add("image", attrs["href"], nil)
		l.add("image", attrs["xlink:href"], nil)
	case "object":
		l.add("object", attrs["data"], nil)
	case "embed":
		l.add("object", attrs["src"], nil)
	}
}

// link knows the links that load something (HTML 4.6.7).
func (l *loads) link(attrs map[string]string) {
	for _, rel := range strings.Fields(strings.ToLower(attrs["rel"])) {
		switch {
		case rel == "stylesheet":
			l.add("style", attrs["href"], attrs)
		case rel == "icon" || rel == "apple-touch-icon":
			l.add("image", attrs["href"], nil)
		case rel == "preload" && strings.EqualFold(attrs["as"], "font"):
			l.add("font", attrs["href"], nil)
		}
	}
}

// set reads a srcset (HTML 4.8.4.2.1): addresses, each with an optional descriptor,
// between commas. An address may have commas within.
func (l *loads) set(srcset string) {
	for srcset != "" && len(l.list) < pavise.MaxResources {
		srcset = strings.TrimLeft(srcset, ", \t\r\n\f")
		end := strings.IndexAny(srcset, " \t\r\n\f")
		if end < 0 {
			end = len(srcset)
		}
		address := srcset[:end]
		srcset = srcset[end:]
		if bare := strings.TrimRight(address, ","); bare != address {
			address = bare // nothing describes it
		} else if comma := strings.IndexByte(srcset, ','); comma >= 0 {
			srcset = srcset[comma:]
		} else {
			srcset = ""
		}
		l.add("image", address, nil)
	}
}

var (
	inSheet = regexp.MustCompile(`(?i)(@import\s+)?(?:url\(\s*["']?([^"')\s]+)|["']((?:https?:)?//[^"'\s]+)["'])`)
	fontExt = regexp.MustCompile(`(?i)\.(?:woff2?|ttf|otf|eot)(?:[?#]|$)`)
)

// sheet finds what a style element loads.
func (l *loads) sheet(text []byte) {
	for _, m := range inSheet.FindAllSubmatch(text, pavise.MaxResources) {
		switch address := string(m[2]); {
		case len(m[1]) > 0:
			l.add("style", address+string(m[3]), nil)
		case fontExt.MatchString(address):
			l.add("font", address, nil)
		default:
			l.add("image", address, nil)
		}
	}
}

// runs reports whether a script of the type is run (HTML 4.12.1.1), rather than a
// block of data.
func runs(kind string) bool {
	kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";")
	return kind == "" || kind == "module" || strings.HasSuffix(kind, "javascript") || strings.HasSuffix(kind, "ecmascript")
}

// once keeps a string that many pages have for all of them.
func once(s string) string { return unique.Make(s).Value() }

func clipTo(s string, most int) string { return s[:min(len(s), most)] }
