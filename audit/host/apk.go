package host

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

const (
	apkInstalled = "/lib/apk/db/installed"
	apkCache     = "/var/cache/apk"
)

var errXZ = errors.New("it is packed with xz, which is not read here")

// An alpine is a package of Alpine.
type alpine struct{ name, version string }

// alpines reads records of apk: lines of a letter, a colon and a value (apk v2).
func alpines(r io.Reader, each func(alpine)) error {
	lines := bufio.NewScanner(&io.LimitedReader{R: r, N: maxIndex})
	lines.Buffer(make([]byte, 4<<10), 1<<20)
	var a alpine
	for lines.Scan() {
		letter, value, _ := strings.Cut(lines.Text(), ":")
		switch letter {
		case "P":
			a.name = value
		case "V":
			a.version = value
		case "":
			if a.name != "" {
				each(a)
			}
			a = alpine{}
		}
	}
	if a.name != "" {
		each(a)
	}
	return lines.Err()
}

// installedAlpines reads what apk has installed: versions by name.
func installedAlpines(t *tree.Tree) map[string]string {
	if !t.Exists(apkInstalled) {
		return nil
	}
	f, err := t.Stream(apkInstalled)
	if err != nil {
		t.Miss(apkInstalled, err.Error(), updates, support)
		return nil
	}
	defer f.Close()
	list := map[string]string{}
	if err := alpines(f, func(a alpine) { list[a.name] = a.version }); err != nil {
		t.Miss(apkInstalled, err.Error(), updates, support)
	}
	return list
}

// apk compares what is installed with the indexes that apk keeps.
func apk(ctx context.Context, t *tree.Tree, m *pavise.Machine, have map[string]string) {
	if len(have) == 0 {
		return
	}
	files, err := t.Glob(apkCache + "/APKINDEX.*.tar.gz")
	if err != nil {
		t.Miss(apkCache, err.Error(), updates)
	}
	best := map[string]*pavise.Update{}
	for _, at := range files {
		info, err := t.Stat(at)
		if err != nil || ctx.Err() != nil {
			continue
		}
		m.Indexes = append(m.Indexes, pavise.Index{Manager: "apk", File: at, Dated: info.ModTime().UTC()})
		err = apkIndex(t, at, func(a alpine) {
			old, is := have[a.name]
			if u := best[a.name]; is && compareAPK(a.version, old) > 0 && (u == nil || compareAPK(a.version, u.Available) > 0) {
				best[a.name] = &pavise.Update{Package: a.name, Installed: old, Available: a.version, Origin: path.Base(at)}
			}
		})
		if err != nil {
			t.Miss(at, err.Error(), updates)
		}
	}
	for _, name := range sortedKeys(best) {
		if len(m.Updates) < maxUpdates {
			m.Updates = append(m.Updates, *best[name])
		}
	}
}

// apkIndex reads the APKINDEX in an archive, whose first part is its signature.
func apkIndex(t *tree.Tree, at string, each func(alpine)) error {
	f, err := t.Stream(at)
	if err != nil {
		return err
	}
	defer f.Close()
	return apkArchive(f, each)
}

func apkArchive(r io.Reader, each func(alpine)) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	files := tar.NewReader(&io.LimitedReader{R: z, N: maxIndex})
	for range 100 {
		head, err := files.Next()
		if err != nil {
			return errors.New("there is no APKINDEX in it")
		}
		if head.Name == "APKINDEX" {
			return alpines(files, each)
		}
	}
	return errors.New("there is no APKINDEX among its first files")
}
