package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// named is a command as a page names it: in a block for the shell, or in backquotes.
	named = regexp.MustCompile("(?:functions/cmd/ops|`ops) ([a-z][a-z-]*)")
	// used is a command as somebody types it, with its flags and argument.
	used = regexp.MustCompile("go run \\./functions/cmd/ops ([^#&|;>`\n]*)")
)

// TestPagesNameCommandsThatThereAre holds the pages that people follow at night to what ops has: each command that a page names is one, and each
// line for the shell is one that ops takes.
func TestPagesNameCommandsThatThereAre(t *testing.T) {
	t.Parallel()

	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}

	lines := 0
	for file, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(names, m[1]) {
				t.Errorf("%s names ops %s, which there is not", file, m[1])
			}
		}

		for _, m := range used.FindAllStringSubmatch(text, -1) {
			lines++
			if _, err := parse(strings.Fields(m[1])); err != nil {
				t.Errorf("%s: ops %s: %v", file, m[1], err)
			}
		}
	}

	if lines < 20 {
		t.Errorf("%d lines for the shell were found, want the 20 and more that the pages have", lines)
	}
}

// pages are the texts of all pages for people, by their names.
func pages(t *testing.T) map[string]string {
	t.Helper()

	found := map[string]string{}
	root := filepath.Join("..", "..", "..")

	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != root && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(name) != ".md":
			return nil
		}

		text, err := os.ReadFile(name)
		found[name] = string(text)

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return found
}
