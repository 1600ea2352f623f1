// Package lab serves the routes under /local, by which people and checks play the outside world of a local run: they publish
// platform events, read simulated phones and write on them, inject faults, and look at the send log. It also plays the order
// platform's side of the topic order-actions. None of it is deployed.
package lab

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// maxBody is the most bytes of a request's body, platform events excepted.
	maxBody = 1 << 20

	// maxQuery is the most bytes of one value in a request's query.
	maxQuery = 128
)

// Lab is what the routes work on.
type Lab struct {
	Store     *store.Store
	Simulator *simulator.Simulator
	Cloud     *cloud.Cloud
	// Events publishes to order-events.
	Events *queue.Publisher
	// Topics are the full names of the topics whose dead letters are kept.
	Topics []string
	// Providers are the providers of the installed apps.
	Providers *catalog.Catalog
	// Keys are the product's own, and Zone that of the platform's times: by both an event's message is found.
	Keys func(context.Context) (dispatch.Keys, error)
	Zone *time.Location
	// Secret returns the value of the secret of a name, and makes one with a random value if there is none.
	Secret func(ctx context.Context, name string) (string, error)
	// Audience is what the tokens of people are for.
	Audience string
	// Variables are those that the functions are configured with.
	Variables map[string]string
	// Forward lets time pass in the run, and Ahead is how far that is ahead of the machine's clock.
	Forward func(ctx context.Context, d time.Duration) error
	Ahead   func() time.Duration
	// UnderWay reports whether the newest move of the clock went on before all was done that it caused.
	UnderWay func() bool
	// Workers has workers of notify die; nil where they cannot.
	Workers scenario.Killer
	// Meter knows what the functions have done at Firestore.
	Meter *meter.Meter
	// Stories does the steps of stories, and saves them.
	Stories Stories
	// State is the directory of the local cloud's state; empty if it is in memory.
	State  string
	Clock  clock.Clock
	Logger *slog.Logger

	// installing is held while /local/apps makes tokens and keys, so that an app gets one of each.
	installing sync.Mutex
}

// Mount adds the routes to mux, and has what shoppers want done after a failed delivery become events of the order platform.
func (l *Lab) Mount(mux *http.ServeMux) {
	l.Simulator.Platform().OnResolution(l.publishResolution)

	for pattern, h := range map[string]httpx.Handler{
		"/local/events":                l.postEvent,
		"/local/inbox/{phone}":         l.getInbox,
		"/local/inbox/{phone}/reply":   l.postReply,
		"/local/phones/{phone}":        l.phone,
		"/local/phones/{phone}/thread": l.getThread,
		"/local/send-log":              l.getSendLog,
		"/local/send-log/{id}/reopen":  l.reopen,
		"/local/order":                 l.getOrder,
		"/local/apps":                  l.getApps,
		"/local/faults":                l.faults,
		"/local/clock":                 l.clock,
		"/local/cost":                  l.getCost,
		"/local/story":                 l.story,
		"/local/waits":                 l.getWaits,
		"/local/requests":              l.getRequests,
		"/local/bot":                   l.getBot,
		"/local/templates":             l.postTemplate,
		"/local/token":                 l.postToken,
		"/push/platform":               l.pushAction,
		"/local/environment":           l.getEnvironment,
		"/local/dead-letters":          l.getDeadLetters,
		"/local/dead-letters/replay":   l.replayDeadLetters,
	} {
		mux.Handle(pattern, httpx.Serve(httpx.Options{Logger: l.Logger, Route: pattern, Clock: l.Clock}, h))
	}
}
