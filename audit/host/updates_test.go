package host

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pavise"
)

var besideApt = flag.Bool("apt", false, "compare with apt-get, which takes its time")

// TestUpdatesAsApt compares with what apt itself would do on this machine.
func TestUpdatesAsApt(t *testing.T) {
	if !*besideApt {
		t.Skip("make agree compares with apt-get")
	}
	if lists, _ := filepath.Glob("/var/lib/apt/lists/*_InRelease"); len(lists) == 0 {
		t.Skip("apt has fetched no index here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade").Output()
	if err != nil {
		t.Fatalf("apt-get: %v", err)
	}
	want := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^Inst (\S+) \[\S+\] \((\S+) ([^)]*)`).FindAllStringSubmatch(string(out), -1) {
		want[m[1]] = m[2]
		if strings.Contains(m[3], "Security") {
			want[m[1]] += " security"
		}
	}
	root := here(t)
	m := &pavise.Machine{Root: "/"}
	apt(t.Context(), root, m, installedDebs(root))
	for _, u := range m.Updates {
		got := u.Available
		if strings.Contains(u.Origin, "Security") {
			got += " security"
		}
		if got != want[u.Package] {
			t.Errorf("%s: %q, and apt says %q", u.Package, got, want[u.Package])
		}
		delete(want, u.Package)
	}
	if len(want) > 0 {
		t.Errorf("apt has more: %v", want)
	}
	if un := root.Unread(); len(un) > 0 {
		t.Errorf("not read: %+v", un)
	}
	t.Logf("%d updates, %d indexes", len(m.Updates), len(m.Indexes))
}

// TestLZ4 reads what the lz4 command of Debian has packed.
func TestLZ4(t *testing.T) {
	packed, err := hex.DecodeString("04224d186440a792000000fa195061636b6167653a2073686f702d300a56657273696f6e3a20312e302d322b646562313275310a0a2800183128001f31280007" +
		"183228001f32280007183328001f33280007183428001f34280007183528001f35280007183628001f36280007183728001f37280007183828001f38280007183928001f39280007193191011f31" +
		"9201090a9301049401503275310a0a000000008cdb54e3")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range 12 {
		fmt.Fprintf(&want, "Package: shop-%d\nVersion: 1.%[1]d-2+deb12u1\n\n", i)
	}
	if got, err := io.ReadAll(&lz4Reader{from: bytes.NewReader(packed)}); err != nil || string(got) != want.String() {
		t.Errorf("%q, %v", got, err)
	}
}

// TestLZ4AsApt compares with what apt's own program reads.
func TestLZ4AsApt(t *testing.T) {
	if !*besideApt {
		t.Skip("make agree compares with apt")
	}
	lists, _ := filepath.Glob("/var/lib/apt/lists/*updates*_Packages.lz4")
	if len(lists) == 0 {
		t.Skip("apt has no index packed with LZ4 here")
	}
	want, err := exec.Command("/usr/lib/apt/apt-helper", "cat-file", lists[0]).Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(lists[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(&lz4Reader{from: f})
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes and %v, want %d bytes", len(got), err, len(want))
	}
}

func TestLZ4ThatIsWrong(t *testing.T) {
	head := "\x04\x22\x4d\x18\x40\x40\xc0"
	for name, text := range map[string]string{
		"nothing": "", "another kind": "\x1f\x8b\x08\x00\x00\x00\x00\x00", "cut in a block": head + "\xff\x00\x00\x00a",
		"a block too large": head + "\xff\xff\xff\x7f", "a copy from before the begin": head + "\x04\x00\x00\x00\x10a\x09\x00",
		"too much of little": head + "\x05\x01\x00\x00\x1fa\x01\x00" + strings.Repeat("\xff", 256) + "\x00", // cut before its end
	} {
		n, err := io.Copy(io.Discard, &lz4Reader{from: strings.NewReader(text)})
		if err == nil || n > lz4Largest {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
	}
	bomb := strings.Repeat("\xff", 20_000)
	block := "\x1fa\x01\x00" + bomb
	n := len(block)
	text := head + string([]byte{byte(n), byte(n >> 8), byte(n >> 16), 0}) + block
	if n, err := io.Copy(io.Discard, &lz4Reader{from: strings.NewReader(text)}); !errors.Is(err, errLZ4) || n > lz4Largest {
		t.Errorf("a bomb: %d bytes, %v", n, err)
	}
}

func TestStanzas(t *testing.T) {
	text := "Package: a\nVersion: 1\nStatus: install ok installed\nDescription: x\n Version: 9\n\n\nPackage: b\nVersion: 2\nLong: " + strings.Repeat("y", 3*maxLine) + "\nArchitecture: all\n\nPackage: c\nVersion: 3"
	var got []deb
	if err := debs(strings.NewReader(text), func(d deb) { got = append(got, d) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].version != "1" || got[1].arch != "all" || got[2].version != "3" {
		t.Errorf("%+v", got)
	}
}

func archive(t testing.TB, index string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	files := tar.NewWriter(z)
	for name, text := range map[string]string{"APKINDEX": index} {
		if err := files.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUpdatesOfAlpine(t *testing.T) {
	root := written(t, map[string]string{
		"lib/apk/db/installed":              "P:openssl\nV:3.1.4-r1\n\nP:nginx\nV:1.24.0-r7\n\n",
		"var/cache/apk/APKINDEX.abc.tar.gz": string(archive(t, "P:openssl\nV:3.1.4-r6\n\nP:nginx\nV:1.24.0-r7\n\nP:other\nV:2\n\n")),
	})
	m := &pavise.Machine{Root: "elsewhere"}
	installed(t.Context(), root, m)
	if len(m.Updates) != 1 || m.Updates[0].Package != "openssl" || m.Updates[0].Available != "3.1.4-r6" || len(m.Indexes) != 1 || len(m.Software) != 2 {
		t.Errorf("%+v", m)
	}
}

func TestUpdateInfo(t *testing.T) {
	have := parseRPMs([]byte("openssl-libs 3.0.7-24.el9 x86_64\nbash 5.1.8-6.el9 x86_64\n"))
	for _, out := range []string{
		"RHSA-2024:1 Important/Sec. openssl-libs-1:3.0.7-27.el9.x86_64\n", // dnf 4
		"Name         Type     Severity  Package                              Issued\nFEDORA-2024 security Important openssl-libs-1:3.0.7-27.el9.x86_64 2024-06-01 00:00:00\n",
	} {
		list := parseUpdateInfo([]byte(out), have)
		if len(list) != 1 || list[0].Package != "openssl-libs" || list[0].Installed != "3.0.7-24.el9" || list[0].Available != "1:3.0.7-27.el9" || !list[0].Security {
			t.Errorf("%q: %+v", out, list)
		}
	}
}

func TestCommandsAreBounded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := run(ctx, "/bin/sleep", "100"); err == nil {
		t.Error("it was waited for")
	}
	if _, err := run(t.Context(), "/usr/bin/head", "-c", "20000000", "/dev/zero"); err == nil {
		t.Error("all of it was kept")
	}
	out, err := run(t.Context(), "/usr/bin/env")
	if err != nil || strings.Contains(string(out), "USER=") || !strings.Contains(string(out), "LC_ALL=C") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestSoftware(t *testing.T) {
	status := func(name, version, maintainer string) string {
		return "Package: " + name + "\nStatus: install ok installed\nMaintainer: " + maintainer + "\nArchitecture: amd64\nVersion: " + version + "\n\n"
	}
	root := written(t, map[string]string{
		"etc/os-release": "ID=alpine\nVERSION_ID=3.19.1\n",
		"var/lib/dpkg/status": status("nodejs", "18.20.1-1nodesource1", "Node <n@nodesource.com>") + status("nginx", "1.22.1-9+deb12u3", "Debian Nginx Maintainers <x@alioth-lists.debian.net>") +
			status("php8.1-fpm", "8.1.2-1ubuntu2.14", "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>"),
		"usr/local/bin/node":                            strings.Repeat("x", chunk-5) + "https://nodejs.org/download/release/v16.20.2/node-v16.20.2.tar.gz",
		"opt/shop/bin/node":                             "nothing",
		"opt/old/bin/node":                              "nothing",
		"opt/old/include/node/node_version.h":           "#define NODE_MAJOR_VERSION 14\n#define NODE_MINOR_VERSION 2\n#define NODE_PATCH_VERSION 0\n",
		"home/ada/.nvm/versions/node/v20.11.0/bin/node": "nothing",
		"usr/local/sbin/nginx":                          "nginx version: nginx/1.20.1",
	})
	m := &pavise.Machine{Root: "elsewhere"}
	system(root, m)
	installed(t.Context(), root, m)
	if m.System.Name != "alpine-linux" || m.System.Version != "3.19.1" {
		t.Errorf("%+v", m.System)
	}
	got := map[string]bool{}
	for _, s := range m.Software {
		got[s.Name+" "+s.Version+" "+s.Package] = true
	}
	for _, want := range []string{"nodejs 18.20.1 ", "nginx 1.22.1 nginx", "php 8.1.2 php8.1-fpm", "nodejs 16.20.2 ", "nodejs 14.2.0 ", "nodejs 20.11.0 ", "nginx 1.20.1 "} {
		if !got[want] {
			t.Errorf("%q is not in %v", want, got)
		}
	}
	if un := root.Unread(); len(un) == 0 || un[len(un)-1].What != "/opt/shop/bin/node" {
		t.Errorf("what has no version is not said: %+v", un)
	}
}

func TestWhatIsInstalledByItself(t *testing.T) {
	root := written(t, map[string]string{
		"var/lib/dpkg/status":                "Package: unattended-upgrades\nStatus: install ok installed\nVersion: 2.9\n",
		"etc/apt/apt.conf.d/20auto-upgrades": "APT::Periodic::Unattended-Upgrade \"1\";\n", "run/reboot-required": "", "run/reboot-required.pkgs": "linux\nlibc6\nlinux\n",
	})
	m := &pavise.Machine{}
	installed(t.Context(), root, m)
	if m.Automatic != "/etc/apt/apt.conf.d/20auto-upgrades" || strings.Join(m.Restart, " ") != "libc6 linux" {
		t.Errorf("%q, %q", m.Automatic, m.Restart)
	}
}

func FuzzIndexes(f *testing.F) {
	f.Add([]byte("Package: a\nVersion: 1\n\n"))
	f.Add([]byte("P:a\nV:1\n\n"))
	f.Add([]byte("\x04\x22\x4d\x18\x40\x40\xc0\x02\x00\x00\x00\x10a\x00\x00\x00\x00"))
	f.Add([]byte("Date: Fri, 20 Nov 2026 00:12:41 UTC\n"))
	f.Add(archive(f, "P:a\nV:1\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = debs(bytes.NewReader(data), func(d deb) {
			if d.name == "" {
				t.Error("a package without a name")
			}
		})
		_ = alpines(bytes.NewReader(data), func(alpine) {})
		_ = apkArchive(io.LimitReader(bytes.NewReader(data), 1<<20), func(alpine) {})
		n, _ := io.Copy(io.Discard, io.LimitReader(&lz4Reader{from: bytes.NewReader(data)}, 64<<20))
		if n > int64(len(data)+1)*300 {
			t.Errorf("%d bytes of %d", n, len(data))
		}
		parseRelease(string(data))
		parseUpdateInfo(data, parseRPMs(data))
		nodeHeader(data)
	})
}
