package golang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise"
)

// Bounds of what is told of one use.
const (
	maxValues = 2000
	maxHops   = 24 // names that are followed after one another
	maxString = 4096
	maxSource = 200
	maxAsked  = 8
)

// units are spans of time, which are told in nanoseconds.
var units = map[string]time.Duration{"time.Nanosecond": time.Nanosecond, "time.Microsecond": time.Microsecond,
	"time.Millisecond": time.Millisecond, "time.Second": time.Second, "time.Minute": time.Minute, "time.Hour": time.Hour}

// value tells an expression.
func (f *file) value(e ast.Expr) pavise.Value {
	f.room--
	f.deep++
	defer func() { f.deep-- }()
	v := pavise.Value{Kind: pavise.OtherValue}
	if f.room > 0 && f.deep <= maxHops {
		v = f.tell(e)
	}
	if v.Line == 0 {
		v.Line = f.set.PositionFor(e.Pos(), false).Line
		v.Start, v.End = f.span(e)
	}
	if v.Kind == pavise.OtherValue && v.Text == "" {
		v.Text = f.clip(e)
	}
	if f.room > 0 {
		v.Asked = f.asked(e)
	}
	return v
}

func (f *file) clip(n ast.Node) string {
	from, to := f.span(n)
	return strings.ToValidUTF8(string(f.src[from:min(to, from+maxSource)]), "")
}

func (f *file) tell(e ast.Expr) pavise.Value {
	if x, ok := f.constant(e, 0); ok {
		return constantValue(x)
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		return f.tell(x.X)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return f.tell(x.X)
		}
	case *ast.CompositeLit:
		return f.composite(x)
	case *ast.FuncLit:
		return f.function(x.Type)
	case *ast.CallExpr:
		return f.callValue(x)
	case *ast.Ident:
		return f.named(x)
	case *ast.SelectorExpr:
		if from, ok := x.X.(*ast.Ident); ok && f.look(from.Name) == nil && f.packages[from.Name] != "" {
			return pavise.Value{Kind: pavise.NameValue, Text: goName(f.packages[from.Name]) + "." + x.Sel.Name}
		}
		if of := f.origin(x); of != "" {
			return pavise.Value{Kind: pavise.NameValue, Text: of}
		}
		if root, path := selectors(x); root != "" {
			return pavise.Value{Kind: pavise.NameValue, Text: "?" + root + "." + strings.Join(path, ".")}
		}
	}
	return pavise.Value{Kind: pavise.OtherValue}
}

// goName is how constants of a package are written: tls.VersionTLS10.
func goName(from string) string { return from[strings.LastIndexByte(from, '/')+1:] }

func constantValue(x constant.Value) pavise.Value {
	switch x.Kind() {
	case constant.String:
		text := constant.StringVal(x)
		return pavise.Value{Kind: pavise.StringValue, Text: strings.ToValidUTF8(text[:min(len(text), maxString)], "")}
	case constant.Bool:
		return pavise.Value{Kind: pavise.BoolValue, Text: strconv.FormatBool(constant.BoolVal(x))}
	case constant.Int:
		return pavise.Value{Kind: pavise.NumberValue, Text: x.ExactString()}
	}
	n, _ := constant.Float64Val(x)
	return pavise.Value{Kind: pavise.NumberValue, Text: strconv.FormatFloat(n, 'f', -1, 64)}
}

func (f *file) named(x *ast.Ident) pavise.Value {
	if x.Name == "nil" {
		return pavise.Value{Kind: pavise.NullValue, Text: x.Name}
	}
	v := f.look(x.Name)
	value := v.value()
	if value == nil {
		return pavise.Value{Kind: pavise.NameValue, Text: "?" + x.Name}
	}
	told := f.value(value)
	f.overlay(&told, v.sets)
	return told
}

// overlay sets members that are assigned after a struct was made.
func (f *file) overlay(v *pavise.Value, sets []set) {
	if v.Kind != pavise.ObjectValue {
		return
	}
	for _, s := range sets {
		to := v
		for i, name := range s.path {
			at := slices.IndexFunc(to.Members, func(m pavise.Member) bool { return m.Name == name })
			if at < 0 {
				to.Members = append(to.Members, pavise.Member{Name: name, Value: pavise.Value{Kind: pavise.ObjectValue}})
				at = len(to.Members) - 1
			}
			to = &to.Members[at].Value
			if i == len(s.path)-1 {
				*to = f.value(s.value)
			} else if to.Line == 0 {
				to.Line = f.set.PositionFor(s.value.Pos(), false).Line
				to.Start, to.End = f.span(s.value)
			}
		}
	}
}

func (f *file) composite(n *ast.CompositeLit) pavise.Value {
	list := pavise.Value{Kind: pavise.ListValue}
	v := pavise.Value{Kind: pavise.ObjectValue}
	for _, e := range n.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			list.Items = append(list.Items, f.value(e))
			continue
		}
		name := ""
		switch key := pair.Key.(type) {
		case *ast.Ident:
			name = key.Name
		case *ast.BasicLit:
			name = strings.Trim(key.Value, "\"`")
		default:
			v.Open = true
			continue
		}
		v.Members = append(v.Members, pavise.Member{Name: name, Value: f.value(pair.Value)})
	}
	if _, array := n.Type.(*ast.ArrayType); array || len(list.Items) > 0 {
		return list
	}
	return v
}

func (f *file) function(t *ast.FuncType) pavise.Value {
	v := pavise.Value{Kind: pavise.FunctionValue}
	if t.Params == nil {
		return v
	}
	for _, p := range t.Params.List {
		for _, name := range p.Names[:min(len(p.Names), 32)] {
			item := pavise.Value{Kind: pavise.NameValue, Text: name.Name, Line: f.set.PositionFor(name.Pos(), false).Line}
			item.Start, item.End = f.span(name)
			v.Items = append(v.Items, item)
		}
	}
	return v
}

func (f *file) callValue(n *ast.CallExpr) pavise.Value {
	of := f.origin(n.Fun)
	if of == "os.Getenv" && len(n.Args) == 1 {
		if x, ok := f.constant(n.Args[0], 0); ok && x.Kind() == constant.String {
			return pavise.Value{Kind: pavise.EnvValue, Text: constant.StringVal(x)}
		}
	}
	if of == "" {
		root, path := selectors(n.Fun)
		of = "?" + strings.Join(append([]string{root}, path...), ".")
	}
	v := pavise.Value{Kind: pavise.CallValue, Text: of}
	for _, a := range n.Args[:min(len(n.Args), 64)] {
		v.Items = append(v.Items, f.value(a))
	}
	return v
}

// constant computes what is made of literals, constants and spans of time.
func (f *file) constant(e ast.Expr, hops int) (x constant.Value, ok bool) {
	if f.steps--; hops > maxHops || f.steps < 0 {
		return nil, false
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		x = constant.MakeFromLiteral(e.Value, e.Kind, 0)
		return x, x.Kind() != constant.Unknown && len(e.Value) < maxFile
	case *ast.ParenExpr:
		return f.constant(e.X, hops+1)
	case *ast.Ident:
		return f.constantName(e, hops)
	case *ast.SelectorExpr:
		if from, isName := e.X.(*ast.Ident); isName {
			d, known := units[f.packages[from.Name]+"."+e.Sel.Name]
			return constant.MakeInt64(int64(d)), known
		}
	case *ast.UnaryExpr:
		if x, ok := f.constant(e.X, hops+1); ok && (e.Op == token.SUB || e.Op == token.ADD) && numeric(x) || ok && e.Op == token.NOT && x.Kind() == constant.Bool {
			return constant.UnaryOp(e.Op, x, 0), true
		}
	case *ast.BinaryExpr:
		return f.binary(e, hops)
	case *ast.CallExpr: // time.Duration(5), also int64(5)
		if len(e.Args) == 1 {
			switch name := f.origin(e.Fun); name {
			case "time.Duration", "net/http.SameSite":
				return f.constant(e.Args[0], hops+1)
			}
		}
	}
	return nil, false
}

func (f *file) constantName(e *ast.Ident, hops int) (x constant.Value, ok bool) {
	if e.Name == "true" || e.Name == "false" {
		return constant.MakeBool(e.Name == "true"), true
	}
	if value := f.look(e.Name).value(); value != nil {
		return f.constant(value, hops+1)
	}
	return nil, false
}

func numeric(x constant.Value) bool { return x.Kind() == constant.Int || x.Kind() == constant.Float }

// binary computes sums and products. Shifts are bounded: a number may have no million digits.
func (f *file) binary(e *ast.BinaryExpr, hops int) (x constant.Value, ok bool) {
	a, ok := f.constant(e.X, hops+1)
	if !ok {
		return nil, false
	}
	b, ok := f.constant(e.Y, hops+1)
	if !ok {
		return nil, false
	}
	switch {
	case e.Op == token.ADD && a.Kind() == constant.String && b.Kind() == constant.String:
		if len(constant.StringVal(a))+len(constant.StringVal(b)) > maxString {
			return nil, false
		}
		return constant.BinaryOp(a, e.Op, b), true
	case !numeric(a) || !numeric(b):
		return nil, false
	case e.Op == token.SHL || e.Op == token.SHR:
		n, exact := constant.Uint64Val(b)
		if !exact || n > 64 || a.Kind() != constant.Int || constant.BitLen(a) > 1024 {
			return nil, false
		}
		return constant.Shift(a, e.Op, uint(n)), true
	case e.Op == token.QUO && constant.Sign(b) == 0, a.Kind() == constant.Int && constant.BitLen(a) > 1024, b.Kind() == constant.Int && constant.BitLen(b) > 1024:
		return nil, false
	case e.Op == token.QUO && a.Kind() == constant.Int && b.Kind() == constant.Int:
		return constant.BinaryOp(a, token.QUO_ASSIGN, b), true // of integers
	case e.Op == token.ADD || e.Op == token.SUB || e.Op == token.MUL || e.Op == token.QUO:
		return constant.BinaryOp(a, e.Op, b), true
	}
	return nil, false
}
