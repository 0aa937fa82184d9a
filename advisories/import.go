package advisories

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFiles bounds the files of a folder that are imported at once.
const maxFiles = 5000

// ImportFiles reads a file, or every .json file of a folder, each in the form it has,
// and returns what each source brings. The date is the one that stands in a file, else
// that of the file.
func ImportFiles(path string) ([]Part, error) {
	files := []string{path}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.json")); err != nil {
			return nil, err
		}
		if len(files) == 0 || len(files) > maxFiles {
			return nil, fmt.Errorf("%s has %d files .json, and one to %d are wanted", path, len(files), maxFiles)
		}
	}
	parts := reading{}
	for _, file := range files {
		if err := parts.file(file); err != nil {
			return nil, err
		}
	}
	return parts.list(), nil
}

// ImportData reads what was fetched at a time.
func ImportData(name string, data []byte, at time.Time) ([]Part, error) {
	parts := reading{}
	if err := parts.one(name, bytes.NewReader(data), at); err != nil {
		return nil, err
	}
	list := parts.list()
	for i := range list {
		list[i].Source.Dated = at
	}
	return list, nil
}

// reading is what was read so far, by source.
type reading map[string]*hashed

type hashed struct {
	Part
	sum hash.Hash
}

// list is what each source brings, with the sum of all its files.
func (parts reading) list() []Part {
	var list []Part
	for _, i := range Importers() {
		if p := parts[i.Source().Name]; p != nil {
			p.Source.Sum = hex.EncodeToString(p.sum.Sum(nil))
			list = append(list, p.Part)
		}
	}
	return list
}

func (parts reading) file(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", file)
	}
	return parts.one(file, f, info.ModTime())
}

func (parts reading) one(name string, r io.Reader, at time.Time) error {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", name, err)
	}
	head = head[:n]
	i := slices.IndexFunc(Importers(), func(i Importer) bool { return i.Reads(name, head) })
	if i < 0 {
		return fmt.Errorf("%s:1: it has no form that is known: %s", name, strings.Join(forms(), ", "))
	}
	from := Importers()[i]
	part := parts[from.Source().Name]
	if part == nil {
		part = &hashed{Part{Source: from.Source()}, sha256.New()}
		parts[part.Source.Name] = part
	}
	if err := from.Import(&part.Part, name, io.TeeReader(io.MultiReader(bytes.NewReader(head), r), part.sum)); err != nil {
		return err
	}
	if part.Source.Dated.IsZero() {
		part.Source.Dated = at.UTC()
	}
	return nil
}

func forms() []string {
	var list []string
	for _, i := range Importers() {
		list = append(list, i.Source().Name)
	}
	return list
}
