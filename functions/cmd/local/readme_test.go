package main

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

var (
	// stop is a line of a way: "1. `shared/a/b.go`, `First` or `Second`: what it does".
	stop = regexp.MustCompile("^\\d+\\. `([a-z/]+\\.go)`, (`\\w+`(?: or `\\w+`)*):")
	// aside is a mention beside the stops: "`Name` in `shared/a/b.go`".
	aside = regexp.MustCompile("(`\\w+`) in `([a-z/]+\\.go)`")
)

// TestReadmeWaysExist looks up every function that shared/README.md sends its reader to.
func TestReadmeWaysExist(t *testing.T) {
	t.Parallel()
	found := 0
	for line := range strings.Lines(read(t, "shared/README.md")) {
		if m := stop.FindStringSubmatch(line); m != nil {
			found++
			requireDeclared(t, m[1], strings.Split(m[2], " or ")...)
		}
		for _, m := range aside.FindAllStringSubmatch(line, -1) {
			requireDeclared(t, m[2], m[1])
		}
	}
	if found < 25 {
		t.Errorf("got %d stops, want the three ways of ten or so each", found)
	}
}

// requireDeclared fails the test if the file has no function, method or type of one of the names, which are in backquotes.
func requireDeclared(t *testing.T, file string, names ...string) {
	t.Helper()
	declared := map[string]bool{}
	for _, d := range parse(t, file).Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			declared[d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if typ, ok := s.(*ast.TypeSpec); ok {
					declared[typ.Name.Name] = true
				}
			}
		}
	}

	for _, name := range names {
		if !declared[strings.Trim(name, "`")] {
			t.Errorf("%s declares no %s", file, name)
		}
	}
}
