package lockfile

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"pavise"
)

// Bounds of the programs that are looked into.
const (
	maxBinaries = 200
	maxBinary   = 1 << 30
)

// magics begin the programs of Linux, Windows and macOS.
var magics = [][]byte{[]byte("\x7fELF"), []byte("MZ"), {0xcf, 0xfa, 0xed, 0xfe}, {0xca, 0xfe, 0xba, 0xbe}}

// goBinaries reads what is built into the programs among the files.
func (r *reader) goBinaries() {
	seen := 0
	for _, file := range r.tree.Files() {
		info, err := r.tree.Stat(file)
		if err != nil || r.ctx.Err() != nil || info.Mode()&0o111 == 0 && path.Ext(file) != ".exe" || info.Size() < 1<<16 {
			continue
		}
		f, err := r.tree.Open(file)
		if err != nil {
			continue
		}
		if isProgram(f) {
			if seen++; seen > maxBinaries {
				r.miss(file, fmt.Errorf("there are more than %d programs", maxBinaries))
				f.Close()
				return
			}
			r.goBinary(file, f, info.Size())
		}
		f.Close()
	}
}

func isProgram(f *os.File) bool {
	head := make([]byte, 4)
	_, err := f.ReadAt(head, 0)
	for _, m := range magics {
		if err == nil && bytes.HasPrefix(head, m) {
			return true
		}
	}
	return false
}

// goBinary takes the modules of a program that Go built; others tell nothing.
func (r *reader) goBinary(file string, f *os.File, size int64) {
	info, err := buildinfo.Read(f)
	if err != nil {
		return // it is of another language
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(f, maxBinary)); err != nil || size > maxBinary {
		r.miss(file, errors.New("it cannot be read to its end"))
		return
	}
	module := pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.GoModules, Name: info.Main.Path, Version: strings.TrimPrefix(info.Main.Version, "v"), Manifest: file}
	var packages []pavise.Package
	if version, ok := strings.CutPrefix(info.GoVersion, "go"); ok {
		version, _, _ = strings.Cut(version, " ")
		packages = append(packages, stdlib(file, version))
	}
	for _, dep := range info.Deps {
		p := pavise.Package{Key: key(file, dep.Path), Ecosystem: pavise.GoModules, Name: dep.Path, Version: strings.TrimPrefix(dep.Version, "v"), From: pavise.FromRegistry, File: file, Integrity: dep.Sum != ""}
		if to := dep.Replace; to != nil {
			p.Version, p.Integrity = strings.TrimPrefix(to.Version, "v"), to.Sum != ""
			switch {
			case to.Version == "":
				p.From, p.Resolved = pavise.FromFile, to.Path
			case to.Path != dep.Path:
				p.Name, p.Alias = to.Path, dep.Path
			}
		}
		packages = append(packages, p)
	}
	for _, p := range packages {
		module.Needs = append(module.Needs, pavise.Need{Key: p.Key, Name: p.Name, Range: p.Version, Indirect: p.Name != "stdlib"})
	}
	if r.take(file, packages) {
		r.project.Manifests = append(r.project.Manifests, pavise.Manifest{File: file, Form: "Go program", Ecosystem: pavise.GoModules, Lock: true, SHA256: hex.EncodeToString(sum.Sum(nil))})
		r.project.Modules = append(r.project.Modules, module)
	}
}
