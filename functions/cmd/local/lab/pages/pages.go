// Package pages serves the pages under /lab, on which people play with the whole product in a browser: an order and all that can happen to it, the
// shoppers' phones, and what stands in the local cloud. Every change is a plain form, so that everything works without JavaScript.
//
// Nobody signs in: a local run is one's own. So that no page of somebody else's can use it either, a change that another origin asks for is refused, and so
// is a request to any other name than that of this machine.
package pages

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/cloudview"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// Path is where the pages are.
const Path = "/lab"

//go:embed web
var web embed.FS

//go:embed static
var static embed.FS

// How pages are kept up to date. A page looks by itself every second: much of what it shows comes of time alone.
const (
	mostStreams   = 32
	streamFor     = 5 * time.Minute
	streamRefresh = time.Second
)

// patience is for how long the pages wait for what they read of an account.
const patience = 5 * time.Second

// everybody may see all accounts: a local run is one's own.
var everybody = access.Caller{Subject: "lab", Name: "The lab", Role: access.Platform, All: true}

// Deps are what the pages work with.
type Deps struct {
	*lab.Lab

	// Actor does what is asked for on the pages.
	Actor *scenario.Actor
	// Ending is closed when the process begins to end; nil if nobody tells.
	Ending <-chan struct{}
}

// Pages are the pages. They are safe for concurrent use.
type Pages struct {
	Deps
	set     *page.Set
	shared  *page.Files
	own     *page.Files
	streams *page.Streams
	teller  *story.Teller
	diary   diary
	guide   guide
	opening opening
	// view looks at the local cloud; nil for a run on emulators.
	view *cloudview.View
}

// New parses the pages.
func New(d Deps) (*Pages, error) {
	site, err := fs.Sub(web, "web")
	if err != nil {
		return nil, err
	}

	set, err := page.NewSet(site, words)
	if err != nil {
		return nil, err
	}

	shared, err := page.SharedFiles()
	if err != nil {
		return nil, err
	}

	own, err := page.NewFiles(Path+"/static", static, "static")
	if err != nil {
		return nil, err
	}

	var view *cloudview.View
	if d.Cloud != nil {
		view = cloudview.New(d.Cloud)
	}

	return &Pages{
		Deps:   d,
		view:   view,
		set:    set,
		shared: shared,
		own:    own,
		streams: page.NewStreams(page.StreamConfig{
			Most:    mostStreams,
			For:     streamFor,
			Refresh: streamRefresh,
			Ending:  d.Ending,
			Logger:  d.Logger,
		}),
		teller: story.New(story.Deps{
			Store:    d.Store,
			Accounts: settings.NewAccounts(d.Store, settings.Options{Clock: d.Clock, Timeout: patience}),
			Keyer: cache.NewOnce(func(ctx context.Context) (phone.Keyer, error) {
				keys, err := d.Keys(ctx)
				return keys.Phone, err
			}),
			Clock:     d.Clock,
			Zone:      d.Zone,
			Providers: d.Providers,
		}),
	}, nil
}

// route is one thing that a request may ask for. Its path is below [Path].
type route struct {
	method, path string
	do           func(*Pages, *call) error
}

// routes are all of them, page by page.
var routes = []route{
	{http.MethodGet, "", (*Pages).first},
	{http.MethodGet, "/orders/{orderId}", (*Pages).stage},
	{http.MethodGet, "/orders/{orderId}/stream", (*Pages).stageStream},
	{http.MethodPost, "/orders/{orderId}/do", (*Pages).stageDo},
	{http.MethodGet, "/orders/{orderId}/story.json", (*Pages).saved},
	{http.MethodGet, "/scenarios", (*Pages).scenarios},
	{http.MethodGet, "/phones", (*Pages).phones},
	{http.MethodGet, "/phones/stream", (*Pages).phonesStream},
	{http.MethodPost, "/phones/do", (*Pages).phonesDo},
	{http.MethodPost, "/mend", (*Pages).mend},
	{http.MethodPost, "/guide", (*Pages).putGuide},

	{http.MethodGet, "/cloud", (*Pages).cloud},
	{http.MethodGet, "/cloud/documents", (*Pages).documents},
	{http.MethodGet, "/cloud/document", (*Pages).document},
	{http.MethodPost, "/cloud/document", (*Pages).showDocument},
	{http.MethodGet, "/cloud/topics/{topic}", (*Pages).topic},
	{http.MethodPost, "/cloud/topics/{topic}", (*Pages).showMessage},
	{http.MethodPost, "/cloud/secret", (*Pages).showSecret},
}

// Mount adds the pages to mux. A path that there is answers another method with the methods that it has, and one that forms alone are sent to leads back to a page
// when it is looked at, as when the page of a refused form is loaded again.
func (p *Pages) Mount(mux *http.ServeMux) {
	methods := map[string][]string{}

	for _, one := range routes {
		mux.HandleFunc(one.method+" "+Path+one.path, p.serve(one))
		methods[one.path] = append(methods[one.path], one.method)
	}

	for at, can := range methods {
		mux.HandleFunc(Path+at, p.serve(route{path: at, do: func(p *Pages, c *call) error { return p.other(c, can) }}))
	}

	mux.HandleFunc(p.own.Pattern(), p.serve(route{path: "/static", do: func(p *Pages, c *call) error { return p.own.Serve(c.w, c.r) }}))
	mux.HandleFunc(Path+"/", p.serve(route{path: "none", do: (*Pages).none}))
}

// other answers a method that a path has not.
func (*Pages) other(c *call, can []string) error {
	if c.r.Method == http.MethodGet && slices.Equal(can, []string{http.MethodPost}) {
		return c.redirect(path.Dir(c.r.URL.EscapedPath()))
	}

	return httpx.RequireMethod(c.w, c.r, can...)
}
