package console

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

//go:embed web
var web embed.FS

// page is what every page has around its own content.
type page struct {
	// Title is the page's only h1, and part of the window's title.
	Title string
	// Tab is the part of the navigation that the page belongs to: the last segment of its path, such as "stories".
	Tab string
	// Lead is a sentence below the title; empty if the title says it all.
	Lead string
	// Problem heads the page after a form that was refused; nil without one.
	Problem *problem
	// Bare leaves the navigation out.
	Bare bool

	// The rest is filled in by [call.fill].

	// Account is empty on a page that is about no account.
	Account  accountName
	Person   string
	Role     string
	Operates bool
	Leave    string
	Notice   string
	Now      time.Time
	Zone     *time.Location
	Static   string
	Main     any
	// Once tells a form of this page from the same form of another: see [once].
	Once string
	May  map[string]bool
}

// accountName is an account as the navigation shows it.
type accountName struct{ ID, Name string }

// problem is why a form was refused.
type problem struct {
	// Message says what is wrong, Field is the id of the control that it is about; empty if it is about none.
	Message, Field string
	// Heading says what was not done; empty for "That was not saved".
	Heading string
	// More are further things that are wrong, each with a message and a field of its own.
	More []problem
}

// problemOf returns what a page says of an error, for the errors that a person can mend; nil for all others, which are not theirs.
func problemOf(err error) *problem {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Canceled:
		return nil
	default:
		field, msg := fault.Public(err)
		return &problem{Message: sentence(field, msg), Field: field}
	}
}

// show answers with a page.
func (c *call) show(name string, p page, main any) error {
	return c.showWith(http.StatusOK, name, p, main)
}

// showWith answers with a page and a status other than 200, such as that of a form that was refused.
func (c *call) showWith(status int, name string, p page, main any) error {
	if err := c.name(); err != nil {
		return err
	}

	return c.write(status, "text/html; charset=utf-8", func(w io.Writer) error { return c.h.pages.write(w, name, c.fill(p, main)) })
}

// fragment answers with a part of a page alone, one of web/parts.
func (c *call) fragment(name string, data any) error {
	return c.write(http.StatusOK, "text/html; charset=utf-8", func(w io.Writer) error { return c.h.pages.part(w, name, data) })
}

// write answers with what is written in one piece, so that an error leaves no half of it; compressed where the browser can read that.
func (c *call) write(status int, contentType string, do func(w io.Writer) error) error {
	var body bytes.Buffer
	if err := do(&body); err != nil {
		return err
	}

	c.w.Header().Set("Content-Type", contentType)

	return compressed(c.w, c.r, status, body.Bytes())
}

// compressed writes a body, compressed where the browser can read that.
func compressed(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	w.Header().Add("Vary", "Accept-Encoding")

	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := w.Write(body)

		return err
	}

	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)

	z := gzip.NewWriter(w)
	if _, err := z.Write(body); err != nil {
		return err
	}

	return z.Close()
}

// name reads the account that the path names, whose name and zone the page shows.
func (c *call) name() error {
	if c.account != nil || c.accountID() == "" {
		return nil
	}

	a, err := c.h.Workspace.Account(c.ctx(), c.caller, c.accountID())
	if err != nil {
		return err
	}

	c.account = &a

	return nil
}

// fill adds to a page what does not depend on what it is about.
func (c *call) fill(p page, main any) page {
	p.Person, p.Role = c.caller.Name, string(c.caller.Role)
	p.Operates = c.caller.May(access.Operate, "") == nil
	p.Notice = notices[c.r.URL.Query().Get("done")]
	p.Now, p.Zone = c.h.Clock.Now(), c.h.cfg.Zone.Location()
	p.Static = "/static/" + c.h.pages.version
	p.Main = main
	p.Once = rand.Text()
	p.May = map[string]bool{}

	if c.caller.Role != "" {
		p.Leave = c.h.door.leave()
	}

	if c.account != nil {
		p.Account = accountName{c.account.ID, c.account.Name}
		p.Zone = c.account.Zone()
	}

	for word, need := range map[string]access.Need{
		"write":  access.Write,
		"reveal": access.Reveal,
		"record": access.Record,
	} {
		p.May[word] = c.caller.May(need, p.Account.ID) == nil
	}

	return p
}

// pages are the parsed templates, and the static files.
type pages struct {
	all   map[string]*template.Template
	parts *template.Template
	files map[string][]byte
	// version changes with the static files, so that browsers may keep them for good.
	version string
}

// newPages parses the templates: each of web/pages within the layout, with all of web/parts.
func newPages() (*pages, error) {
	parts, err := template.New("parts").Funcs(helpers).Funcs(storyFuncs).ParseFS(web, "web/parts/*.html")
	if err != nil {
		return nil, err
	}

	found := &pages{all: map[string]*template.Template{}, parts: parts, files: map[string][]byte{}}

	names, err := fs.Glob(web, "web/pages/*.html")
	if err != nil {
		return nil, err
	}

	for _, name := range names {
		one, failed := template.Must(parts.Clone()).ParseFS(web, name)
		if failed != nil {
			return nil, failed
		}

		found.all[strings.TrimSuffix(path.Base(name), ".html")] = one
	}

	return found, found.load()
}

// load reads the static files.
func (p *pages) load() error {
	names, err := fs.Glob(web, "web/static/*")
	if err != nil {
		return err
	}

	hash := sha256.New()

	for _, name := range names {
		data, unread := web.ReadFile(name)
		if unread != nil {
			return unread
		}

		p.files[path.Base(name)] = data
		hash.Write(data)
	}

	p.version = hex.EncodeToString(hash.Sum(nil))[:12]

	return nil
}

// write writes a page.
func (p *pages) write(w io.Writer, name string, view page) error {
	one, known := p.all[name]
	if !known {
		return fmt.Errorf("console: no page %q", name)
	}

	return one.ExecuteTemplate(w, "layout", view)
}

// part writes a part of a page.
func (p *pages) part(w io.Writer, name string, data any) error {
	return p.parts.ExecuteTemplate(w, name, data)
}

// static answers with a static file. Browsers keep it for good: the path has the version of all of them.
func (h *handler) static(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")

	data, known := h.pages.files[name]
	if !known || r.PathValue("version") != h.pages.version {
		return fault.New(fault.NotFound, "console.static", "there is no such file")
	}

	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")

	return compressed(w, r, http.StatusOK, data)
}
