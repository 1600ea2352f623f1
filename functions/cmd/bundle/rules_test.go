package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	modulePath = regexp.MustCompile(`(?m)^module (\S+)$`)
	embedded   = regexp.MustCompile(`(?m)^//go:embed (\S+)$`)
)

// obeys returns what of an upload's files the functions buildpack would refuse, or would build into something else than what was tested:
//
//   - The root has exactly one Go package. Files of tests and of other build tags count, since the buildpack reads all of them.
//   - That package can be imported, so it is not main, and it imports the functions framework itself.
//   - The module's path has a dot in its first element, as that of something that can be fetched.
//   - Every package of the module that a file imports is there, and every file that one embeds.
//   - go.sum is there: the buildpack would make one of whatever the proxy serves.
func obeys(files map[string]string) error {
	module := modulePath.FindStringSubmatch(files["go.mod"])
	if module == nil {
		return errors.New("go.mod is missing, or names no module")
	}
	if first, _, _ := strings.Cut(module[1], "/"); !strings.Contains(first, ".") {
		return fmt.Errorf("the module's path %s has no dot in its first element", module[1])
	}
	if files["go.sum"] == "" {
		return errors.New("go.sum is missing")
	}

	packages := map[string]bool{}
	framed := false
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(file, ".go") {
			continue
		}

		f, err := parser.ParseFile(token.NewFileSet(), file, files[file], parser.ImportsOnly)
		if err != nil {
			return err
		}

		atRoot := path.Dir(file) == "."
		if atRoot {
			packages[f.Name.Name] = true
		}

		for _, i := range f.Imports {
			imported := strings.Trim(i.Path.Value, `"`)
			framed = framed || atRoot && imported == framework
			if dir, ours := strings.CutPrefix(imported, module[1]+"/"); ours && !hasPackage(files, dir) {
				return fmt.Errorf("%s imports %s, which is not there", file, dir)
			}
		}
		for _, m := range embedded.FindAllStringSubmatch(files[file], -1) {
			at := path.Join(path.Dir(file), m[1])
			if _, isFile := files[at]; !isFile && !hasFiles(files, at) {
				return fmt.Errorf("%s embeds %s, which is not there", file, m[1])
			}
		}
	}

	switch names := slices.Sorted(maps.Keys(packages)); {
	case len(names) != 1:
		return fmt.Errorf("the root has %d packages, and not one: %v", len(names), names)
	case names[0] == "main":
		return errors.New("the root is a program, which cannot be imported")
	case !framed:
		return errors.New("the root does not import " + framework)
	}

	return nil
}

// hasPackage reports whether a Go file of the directory is there.
func hasPackage(files map[string]string, dir string) bool {
	for file := range files {
		if path.Dir(file) == dir && strings.HasSuffix(file, ".go") {
			return true
		}
	}

	return false
}

// hasFiles reports whether there is a file below the directory.
func hasFiles(files map[string]string, dir string) bool {
	for file := range files {
		if strings.HasPrefix(file, dir+"/") {
			return true
		}
	}

	return false
}

// TestObeys breaks each rule of the buildpack once.
func TestObeys(t *testing.T) {
	t.Parallel()
	const root = "package function\n\nimport (\n\t_ \"" + framework + "\"\n\n\t_ \"example.com/shop/functions/sell\"\n)\n"

	for name, tc := range map[string]struct {
		change map[string]string // an empty text removes the file
		want   string
	}{
		"obeyed":                   {nil, ""},
		"no_package_at_the_root":   {map[string]string{"function.go": ""}, "the root has 0 packages"},
		"second_package":           {map[string]string{"x_test.go": "package function_test\n"}, "the root has 2 packages"},
		"second_package_not_built": {map[string]string{"gen.go": "//go:build ignore\n\npackage main\n"}, "the root has 2 packages"},
		"root_is_a_program":        {map[string]string{"function.go": strings.Replace(root, "package function", "package main", 1)}, "is a program"},
		"framework_not_imported":   {map[string]string{"function.go": strings.Replace(root, framework, "net/http", 1)}, "does not import"},
		"framework_imported_below": {map[string]string{
			"function.go":            strings.Replace(root, framework, "net/http", 1),
			"functions/sell/sell.go": "package sell\n\nimport _ \"" + framework + "\"\n",
		}, "does not import"},
		"module_without_a_dot":    {map[string]string{"go.mod": "module shop\n"}, "no dot"},
		"dot_in_a_later_element":  {map[string]string{"go.mod": "module shop/v1.0\n"}, "no dot"},
		"no_module":               {map[string]string{"go.mod": ""}, "go.mod"},
		"no_sums":                 {map[string]string{"go.sum": ""}, "go.sum"},
		"function_left_out":       {map[string]string{"functions/sell/sell.go": ""}, "imports functions/sell"},
		"shared_package_left_out": {map[string]string{"functions/sell/sell.go": "package sell\n\nimport _ \"example.com/shop/shared/till\"\n"}, "imports shared/till"},
		"embedded_file_left_out":  {map[string]string{"functions/sell/sell.go": "package sell\n\n//go:embed prices.csv\nvar prices []byte\n"}, "embeds prices.csv"},
		"unreadable_file":         {map[string]string{"functions/sell/sell.go": "pakcage sell\n"}, "expected 'package'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{
				"function.go":            root,
				"functions/sell/sell.go": "package sell\n",
				"go.mod":                 "module example.com/shop\n\ngo 1.26.0\n",
				"go.sum":                 "example.com/till v1.0.0 h1:AAAA\n",
			}
			for file, text := range tc.change {
				if files[file] = text; text == "" {
					delete(files, file)
				}
			}

			err := obeys(files)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
