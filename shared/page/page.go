// Package page is what the pages are made with that people open in a browser: sets of templates, static files, the headers of an answer, forms,
// and regions that show the present state by themselves; and the words that people
// read there for what all sites show. What a site shows, and to whom, is the site's.
//
//	NewSet    parses a site's templates, with the parts that all sites share
//	Files     serves static files, those that all sites share and those of one site
//	Headers   lets a page load what is ours alone
//	Write     answers with a page
//	ReadForm  reads a form
//	Streams   sends a region whenever its state has changed
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
)

// shared are the parts of pages that all sites share.
//
//go:embed parts
var shared embed.FS

// Set is the templates of a site. It is safe for concurrent use.
type Set struct {
	pages map[string]*template.Template
	parts *template.Template
}

// NewSet parses the templates of a site: each of pages/*.html within the template "layout", which is among parts/*.html. All of them may use the
// parts that sites share, which are in this package's directory parts, and call its words and the functions given.
func NewSet(site fs.FS, funcs ...template.FuncMap) (*Set, error) {
	parts := template.New("parts").Funcs(words)
	for _, f := range funcs {
		parts.Funcs(f)
	}

	for _, from := range []fs.FS{shared, site} {
		if _, err := parts.ParseFS(from, "parts/*.html"); err != nil {
			return nil, err
		}
	}

	names, err := fs.Glob(site, "pages/*.html")
	if err != nil {
		return nil, err
	}

	s := &Set{pages: map[string]*template.Template{}, parts: parts}

	for _, name := range names {
		one, err := template.Must(parts.Clone()).ParseFS(site, name)
		if err != nil {
			return nil, err
		}

		s.pages[strings.TrimSuffix(path.Base(name), ".html")] = one
	}

	return s, nil
}

// Page writes a page, by the name of its file without ".html".
func (s *Set) Page(w io.Writer, name string, view any) error {
	one, known := s.pages[name]
	if !known {
		return fmt.Errorf("page: no page %q", name)
	}

	return one.ExecuteTemplate(w, "layout", view)
}

// Part writes a part of a page on its own.
func (s *Set) Part(w io.Writer, name string, data any) error {
	return s.parts.ExecuteTemplate(w, name, data)
}

// Render returns a part of a page on its own, as a [Region] shows it.
func (s *Set) Render(name string, data any) ([]byte, error) {
	var b bytes.Buffer

	err := s.Part(&b, name, data)

	return bytes.ReplaceAll(b.Bytes(), []byte("\r"), nil), err
}

// Problem is why a form was refused, for the part "problem", which heads the page.
type Problem struct {
	// Message says what is wrong, Field is the id of the control that it is about; empty if it is about none.
	Message, Field string
	// Heading says what was not done; empty for "That was not saved".
	Heading string
	// More are further things that are wrong, each with a message and a field of its own.
	More []Problem
}
