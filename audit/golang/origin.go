package golang

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// origin names what an expression is, as [pavise.Use] does: a function of a package, or
// a method of what a function or a struct of it gave. "" is that nobody knows.
func (f *file) origin(e ast.Expr) string {
	f.deep++
	defer func() { f.deep-- }()
	if f.steps--; f.deep > maxHops*4 || f.steps < 0 {
		return ""
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		return f.origin(x.X)
	case *ast.StarExpr:
		return f.origin(x.X)
	case *ast.UnaryExpr:
		return f.origin(x.X)
	case *ast.IndexExpr: // of a generic function
		return f.origin(x.X)
	case *ast.SelectorExpr:
		if name, ok := x.X.(*ast.Ident); ok && f.look(name.Name) == nil && f.packages[name.Name] != "" {
			return f.packages[name.Name] + "." + x.Sel.Name
		}
		if of := f.origin(x.X); of != "" && len(of) < maxSource {
			return of + "." + x.Sel.Name
		}
	case *ast.CallExpr:
		if of := f.origin(x.Fun); of != "" {
			return of + "()"
		}
	case *ast.CompositeLit:
		return f.typeName(x.Type)
	case *ast.Ident:
		switch v := f.look(x.Name); {
		case v == nil:
			return ""
		case v.param != "":
			return v.param
		case len(v.values) > 0:
			return f.origin(v.values[0])
		}
	}
	return ""
}

// on is where what a method is called on was made.
func (f *file) on(fun ast.Expr) string {
	x, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	e := x.X
	for range maxHops {
		e = stripped(e)
		switch x := e.(type) {
		case *ast.Ident:
			v := f.look(x.Name)
			if v == nil || len(v.values) == 0 {
				return ""
			}
			e = v.values[0]
		case *ast.CallExpr, *ast.CompositeLit:
			return f.place(x)
		default:
			return ""
		}
	}
	return ""
}

// place tells what was made at one place of the project from what was made elsewhere.
func (f *file) place(n ast.Node) string {
	at := f.set.PositionFor(n.Pos(), false)
	return fmt.Sprintf("%s:%d:%d", f.name, at.Line, at.Column)
}

// requestParts are those of a request that its sender writes.
var requestParts = []string{"URL", "Form", "PostForm", "MultipartForm", "Header", "Body", "Host", "RequestURI", "Trailer",
	"FormValue", "PostFormValue", "FormFile", "PathValue", "Cookie", "Cookies", "Referer", "UserAgent", "BasicAuth"}

// asked are the parts of a request that an expression is made of: "r.URL.Query", with the
// key where one stands there. Parameters of type *http.Request are requests.
func (f *file) asked(e ast.Expr) []string {
	var parts []string
	f.flow(e, 0, map[string]bool{}, &parts)
	return parts
}

func (f *file) flow(e ast.Expr, hops int, seen map[string]bool, parts *[]string) {
	if f.steps--; e == nil || hops > maxHops || f.steps < 0 {
		return
	}
	ast.Inspect(e, func(n ast.Node) bool {
		if f.steps--; len(*parts) >= maxAsked || f.steps < 0 {
			return false
		}
		switch x := n.(type) {
		case *ast.FuncLit, *ast.BasicLit:
			return false
		case *ast.KeyValueExpr: // the key is a name of a field
			f.flow(x.Value, hops, seen, parts)
			return false
		case *ast.CallExpr:
			if part := f.requestPart(x.Fun); part != "" {
				part = keyed(part, x.Args)
				if !slices.Contains(*parts, part) {
					*parts = append(*parts, part)
				}
				return false
			}
		case *ast.SelectorExpr:
			if part := f.requestPart(x); part != "" {
				if !slices.Contains(*parts, part) {
					*parts = append(*parts, part)
				}
				return false
			}
			f.flow(x.X, hops, seen, parts)
			return false
		case *ast.Ident:
			if v := f.look(x.Name); v != nil && !seen[x.Name] {
				seen[x.Name] = true
				for _, from := range v.values {
					f.flow(from, hops+1, seen, parts)
				}
			}
		}
		return true
	})
}

// keyed adds the key that a part is asked for: r.FormValue("a") is r.FormValue.a.
func keyed(part string, args []ast.Expr) string {
	if len(args) > 0 {
		if key, ok := args[0].(*ast.BasicLit); ok {
			return part + "." + strings.Trim(key.Value, "\"`")
		}
	}
	return part
}

// requestPart names a part of a request; "" is none.
func (f *file) requestPart(e ast.Expr) string {
	var path []string
	key := ""
	for range 16 {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			path = append(path, x.Sel.Name)
			e = x.X
			continue
		case *ast.CallExpr: // r.URL.Query().Get
			key = keyed("", x.Args)
			e = x.Fun
			continue
		case *ast.Ident:
			slices.Reverse(path)
			if v := f.look(x.Name); v == nil || v.param != "net/http.Request" || len(path) == 0 || !slices.Contains(requestParts, path[0]) {
				return ""
			}
			return x.Name + "." + strings.Join(path[:min(len(path), 3)], ".") + key
		}
		break
	}
	return ""
}
