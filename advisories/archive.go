package advisories

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
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
	if err := bounded(f, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // the names of all files are kept: no second time as much beside them
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(z.File) > maxMembers {
		return fmt.Errorf("%s has more than %d files", name, maxMembers)
	}
	total, n := uint64(0), 0
	for _, member := range z.File {
		if !strings.HasSuffix(member.Name, ".json") {
			continue
		}
		if err := d.member(name, member, &total); err != nil {
			return err
		}
		n++
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

// bounded reports an archive whose list of files alone would fill the memory: it begins
// where the last record says (APPNOTE.TXT 4.3.16, 4.3.14).
func bounded(f io.ReaderAt, size int64) error {
	if size > maxArchive {
		return fmt.Errorf("it is longer than %d MB", maxArchive>>20)
	}
	tail := make([]byte, min(size, 1<<16+22+20+56))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return err
	}
	text := string(tail)
	i := strings.LastIndex(text, "PK\x05\x06")
	if i < 0 || i+22 > len(tail) {
		return fmt.Errorf("the archive has no end")
	}
	at := int64(binary.LittleEndian.Uint32(tail[i+16:]))
	if at == 0xffffffff { // it says so in 64 bits
		j := strings.LastIndex(text[:i], "PK\x06\x06")
		if j < 0 || j+56 > len(tail) {
			return fmt.Errorf("the archive has no end")
		}
		at = int64(binary.LittleEndian.Uint64(tail[j+48:]))
	}
	if at < 0 || at > size || size-at > maxDirectory {
		return fmt.Errorf("the list of its files is longer than %d MB", maxDirectory>>20)
	}
	return nil
}
