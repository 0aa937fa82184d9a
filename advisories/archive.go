package advisories

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Bounds of an archive. The export of npm has 220,000 records and a tenth of these bytes.
const (
	maxArchive   = 1 << 30  // as it is fetched or read
	maxDirectory = 64 << 20 // what is behind its files: their names
	maxMembers   = 1_000_000
	maxUnpacked  = 4 << 30
	maxRatio     = 200 // of a file to what it takes in the archive, where it is longer than…
	freeOfRatio  = 1 << 20
)

// archive reads every .json file of a zip archive. Nothing is unpacked to disk.
func (d *Draft) archive(name string, f *os.File) error {
	if _, err := io.Copy(d.sum, io.NewSectionReader(f, 0, maxArchive)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	list, err := listed(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	total, n := uint64(0), 0
	for list.left > 0 {
		members, err := list.next()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if list.read > maxMembers {
			return fmt.Errorf("%s has more than %d files", name, maxMembers)
		}
		for _, member := range members {
			if !strings.HasSuffix(member.Name, ".json") {
				continue
			}
			if err := d.member(name, member, &total); err != nil {
				return err
			}
			n++
		}
	}
	if n == 0 {
		return fmt.Errorf("%s has no file .json", name)
	}
	return nil
}

// member reads one file of an archive, by what it really is and not by what it says.
func (d *Draft) member(archive string, m *zip.File, total *uint64) error {
	name := archive + "/" + clip(m.Name)
	if !filepath.IsLocal(m.Name) || strings.Contains(m.Name, `\`) {
		return fmt.Errorf("%s: a name that leads out of the archive", name)
	}
	r, err := m.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	limit := min(max(maxRatio*m.CompressedSize64, freeOfRatio), maxFile+1, maxUnpacked-*total+1)
	counted := &io.LimitedReader{R: r, N: int64(limit)}
	err = d.one(name, counted, m.Modified)
	if counted.N <= 0 {
		return fmt.Errorf("%s: it is packed more than %d-fold, or longer than %d MB, or the archive is longer than %d MB unpacked",
			name, maxRatio, maxFile>>20, maxUnpacked>>20)
	}
	*total += limit - uint64(counted.N)
	return err
}
