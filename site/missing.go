package site

import (
	"fmt"
	"io"
	"iter"
	"os"
)

// maxPage bounds a page of the owner's.
const maxPage = 1 << 20

// ReadPage reads the page that is shown in the app's place; nil is the one of Pavise's.
// It refuses what is no file, or larger than 1 MiB.
func (m *Maintenance) ReadPage() ([]byte, error) {
	if m.Page == "" {
		return nil, nil
	}
	page, err := readRegular(m.Page, maxPage)
	if err != nil {
		return nil, fmt.Errorf("maintenance: page: %w", err)
	}
	return page, nil
}

func readRegular(name string, most int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, fmt.Errorf("%s is no file", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return data, err
}

// Apps are all of a site: its own, and those of its paths.
func (s *Site) Apps() []*App {
	list := []*App{&s.App}
	for i := range s.Paths {
		list = append(list, &s.Paths[i].App)
	}
	return list
}

// Missing are the files and folders that apps of sites name and nobody could serve, by line:
// reading a file does not look for them, for it may be meant for another machine.
func (f *File) Missing() iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range f.Sites {
			if f.Sites[i].Disabled {
				continue
			}
			for _, a := range f.Sites[i].Apps() {
				if _, err := a.Maintenance.ReadPage(); err != nil && !yield(a.Maintenance.Line, err) {
					return
				}
				if err := a.Static.folder(); err != nil && !yield(a.Static.Line, err) {
					return
				}
			}
		}
	}
}

// folder reports that the folder to serve is not there.
func (s *Static) folder() error {
	if s.Folder == "" {
		return nil
	}
	info, err := os.Stat(s.Folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", s.Folder)
	}
	if err != nil {
		return fmt.Errorf("static: folder: %w", err)
	}
	return nil
}
