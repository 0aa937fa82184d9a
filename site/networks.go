package site

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// files reads what the configuration names beside it; nil reads nothing.
type files func(name string) ([]byte, error)

// besides reads files from a folder, if their path is relative.
func besides(folder string) files {
	return func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		if i, err := os.Stat(name); err == nil && !i.Mode().IsRegular() {
			return nil, errors.New("it is no regular file")
		}
		r, err := os.Open(name)
		if err != nil {
			return nil, cause(err)
		}
		defer r.Close()
		data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
		if err == nil && len(data) > MaxSize {
			return nil, errors.New("it is larger than 1 MiB")
		}
		return data, err
	}
}

// cause is an error of the system without the path, which the message names.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// networks reads a list of networks: in place of an item that ends in .txt stands
// what its file holds. What is no network is left out, so that it is one mistake.
func (d *decoder) networks(n *yaml.Node, v reflect.Value, at place) {
	list := pavise.Networks{}
	for i, item := range n.Content {
		switch s := v.Index(i).String(); {
		case d.where[v.Index(i).Addr().Interface()] == nil: // no text, which is told
		case strings.HasSuffix(s, ".txt"):
			list = append(list, d.networksOf(item, s, at)...)
		default:
			if _, err := pavise.ParseNetwork(s); err != nil {
				d.fail(item, asFile(s), "%s%v", at, err)
				continue
			}
			list = append(list, s)
		}
	}
	v.Set(reflect.ValueOf(list))
}

// asFile is the hint for an item that has letters no address has.
func asFile(s string) string {
	if !strings.ContainsAny(strings.ToLower(s), "ghijklmnopqrstuvwxyz") {
		return ""
	}
	return "the name of a file with networks must end in .txt"
}

// networksOf reads a file of networks.
func (d *decoder) networksOf(n *yaml.Node, file string, at place) pavise.Networks {
	if d.files == nil {
		d.fail(n, "", "%s%s: no file can be read here", at, show(file))
		return nil
	}
	d.lists = append(d.lists, file)
	data, err := d.files(file)
	if err != nil {
		d.fail(n, "a relative path begins at the folder of the configuration", "%s%s: %v", at, show(file), err)
		return nil
	}
	return d.networksIn(n, file, data, at)
}

// networksIn reads one network a line; # begins a comment. A file without any is
// a mistake: it would trust nobody, and say nothing of it.
func (d *decoder) networksIn(n *yaml.Node, name string, data []byte, at place) pavise.Networks {
	var list pavise.Networks
	failed := len(d.errs)
	line := 0
	for text := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		line++
		text, _, _ = strings.Cut(text, "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if _, err := pavise.ParseNetwork(text); err != nil {
			hint := ""
			if strings.ContainsAny(text, " \t,;") {
				hint = "one network a line"
			}
			d.fail(n, hint, "%s%s:%d: %v", at, bare(name), line, err)
			continue
		}
		list = append(list, text)
	}
	if len(list) == 0 && len(d.errs) == failed {
		d.fail(n, "", "%s%s has no network in it", at, bare(name))
	}
	return list
}
