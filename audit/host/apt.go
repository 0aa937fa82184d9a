package host

import (
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"pavise"
	"pavise/audit/tree"
)

const (
	updates    = "host.updates"
	dpkgStatus = "/var/lib/dpkg/status"
	aptLists   = "/var/lib/apt/lists"
	maxUpdates = 2000
)

// installedDebs reads what dpkg has installed, by name.
func installedDebs(t *tree.Tree) map[string][]deb {
	if !t.Exists(dpkgStatus) {
		return nil
	}
	f, err := t.Stream(dpkgStatus)
	if err != nil {
		t.Miss(dpkgStatus, err.Error(), updates, support)
		return nil
	}
	defer f.Close()
	list := map[string][]deb{}
	err = debs(f, func(d deb) {
		if strings.HasSuffix(d.status, " ok installed") {
			list[d.name] = append(list[d.name], d)
		}
	})
	if err != nil {
		t.Miss(dpkgStatus, err.Error(), updates, support)
	}
	return list
}

// A release is what an archive says of itself in Release or InRelease.
type release struct {
	pavise.Index
	origin string
	// manual is set for what apt installs only where it is asked to: backports.
	manual bool
}

// apt compares what is installed with the indexes that apt has fetched. Pinning
// (apt_preferences(5)) is not looked at.
func apt(ctx context.Context, t *tree.Tree, m *pavise.Machine, have map[string][]deb) {
	if len(have) == 0 {
		return
	}
	files, err := t.List(aptLists)
	if err != nil {
		t.Miss(aptLists, err.Error(), updates)
		return
	}
	releases := map[string]release{}
	for _, f := range files {
		at, is := strings.CutSuffix(f.Name(), "_InRelease")
		if !is {
			at, is = strings.CutSuffix(f.Name(), "_Release")
		}
		if !is || releases[at].File != "" {
			continue
		}
		text, err := t.Read(path.Join(aptLists, f.Name()), 16<<20)
		if err != nil {
			t.Miss(path.Join(aptLists, f.Name()), err.Error(), updates)
			continue
		}
		r := parseRelease(string(text))
		r.Manager, r.File = "apt", path.Join(aptLists, f.Name())
		releases[at] = r
		m.Indexes = append(m.Indexes, r.Index)
	}
	best := map[string]*pavise.Update{} // by name and architecture
	for _, f := range files {
		r, is := releaseOf(releases, f.Name())
		if !is || r.manual || ctx.Err() != nil {
			continue
		}
		at := path.Join(aptLists, f.Name())
		if err := packages(t, at, func(d deb) { better(best, have, d, r) }); err != nil {
			t.Miss(at, err.Error(), updates)
		}
	}
	for _, key := range sortedKeys(best) {
		if len(m.Updates) == maxUpdates {
			t.Miss(aptLists, "more updates wait than are told", updates)
			return
		}
		m.Updates = append(m.Updates, *best[key])
	}
}

// better notes what is newer than what is installed, and keeps the newest. Where any
// newer version is for security, so is the update.
func better(best map[string]*pavise.Update, have map[string][]deb, d deb, r release) {
	for _, h := range have[d.name] {
		if h.arch != d.arch && h.arch != "all" && d.arch != "all" || compareDebian(d.version, h.version) <= 0 {
			continue
		}
		u := best[d.name+":"+h.arch]
		if u == nil {
			u = &pavise.Update{Package: d.name, Installed: h.version}
			best[d.name+":"+h.arch] = u
		}
		u.Security = u.Security || r.Security
		if u.Available == "" || compareDebian(d.version, u.Available) > 0 {
			u.Available, u.Origin = d.version, r.origin
		}
	}
}

// releaseOf finds the release that an index of packages belongs to, by its name.
func releaseOf(releases map[string]release, name string) (release, bool) {
	base := strings.TrimSuffix(name, path.Ext(name))
	if !strings.HasSuffix(name, "_Packages") && !strings.HasSuffix(base, "_Packages") {
		return release{}, false
	}
	longest := ""
	for at := range releases {
		if strings.HasPrefix(name, at+"_") && len(at) > len(longest) {
			longest = at
		}
	}
	return releases[longest], longest != ""
}

// packages reads an index of packages, packed or not.
func packages(t *tree.Tree, name string, each func(deb)) error {
	f, err := t.Stream(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	switch ending := path.Ext(name); ending {
	case ".lz4":
		r = &lz4Reader{from: f}
	case ".gz":
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	case ".bz2":
		r = bzip2.NewReader(f)
	case ".zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20))
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	case ".xz":
		return errXZ
	}
	return debs(r, each)
}

// parseRelease reads the head of a Release file, with or without its signature.
func parseRelease(text string) release {
	var r release
	field := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, is := strings.Cut(line, ":")
		if name == "MD5Sum" || name == "SHA1" || name == "SHA256" || name == "SHA512" {
			break
		}
		if is && len(field) < 64 {
			field[name] = strings.TrimSpace(value)
		}
	}
	r.Dated, r.Until = archiveTime(field["Date"]), archiveTime(field["Valid-Until"])
	r.manual = field["NotAutomatic"] == "yes"
	suite := cmp.Or(field["Suite"], field["Codename"])
	r.origin = pavise.Clip(cmp.Or(field["Label"], field["Origin"])+" "+suite, 80)
	r.Security = field["Label"] == "Debian-Security" || strings.HasSuffix(field["Suite"], "-security") || strings.HasSuffix(field["Codename"], "-security")
	return r
}

// archiveTime reads a date of an archive; zero is that there is none.
func archiveTime(s string) time.Time {
	for _, form := range []string{time.RFC1123, "Mon, _2 Jan 2006 15:04:05 MST", time.RFC1123Z} {
		if at, err := time.Parse(form, s); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
