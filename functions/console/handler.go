package console

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/actions"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// deps are what the handler works with.
type deps struct {
	// SessionKey seals sessions.
	SessionKey *cache.Once[config.Secret]
	// Staff finds out who of the staff makes a request; nil where the door is another.
	Staff     func(*http.Request) (access.Caller, error)
	Links     *signin.Links
	Workspace *settings.Workspace
	Teller    *story.Teller
	Book      *usage.Book
	Customers *customers.Customers
	Evidence  *evidence.Gatherer
	Attestor  *attest.Attestor
	// DeadLetters, GivenUp and Actions are what people mend by hand, Audit the notes of that.
	DeadLetters *deadletter.Desk
	GivenUp     *reopen.Desk
	Actions     *actions.Desk
	Audit       *audit.Book
	// Lab is the path of the lab's pages; empty where there are none.
	Lab string
	// Ending is closed when the process begins to end; nil if nobody tells.
	Ending <-chan struct{}
	Clock  clock.Clock
	Logger *slog.Logger
}

type handler struct {
	deps
	callers *throttle.Callers
	cfg     Config
	door    door
	pages   *page.Set
	files   *page.Files
	streams *page.Streams
	answers answers
}

// newHandler returns the handler that serves the routes, the static files and the pages of the door. A request is refused in this order: 403 for
// a change that a page of another origin asks for; the way in for a caller who is not let in; 404; 403 for what the caller may not do, before
// anything is read; and only then for what is wrong with the request.
func newHandler(cfg Config, all []route, d deps) (http.Handler, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}

	files, err := page.SharedFiles()
	if err != nil {
		return nil, err
	}

	h := &handler{
		deps:    d,
		cfg:     cfg,
		callers: throttle.NewCallers(cfg.Rate, cfg.Burst),
		door:    doorOf(cfg, d),
		pages:   pages,
		files:   files,
		streams: page.NewStreams(page.StreamConfig{
			Most:    max(cfg.Concurrency/2, 1),
			For:     cfg.Stream,
			Refresh: cfg.Refresh,
			Ending:  d.Ending,
			Logger:  d.Logger,
		}),
	}

	mux := http.NewServeMux()
	for _, one := range append(h.door.open(), all...) {
		mux.HandleFunc(one.method+" "+one.path, h.serve(one))
	}

	mux.HandleFunc(files.Pattern(), httpx.Serve(h.options("static"), files.Serve))
	mux.HandleFunc("/", h.serve(route{path: "none", need: open, do: (*handler).none}))

	return mux, nil
}

// options are those of a route's requests.
func (h *handler) options(route string) httpx.Options {
	return httpx.Options{
		Logger:  h.Logger,
		Route:   "console " + route,
		Timeout: h.cfg.Client.RequestTimeout,
		Clock:   h.Clock,
	}
}

// call is one request on its way.
type call struct {
	h *handler
	w http.ResponseWriter
	r *http.Request
	// caller may do nothing on a route of the door.
	caller access.Caller
	// sent are the fields of a form, once [call.form] has read it.
	sent url.Values
	// account is the one that the path names, read when it is first asked for.
	account *account.Account
}

// serve answers the requests of one route.
func (h *handler) serve(one route) http.HandlerFunc {
	origins := http.NewCrossOriginProtection()

	return httpx.Serve(h.options(one.path), func(w http.ResponseWriter, r *http.Request) error {
		page.Headers(w.Header(), h.cfg.Door.frames()...)

		c := &call{h: h, w: w, r: r}

		err := origins.Check(r)
		if err != nil {
			return c.fail(fault.New(fault.Forbidden, "console.serve", "this change was asked for by a page of somebody else; open the console and do it there"))
		}

		if one.need != open {
			if c.caller, err = h.door.whose(r); needsWayIn(r, err) {
				if err = h.door.refused(c, err); err == nil {
					return nil
				}
			}
		}

		if err == nil && one.need != open {
			err = c.admit()
		}
		if err == nil {
			err = one.admits(c.caller, r)
		}
		if err == nil {
			httpx.Handled(r.Context(), slog.String("role", string(c.caller.Role)))
			err = one.do(h, c)
		}
		if err != nil {
			return c.fail(err)
		}

		return nil
	})
}

// admit refuses a request of somebody who has made too many, and says when to try again.
func (c *call) admit() error {
	wait := c.h.callers.Take(c.caller.Subject, c.h.Clock.Now())
	if wait <= 0 {
		return nil
	}

	c.w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))

	return fault.New(fault.TooMany, "console.admit", "you asked for too many pages; wait a moment and load this one again")
}

// none answers for a path that there is not: as a page where the caller wants one, else as a problem.
func (h *handler) none(*call) error {
	return fault.New(fault.NotFound, "console.none", "there is no such path here")
}

// fail answers with the page of an error, where the caller wants a page, and returns the error for the log.
func (c *call) fail(cause error) error {
	if !httpx.Prefers(c.r, "text/html", "application/json") {
		return cause
	}

	kind := fault.KindOf(cause)

	view := pageView{Title: titleOf(kind), Bare: c.caller.Role == ""}
	shown := failure{Message: toldOf(cause), Status: kind.Status(), WayIn: c.h.door.wayIn(), Unsaved: c.r.Method == http.MethodPost}

	if kind.Status() >= http.StatusInternalServerError {
		shown.Message = "Something on our side did not work, and has been noted. Wait a moment, and try again."
		if c.r.Method == http.MethodGet {
			shown.Again = c.r.URL.RequestURI()
		} else {
			shown.Message += " Go back first: your browser keeps what you typed."
		}
	}

	var body bytes.Buffer
	if err := c.h.pages.Page(&body, "error", c.fill(view, shown)); err != nil {
		return errors.Join(cause, err)
	}

	c.w.Header().Set("Content-Type", page.HTML)
	c.w.WriteHeader(kind.Status())
	_, _ = c.w.Write(body.Bytes()) // a browser that went away is told nothing

	return cause
}

// failure is what the page of an error shows.
type failure struct {
	Message string
	Status  int
	// Again is the address to ask for once more; empty if that may not help.
	Again string
	// WayIn is where somebody whose session is over signs in again; empty where no page leads there.
	WayIn string
	// Unsaved says that a form was sent, of which nothing was kept.
	Unsaved bool
}

// titleOf is what the page of an error is headed with.
func titleOf(kind fault.Kind) string {
	switch kind {
	case fault.NotFound:
		return "There is nothing here"
	case fault.Forbidden:
		return "You may not do this"
	case fault.Unauthenticated:
		return "You are not signed in"
	case fault.Invalid:
		return "Something is not right with what was sent"
	case fault.TooMany:
		return "That was too often"
	case fault.Unavailable:
		return "That did not work just now"
	default:
		return "That did not work"
	}
}

// ctx is the request's context.
func (c *call) ctx() context.Context { return c.r.Context() }

// accountID is the account that the path names.
func (c *call) accountID() string { return c.r.PathValue("accountId") }

// form reads the fields of the request's form into sent, unless they have been read.
func (c *call) form() error {
	if c.sent != nil {
		return nil
	}

	sent, err := page.ReadForm(c.w, c.r)
	if err != nil {
		return err
	}

	c.sent = sent

	return nil
}

// redirect sends the browser to a path of the console, as after a change that was made.
func (c *call) redirect(path string) error {
	http.Redirect(c.w, c.r, path, http.StatusSeeOther)
	return nil
}

// done sends the browser to a page, which says what was done: one of [notices].
func (c *call) done(path, notice string) error { return c.redirect(path + "?done=" + notice) }
