package javascript

// A node is a piece of source. What its children are its kind says.
type node struct {
	kind       kind
	flag       bool // see the kinds
	depth      uint16
	start, end int32
	text       string
	kids       []*node
	scope      *scope // where a name is looked up, or what a function, class or file is the scope of
}

type kind uint8

const (
	otherNode    kind = iota // children that are looked through, and nothing is known of the whole
	nameNode                 // text
	stringNode               // text is what it says
	templateNode             // parts, strings and expressions in turn
	numberNode               // text as it stands
	boolNode
	nullNode
	arrayNode
	objectNode   // of properties and spreads; also a pattern
	propertyNode // text is its key; value, and the key where it is computed (flag)
	spreadNode
	functionNode // parameters, then the body; flag: it has an expression for a body
	classNode    // what it extends, if flag; properties
	callNode     // callee, arguments; flag: of a template
	newNode      // likewise
	memberNode   // object; text is the name, which stands at the end
	indexNode    // object, index
	unaryNode    // text is the operator, also of await, typeof, delete
	binaryNode   // text is the operator; two operands or more
	logicalNode  // likewise, of && || ??
	assignNode   // text is the operator; target, value; also a default in a pattern
	conditionNode
	sequenceNode
	dynamicNode // import(…)
	thisNode

	blockNode      // statements in a scope of their own
	variablesNode  // text is var, let or const; of declarations
	declareNode    // pattern, value if there is one
	returnNode     // value if there is one
	importNode     // text is the module; properties from exported to local name
	exportNode     // a declaration
	defaultNode    // export default, or export =
	exportListNode // properties from what it is to what it is exported as; text is the module if flag
)

// Bounds of what is read of one file.
const (
	maxDepth   = 400 // of nodes in one another
	slabSize   = 256
	nodeLength = 12 // bytes of source for each, about
)

// node makes one. What is deeper than maxDepth loses its children, so that whoever
// walks over nodes need not count.
func (p *parser) node(k kind, start, end int, text string, kids ...*node) *node {
	if len(p.slab) == 0 {
		p.slab = make([]node, min(slabSize, (len(p.src)-p.tok.start)/nodeLength+8)) // small files are many
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	var depth uint16
	for _, kid := range kids {
		depth = max(depth, kid.depth)
	}
	if depth++; depth > maxDepth {
		k, text, kids, depth = otherNode, "", nil, 1
		p.lost(start)
	}
	*n = node{kind: k, depth: depth, start: int32(start), end: int32(end), text: text, kids: kids}
	return n
}

func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// params are those of a function.
func (n *node) params() []*node { return n.kids[:len(n.kids)-1] }

// body is that of a function.
func (n *node) body() *node { return n.kids[len(n.kids)-1] }
