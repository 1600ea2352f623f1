// Package buildpack builds functions as a deployment does, for the tests and benchmarks of what is deployed: it has the command bundle pack
// them, and does with each zip what the functions buildpack for Go does.
package buildpack

import (
	"archive/zip"
	"bytes"
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

// bundle is the command that packs.
const bundle = "github.com/eshopbox/whatsapp-notifications/functions/cmd/bundle"

// Pack packs the functions of those names, or all, as terraform/deploy does, and writes NAME.zip of each to the directory.
func Pack(tb testing.TB, dir string, names ...string) {
	tb.Helper()
	tool(tb, ".", nil, append([]string{"run", bundle, "-out", dir}, names...)...)
}

// Build unpacks a zip beside it, builds what is in it, and returns the path of the program. The program listens on this machine only, at the
// port that PORT names, and serves the function that FUNCTION_TARGET names. The test fails if the build needs a module, or a version of one,
// that was not packed: what is deployed would not be what was tested.
func Build(tb testing.TB, path string) (program string) {
	tb.Helper()

	dir := strings.TrimSuffix(path, ".zip")
	unpack(tb, path, dir)

	packed := modules(tb, dir)
	program = BuildTree(tb, dir)

	for what, now := range modules(tb, dir) {
		if got := added(packed[what], now); len(got) > 0 {
			tb.Errorf("%s: tidied, %s has %d lines that were not packed, so it would be built of more than was tested: %q first",
				filepath.Base(dir), what, len(got), got[0])
		}
	}

	return program
}

// BuildTree builds a tree as it is uploaded, and returns the path of the program, as Build does. It does what the buildpack does: it writes a main
// that imports the package at the root, tidies the module, and builds. With -trimpath packages that several trees have are compiled once.
func BuildTree(tb testing.TB, dir string) (program string) {
	tb.Helper()

	changes := []string{"GOFLAGS=-mod=mod"} // as in the buildpack, go.mod may change
	module := strings.TrimSpace(tool(tb, dir, changes, "list", "-m"))
	app := filepath.Join(dir, "functions.local", "app")

	err := errors.Join(os.MkdirAll(app, 0o755), os.WriteFile(filepath.Join(app, "main.go"), fmt.Appendf(nil, generatedMain, module), 0o600))
	if err != nil {
		tb.Fatal(err)
	}

	program = filepath.Join(dir, "functions.local", "main")

	tool(tb, dir, changes, "mod", "tidy")
	tool(tb, dir, changes, "build", "-trimpath", "-buildvcs=false", "-o", program, "./functions.local/app")

	return program
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
func unpack(tb testing.TB, path, dir string) {
	tb.Helper()

	r, err := zip.OpenReader(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = r.Close() }()

	for _, file := range r.File {
		to := filepath.Join(dir, filepath.FromSlash(file.Name))

		in, err := file.Open()
		if err != nil {
			tb.Fatal(err)
		}

		text, err := io.ReadAll(in)
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, 0o600)); err != nil {
			tb.Fatal(err)
		}
	}
}

// modules returns the lines of go.mod and go.sum, but for the marks that say which module is needed by way of another only.
func modules(tb testing.TB, dir string) map[string][]string {
	tb.Helper()

	lines := map[string][]string{}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
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

// tool runs the go command in a directory, with what the environment has and more, and returns what it prints.
func tool(tb testing.TB, dir string, more []string, args ...string) string {
	tb.Helper()

	var out, problems bytes.Buffer

	cmd := exec.CommandContext(tb.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &out, &problems

	cmd.Env = append(append(os.Environ(), "GOWORK=off"), more...)

	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s: go %s: %v: %s", filepath.Base(dir), strings.Join(args, " "), err, bytes.TrimSpace(problems.Bytes()))
	}

	return out.String()
}
