package pages

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// longest is how long a request may take: moving the clock ahead by a day lets a day's work be done.
const longest = 2 * time.Minute

// frame is what every page has around its own content.
type frame struct {
	// Title is the page's only h1, and part of the window's title.
	Title string
	// Tab is the part of the navigation that the page belongs to: the first segment of its path below /lab, "orders" of the stage.
	Tab string
	// Lead is a sentence below the title; empty if the title says it all.
	Lead string
	// Problem heads the page after a form that was refused; nil without one.
	Problem *page.Problem
	// Live says that the page has a live region with a bar.
	Live bool

	// The rest is filled in by [call.show].

	// Static is the path of the files that all sites share, Own that of the lab's.
	Static, Own string
	// Bar is that of a page that has no live region, which has one of its own.
	Bar  *bar
	Zone *time.Location
	Main any
}

// call is one request on its way.
type call struct {
	p *Pages
	w http.ResponseWriter
	r *http.Request
	// sent are the fields of a form, once [call.form] has read it.
	sent url.Values
	// phone is the number of the phone that the form is of, empty if it is of none, and chat that phone.
	phone string
	chat  chat
	// stage says that the form is of a stage, and with is the order whose phone is to be among those of the page of all phones; empty for any.
	stage bool
	with  string
}

// serve answers the requests of one route.
func (p *Pages) serve(one route) http.HandlerFunc {
	return httpx.Serve(httpx.Options{Logger: p.Logger, Route: Path + one.path, Timeout: longest, Clock: p.Clock}, func(w http.ResponseWriter, r *http.Request) error {
		page.Headers(w.Header())

		c := &call{p: p, w: w, r: r}

		err := lab.Guard(r)
		if err == nil {
			err = one.do(p, c)
		}
		if err != nil {
			return c.fail(err)
		}

		return nil
	})
}

// none answers for a path that there is not: one with a slash too many leads to the path without it.
func (p *Pages) none(c *call) error {
	if path, cut := strings.CutSuffix(c.r.URL.EscapedPath(), "/"); cut && c.r.Method == http.MethodGet && !strings.HasSuffix(path, "/") {
		return c.redirect(path)
	}

	return fault.New(fault.NotFound, "pages.none", "there is no such path here")
}

// ctx is the request's context.
func (c *call) ctx() context.Context { return c.r.Context() }

// show answers with a page.
func (c *call) show(name string, f frame, main any) error {
	return c.showWith(http.StatusOK, name, f, main)
}

// showWith answers with a page and a status other than 200, such as that of a form that was refused.
func (c *call) showWith(status int, name string, f frame, main any) error {
	f.Static, f.Own = c.p.shared.Path(), c.p.own.Path()
	f.Zone, f.Main = config.IST, main

	if !f.Live {
		b := c.p.barOf(Path)
		f.Bar = &b
	}

	return page.Write(c.w, c.r, status, page.HTML, func(w io.Writer) error { return c.p.set.Page(w, name, f) })
}

// fail answers with the page of an error, where the caller wants a page, and returns the error for the log.
func (c *call) fail(cause error) error {
	if !httpx.Prefers(c.r, "text/html", "application/json") {
		return cause
	}

	kind := fault.KindOf(cause)
	field, msg := fault.Public(cause)

	title := "That did not work"
	if kind == fault.NotFound {
		title = "There is nothing here"
	}

	if err := c.showWith(kind.Status(), "error", frame{Title: title}, page.Sentence(fieldWords[field], msg)); err != nil {
		return err
	}

	return cause
}

// form reads the fields of the request's form into sent.
func (c *call) form() (err error) {
	c.sent, err = page.ReadForm(c.w, c.r)
	return err
}

// redirect sends the browser to a path, as after a change that was made.
func (c *call) redirect(path string) error {
	http.Redirect(c.w, c.r, path, http.StatusSeeOther)
	return nil
}
