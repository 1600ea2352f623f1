package packed

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The command that packs, and what Terraform is told of the functions, from this directory.
const (
	bundle      = "./.."
	description = "../../../../terraform/functions.json"
)

// function is one function as it is described to Terraform, and what was built of its zip.
type function struct {
	name       string
	EntryPoint string `json:"entryPoint"`
	Variables  map[string]struct {
		Default  string `json:"default"`
		Required bool   `json:"required"`
	} `json:"variables"`

	zip, binary string
}

// described returns the functions that Terraform deploys, sorted by name.
func described(t *testing.T) []*function {
	t.Helper()
	text, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Functions map[string]*function `json:"functions"`
	}
	if err = json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}

	var all []*function
	for name, f := range d.Functions {
		f.name = name
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *function) int { return strings.Compare(a.name, b.name) })

	return all
}

// build packs all functions by the command that a deployment uses, and builds each of its zip.
func build(t *testing.T, all []*function) {
	t.Helper()
	dir := t.TempDir()
	tool(t, ".", "run", bundle, "-out", dir)
	for _, f := range all {
		f.zip = filepath.Join(dir, f.name+".zip")
		f.build(t, filepath.Join(dir, f.name))
	}
}

// build unpacks the zip into a directory and does there what the buildpack does: it writes a main that imports the package at the root,
// tidies the module, and builds. With -trimpath packages that several zips have are compiled once.
func (f *function) build(t *testing.T, dir string) {
	t.Helper()
	unpack(t, f.zip, dir)

	module := strings.TrimSpace(tool(t, dir, "list", "-m"))
	app := filepath.Join(dir, "functions.local", "app")
	if err := errors.Join(os.MkdirAll(app, 0o755), os.WriteFile(filepath.Join(app, "main.go"), fmt.Appendf(nil, generatedMain, module), 0o600)); err != nil {
		t.Fatal(err)
	}

	before := modules(t, dir)
	tool(t, dir, "mod", "tidy")
	for what, now := range modules(t, dir) {
		if got := added(before[what], now); len(got) > 0 {
			t.Errorf("%s: tidied, %s has %d lines that were not packed, so it would be built of more than was tested: %q first", f.name, what, len(got), got[0])
		}
	}

	f.binary = filepath.Join(dir, "functions.local", "main")
	tool(t, dir, "build", "-trimpath", "-buildvcs=false", "-o", f.binary, "./functions.local/app")
}

// generatedMain is what the buildpack writes, but that it listens on this machine only.
const generatedMain = `// Binary main runs the function that FUNCTION_TARGET names.
package main

import (
	"fmt"
	"os"

	_ %q

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// unpack writes the files of a zip below a directory.
func unpack(t *testing.T, path, dir string) {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()

	for _, file := range r.File {
		to := filepath.Join(dir, filepath.FromSlash(file.Name))
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// modules returns the lines of go.mod and go.sum, but for the marks that say which module is needed by way of another only.
func modules(t *testing.T, dir string) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "require "), " // indirect")
			lines[name] = append(lines[name], line)
		}
	}

	return lines
}

// added returns the lines that are new.
func added(before, now []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(line string) bool {
		return line == "" || line == "(" || slices.Contains(before, line)
	})
}

// tool runs the go command in a directory and returns what it prints. As in the buildpack it may change go.mod.
func tool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if dir != "." {
		cmd.Env = append(cmd.Env, "GOFLAGS=-mod=mod")
	}
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: go %s: %v: %s", filepath.Base(dir), strings.Join(args, " "), err, bytes.TrimSpace(problems.Bytes()))
	}

	return out.String()
}
