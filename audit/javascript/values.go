package javascript

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// Bounds of what is told of one use.
const (
	maxValues = 2000 // objects may name each other many times over
	maxString = 4096 // bytes of a text
	maxSource = 200  // bytes of source that stands for what is not known
)

// value tells an expression. Room is how many more values there may be.
func (r *reader) value(use, f *file, n *node, room *int) pavise.Value {
	if *room--; *room < 0 {
		return r.unknown(use, f, n)
	}
	w := &walk{exact: true}
	g, m := r.follow(f, n, w)
	v, ok := r.literal(use, g, m, room)
	if !ok {
		g, m = f, n
		v = r.nameValue(f, n)
	}
	v.Line, _ = g.position(int(m.start))
	v.Start, v.End = int(m.start), int(m.end)
	if g != use {
		v.File = g.name
	}
	for _, s := range w.set {
		r.setMember(&v, s.path, func() pavise.Value { return r.value(use, s.f, s.value, room) })
	}
	v.Asked = r.askedOf(f, n)
	return v
}

// unknown is a value of which only the source can be told.
func (r *reader) unknown(use, f *file, n *node) pavise.Value {
	line, _ := f.position(int(n.start))
	v := pavise.Value{Kind: pavise.OtherValue, Text: f.clip(n), Line: line, Start: int(n.start), End: int(n.end)}
	if f != use {
		v.File = f.name
	}
	return v
}

func (f *file) clip(n *node) string { return clip(f.src[n.start:n.end], maxSource) }

func clip(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// setMember sets one of an object, and makes the objects on the way.
func (r *reader) setMember(v *pavise.Value, path []string, value func() pavise.Value) {
	if v.Kind != pavise.ObjectValue {
		return
	}
	i := slices.IndexFunc(v.Members, func(m pavise.Member) bool { return m.Name == path[0] })
	switch {
	case i < 0:
		v.Members = append(v.Members, pavise.Member{Name: path[0]})
		i = len(v.Members) - 1
	case len(path) == 1:
		v.Members[i].Value = pavise.Value{}
	}
	if m := &v.Members[i]; len(path) == 1 {
		m.Value = value()
	} else {
		if m.Value.Kind == "" {
			at := value()
			m.Value = pavise.Value{Kind: pavise.ObjectValue, File: at.File, Line: at.Line, Start: at.Start, End: at.End}
		}
		r.setMember(&m.Value, path[1:], value)
	}
}

// literal tells what stands for itself; ok is false for what has a name alone.
func (r *reader) literal(use, f *file, n *node, room *int) (v pavise.Value, ok bool) {
	switch n.kind {
	case stringNode:
		return pavise.Value{Kind: pavise.StringValue, Text: clip(n.text, maxString)}, true
	case numberNode:
		if x, ok := number(n.text); ok {
			return numberValue(x), true
		}
	case boolNode:
		return pavise.Value{Kind: pavise.BoolValue, Text: n.text}, true
	case nullNode:
		return pavise.Value{Kind: pavise.NullValue, Text: "null"}, true
	case objectNode:
		return r.objectValue(use, f, n, room), true
	case arrayNode:
		v := pavise.Value{Kind: pavise.ListValue}
		for _, k := range n.kids {
			v.Items = append(v.Items, r.value(use, f, k, room))
		}
		return v, true
	case functionNode:
		return r.functionValue(use, f, n), true
	case callNode, newNode:
		if _, ok := required(n); ok {
			return v, false
		}
		return r.callValue(use, f, n, room), true
	case templateNode, binaryNode, unaryNode:
		if v, ok := r.computed(use, f, n, room); ok {
			return v, true
		}
	case logicalNode, conditionNode:
		return r.choice(use, f, n, room), true
	case nameNode, memberNode, indexNode:
		return v, false
	}
	return pavise.Value{Kind: pavise.OtherValue, Text: f.clip(n)}, true
}

func (r *reader) functionValue(use, f *file, n *node) pavise.Value {
	v := pavise.Value{Kind: pavise.FunctionValue, Text: n.text}
	for _, k := range n.params()[:min(len(n.params()), 32)] {
		item := r.unknown(use, f, k)
		if item.Kind = pavise.NameValue; k.is(assignNode) && k.kids[0].is(nameNode) {
			item.Text = k.kids[0].text
		}
		v.Items = append(v.Items, item)
	}
	return v
}

func (r *reader) objectValue(use, f *file, n *node, room *int) pavise.Value {
	v := pavise.Value{Kind: pavise.ObjectValue}
	at := map[string]int{}
	put := func(m pavise.Member) {
		if i, ok := at[m.Name]; ok { // the last counts
			v.Members[i] = m
			return
		}
		at[m.Name] = len(v.Members)
		v.Members = append(v.Members, m)
	}
	for _, k := range n.kids {
		switch {
		case *room <= 0:
			v.Open = true
			return v
		case k.is(propertyNode) && !k.flag:
			put(pavise.Member{Name: clip(k.text, maxSource), Value: r.value(use, f, k.kids[0], room)})
		case k.is(spreadNode):
			more := r.value(use, f, k.kids[0], room)
			for _, m := range more.Members {
				put(m)
			}
			v.Open = v.Open || more.Open || more.Kind != pavise.ObjectValue
		default:
			v.Open = true
		}
	}
	return v
}

// passing are calls that give what they are given, as far as its value goes.
var passing = []string{"Number", "parseInt", "parseFloat", "String", "Number.parseInt", "Boolean"}

func (r *reader) callValue(use, f *file, n *node, room *int) pavise.Value {
	of := r.calledName(f, n)
	v := pavise.Value{Kind: pavise.CallValue, Text: of}
	for _, k := range n.kids[1:] {
		v.Items = append(v.Items, r.value(use, f, k, room))
	}
	if slices.Contains(passing, of) && len(v.Items) > 0 {
		if first := v.Items[0]; first.Kind == pavise.EnvValue || first.Kind == pavise.NumberValue {
			return first
		}
	}
	return v
}

// calledName is Of of a call.
func (r *reader) calledName(f *file, n *node) string {
	o := r.origin(f, n.kids[0])
	if callee := n.kids[0]; o.of == "" && (callee.is(nameNode) || callee.is(memberNode)) {
		o.of = "?" + callee.text
	}
	if n.is(newNode) {
		return "new " + o.of
	}
	return o.of
}

// nameValue tells what a name is that leads nowhere.
func (r *reader) nameValue(f *file, n *node) pavise.Value {
	of := r.origin(f, n).of
	if name, ok := strings.CutPrefix(of, "process.env."); ok && !strings.ContainsAny(name, ".()") {
		v := pavise.Value{Kind: pavise.EnvValue, Text: name}
		if n.is(nameNode) {
			if b := n.scope.look(n.text); b != nil && b.def != nil { // const { PORT = 3000 } = process.env
				room := maxValues
				v.Items = []pavise.Value{r.value(f, f, b.def, &room)}
			}
		}
		return v
	}
	switch of {
	case "undefined":
		return pavise.Value{Kind: pavise.NullValue, Text: of}
	case "":
		return pavise.Value{Kind: pavise.OtherValue, Text: f.clip(n)}
	}
	return pavise.Value{Kind: pavise.NameValue, Text: of}
}

// choice tells a || b and a ? b : c: what is behind a variable of the environment, what
// is known of both, or the sides.
func (r *reader) choice(use, f *file, n *node, room *int) pavise.Value {
	sides := n.kids
	if n.is(conditionNode) {
		sides = n.kids[1:]
	}
	var items []pavise.Value
	for _, k := range sides {
		items = append(items, r.value(use, f, k, room))
	}
	if first := items[0]; n.is(logicalNode) && n.text != "&&" {
		switch first.Kind {
		case pavise.EnvValue:
			if len(first.Items) == 0 {
				first.Items = items[len(items)-1:]
			}
			return first
		case pavise.StringValue, pavise.NumberValue, pavise.BoolValue:
			if truth(first) || n.text == "??" {
				return first
			}
			if len(items) == 2 {
				return items[1]
			}
		case pavise.NullValue:
			if len(items) == 2 {
				return items[1]
			}
		}
	}
	return pavise.Value{Kind: pavise.OtherValue, Text: f.clip(n), Items: items}
}

func truth(v pavise.Value) bool {
	return v.Text != "" && v.Text != "false" && !(v.Kind == pavise.NumberValue && v.Text == "0")
}

// computed tells sums, joined strings and templates of what is known.
func (r *reader) computed(use, f *file, n *node, room *int) (v pavise.Value, ok bool) {
	var parts []pavise.Value
	for _, k := range n.kids {
		parts = append(parts, r.value(use, f, k, room))
	}
	switch {
	case n.is(unaryNode):
		return sign(n.text, parts[0])
	case n.is(binaryNode) && !slices.ContainsFunc(parts, func(v pavise.Value) bool { return v.Kind != pavise.NumberValue }):
		return arithmetic(n.text, parts)
	case n.is(binaryNode) && n.text != "+":
		return v, false
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Kind != pavise.StringValue && p.Kind != pavise.NumberValue && p.Kind != pavise.BoolValue {
			return v, false
		}
		b.WriteString(p.Text)
	}
	return pavise.Value{Kind: pavise.StringValue, Text: clip(b.String(), maxString)}, true
}

func sign(operator string, of pavise.Value) (v pavise.Value, ok bool) {
	switch {
	case operator == "!" && (of.Kind == pavise.BoolValue || of.Kind == pavise.NumberValue || of.Kind == pavise.NullValue):
		return pavise.Value{Kind: pavise.BoolValue, Text: strconv.FormatBool(!truth(of) || of.Kind == pavise.NullValue)}, true
	case operator == "void":
		return pavise.Value{Kind: pavise.NullValue, Text: "undefined"}, true
	case operator == "+" && (of.Kind == pavise.EnvValue || of.Kind == pavise.NumberValue):
		return of, true
	case operator == "-" && of.Kind == pavise.NumberValue:
		x, _ := strconv.ParseFloat(of.Text, 64)
		return numberValue(-x), true
	}
	return v, false
}

func arithmetic(operator string, parts []pavise.Value) (v pavise.Value, ok bool) {
	sum, _ := strconv.ParseFloat(parts[0].Text, 64)
	for _, p := range parts[1:] {
		x, _ := strconv.ParseFloat(p.Text, 64)
		switch operator {
		case "+":
			sum += x
		case "-":
			sum -= x
		case "*":
			sum *= x
		case "/":
			sum /= x
		case "%":
			sum = math.Mod(sum, x)
		case "**":
			sum = math.Pow(sum, x)
		case "<<":
			sum = float64(int32(int64(sum)) << (uint32(int64(x)) & 31))
		default:
			return v, false
		}
	}
	if math.IsInf(sum, 0) || math.IsNaN(sum) {
		return v, false
	}
	return numberValue(sum), true
}

// number reads 1_000, 0x1f, 0b1, 0o17, 1e3 and 10n.
func number(text string) (x float64, ok bool) {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "_", ""), "n")
	if len(text) > 2 && text[0] == '0' && (text[1]|0x20 == 'x' || text[1]|0x20 == 'b' || text[1]|0x20 == 'o') {
		n, err := strconv.ParseUint(text, 0, 64)
		return float64(n), err == nil
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0)
}

func numberValue(x float64) pavise.Value {
	form := byte('f')
	if math.Abs(x) >= 1e21 || x != 0 && math.Abs(x) < 1e-9 {
		form = 'g'
	}
	return pavise.Value{Kind: pavise.NumberValue, Text: strconv.FormatFloat(x, form, -1, 64)}
}
