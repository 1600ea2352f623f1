package console

import (
	"crypto/rand"
	"embed"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

//go:embed web
var web embed.FS

// pageView is what every page has around its own content.
type pageView struct {
	// Title is the page's only h1, and part of the window's title.
	Title string
	// Tab is the part of the navigation that the page belongs to: the last segment of its path, such as "stories".
	Tab string
	// Lead is a sentence below the title; empty if the title says it all.
	Lead string
	// Problem heads the page after a form that was refused; nil without one.
	Problem *page.Problem
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
	Lab      string
	Main     any
	// Once tells a form of this page from the same form of another: see [once].
	Once string
	May  map[string]bool
}

// accountName is an account as the navigation shows it.
type accountName struct{ ID, Name string }

// problemOf returns what a page says of an error, for the errors that a person can mend; nil for all others, which are not theirs.
func problemOf(err error) *page.Problem {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Canceled:
		return nil
	default:
		field, msg := fault.Public(err)
		return &page.Problem{Message: sentence(field, msg), Field: field}
	}
}

// show answers with a page.
func (c *call) show(name string, p pageView, main any) error {
	return c.showWith(http.StatusOK, name, p, main)
}

// showWith answers with a page and a status other than 200, such as that of a form that was refused.
func (c *call) showWith(status int, name string, p pageView, main any) error {
	if err := c.name(); err != nil {
		return err
	}

	return c.write(status, page.HTML, func(w io.Writer) error { return c.h.pages.Page(w, name, c.fill(p, main)) })
}

// fragment answers with a part of a page alone, one of web/parts.
func (c *call) fragment(name string, data any) error {
	return c.write(http.StatusOK, page.HTML, func(w io.Writer) error { return c.h.pages.Part(w, name, data) })
}

// write answers with what is written in one piece.
func (c *call) write(status int, contentType string, do func(w io.Writer) error) error {
	return page.Write(c.w, c.r, status, contentType, do)
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
func (c *call) fill(p pageView, main any) pageView {
	p.Person, p.Role = c.caller.Name, string(c.caller.Role)
	p.Operates = c.caller.May(access.Operate, "") == nil
	p.Notice = notices[c.r.URL.Query().Get("done")]
	p.Now, p.Zone = c.h.Clock.Now(), c.h.cfg.Zone.Location()
	p.Static = c.h.files.Path()
	p.Lab = c.h.Lab
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

// newPages parses the templates.
func newPages() (*page.Set, error) {
	site, err := fs.Sub(web, "web")
	if err != nil {
		return nil, err
	}

	return page.NewSet(site, helpers, storyFuncs)
}
