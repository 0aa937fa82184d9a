// Release builds what is published, into dist: static binaries, the package of Debian, a
// bill of materials and checksums. Every binary is built twice, in two folders and with
// nothing kept between them, and must come out the same.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"

func main() {
	version := flag.String("version", "", "`VERSION`, such as 1.2.3; empty is that of the last tag")
	once := flag.Bool("once", false, "build once: nothing is proven then")
	flag.Parse()
	maskFiles()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := release(ctx, *version, *once); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// A build is one of everything that is published.
type build struct {
	ctx     context.Context
	version string
	epoch   string // of the last commit: no file bears another time
	source  string // the folder of the source
	dir     string // what is made, absolute
	cache   string // of go; "" is the usual one
}

func release(ctx context.Context, version string, once bool) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	b := build{ctx: ctx, version: version, source: here, dir: filepath.Join(here, "dist")}
	if err := b.dated(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(b.dir), os.MkdirAll(b.dir, 0o755)); err != nil {
		return err
	}
	for _, arch := range []string{"amd64", "arm64"} {
		if err := b.built(arch); err != nil {
			return err
		}
		if once {
			continue
		}
		if err := b.again(arch); err != nil {
			return err
		}
	}
	if err := b.materials(b.path("amd64")); err != nil {
		return err
	}
	return b.checksums()
}

// built makes the binary and the package.
func (b build) built(arch string) error {
	if err := b.binary(arch); err != nil {
		return err
	}
	return b.debian(arch)
}

// dated finds the version, where none was given, and the time of the last commit.
func (b *build) dated() error {
	var err error
	if b.epoch, err = b.output("git", "log", "-1", "--format=%ct"); err != nil {
		return err
	}
	if b.version == "" {
		if b.version, err = b.output("git", "describe", "--tags", "--always", "--dirty"); err != nil {
			return err
		}
		if b.version = strings.TrimPrefix(b.version, "v"); !strings.Contains(b.version, ".") {
			b.version = "0.0.0+" + b.version // there is no tag yet
		}
	}
	return nil
}

func (b build) path(arch string) string {
	return filepath.Join(b.dir, "pavise_"+b.version+"_linux_"+arch)
}

func (b build) deb(arch string) string {
	return filepath.Join(b.dir, "pavise_"+b.version+"_"+arch+".deb")
}

// binary builds the program.
func (b build) binary(arch string) error {
	return b.run([]string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch}, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= "+b.named(), "-o", b.path(arch), "./cmd/pavise")
}

// named gives the program its version, which its man pages and bills of materials bear.
func (b build) named() string { return "-X pavise/cmd/pavise/internal/cli.Version=" + b.version }

// pavise runs the program on this machine, whatever it is built for.
func (b build) pavise(args ...string) error {
	return b.run(nil, "go", append([]string{"run", "-buildvcs=false", "-ldflags", b.named(), "./cmd/pavise"}, args...)...)
}

// again builds a clone elsewhere, with an empty cache, and compares.
func (b build) again(arch string) error {
	elsewhere, err := os.MkdirTemp("", "pavise-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	second := b
	second.source, second.cache, second.dir = filepath.Join(elsewhere, "source"), filepath.Join(elsewhere, "cache"), filepath.Join(elsewhere, "dist")
	if err := errors.Join(os.Mkdir(second.dir, 0o755), b.run(nil, "git", "clone", "-q", ".", second.source)); err != nil {
		return err
	}
	if err := second.built(arch); err != nil {
		return err
	}
	for _, first := range []string{b.path(arch), b.deb(arch)} {
		one, err := digest(first)
		two, err2 := digest(filepath.Join(second.dir, filepath.Base(first)))
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if one != two {
			return fmt.Errorf("%s is not reproducible: %s, and a second time %s; is everything committed?", first, one, two)
		}
		fmt.Printf("%s came out the same twice\n", filepath.Base(first))
	}
	return nil
}

// debian makes the package of the files that install writes.
func (b build) debian(arch string) error {
	tree, err := os.MkdirTemp("", "pavise-tree-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := os.Chmod(tree, 0o755); err != nil { // it becomes the root
		return err
	}
	if err := b.pavise("install", "--packaged", "--mail", "--root", tree); err != nil {
		return err
	}
	if err := b.run(nil, "cp", b.path(arch), filepath.Join(tree, "usr/bin/pavise")); err != nil { // of that architecture
		return err
	}
	return b.run([]string{"VERSION=" + b.version, "ARCH=" + arch, "TREE=" + tree}, "go", "run", nfpm,
		"package", "--config", "packaging/nfpm.yaml", "--packager", "deb", "--target", b.deb(arch))
}

// materials says what the program is made of, by what stands in the binary itself.
func (b build) materials(binary string) error {
	alone, err := os.MkdirTemp("", "pavise-sbom-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(alone)
	if err := b.run(nil, "cp", binary, filepath.Join(alone, "pavise")); err != nil {
		return err
	}
	for suffix, format := range map[string]string{"cdx": "cyclonedx", "spdx": "spdx"} {
		to := filepath.Join(b.dir, "pavise_"+b.version+"."+suffix+".json")
		if err := b.pavise("sbom", alone, "--format", format, "-o", to); err != nil {
			return err
		}
	}
	return nil
}

// checksums lists what sha256sum -c checks.
func (b build) checksums() error {
	files, err := filepath.Glob(filepath.Join(b.dir, "pavise*"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	var sums bytes.Buffer
	for _, file := range files {
		sum, err := digest(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, filepath.Base(file))
	}
	os.Stdout.Write(sums.Bytes())
	return os.WriteFile(filepath.Join(b.dir, "SHA256SUMS"), sums.Bytes(), 0o644)
}

func digest(file string) (string, error) {
	data, err := os.ReadFile(file)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}

// run runs a command in the source, its output being ours.
func (b build) run(env []string, name string, args ...string) error {
	c := b.command(env, name, args...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

func (b build) output(name string, args ...string) (string, error) {
	out, err := b.command(nil, name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// settled is what decides what go builds, whoever builds: nothing of it comes from the
// environment, from go env -w or from a workspace.
var settled = []string{"GOENV=off", "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off"}

func (b build) command(env []string, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Dir = b.source
	c.Env = slices.Concat(os.Environ(), settled, env, []string{"SOURCE_DATE_EPOCH=" + b.epoch})
	if b.cache != "" {
		c.Env = append(c.Env, "GOCACHE="+b.cache)
	}
	return c
}
