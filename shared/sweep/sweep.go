// Package sweep brings back what waits. It is called once a minute, may run twice at a time and stop at any point: each step
// is conditional on what it read, or can be repeated.
//
//	due messages ─▶ waiting, held ─▶ published again on order-events; dispatch decides afresh
//	                lease over ────▶ in doubt ─▶ sent once more, or given up, by the evidence
//	parked statuses ─▶ joined to the message they are of
//	unhealthy apps and templates ─▶ checked; what works again is released
package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what a Sweeper works with.
type Deps struct {
	Store     *store.Store
	Accounts  *settings.Accounts
	Apps      *settings.Apps
	Providers settings.Providers
	Outcomes  *outcome.Recorder
	// OrderEvents takes back the events of what waits; ProviderEvents takes the heartbeat.
	OrderEvents    *queue.Publisher
	ProviderEvents *queue.Publisher
	Clock          clock.Clock
}

// Sweeper sweeps. It is safe for concurrent use.
type Sweeper struct {
	cfg            Config
	store          *store.Store
	accounts       *settings.Accounts
	apps           *settings.Apps
	providers      settings.Providers
	outcomes       *outcome.Recorder
	orderEvents    *queue.Publisher
	providerEvents *queue.Publisher
	clock          clock.Clock
}

// New returns a Sweeper; it makes no call.
func New(cfg Config, deps Deps) *Sweeper {
	return &Sweeper{
		cfg:            cfg,
		store:          deps.Store,
		accounts:       deps.Accounts,
		apps:           deps.Apps,
		providers:      deps.Providers,
		outcomes:       deps.Outcomes,
		orderEvents:    deps.OrderEvents,
		providerEvents: deps.ProviderEvents,
		clock:          deps.Clock,
	}
}

// Counts are what a sweep did.
type Counts struct {
	Republished int
	Doubted     int
	Resent      int
	GivenUp     int
	Adopted     int
	Joined      int
	Postponed   int
	Recovered   int
}

// LogValue lists the counts.
func (c Counts) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("republished", c.Republished),
		slog.Int("doubted", c.Doubted),
		slog.Int("resent", c.Resent),
		slog.Int("given_up", c.GivenUp),
		slog.Int("adopted", c.Adopted),
		slog.Int("joined", c.Joined),
		slog.Int("postponed", c.Postponed),
		slog.Int("recovered", c.Recovered))
}

// Sweep brings back all that waits and is due. One item's failure does not keep the others waiting; all failures are
// reported.
func (s *Sweeper) Sweep(ctx context.Context) (Counts, error) {
	var counts Counts

	// The heartbeat is read before what it vouches for is looked at.
	beat, err := s.store.Heartbeat(ctx)
	if err != nil {
		return counts, err
	}

	beatErr := s.sendHeartbeat(ctx)

	complete, parkedErr := s.sweepParked(ctx, &counts)
	if !complete {
		beat = time.Time{} // evidence may lie among what is still parked: no doubt ends before that was looked at
	}

	messagesErr := s.sweepMessages(ctx, &counts, beat)

	// Health comes last: a provider may take long to answer, and nothing else must wait for that.
	recovered, healthErr := s.checkHealth(ctx)
	counts.Recovered = recovered

	return counts, errors.Join(beatErr, parkedErr, messagesErr, healthErr)
}

// sendHeartbeat publishes a heartbeat to provider-events. Once receive has stored it, every callback that was published
// before it has been dealt with as well.
func (s *Sweeper) sendHeartbeat(ctx context.Context) error {
	data, err := json.Marshal(provider.Event{Kind: provider.KindHeartbeat, At: s.clock.Now().UnixMilli()})
	if err != nil {
		return err
	}

	_, err = s.providerEvents.Publish(ctx, queue.Message{
		Data:       data,
		Attributes: map[string]string{provider.AttributeKind: string(provider.KindHeartbeat)},
	})

	return err
}

const (
	// pageSize is how many items of a kind one query reads.
	pageSize = 500
	// maxSweepTime is how long a sweep goes on to read more of a kind; what is still due then is left to the next.
	maxSweepTime = 20 * time.Second
)

// sweepPages handles all that is due, page by page. list returns the page after an item, or the first. complete is true if
// it got through without a failure. An item that fails, or cannot be read, does not keep the others waiting.
func sweepPages[T any](c clock.Clock, list func(last *T) ([]T, error), handle func(T) error) (complete bool, err error) {
	began := c.Now()
	page, err := list(nil)

	failures := []error{err}
	for len(page) > 0 {
		for _, item := range page {
			if failed := handle(item); failed != nil && !store.IsConflict(failed) {
				failures = append(failures, failed)
			}
		}

		if len(page) < pageSize && err == nil {
			break
		}
		if c.Now().Sub(began) > maxSweepTime {
			return false, errors.Join(failures...)
		}

		page, err = list(&page[len(page)-1])
		failures = append(failures, err)
	}

	err = errors.Join(failures...)

	return err == nil, err
}
