package site

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
)

// edited opens a text as a document.
func edited(t testing.TB, text string) *Document {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pavise.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := Open(name, []pavise.Control{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

const commented = `# What this machine serves.
listen:
    https: ":443"   # every address

# The sites, by age.
sites:
    # The shop of the town.
    - name: shop   # as everybody calls it
      hosts: [shop.example.com, 'www.shop.example.com']
      to: 3000 # node
      # sticky: true

    - hosts:
        - blog.example.com # first
        - news.example.com
      to: "127.0.0.1:4000"
      except:
        - control: requests.hpp
          reason: >-
            two fields
            # of one name

          until: 2030-01-01

# The end.
`

func TestEdits(t *testing.T) {
	for _, test := range []struct {
		what, old, want string
		edit            func(*Document) error
	}{
		{"a value", "      to: 3000 # node", "      to: 3001 # node",
			func(doc *Document) error { return doc.Set(3001, "sites", 0, "to") }},
		{"a value that is right", "", "",
			func(doc *Document) error { return doc.Set("3000", "sites", 0, "to") }},
		{"a key in its order", "      to: \"127.0.0.1:4000\"\n", "      to: \"127.0.0.1:4000\"\n      allow-remote-upstream: true\n",
			func(doc *Document) error { return doc.Set(true, "sites", 1, "allow-remote-upstream") }},
		{"a map on the way", "      # sticky: true\n", "      certificate: {cert: a.pem, key: b.pem}\n      # sticky: true\n",
			func(doc *Document) error {
				return doc.Set(Map{{"cert", "a.pem"}, {"key", "b.pem"}}, "sites", 0, "certificate")
			}},
		{"one item more", "- news.example.com\n", "- news.example.com\n        - old.example.com\n",
			func(doc *Document) error {
				return doc.Set(List{"blog.example.com", "news.example.com", "old.example.com"}, "sites", 1, "hosts")
			}},
		{"one item less", "        - blog.example.com # first\n", "",
			func(doc *Document) error { return doc.Set(List{"news.example.com"}, "sites", 1, "hosts") }},
		{"in brackets", ", 'www.shop.example.com']", "]",
			func(doc *Document) error { return doc.Set(List{"shop.example.com"}, "sites", 0, "hosts") }},
		{"a list in place of a value", "      to: 3000 # node", "      to: [3000, 3001] # node",
			func(doc *Document) error { return doc.Set(List{"3000", "3001"}, "sites", 0, "to") }},
		{"another order", "        - blog.example.com # first\n        - news.example.com", " [news.example.com, blog.example.com]\n        # first",
			func(doc *Document) error {
				return doc.Set(List{"news.example.com", "blog.example.com"}, "sites", 1, "hosts")
			}},
		{"the first key of an item", "    - name: shop   # as everybody calls it\n      hosts", "    - hosts",
			func(doc *Document) error { return doc.Remove("sites", 0, "name") }},
		{"the only item", "      except:\n        - control: requests.hpp\n          reason: >-\n            two fields\n            # of one name\n\n          until: 2030-01-01\n", "",
			func(doc *Document) error { return doc.Remove("sites", 1, "except", 0) }},
		{"a text of many lines", "          reason: >-\n            two fields\n            # of one name\n", "          reason: mended\n",
			func(doc *Document) error { return doc.Set("mended", "sites", 1, "except", 0, "reason") }},
		{"a site", "    # The shop of the town.\n    - name: shop   # as everybody calls it\n      hosts: [shop.example.com, 'www.shop.example.com']\n      to: 3000 # node\n      # sticky: true\n\n", "",
			func(doc *Document) error { return doc.Remove("sites", 0) }},
		{"a new site", "until: 2030-01-01\n", "until: 2030-01-01\n\n    - name: wiki\n      hosts: [wiki.example.com]\n      to: 5000\n",
			func(doc *Document) error {
				return doc.Append(Items{Map{{"name", "wiki"}, {"hosts", List{"wiki.example.com"}}, {"to", "5000"}}}, "sites")
			}},
		{"an exception more", "until: 2030-01-01\n", "until: 2030-01-01\n        - control: requests.csrf\n          paths: [POST /hook]\n          mode: observe\n          reason: \"signed: by them\"\n          until: 2031-02-03\n",
			func(doc *Document) error {
				return doc.AddException("News.example.com", Exception{Control: "requests.csrf", Paths: []string{"POST /hook"}, Mode: "observe",
					Reason: "signed: by them", Until: time.Date(2031, 2, 3, 0, 0, 0, 0, time.UTC)})
			}},
		{"the first exception", "      # sticky: true\n", "      except:\n        - control: requests.csrf\n          reason: why not\n      # sticky: true\n",
			func(doc *Document) error {
				return doc.AddException("shop", Exception{Control: "requests.csrf", Reason: "why not"})
			}},
	} {
		t.Run(test.what, func(t *testing.T) {
			for _, newline := range []string{"\n", "\r\n"} {
				broken := func(s string) string { return strings.ReplaceAll(s, "\n", newline) }
				doc := edited(t, broken(commented))
				if err := test.edit(doc); err != nil {
					t.Fatal(err)
				}
				want := broken(strings.Replace(commented, test.old, test.want, 1))
				if test.what == "another order" {
					want = strings.Replace(want, "hosts:"+newline, "hosts:", 1)
				}
				if doc.Text() != want {
					t.Errorf("got\n%s\nwant\n%s", doc.Text(), want)
				}
			}
		})
	}
}

func TestEditFromNothing(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "sites:\n  - hosts: [a.example]\n    to: 3000\n",
		"# ours":                    "# ours\nsites:\n  - hosts: [a.example]\n    to: 3000\n",
		"sites:\nstate: x\n":        "sites:\n  - hosts: [a.example]\n    to: 3000\nstate: x\n",
		"sites: [] # none\n":        "sites: # none\n  - hosts: [a.example]\n    to: 3000\n",
		"state: x":                  "state: x\nsites:\n  - hosts: [a.example]\n    to: 3000",
		`{"sites": [{"to": "1"}]}`:  `{"sites": [{"to": "1"}, {hosts: [a.example], to: 3000}]}`,
		"{}":                        "{sites: [{hosts: [a.example], to: 3000}]}",
		"\ufeff# ours\nsites: []\n": "\ufeff# ours\nsites:\n  - hosts: [a.example]\n    to: 3000\n",
	} {
		doc := edited(t, text)
		if err := doc.Append(Items{Map{{"hosts", List{"a.example"}}, {"to", "3000"}}}, "sites"); err != nil {
			t.Errorf("%q: %v", text, err)
		} else if doc.Text() != want {
			t.Errorf("%q: got\n%s\nwant\n%s", text, doc.Text(), want)
		}
	}
}

func TestFindSite(t *testing.T) {
	doc := edited(t, commented)
	for name, want := range map[string]int{"shop": 0, "www.shop.example.com": 0, "blog.example.com": 1, "NEWS.example.com": 1} {
		if i, err := doc.Site(name); err != nil || i != want {
			t.Errorf("%s: got %d, %v", name, i, err)
		}
	}
	var unknown *UnknownSiteError
	if _, err := doc.Site("shpo"); !errors.As(err, &unknown) || unknown.Nearest != "shop" {
		t.Errorf("got %v", err)
	}
	if _, err := doc.Site(""); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"shop", "blog.example.com"}) {
		t.Errorf("got %v", err)
	}
}

func TestSave(t *testing.T) {
	folder := t.TempDir()
	real, link := filepath.Join(folder, "real.yaml"), filepath.Join(folder, "pavise.yaml")
	if err := errors.Join(os.WriteFile(real, []byte("sites:\n- hosts: [a.example]\n  to: 3000\n"), 0o640), os.Symlink("real.yaml", link)); err != nil {
		t.Fatal(err)
	}
	doc, err := Open(link, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Diff() != "" || doc.Set("4000", "sites", 0, "to") != nil || !strings.Contains(doc.Diff(), "-  to: 3000\n+  to: 4000\n") {
		t.Errorf("got the diff %s", doc.Diff())
	}
	if err := doc.Save(); err != nil {
		t.Fatal(err)
	}
	is, _ := os.ReadFile(real)
	info, _ := os.Stat(real)
	if target, _ := os.Readlink(link); target != "real.yaml" || string(is) != doc.Text() || info.Mode().Perm() != 0o640 {
		t.Errorf("got %q of mode %v behind %s", is, info.Mode(), target)
	}

	if err := errors.Join(doc.Set("5000", "sites", 0, "to"), os.WriteFile(real, []byte("# mine\n"), 0o640)); err != nil {
		t.Fatal(err)
	}
	if err := doc.Save(); !errors.As(err, new(*ChangedError)) {
		t.Errorf("a file that was changed meanwhile: %v", err)
	}
	if is, _ := os.ReadFile(real); string(is) != "# mine\n" {
		t.Errorf("overwrote what was changed meanwhile: %q", is)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); left != nil {
		t.Errorf("left %v", left)
	}
}

func TestSaveNew(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pavise", "pavise.yaml") // the folder is not there either
	one := func() *Document {
		doc, err := Open(name, nil, nil)
		if err == nil {
			err = doc.Append(Items{Map{{"hosts", List{"a.example"}}, {"to", "3000"}}}, "sites")
		}
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	first, second := one(), one()
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}
	if err := second.Save(); !errors.As(err, new(*ChangedError)) {
		t.Errorf("a file that somebody else has made meanwhile: %v", err)
	}
}

func TestSaveChecks(t *testing.T) {
	doc := edited(t, "sites:\n- hosts: [a.example]\n  to: 3000\n")
	if err := doc.Set("yes", "sites", 0, "cannonical"); err != nil {
		t.Fatal(err)
	}
	var errs Errors
	if err := doc.Save(); !errors.As(err, &errs) || errs[0].Line != 4 {
		t.Errorf("got %v", err)
	}
}

func FuzzEdit(f *testing.F) {
	for _, text := range []string{commented, "", "sites: []", "{sites: [{to: 1, hosts: [a]}, {}]}", "sites:\n- - a\n  - b\n- to: |+\n   x\n\n   # y\n\nx: 1",
		"a: 'it''s' # c\nb: \"\\\"#\" # d\nsites:\n-\n  # e\n  to: a\n   b # f\n  hosts:\n  - x\n  -\n  - y\n", "? a\n: b\n? [x]\n: c\n", "sites:\n  # g\n  - to: 1\n    # h\n    hosts: [ # i\n      a, # j\n      b ] # k\n"} {
		f.Add(text, uint8(0), uint8(0), "new")
		f.Add(text, uint8(1), uint8(1), "# x: y")
	}
	keys := []string{"sites", "to", "hosts", "a", "x", "listen", "except"}
	f.Fuzz(func(t *testing.T, text string, what, which uint8, value string) {
		if !bytes.Equal([]byte(value), bytes.ToValidUTF8([]byte(value), nil)) || strings.ContainsRune(value, '\r') {
			return
		}
		l, err := layoutOf(text)
		if err != nil {
			return
		}
		doc := &Document{text: text}
		before := modelOf(l.root)
		var at where
		for key := which; ; key /= 8 {
			if at = append(at, keys[int(key)%len(keys)]); key < 8 {
				break
			}
			at = append(at, int(key)%3)
		}
		added := 0
		switch what % 6 {
		case 0:
			err = doc.Set(value, at...)
		case 1:
			err = doc.Set(List{value, "b"}, at...)
		case 2:
			err = doc.Append(Items{Map{{"to", value}, {"hosts", List{value}}}}, at...)
		case 3:
			err = doc.Set(Map{{"to", value}, {"zz", Items{value}}}, at...)
		case 4:
			err, added = doc.Remove(at...), -1
		case 5:
			err, added = doc.Set(List{}, at...), 0
		}
		if err != nil {
			return
		}
		after, err := layoutOf(doc.text)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, doc.text, err)
		}
		// Every other key of the file means what it did.
		old, _ := before.(Map)
		if is, _ := modelOf(after.root).(Map); !equal(without(old, at[0].(string)), without(is, at[0].(string))) {
			t.Fatalf("%v of %q changed more: %q", at, text, doc.text)
		}
		if what%6 == 0 && added == 0 {
			if n, left := find(after.root, at); len(left) > 0 || n.Value != value {
				t.Fatalf("%v of %q was not set to %q: %q", at, text, value, doc.text)
			}
		}
		if replaced := what%6 == 0 || what%6 == 2; replaced {
			for _, c := range l.comments(span{0, len(text)}) {
				if said := strings.TrimRight(text[c.from:c.to], " \t"); strings.Count(doc.text, said) < strings.Count(text, said) && said != "#" {
					t.Fatalf("%v of %q lost the comment %q: %q", at, text, said, doc.text)
				}
			}
		}
	})
}

func without(m Map, key string) Map {
	return slices.DeleteFunc(append(Map{}, m...), func(p Pair) bool { return p.Key == key })
}
