package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is a checkout of the module.
type Tree struct {
	// Root is its directory, Module its path.
	Root, Module string
	// Functions are the names of its functions, sorted: the packages directly below functions/.
	Functions []string
}

// framework is what the root package must import itself: without it the buildpack takes the package for one of the old form.
const framework = "github.com/GoogleCloudPlatform/functions-framework-go/functions"

// Open finds the functions of the module whose directory, or a directory in it, is given.
func Open(ctx context.Context, dir string) (*Tree, error) {
	text, err := goTool(ctx, dir, "list", "-m", "-json")
	if err != nil {
		return nil, err
	}

	var module struct {
		Path string `json:"Path"`
		Dir  string `json:"Dir"`
	}
	if err = json.Unmarshal(text, &module); err != nil {
		return nil, err
	}

	t := &Tree{Root: module.Dir, Module: module.Path}

	found, err := filepath.Glob(filepath.Join(t.Root, "functions", "*", "function.go"))
	for _, file := range found {
		t.Functions = append(t.Functions, filepath.Base(filepath.Dir(file)))
	}

	return t, err
}

// Pack returns the zip of a function.
func (t *Tree) Pack(ctx context.Context, name string) ([]byte, error) {
	files, err := t.files(ctx, name)
	if err != nil {
		return nil, err
	}

	var buf bytes.Buffer

	w := zip.NewWriter(&buf)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })

	add := func(name string, data []byte) error {
		entry, failed := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate}) // without a time
		if failed == nil {
			_, failed = entry.Write(data)
		}

		return failed
	}

	if err = add("function.go", t.root(name)); err != nil {
		return nil, err
	}

	for _, file := range files {
		data, unread := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(file)))
		if unread != nil {
			return nil, unread
		}

		if err = add(file, data); err != nil {
			return nil, err
		}
	}

	if err = w.Close(); err != nil {
		return nil, err
	}

	return buf.Bytes(), nil
}

// root returns the package at the root of a function's zip.
func (t *Tree) root(name string) []byte {
	return fmt.Appendf(nil, "// Package function is what is deployed of %s/functions/%s.\npackage function\n\nimport (\n\t_ %q\n\n\t_ %q\n)\n",
		t.Module, name, framework, t.Module+"/functions/"+name)
}

// files lists the files of a function's zip, by their paths in the module: those of the packages that it imports, and go.mod and go.sum.
func (t *Tree) files(ctx context.Context, name string) ([]string, error) {
	text, err := goTool(ctx, t.Root, "list", "-deps", "-json=Dir,Module,GoFiles,EmbedFiles,CgoFiles,SFiles", "./functions/"+name)
	if err != nil {
		return nil, err
	}

	files := []string{"go.mod", "go.sum"}

	for packages := json.NewDecoder(bytes.NewReader(text)); ; {
		var p struct {
			Dir    string `json:"Dir"`
			Module *struct {
				Main bool `json:"Main"`
			} `json:"Module"`
			GoFiles    []string `json:"GoFiles"`
			EmbedFiles []string `json:"EmbedFiles"`
			CgoFiles   []string `json:"CgoFiles"`
			SFiles     []string `json:"SFiles"`
		}

		err := packages.Decode(&p)
		if errors.Is(err, io.EOF) {
			slices.Sort(files)
			return slices.Compact(files), nil
		}
		if err != nil {
			return nil, err
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}

		dir, err := filepath.Rel(t.Root, p.Dir)
		if err != nil {
			return nil, err
		}

		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles, p.CgoFiles, p.SFiles) {
			files = append(files, filepath.ToSlash(filepath.Join(dir, file)))
		}
	}
}

// target is the machine that functions run on, so that files for another one are left out.
var target = []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}

// goTool runs the go command in a directory and returns what it prints.
func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var out, problems bytes.Buffer

	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &out, &problems

	cmd.Env = append(os.Environ(), target...)

	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problems.String()))
	}

	return out.Bytes(), nil
}
