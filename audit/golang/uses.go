package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"pavise"
)

// matters are packages whose calls and structs are told: what serves, what is served, and
// what runs something. Other packages are told where a third party wrote them.
var matters = []string{"net", "net/http", "net/http/pprof", "net/http/httputil", "net/http/fcgi", "net/http/cgi", "net/smtp", "net/rpc",
	"crypto/tls", "crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4", "crypto/x509", "math/rand", "math/rand/v2",
	"html/template", "text/template", "os/exec", "os", "syscall", "plugin", "database/sql", "expvar", "path/filepath", "unsafe"}

// A scope is a file or a function: an inner variable of a name that an outer has is taken
// for the same.
type scope struct {
	outer *scope
	vars  map[string]*variable
}

// A variable is what has a name.
type variable struct {
	values []ast.Expr // all that it is set to
	sets   []set      // what is assigned to its fields
	param  string     // the type of a parameter: "net/http.Request"
}

type set struct {
	path  []string
	value ast.Expr
}

// value is what a variable always is; nil is not known.
func (v *variable) value() ast.Expr {
	if v == nil || len(v.values) != 1 {
		return nil
	}
	return v.values[0]
}

func (f *file) look(name string) *variable {
	for s := f.scope; s != nil; s = s.outer {
		if v := s.vars[name]; v != nil {
			return v
		}
	}
	return nil
}

// declarations reads a file: all its variables before what they are used for.
func (f *file) declarations(list []ast.Decl) {
	top := &scope{vars: map[string]*variable{}}
	scopes := make([]*scope, len(list))
	for _, functions := range []bool{false, true} { // which may stand above the variables that they set
		for i, d := range list {
			fn, ok := d.(*ast.FuncDecl)
			if ok != functions {
				continue
			}
			f.scope = top
			if ok {
				f.scope = &scope{outer: top, vars: map[string]*variable{}}
				f.params(fn.Recv)
				f.params(fn.Type.Params)
			}
			scopes[i] = f.scope
			f.gather(d)
		}
	}
	for i, d := range list {
		f.scope = scopes[i]
		f.declaration(d)
	}
}

// declaration tells what is set up in one.
func (f *file) declaration(d ast.Decl) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f.call(n)
		case *ast.CompositeLit:
			f.literal(n)
		}
		if zero := f.zeros[n]; zero != nil {
			f.literal(zero)
		}
		return true
	})
}

// gather notes variables, and what is assigned to them.
func (f *file) gather(d ast.Decl) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.params(n.Type.Params)
		case *ast.AssignStmt:
			f.assign(n)
		case *ast.RangeStmt:
			f.each(n)
		case *ast.IncDecStmt:
			if name, ok := n.X.(*ast.Ident); ok {
				v := f.variable(name.Name, false)
				v.values = append(v.values, name, name)
			}
		case *ast.ValueSpec:
			f.specify(n)
		}
		return true
	})
}

func (f *file) specify(n *ast.ValueSpec) {
	for i, name := range n.Names {
		v := f.variable(name.Name, true)
		switch {
		case len(n.Values) == len(n.Names):
			v.values = append(v.values, f.made(n.Values[i]))
		case len(n.Values) == 1 && i == 0: // var a, err = f()
			v.values = append(v.values, n.Values[0])
		case len(n.Values) == 0 && n.Type != nil: // var s http.Server
			if zero := f.zero(n, n.Type); zero != nil {
				v.values = append(v.values, zero)
			}
		}
	}
}

// zero is the struct that a declaration or new(…) makes without fields; nil is none.
func (f *file) zero(n ast.Node, of ast.Expr) *ast.CompositeLit {
	if _, ok := of.(*ast.SelectorExpr); !ok || f.typeName(of) == "" {
		return nil
	}
	f.zeros[n] = &ast.CompositeLit{Type: of, Lbrace: of.End(), Rbrace: of.End() - 1}
	return f.zeros[n]
}

// made is what an expression makes: new(T) is T{}.
func (f *file) made(e ast.Expr) ast.Expr {
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 {
		if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "new" {
			if zero := f.zero(call, call.Args[0]); zero != nil {
				return zero
			}
		}
	}
	return e
}

// each notes the variables of a loop.
func (f *file) each(n *ast.RangeStmt) {
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if name, ok := e.(*ast.Ident); ok {
			v := f.variable(name.Name, n.Tok == token.DEFINE)
			v.values = append(v.values, &ast.IndexExpr{X: n.X, Lbrack: n.X.End(), Index: name, Rbrack: n.X.End() - 1})
		}
	}
}

func (f *file) params(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, p := range list.List {
		for _, name := range p.Names {
			f.scope.vars[name.Name] = &variable{param: f.typeName(p.Type)}
		}
	}
}

// variable is the one of a name. It is made where there is none, or a new one is declared.
func (f *file) variable(name string, declared bool) *variable {
	v := f.scope.vars[name]
	if v == nil && !declared {
		v = f.look(name)
	}
	if v == nil {
		v = &variable{}
		f.scope.vars[name] = v
	}
	return v
}

func (f *file) assign(a *ast.AssignStmt) {
	for i, left := range a.Lhs {
		var value ast.Expr
		if len(a.Lhs) == len(a.Rhs) {
			value = f.made(a.Rhs[i])
		} else if len(a.Rhs) == 1 && i == 0 { // data, err := read(request)
			value = a.Rhs[0]
		}
		if name, ok := left.(*ast.Ident); ok {
			if v := f.variable(name.Name, a.Tok == token.DEFINE); value != nil {
				v.values = append(v.values, value)
			}
			if v := f.look(name.Name); a.Tok != token.ASSIGN && a.Tok != token.DEFINE { // a += b
				v.values = append(v.values, name)
			}
			continue
		}
		root, path := selectors(left)
		if v := f.look(root); v != nil && value != nil && len(path) > 0 {
			v.sets = append(v.sets, set{path, value})
		}
	}
}

// selectors take a.b.c apart.
func selectors(e ast.Expr) (root string, path []string) {
	for range 16 {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			path = append(path, x.Sel.Name)
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.Ident:
			slices.Reverse(path)
			return x.Name, path
		default:
			return "", nil
		}
	}
	return "", nil
}

// typeName is the path and name of a type of another package, a pointer or not.
func (f *file) typeName(e ast.Expr) string {
	for range 16 {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			if name, ok := x.X.(*ast.Ident); ok && f.packages[name.Name] != "" {
				return f.packages[name.Name] + "." + x.Sel.Name
			}
			return ""
		default:
			return ""
		}
	}
	return ""
}

// told reports whether what has this name is told.
func told(of string) bool {
	from, _, _ := strings.Cut(of[strings.LastIndexByte(of, '/')+1:], ".")
	from = of[:strings.LastIndexByte(of, '/')+1] + from
	return slices.Contains(matters, from) || strings.Contains(strings.Split(of, "/")[0], ".") && strings.Contains(of, "/")
}

// literal tells a struct of a package that matters. What is later assigned to the fields
// of the variable it is in counts, too.
func (f *file) literal(n *ast.CompositeLit) {
	of := f.typeName(n.Type)
	if of == "" || !told(of) {
		return
	}
	f.room = maxValues
	v := f.value(n)
	f.overlay(&v, f.holding(n))
	f.add(pavise.Use{Of: of, On: f.place(n), Args: []pavise.Value{v}}, n, n.Type.Pos(), n.Type.End())
}

// holding are the assignments to the variable that holds a struct.
func (f *file) holding(n *ast.CompositeLit) []set {
	for s := f.scope; s != nil; s = s.outer {
		for _, v := range s.vars {
			if slices.ContainsFunc(v.values, func(e ast.Expr) bool { return stripped(e) == ast.Expr(n) }) {
				return v.sets
			}
		}
	}
	return nil
}

// stripped takes & and parentheses off.
func stripped(e ast.Expr) ast.Expr {
	for range 16 {
		switch x := e.(type) {
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return e
			}
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return e
		}
	}
	return e
}

// call tells a call of a package that matters, or of a method of what it gave.
func (f *file) call(n *ast.CallExpr) {
	of := f.origin(n.Fun)
	if of == "" || !told(of) {
		return
	}
	f.room = maxValues
	u := pavise.Use{Of: of, On: f.on(n.Fun)}
	for _, a := range n.Args[:min(len(n.Args), 64)] {
		u.Args = append(u.Args, f.value(a))
	}
	name := n.Fun
	if x, ok := n.Fun.(*ast.SelectorExpr); ok {
		f.add(u, n, x.Sel.Pos(), x.Sel.End())
		return
	}
	f.add(u, n, name.Pos(), name.End())
}
