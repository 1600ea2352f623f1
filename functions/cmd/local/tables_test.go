package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// below returns the rows of the first table below a heading, without its head, as cells.
func below(t *testing.T, doc, heading string) [][]string {
	t.Helper()
	_, section, found := strings.Cut(read(t, doc), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", doc, heading)
	}
	var rows [][]string
	for line := range strings.Lines(section) {
		switch {
		case strings.HasPrefix(line, "|"):
			rows = append(rows, strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"))
		case strings.HasPrefix(line, "#"), len(rows) > 0:
			return rows[min(2, len(rows)):]
		}
	}

	return rows[min(2, len(rows)):]
}

// TestReadmeKnowsEveryTemplateVariable compares the table of what a placeholder can be filled with.
func TestReadmeKnowsEveryTemplateVariable(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, v := range template.Variables() {
		want = append(want, strings.Join([]string{"`" + v.Key + "`", v.Label, v.Sample, v.Fallback}, " | "))
	}
	for _, cells := range below(t, "functions/README.md", "### The variables") {
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		got = append(got, strings.Join(cells, " | "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of variables in functions/README.md (-want +got):\n%s", diff)
	}
}

// TestReadmeKnowsEveryRouteAndDescription compares the tables of routes and of descriptions with the functions and their OpenAPI files.
func TestReadmeKnowsEveryRouteAndDescription(t *testing.T) {
	t.Parallel()
	described, err := filepath.Glob(filepath.Join(root, "functions/*/openapi.yaml"))
	if err != nil || len(described) < 3 {
		t.Fatalf("got %v, %v", described, err)
	}
	var want, got []string
	for _, path := range described {
		want = append(want, filepath.Base(filepath.Dir(path)))
	}
	for _, cells := range below(t, "functions/README.md", "### The descriptions") {
		got = append(got, strings.TrimSpace(cells[0]))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of descriptions in functions/README.md (-want +got):\n%s", diff)
	}

	routes := map[string]string{} // the second cell, by the functions of the first
	for _, cells := range below(t, "functions/README.md", "## The other routes") {
		for name := range strings.SplitSeq(cells[0], ",") {
			routes[strings.TrimSpace(name)] += cells[1]
		}
	}
	for _, f := range functions {
		if _, ok := routes[f.name]; !ok && f.name != "subscribe" { // which has a section of its own
			t.Errorf("the table of routes in functions/README.md has no row of %s", f.name)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^  (/\S+):$`).FindAllStringSubmatch(read(t, "functions/brandapi/openapi.yaml"), -1) {
		if !strings.Contains(routes["brandapi"], m[1]) {
			t.Errorf("the table of routes in functions/README.md does not name brandapi's %s", m[1])
		}
	}
}

// TestReadmeKnowsEveryPackage holds that the tables of shared/README.md name every package, and no other.
func TestReadmeKnowsEveryPackage(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "shared/README.md"), "\n## The packages, floor by floor\n")
	section, _, _ = strings.Cut(section, "\n## ")
	named := map[string]bool{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		parent := ""
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if strings.Contains(m[1], "/") {
				parent = m[1][:strings.LastIndex(m[1], "/")+1]
			}
			named[m[1]] = true
			named[parent+m[1]] = true // `provider/gupshup`, `meta`, …
		}
	}

	err := fs.WalkDir(os.DirFS(filepath.Join(root, "shared")), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		// The stage's packages are named by their two parts.
		dir := filepath.ToSlash(filepath.Dir(path))
		for strings.Count(dir, "/") > 1 {
			dir = dir[:strings.LastIndex(dir, "/")]
		}
		if !named[dir] {
			t.Errorf("the tables of shared/README.md do not name %s", dir)
			named[dir] = true
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
