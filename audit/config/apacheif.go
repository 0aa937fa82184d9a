package config

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// holds decides a block that is there or not when the file is read; melts is whether it
// is such a one.
func (a *apache) holds(d pavise.Directive) (holds, melts bool) {
	arg := strings.Join(d.Args, " ")
	bare := strings.TrimPrefix(arg, "!")
	not := bare != arg
	switch strings.ToLower(d.Name) {
	case "ifmodule":
		return a.modules[bare] != not, true
	case "ifdefine":
		_, defined := a.defined[bare]
		return defined != not, true
	case "iffile":
		if !path.IsAbs(bare) {
			bare = path.Join(a.root, bare)
		}
		return a.tree.Exists(bare) != not, true
	case "ifversion":
		return atLeast24(d.Args), true
	case "ifdirective", "ifsection":
		return true, true
	}
	return false, false
}

// atLeast24 decides IfVersion for 2.4.60: Apache has been 2.4 since 2012.
func atLeast24(args []string) bool {
	op, version := "=", strings.Join(args, " ")
	if len(args) > 1 {
		op, version = args[0], args[1]
	}
	var asked [3]int
	for i, part := range strings.SplitN(version, ".", 3) {
		asked[i], _ = strconv.Atoi(part)
	}
	order := slices.Compare([]int{2, 4, 60}, asked[:])
	bare := strings.TrimPrefix(op, "!")
	holds := order == 0 && bare != ">" && bare != "<" ||
		order > 0 && strings.HasPrefix(bare, ">") || order < 0 && strings.HasPrefix(bare, "<")
	return holds != (bare != op)
}
