package advisories

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
)

// zipped is an archive of files.
func zipped(t testing.TB, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: august})
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return kept(t, b.Bytes())
}

// kept is a file all.zip.
func kept(t testing.TB, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "all.zip")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// refused is why a file cannot be read; whatever it is, nothing is left behind and the
// database is what it was.
func refused(t *testing.T, file string) string {
	t.Helper()
	db := filled(t)
	before, _ := os.ReadFile(db)
	d, err := Begin(db)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Read(file)
	d.Discard()
	if after, _ := os.ReadFile(db); !bytes.Equal(before, after) {
		t.Error("the database has changed")
	}
	if left, _ := filepath.Glob(db + ".*"); left != nil {
		t.Errorf("left behind: %q", left)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestArchive(t *testing.T) {
	db := imported(t, zipped(t, map[string]string{"GHSA-1.json": qsRecord, "x/MAL-1.json": malice, "README.md": "hello"}))
	if got := said(t, NewLibrary(db), pavise.NPM, "qz", "6.0.3"); got != "GHSA-1<6.0.4 same 6.2.3 safe 6.2.3" {
		t.Error(got)
	}
	if s := db.Sources(); len(s) != 1 || s[0].Entries != 2 || s[0].Dated.Format(time.DateOnly) != "2024-01-02" || len(s[0].Sum) != 64 {
		t.Errorf("%+v", s)
	}
}

// TestArchivesAreBounded: bombs, ways out and damage are told, in little memory.
func TestArchivesAreBounded(t *testing.T) {
	bomb := `{"id":"GHSA-1","affected":[],"details":"` + strings.Repeat("a", 20<<20) + `"}`
	good, _ := os.ReadFile(zipped(t, map[string]string{"GHSA-1.json": qsRecord}))
	damaged := bytes.Clone(good)
	damaged[60] ^= 0xff
	long := bytes.Clone(good)
	binary.LittleEndian.PutUint32(long[len(long)-6:], 1<<31)
	for want, file := range map[string]string{
		"it is packed more than 200-fold":                            zipped(t, map[string]string{"GHSA-1.json": bomb}),
		"a name that leads out of the archive":                       zipped(t, map[string]string{"../GHSA-1.json": qsRecord}),
		"/etc/GHSA-1.json: a name that leads out":                    zipped(t, map[string]string{"/etc/GHSA-1.json": qsRecord}),
		"has no file .json":                                          zipped(t, map[string]string{"README.md": "hello"}),
		"all.zip/a.json:1: it has no form":                           zipped(t, map[string]string{"a.json": "hello"}),
		"all.zip/b.json:2: affected: a list is wanted":               zipped(t, map[string]string{"b.json": "{\"id\":\"GHSA-1\",\n\"affected\":7}"}),
		"all.zip/c.json:1: invalid character '[' exceeded max depth": zipped(t, map[string]string{"c.json": `{"id":"x","affected":` + strings.Repeat("[", 20000) + "1" + strings.Repeat("]", 20000) + "}"}),
		"GHSA-1.json":                                kept(t, damaged),
		"the archive has no end":                     kept(t, good[:len(good)-10]),
		"the list of its files is longer than 64 MB": kept(t, long),
	} {
		if got := refused(t, file); !strings.Contains(got, want) {
			t.Errorf("%q, want %s", got, want)
		}
	}
	record := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(record, []byte(`{"id":"GHSA-1","affected":[],"details":"`+strings.Repeat("a", maxRecord)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, record); !strings.Contains(got, "a record is longer than 16 MB") {
		t.Error(got)
	}
}

// TestSpills: more entries than are kept in memory are all there, and those of another
// ecosystem that an export names by the way stand for nothing.
func TestSpills(t *testing.T) {
	files := map[string]string{}
	for i := range batch + batch/2 {
		files[fmt.Sprintf("%d.json", i)] = fmt.Sprintf(`{"id":"GHSA-%d","affected":[{"package":{"ecosystem":"npm","name":"p%d"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]},
{"package":{"ecosystem":"%s","name":"p"},"versions":["1.0"]}]}`, i, i, []string{"PyPI", "npm"}[i%2])
	}
	db := imported(t, zipped(t, files))
	if s := db.Sources(); len(s) != 1 || s[0].Name != "OSV npm" || s[0].Entries < len(files) {
		t.Errorf("%+v", s)
	}
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
	l := NewLibrary(db)
	for i := range batch + batch/2 {
		if got := said(t, l, pavise.NPM, fmt.Sprintf("p%d", i), "0.1.0"); !strings.HasPrefix(got, fmt.Sprintf("GHSA-%d<1.0.0", i)) {
			t.Fatalf("p%d: %s", i, got)
		}
	}
}

// TestSingle: a record alone is put beside the others, and stands for no ecosystem.
func TestSingle(t *testing.T) {
	one, two := folder(t, qsRecord), folder(t, malice)
	l := NewLibrary(imported(t, filepath.Join(one, "0.json"), filepath.Join(two, "0.json")))
	for version, want := range map[string]string{"6.0.3": "GHSA-1<6.0.4 uncovered same 6.2.3 safe 6.2.3", "7.0.0": "uncovered"} {
		if got := said(t, l, pavise.NPM, "qz", version); got != want {
			t.Errorf("%s: %q", version, got)
		}
	}
	if got := said(t, l, pavise.NPM, "JSONStreem", "1.0.0"); got != "MAL-1 uncovered" {
		t.Error(got)
	}
	if s := l.Sources(); s[0].Name != Single || s[0].Entries != 2 {
		t.Errorf("%+v", s)
	}
}

func FuzzRecord(f *testing.F) {
	for _, r := range []string{qsRecord, qsAgain, withdrawn, malice, limited, flask, stdlib} {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, data string) {
		rec, err := readRecord("a.json", strings.NewReader(data))
		if err != nil {
			return
		}
		for _, ecosystem := range rec.ecosystems() {
			entries, _ := rec.entries(ecosystem)
			for _, e := range entries {
				if e.Notice == nil || e.Name == "" || len(e.Spans)+len(e.Versions) == 0 {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}

func FuzzVulnerable(f *testing.F) {
	f.Add("<4.19.2 || >=5.0.0-alpha.1 <5.0.0-beta.3")
	f.Fuzz(func(t *testing.T, text string) { vulnerable(text) })
}

// BenchmarkKnown asks about 1,500 packages, and counts what reading and keeping all
// records in memory would take beside it.
func BenchmarkKnown(b *testing.B) {
	db := imported(b, realOSV(b, "osv-go.zip"), realOSV(b, "osv-npm-nswg.zip"))
	l := NewLibrary(db)
	names := []string{"stdlib", "golang.org/x/net", "golang.org/x/crypto", "github.com/gin-gonic/gin", "k8s.io/kubernetes"}
	b.Run("1500 packages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i := range 1500 {
				k := pavise.Known{Ecosystem: pavise.GoModules, Name: fmt.Sprintf("example.com/m%d", i), Version: "v1.2.3"}
				if i%20 == 0 {
					k.Name = names[i/20%len(names)]
				}
				if _, err := l.Known(k); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("reading the archive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			imported(b, realOSV(b, "osv-go.zip"))
		}
	})
}
