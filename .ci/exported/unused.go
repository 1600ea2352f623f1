package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// wellKnown are packages whose interfaces are satisfied without being named: fmt, encoding/json and others find them by
// assertion.
var wellKnown = []string{"encoding", "encoding/json", "errors", "flag", "fmt", "io", "log/slog", "net/http", "sort"}

// asserted are methods that are found by interfaces without a name: by package errors, and Equal by go-cmp.
var asserted = map[string]bool{"Unwrap": true, "Is": true, "As": true, "Equal": true}

// scan is what is known of a module's exported names. Names are texts, since a package and its test variants are loaded
// as different objects.
type scan struct {
	module string
	// stage are the beginnings of the names of packages that are there for tests.
	stage []string
	// declared are the exported names of the module by name.
	declared map[string]declaration
	// used are the names that another package uses, or that the type of such a name consists of.
	used map[string]bool
	// inside are the names that their own package uses, tests apart.
	inside map[string]bool
	// groups are the names of each block of constants, by the name of each of them.
	groups map[string][]string
	// interfaces are all that a method might satisfy, by the name of a method.
	interfaces map[string][]*types.Interface
}

type declaration struct {
	object types.Object
	place  string
}

// unused returns the exported names of the module that no other package uses. A package's own external tests are part of
// it, and tests of other packages count only for names of packages on stage. Used are also:
//
//   - methods that satisfy an interface
//   - types that the signature or the fields of a used name consist of
//   - constants that their own package uses, if their type or another constant of their block is used: an enumeration is
//     exported as a whole
//   - errors that their own package returns: they are part of what its functions promise
func unused(module string, stage ...string) (map[string]finding, error) {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo |
			packages.NeedImports,
		Tests: true,
	}, append([]string{"./..."}, wellKnown...)...)

	if err != nil {
		return nil, err
	}
	if packages.PrintErrors(loaded) > 0 {
		return nil, fmt.Errorf("the packages have errors")
	}

	s := &scan{
		module:     module,
		stage:      stage,
		declared:   map[string]declaration{},
		used:       map[string]bool{},
		inside:     map[string]bool{},
		groups:     map[string][]string{},
		interfaces: map[string][]*types.Interface{},
	}

	for _, p := range loaded {
		s.addInterfaces(p.Types)
		for _, imported := range p.Types.Imports() {
			s.addInterfaces(imported)
		}
		if s.ours(p.Types) {
			s.declare(p)
			s.read(p)
		}
	}

	s.spread()
	return s.findings(), nil
}

// isTest reports whether a place is in a test.
func isTest(p token.Position) bool { return strings.HasSuffix(p.Filename, "_test.go") }

// onStage reports whether a name is of a package that is there for tests.
func (s *scan) onStage(name string) bool {
	return slices.ContainsFunc(s.stage, func(folder string) bool { return strings.HasPrefix(name, folder) })
}

// ours reports whether a package is the module's.
func (s *scan) ours(p *types.Package) bool {
	return p != nil && strings.HasPrefix(p.Path(), s.module+"/")
}

// nameOf returns the name of a package-level object or of a method; empty for any other object.
func (s *scan) nameOf(o types.Object) string {
	if o == nil || !s.ours(o.Pkg()) || !o.Exported() {
		return ""
	}

	path := strings.TrimPrefix(o.Pkg().Path(), s.module+"/")
	if f, ok := o.(*types.Func); ok {
		receiver := f.Signature().Recv()
		if receiver == nil {
			return path + "." + o.Name()
		}
		named := namedOf(receiver.Type())
		if named == nil {
			return ""
		}
		return path + "." + named.Obj().Name() + "." + o.Name()
	}
	if o.Parent() != o.Pkg().Scope() {
		return ""
	}

	return path + "." + o.Name()
}

// namedOf returns the defined type of a receiver; nil for the method of an interface.
func namedOf(t types.Type) *types.Named {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok || types.IsInterface(named) {
		return nil
	}
	return named
}

// declare collects the exported names of a package's own files.
func (s *scan) declare(p *packages.Package) {
	if p.Name == "main" || strings.HasSuffix(p.PkgPath, "_test") {
		return
	}
	for _, o := range p.TypesInfo.Defs {
		name := s.nameOf(o)
		if name == "" {
			continue
		}

		place := p.Fset.Position(o.Pos())
		if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil && !namedOf(f.Signature().Recv().Type()).Obj().Exported() {
			continue
		}
		if isTest(place) {
			continue
		}

		s.declared[name] = declaration{object: o, place: relative(place)}
	}
}

func relative(p token.Position) string {
	file := p.Filename
	if dir, err := filepath.Abs("."); err == nil {
		if short, err := filepath.Rel(dir, file); err == nil {
			file = short
		}
	}
	return fmt.Sprintf("%s:%d", file, p.Line)
}

// read notes the names that a package uses.
func (s *scan) read(p *packages.Package) {
	own := strings.TrimSuffix(p.PkgPath, "_test")
	for id, o := range p.TypesInfo.Uses {
		if f, ok := o.(*types.Func); ok {
			o = f.Origin()
		}

		name := s.nameOf(o)
		switch {
		case name == "":
		case o.Pkg().Path() == own:
			s.inside[name] = s.inside[name] || !isTest(p.Fset.Position(id.Pos()))
		case s.onStage(name) || !isTest(p.Fset.Position(id.Pos())):
			s.used[name] = true
		}
	}

	for _, file := range p.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.InterfaceType:
				s.addInterface(p.TypesInfo.TypeOf(n))
			case *ast.GenDecl:
				if n.Tok == token.CONST && s.ours(p.Types) {
					s.addGroup(p, n)
				}
			}
			return true
		})
	}
}

// addInterfaces collects the interfaces that a package names.
func (s *scan) addInterfaces(p *types.Package) {
	for _, name := range p.Scope().Names() {
		if t, ok := p.Scope().Lookup(name).(*types.TypeName); ok {
			s.addInterface(t.Type())
		}
	}
}

func (s *scan) addInterface(t types.Type) {
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		return
	}
	for m := range i.Methods() {
		s.interfaces[m.Name()] = append(s.interfaces[m.Name()], i)
	}
}

// spread marks the types that used names consist of.
func (s *scan) spread() {
	queue := make([]string, 0, len(s.used))
	for name := range s.used {
		queue = append(queue, name)
	}

	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		d, ok := s.declared[name]
		if !ok {
			continue
		}

		for _, part := range s.partsOf(d.object) {
			if !s.used[part] {
				s.used[part] = true
				queue = append(queue, part)
			}
		}
	}
}

// partsOf returns the names of the types that an object's type consists of.
func (s *scan) partsOf(o types.Object) []string {
	var parts []string
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if seen[t] {
			return
		}

		seen[t] = true

		switch t := t.(type) {
		case *types.Named:
			if name := s.nameOf(t.Obj()); name != "" {
				parts = append(parts, name)
			}
			for a := range t.TypeArgs().Types() {
				walk(a)
			}
			if t.Obj() == o || !t.Obj().Exported() {
				walk(t.Underlying())
			}
		case *types.Alias:
			walk(types.Unalias(t))
		case *types.Pointer:
			walk(t.Elem())
		case *types.Slice:
			walk(t.Elem())
		case *types.Array:
			walk(t.Elem())
		case *types.Chan:
			walk(t.Elem())
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Signature:
			for v := range t.Params().Variables() {
				walk(v.Type())
			}
			for v := range t.Results().Variables() {
				walk(v.Type())
			}
		case *types.Struct:
			for f := range t.Fields() {
				if f.Exported() {
					walk(f.Type())
				}
			}
		case *types.Interface:
			for m := range t.Methods() {
				walk(m.Type())
			}
		}
	}

	walk(o.Type())
	return parts
}

// findings returns the declared names that are not used.
func (s *scan) findings() map[string]finding {
	found := map[string]finding{}
	for name, d := range s.declared {
		if s.used[name] || s.inside[name] && (s.enumerated(name, d.object) || isError(d.object)) || s.satisfies(d.object) {
			continue
		}
		found[name] = finding{name: name, place: d.place, why: "is exported, but no other package uses it"}
	}
	return found
}

// enumerated reports whether the object is a constant whose type, or another constant of whose block, is used.
func (s *scan) enumerated(name string, o types.Object) bool {
	c, ok := o.(*types.Const)
	if !ok {
		return false
	}
	if named, ok := c.Type().(*types.Named); ok && s.used[s.nameOf(named.Obj())] {
		return true
	}
	return slices.ContainsFunc(s.groups[name], func(other string) bool { return s.used[other] })
}

// addGroup collects the names of a block of constants.
func (s *scan) addGroup(p *packages.Package, block *ast.GenDecl) {
	var names []string
	for _, spec := range block.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok {
			for _, id := range v.Names {
				names = append(names, s.nameOf(p.TypesInfo.Defs[id]))
			}
		}
	}

	for _, name := range names {
		s.groups[name] = names
	}
}

// isError reports whether the object is an error value or an error type.
func isError(o types.Object) bool {
	wanted := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	switch o.(type) {
	case *types.Var, *types.TypeName:
		return types.Implements(o.Type(), wanted) || types.Implements(types.NewPointer(o.Type()), wanted)
	}
	return false
}

// satisfies reports whether the object is a method that an interface asks of its type.
func (s *scan) satisfies(o types.Object) bool {
	f, ok := o.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return false
	}
	if asserted[f.Name()] {
		return true
	}

	named := namedOf(f.Signature().Recv().Type())
	if named == nil {
		return false
	}

	for _, i := range s.interfaces[f.Name()] {
		if implements(named, i) {
			return true
		}
	}

	return false
}

// implements reports whether a type or its pointer has the methods of an interface. Signatures are compared as texts: the
// interface may come from another load of the same package.
func implements(named *types.Named, i *types.Interface) bool {
	methods := types.NewMethodSet(types.NewPointer(named))
	for want := range i.Methods() {
		got := methods.Lookup(want.Pkg(), want.Name())
		if got == nil {
			return false
		}
		if named.TypeParams().Len() == 0 && shape(got.Type()) != shape(want.Type()) {
			return false
		}
	}

	return true
}

// shape returns the text of a method's signature without the names of its parameters.
func shape(t types.Type) string {
	signature, ok := t.(*types.Signature)
	if !ok {
		return ""
	}

	var b strings.Builder
	for v := range signature.Params().Variables() {
		b.WriteString(types.TypeString(v.Type(), nil) + ",")
	}

	b.WriteString(")")

	for v := range signature.Results().Variables() {
		b.WriteString(types.TypeString(v.Type(), nil) + ",")
	}

	return b.String()
}
