package world

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/pages"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// OrderPath is the path of the portal's order, without the order's id.
const OrderPath = "/_ah" + deployedOrderPath

// deployedOrderPath is the same where it is deployed, since Cloud Run keeps paths below /_ah/ to itself.
const deployedOrderPath = "/api/esb/v2/order/"

// Environment returns the configuration of functions that work against the simulators of a world at url.
func Environment(url, project string) map[string]string {
	return map[string]string{
		"GOOGLE_CLOUD_PROJECT":   project,
		"PLATFORM_BASE_URL":      url + "/sim/platform",
		"PLATFORM_TOKEN":         "local-platform-token", // the simulated platform wants some token with actions, as the real one does
		"GUPSHUP_BASE_URL":       url + "/sim/gupshup",
		"KALEYRA_BASE_URL":       url + "/sim/kaleyra",
		"META_BASE_URL":          url + "/sim/meta",
		"BUSINESSONBOT_BASE_URL": url + "/sim/businessonbot",
		"PORTAL_ORIGINS":         "http://localhost:3000",
		"WORKSPACE_ORIGINS":      "http://localhost:3000",
		"WEBHOOK_URL":            url + "/webhook",
		"CONSOLE_URL":            url,
		"WORKSPACE_INSTALL_LINK": url + "/workspace/v1/accounts/{accountId}/apps",
		"CONSOLE_DOOR":           "local",
		"DEAD_LETTER_PATIENCE":   "200ms", // the local cloud brings at once what it has
		"SWEEP_FOR":              "0s",    // the local scheduler calls it more often than once a minute
	}
}

// routes builds every function as it is deployed and mounts it at its path, with the simulators and the lab beside them.
func (w *World) routes(ctx context.Context) (http.Handler, error) {
	f := boot.Function{
		Lookuper:      config.Map(w.Config),
		Clock:         w.Clock,
		Logger:        w.options.Logger,
		Lifecycle:     w.life,
		ClientOptions: w.clients,
	}

	mux := http.NewServeMux()
	for _, route := range []struct {
		function, path, strip string
		build                 boot.Builder
	}{
		{"subscribe", OrderPath, "", subscribe.New},
		{"webhook", "/webhook/", "/webhook", webhook.New},
		{"brandapi", "/brandapi/", "/brandapi", brandapi.New},
		{"workspace", "/workspace/", "/workspace", workspace.New},
		{"notify", "/push/notify", "", w.notify},
		{"receive", "/push/receive", "", receive.New},
		{"sweep", "/push/sweep", "", sweep.New},
		{"console", "/", "", w.console},
	} {
		h, err := route.build(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("function at %s: %w", route.path, err)
		}

		h = w.meter.Wrap(route.function, http.StripPrefix(route.strip, w.life.Wrap(h.ServeHTTP)))
		if strings.HasPrefix(route.path, "/push/") {
			h = w.holdPushes(h)
		}

		mux.Handle(route.path, h)

		if route.path == OrderPath {
			mux.Handle(deployedOrderPath, h)
		}
	}

	var err error
	if w.Parts, err = inspect.Open(ctx, f); err != nil {
		return nil, err
	}

	w.actor = w.newActor()

	for at, text := range map[string][]byte{
		"/openapi.yaml":           workspace.OpenAPI,
		"/subscribe/openapi.yaml": subscribe.OpenAPI,
		"/brandapi/openapi.yaml":  brandapi.OpenAPI,
	} {
		mux.Handle(at, w.description(text))
	}

	mux.Handle("/sim/", http.StripPrefix("/sim", w.Simulator.Handler()))
	if err = w.mountLab(f, mux); err != nil {
		return nil, err
	}

	return w.strict(mux), nil
}

// holdPushes has pushes wait until Options.Prepare has returned. A run that goes on with an old state is pushed what is left of it at once, while the
// simulators, which start without any state, know no key yet: they would refuse those of the apps, which would be held for it. Functions in processes of
// their own are pushed without it.
func (w *World) holdPushes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-w.prepared:
			next.ServeHTTP(rw, r)
		case <-w.ending.Done():
			http.Error(rw, "the world ends", http.StatusServiceUnavailable)
		}
	})
}

// mountLab adds what people play with: the routes under /local, and the pages under /lab.
func (w *World) mountLab(f boot.Function, mux *http.ServeMux) error {
	stage := &lab.Lab{
		Store:     w.Parts.Store,
		Simulator: w.Simulator,
		Cloud:     w.Cloud,
		Events:    w.Parts.Publisher(OrderEvents, queue.Options{}),
		Topics:    []string{"projects/" + Project + "/topics/" + OrderEvents, "projects/" + Project + "/topics/" + ProviderEvents},
		Providers: w.Parts.Providers,
		Keys:      w.Parts.Keys,
		Zone:      w.zone,
		Secret:    w.secret,
		Audience:  userAudience,
		Variables: w.Config,
		Forward:   w.Forward,
		Stories:   stories{w.actor},
		Ahead:     w.Ahead,
		UnderWay:  w.stillUnderWay,
		Workers:   w.killer(),
		Meter:     w.meter,
		State:     w.options.Path,
		Clock:     w.Clock,
		Logger:    w.options.Logger,
	}
	stage.Mount(mux)

	var err error
	if w.Lab, err = pages.New(pages.Deps{Lab: stage, Actor: w.actor, Ending: f.Ending()}); err != nil {
		return err
	}

	w.Lab.Mount(mux)

	return nil
}

// console builds the console, which tries replays of dead letters on a copy of what is stored.
func (w *World) console(ctx context.Context, f boot.Function) (http.Handler, error) {
	trier := scratch.Trier(func(ctx context.Context) (*scratch.Scratch, error) {
		return scratch.Open(ctx, scratch.Options{
			Project:     Project,
			Environment: f.Lookuper,
			Real:        f.ClientOptions,
			Secrets:     w.Parts.Secrets,
			Clock:       f.Clock,
		})
	})

	return console.NewLocal(ctx, f, console.Local{Trier: trier, Lab: pages.Path})
}

// description answers with the OpenAPI file of a function.
func (w *World) description(text []byte) http.Handler {
	o := httpx.Options{Logger: w.options.Logger, Route: "openapi", Clock: w.Clock}

	return httpx.Serve(o, func(rw http.ResponseWriter, r *http.Request) error {
		if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodHead); err != nil {
			return err
		}

		return httpx.WriteBytes(rw, http.StatusOK, "application/yaml", text)
	})
}

// open are the paths that systems and pages of others may call, under any name: each looks itself at who asks, and for whom. The pages below the lab's
// path ask for the same as everything else does, and answer with a page.
var open = []string{OrderPath, deployedOrderPath, "/webhook/", "/brandapi/", "/workspace/", pages.Path + "/"}

// guard returns an error for a request that a page of somebody else may have made, unless its path is open.
func guard(r *http.Request) error {
	for _, prefix := range open {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return nil
		}
	}

	return lab.Guard(r)
}

// strict returns mux with a 404 for every path that no route takes, and a 403 for what [guard] refuses. http.ServeMux would redirect a path with "//" or
// "..", or one that lacks its last slash: a provider does not follow that, and the Location would repeat a webhook's token.
func (w *World) strict(mux *http.ServeMux) http.Handler {
	none := httpx.Serve(httpx.Options{Logger: w.options.Logger, Route: "none", Clock: w.Clock}, func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "world.strict", "no such path")
	})
	refused := httpx.Serve(httpx.Options{Logger: w.options.Logger, Route: "refused", Clock: w.Clock}, func(_ http.ResponseWriter, r *http.Request) error {
		return guard(r)
	})

	for _, pattern := range []string{strings.TrimSuffix(OrderPath, "/"), "/webhook", "/brandapi", "/workspace", "/sim"} {
		mux.Handle(pattern, none)
	}

	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; !strings.HasPrefix(p, "/") || p != clean(p) {
			none(rw, r)
			return
		}
		if guard(r) != nil {
			refused(rw, r)
			return
		}

		mux.ServeHTTP(rw, r)
	})
}

// clean returns the path as http.ServeMux would have it: without ".", ".." and "//", with its last slash.
func clean(p string) string {
	c := path.Clean(p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
}
