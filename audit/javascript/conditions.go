package javascript

import "slices"

// maxWhen is how many conditions are told of one use.
const maxWhen = 8

// conditions visits a node and all below it, each with the conditions behind which it
// stands: of an if, of what returns early, of && and of ?:.
func (f *file) conditions(n *node, when []string, visit func(*node, []string)) {
	visit(n, when)
	behind := func(when []string, condition *node, holds bool) []string {
		if len(when) == maxWhen {
			return when
		}
		text := f.clip(condition)
		if !holds {
			text = "!(" + text + ")"
		}
		return append(slices.Clip(when), text)
	}
	switch {
	case n.is(blockNode) && n.text == "if":
		f.branches(n, when, behind, visit)
	case n.is(blockNode):
		for _, k := range n.kids {
			f.conditions(k, when, visit)
			if k.is(blockNode) && k.text == "if" && len(k.kids) == 2 && leaves(k.kids[1]) {
				when = behind(when, k.kids[0], false)
			}
		}
	case n.is(logicalNode) && n.text == "&&":
		for _, k := range n.kids {
			f.conditions(k, when, visit)
			when = behind(when, k, true)
		}
	case n.is(conditionNode):
		f.conditions(n.kids[0], when, visit)
		f.conditions(n.kids[1], behind(when, n.kids[0], true), visit)
		f.conditions(n.kids[2], behind(when, n.kids[0], false), visit)
	default:
		for _, k := range n.kids {
			f.conditions(k, when, visit)
		}
	}
}

// branches visits an if: each branch stands behind its condition, and behind that none
// before held.
func (f *file) branches(n *node, when []string, behind func([]string, *node, bool) []string, visit func(*node, []string)) {
	for i := 0; i < len(n.kids); i += 2 {
		if i+1 == len(n.kids) {
			f.conditions(n.kids[i], when, visit)
			return
		}
		f.conditions(n.kids[i], when, visit)
		f.conditions(n.kids[i+1], behind(when, n.kids[i], true), visit)
		when = behind(when, n.kids[i], false)
	}
}

// leaves reports whether what stands behind a statement is not reached.
func leaves(n *node) bool {
	if n.is(blockNode) && len(n.kids) > 0 && n.text == "" {
		return leaves(n.kids[len(n.kids)-1])
	}
	return n.is(returnNode)
}
