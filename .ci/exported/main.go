// Command exported lists the code of a module that could go: exported names that no other package uses, and, read from
// deadcode's output, functions that no program and no test reaches. It is a module of its own, so that the tools it is
// built with stay out of the product's go.mod.
//
//	deadcode -test -f '…' ./... | exported -keep names.txt
//
// A file lists the names that are kept for code to come, each with its reason. The command fails when it finds a name
// that is not listed, and when a listed name is not found: then its entry must go.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// finding is a name that could go, and where it is declared.
type finding struct {
	name  string // "shared/store.Store.Ledger"
	place string // file:line
	why   string
}

func main() {
	keepFile := flag.String("keep", "", "file of names that stay: a name and its reason on each line")
	module := flag.String("module", "", "the module's path, which is cut off names")
	stage := flag.String("stage", "", "beginnings of the names of packages that are there for tests, between blanks")
	flag.Parse()
	problems, err := run(*module, *keepFile, strings.Fields(*stage), os.Stdin)

	if err != nil {
		fmt.Fprintln(os.Stderr, "exported:", err)
		os.Exit(2)
	}

	for _, p := range problems {
		fmt.Println(p)
	}

	if len(problems) > 0 {
		os.Exit(1)
	}
}

// run returns a line for each problem, sorted.
func run(module, keepFile string, stage []string, dead io.Reader) ([]string, error) {
	kept, err := readKept(keepFile)
	if err != nil {
		return nil, err
	}

	found, err := unused(module, stage...)
	if err != nil {
		return nil, err
	}

	unreachable, err := readDead(module, dead)
	if err != nil {
		return nil, err
	}

	maps.Copy(found, unreachable)
	return compare(found, kept), nil
}

// compare returns what was found and is not kept, and what is kept and was not found.
func compare(found map[string]finding, kept map[string]bool) []string {
	var problems []string
	for name, f := range found {
		if !kept[name] {
			problems = append(problems, fmt.Sprintf("%s: %s %s", f.place, name, f.why))
		}
	}

	for name := range kept {
		if _, ok := found[name]; !ok {
			problems = append(problems, name+" is listed as kept, but is used or gone: remove the entry")
		}
	}

	slices.Sort(problems)
	return problems
}

// readKept reads the names that are kept. Each line has a name and a reason; empty lines and lines that begin with # are
// left out.
func readKept(file string) (map[string]bool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	kept := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		if strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s: %s has no reason", file, name)
		}
		kept[name] = true
	}

	return kept, nil
}

// readDead reads deadcode's output: a function's full name, a tab and its place on each line.
func readDead(module string, r io.Reader) (map[string]finding, error) {
	found := map[string]finding{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, place, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("deadcode: %s", lines.Text())
		}
		name = strings.TrimPrefix(name, module+"/")
		found[name] = finding{name: name, place: place, why: "is reached by no program and no test"}
	}

	return found, lines.Err()
}
