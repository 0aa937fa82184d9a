package lockfile

import (
	"fmt"
	"strings"
)

// Bounds of a place: what a file system allows, and more folders than npm makes.
const (
	maxPlace  = 2048
	maxParts  = 128
	inModules = "/node_modules/"
)

// badPlace says why a path below the project is none that npm makes.
func badPlace(place string) string {
	switch {
	case len(place) > maxPlace:
		return fmt.Sprintf("a place has at most %d bytes", maxPlace)
	case strings.Count(place, "/") > maxParts:
		return fmt.Sprintf("a place has at most %d parts", maxParts)
	}
	return ""
}

// A nodeTree is folders with node_modules in them: how Node finds what is required.
type nodeTree struct{ folders map[string]*nodeFolder }

// A nodeFolder is a folder, and what its node_modules have.
type nodeFolder struct {
	place string
	has   map[string]int // places in the list of packages
	own   int            // the package that it is; -1 is none
	up    *nodeFolder    // the nearest above it, once it was asked for
}

func newNodeTree() *nodeTree {
	return &nodeTree{map[string]*nodeFolder{"": {own: -1}}}
}

// put has a package in a place: a folder, or one in the node_modules of a folder.
func (t *nodeTree) put(place string, i int) {
	t.folder(place).own = i
	if in, name, ok := cutLast("/"+place, inModules); ok {
		f := t.folder(strings.TrimPrefix(in, "/"))
		if f.has == nil {
			f.has = map[string]int{}
		}
		f.has[name] = i
	}
}

// folder is that of a place, made where there is none.
func (t *nodeTree) folder(place string) *nodeFolder {
	f := t.folders[place]
	if f == nil {
		f = &nodeFolder{place: place, own: -1}
		t.folders[place] = f
	}
	return f
}

// above is the folder that Node looks in next.
func above(place string) string {
	i := strings.LastIndexByte(place, '/')
	if i < 0 || place[:i] == "node_modules" {
		return ""
	}
	return strings.TrimSuffix(place[:i], "/node_modules")
}

// at is the package in a place.
func (t *nodeTree) at(place string) (int, bool) {
	if f := t.folders[place]; f != nil && f.own >= 0 {
		return f.own, true
	}
	return 0, false
}

// near is the folder of a place, or the nearest above it.
func (t *nodeTree) near(place string) *nodeFolder {
	for {
		if f := t.folders[place]; f != nil {
			return f
		}
		place = above(place)
	}
}

// find is what a file in a place gets when it requires a name. Nothing is put after it.
func (t *nodeTree) find(place, name string) (int, bool) {
	for f := t.near(place); ; f = f.up {
		if i, ok := f.has[name]; ok {
			return i, true
		}
		if f.place == "" {
			return 0, false
		}
		if f.up == nil {
			f.up = t.near(above(f.place))
		}
	}
}
