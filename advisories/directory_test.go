package advisories

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestDirectory: of many files only some are in memory at a time, and all of them are read.
func TestDirectory(t *testing.T) {
	const files = 1<<16 + 10 // more than 16 bits count: the end says so in 64
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range files {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d-%s.json", i, strings.Repeat("x", 100))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	before := inUse()
	list, err := listed(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for read := 0; list.left > 0; {
		members, err := list.next()
		if err != nil {
			t.Fatal(err)
		}
		if name, _, _ := strings.Cut(members[0].Name, "-"); name != fmt.Sprint(read) {
			t.Fatalf("%s follows %d files", name, read)
		}
		if read += len(members); read > files/2 && read-len(members) <= files/2 {
			if more := inUse() - before; more > 4<<20 {
				t.Errorf("%d kB are kept of the list of %d files", more>>10, read)
			}
		}
		runtime.KeepAlive(members)
	}
	if list.read != files {
		t.Errorf("%d files", list.read)
	}
}

// inUse are the bytes that are in use.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestDamagedDirectory: whatever stands in the list, it is told.
func TestDamagedDirectory(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("a.json")
	io.WriteString(w, qsRecord)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	end := b.Len() - endRecord
	at := int(binary.LittleEndian.Uint32(b.Bytes()[end+16:]))
	for name, change := range map[string]func(data []byte){
		"no record of a file":   func(data []byte) { data[at] = 'X' },
		"a name without an end": func(data []byte) { data[at+28] = 0xff },
		"a list without an end": func(data []byte) { data[end+14] = 1 },
		"half a record":         func(data []byte) { data[end+12] = 20 },
		"a list beyond the end": func(data []byte) { binary.LittleEndian.PutUint32(data[end+16:], 1<<31-1) },
	} {
		data := bytes.Clone(b.Bytes())
		change(data)
		if got := refused(t, kept(t, data)); !strings.Contains(got, "the list of its files is ") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
