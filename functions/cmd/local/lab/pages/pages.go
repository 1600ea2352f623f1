// Package pages serves the pages under /lab, on which people play with the whole product in a browser: an order and all that can happen to it, the
// shoppers' phones, and what stands in the local cloud. Every change is a plain form, so that everything works without JavaScript.
//
// Nobody signs in: a local run is one's own. So that no page of somebody else's can use it either, a change that another origin asks for is refused, and so
// is a request to any other name than that of this machine.
package pages

import (
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
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

// Deps are what the pages work with.
type Deps struct {
	*lab.Lab

	// URL is the base of the product's routes, such as http://localhost:8080.
	URL string
	// Client makes the requests that the portal makes.
	Client *http.Client
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

	return &Pages{
		Deps:   d,
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
}

// Mount adds the pages to mux.
func (p *Pages) Mount(mux *http.ServeMux) {
	for _, one := range routes {
		mux.HandleFunc(one.method+" "+Path+one.path, p.serve(one))
	}

	mux.HandleFunc(p.own.Pattern(), p.serve(route{path: "/static", do: func(p *Pages, c *call) error { return p.own.Serve(c.w, c.r) }}))
	mux.HandleFunc(Path+"/", p.serve(route{path: "none", do: (*Pages).none}))
}
