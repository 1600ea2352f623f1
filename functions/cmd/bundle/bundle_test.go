package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T) *Tree {
	t.Helper()
	tree, err := Open(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}

	return tree
}

// contents are the files of a zip by their names.
func contents(t *testing.T, data []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}

	return all
}

// TestPack holds each zip to the rules of the functions buildpack, which [obeys] knows, and to those of our own: nothing of another function,
// no tests and nothing of the local run; and packed again it is the same.
func TestPack(t *testing.T) {
	t.Parallel()
	tree := open(t)
	if len(tree.Functions) < 7 {
		t.Fatalf("found %v", tree.Functions)
	}
	for _, name := range tree.Functions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := tree.Pack(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			again, err := tree.Pack(t.Context(), name)
			if err != nil || !bytes.Equal(data, again) {
				t.Errorf("packed again it is another zip: %v", err)
			}

			files := contents(t, data)
			if err := obeys(files); err != nil {
				t.Error(err)
			}
			for file := range files {
				other := strings.HasPrefix(file, "functions/") && !strings.HasPrefix(file, "functions/"+name+"/")
				atRoot := !strings.Contains(file, "/") && file != "function.go" && file != "go.mod" && file != "go.sum"
				if other || atRoot || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "testdata") || strings.Contains(file, "/local/") || strings.Contains(file, "testkit") {
					t.Errorf("it has %s", file)
				}
			}
		})
	}
}

// TestPackChangesWithTheFunctionAlone changes the tree: a change of one function changes its zip and no other.
func TestPackChangesWithTheFunctionAlone(t *testing.T) {
	t.Parallel()
	tree := open(t)
	for name, changed := range map[string]bool{"webhook": true, "sweep": false} {
		before, err := tree.files(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(before, "functions/webhook/handler.go") != changed {
			t.Errorf("%s: a change of webhook's handler changes its zip: %t, want %t", name, !changed, changed)
		}
	}
}

// TestDescribed holds that terraform/functions.json is what the code says, and has exactly the functions that there are, by the names
// that they register.
func TestDescribed(t *testing.T) {
	t.Parallel()
	tree := open(t)
	want, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(tree.Root, "terraform", "functions.json"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("terraform/functions.json is not what the functions read (%v): run make describe", err)
	}
	for _, name := range tree.Functions {
		text, err := os.ReadFile(filepath.Join(tree.Root, "functions", name, "function.go"))
		if err != nil {
			t.Fatal(err)
		}
		registered := regexp.MustCompile(`functions\.HTTP\("(\w+)"`).FindStringSubmatch(string(text))
		if len(registered) != 2 || functions[name].entryPoint != registered[1] {
			t.Errorf("%s registers %q and is described as %q", name, registered, functions[name].entryPoint)
		}
	}
	if len(functions) != len(tree.Functions) {
		t.Errorf("%d functions are described, and there are %v", len(functions), tree.Functions)
	}
}

// TestRun writes the zips that are asked for, and names what is none.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out strings.Builder
	if err := run(t.Context(), []string{"-out", dir, "sweep"}, &out); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sweep.zip"))
	if err != nil || len(contents(t, data)) < 50 || !strings.Contains(out.String(), "sweep.zip") {
		t.Errorf("got %q, %v", out.String(), err)
	}
	if err := run(t.Context(), []string{"-out", dir, "sweeper"}, io.Discard); err == nil || !strings.Contains(err.Error(), "brandapi, console, notify") {
		t.Errorf("got %v", err)
	}
	if err := run(context.Background(), []string{"-x"}, io.Discard); err == nil {
		t.Error("an unknown flag is taken")
	}
	out.Reset()
	if err := run(t.Context(), []string{"-describe"}, &out); err != nil || !strings.Contains(out.String(), `"entryPoint": "Sweep"`) {
		t.Errorf("got %v", err)
	}
}
