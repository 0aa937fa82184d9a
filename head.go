package pavise

import "strings"

// A Head is what one look at the header fields of a request shows. Controls that
// each went through all of them would cost more than all else they do.
type Head struct {
	Fields      int  // how many lines there are
	Bytes       int  // of names and values, as they stand on a line
	Underscored bool // some name has an underscore in it
	claims      bool // some is a ForwardingHeader
	read        bool
}

// Head returns what the request came with: it is read when it is first asked for,
// and stays as it was, whatever controls write into the request.
func (x *Exchange) Head() *Head {
	if !x.head.read {
		x.head = readHead(x.Request.Header)
	}
	return &x.head
}

func readHead(h map[string][]string) Head {
	head := Head{read: true}
	for name, lines := range h {
		head.Fields += len(lines)
		for _, line := range lines {
			head.Bytes += len(name) + len(line) + len(": \r\n")
		}
		head.Underscored = head.Underscored || strings.IndexByte(name, '_') >= 0
		head.claims = head.claims || ForwardingHeader(name)
	}
	return head
}
