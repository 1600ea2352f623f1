// Package sweep brings back what waits. It is called once a minute, may run twice at a time and stop at any point: each step
// is conditional on what it read, or can be repeated.
//
//	heartbeat ─▶ posted to webhook; the last one that came through says how far callbacks have been dealt with
//	parked statuses ─▶ joined to the message they are of, before any doubt ends
//	due messages ─▶ waiting, held ─▶ published again on order-events; dispatch decides afresh
//	                lease over ────▶ in doubt ─▶ sent once more, or given up, by the evidence
//	quiet hours that were changed ─▶ what waits for their end is published again, and decided on by the new ones
//	due conversations ─▶ published on provider-events; receive moves them on
//	unhealthy apps and templates ─▶ checked; what works again is released
//	news that nobody can prove ───▶ the provider is asked; what it refuses is held
//	all accounts, a few a call ────▶ healthy apps are checked once a day; people are told of silent ones, and of an assistant that answers;
//	                                what was sent and charged on days that are over is added up, and the roots of their consents published
//	credentials and webhooks that were replaced, or of apps that are gone ─▶ destroyed once nothing needs them
//	platform's apps with other templates ─▶ the events of accounts follow
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// Deps are what a Sweeper works with.
type Deps struct {
	Store     *store.Store
	Accounts  *settings.Accounts
	Apps      *settings.Apps
	Providers settings.Providers
	Outcomes  *outcome.Recorder
	Disposals *settings.Disposals
	// Workspace completes what changes of the platform's apps have begun.
	Workspace *settings.Workspace
	// Book closes the days of accounts.
	Book *usage.Book
	// Attestor publishes the daily roots of consents.
	Attestor *attest.Attestor
	// OrderEvents takes back the events of what waits.
	OrderEvents *queue.Publisher
	// Callbacks has receive move on the conversations that are due.
	Callbacks *queue.Publisher
	// Client posts heartbeats, which Sealer seals.
	Client *http.Client
	Sealer *cache.Once[message.Sealer]
	Clock  clock.Clock
	Logger *slog.Logger
}

// Sweeper sweeps. It is safe for concurrent use.
type Sweeper struct {
	cfg         Config
	store       *store.Store
	accounts    *settings.Accounts
	apps        *settings.Apps
	providers   settings.Providers
	outcomes    *outcome.Recorder
	disposals   *settings.Disposals
	workspace   *settings.Workspace
	book        *usage.Book
	attestor    *attest.Attestor
	rounds      *rounds
	behind      *accountSet
	orderEvents *queue.Publisher
	callbacks   *queue.Publisher
	client      *http.Client
	sealer      *cache.Once[message.Sealer]
	clock       clock.Clock
	logger      *slog.Logger
}

// New returns a Sweeper; it makes no call.
func New(cfg Config, deps Deps) *Sweeper {
	return &Sweeper{
		cfg:         cfg,
		store:       deps.Store,
		accounts:    deps.Accounts,
		apps:        deps.Apps,
		providers:   deps.Providers,
		outcomes:    deps.Outcomes,
		disposals:   deps.Disposals,
		workspace:   deps.Workspace,
		book:        deps.Book,
		attestor:    deps.Attestor,
		rounds:      &rounds{times: map[string]time.Time{}},
		behind:      &accountSet{ids: map[string]bool{}},
		orderEvents: deps.OrderEvents,
		callbacks:   deps.Callbacks,
		client:      deps.Client,
		sealer:      deps.Sealer,
		clock:       deps.Clock,
		logger:      deps.Logger,
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
	// Checked are healthy apps that their providers were asked about.
	Checked  int
	Disposed int
	// Followed are the platform's apps whose accounts were told of a change.
	Followed int
	// Conversations are those that receive was asked to move on.
	Conversations int
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
		slog.Int("recovered", c.Recovered),
		slog.Int("checked", c.Checked),
		slog.Int("disposed", c.Disposed),
		slog.Int("followed", c.Followed),
		slog.Int("conversations", c.Conversations))
}

// Sweep brings back all that waits and is due, and goes on to bring back what becomes due until its time is over. One item's
// failure does not keep the others waiting; all failures are reported.
func (s *Sweeper) Sweep(ctx context.Context) (Counts, error) {
	began := s.clock.Now()
	p := &pass{tried: map[string]bool{}}

	// The heartbeat is read before what it vouches for is looked at.
	beat, readErr := s.store.Heartbeat(ctx)
	beatErr := s.sendHeartbeat(ctx)

	complete, parkedErr := s.sweepParked(ctx, p)
	if complete && readErr == nil {
		p.beat = beat
	} // else evidence may lie among what is still parked, or on its way: no doubt ends before that was looked at

	messagesErr := s.sweepMessages(ctx, p)
	conversationsErr := s.sweepConversations(ctx, p)
	quietErr := s.sweepQuietChanges(ctx, p)

	// Health comes last: a provider may take long to answer, and nothing else must wait for that.
	recovered, healthErr := s.checkHealth(ctx)
	p.counts.Recovered = recovered

	disposed, disposalsErr := s.disposals.Dispose(ctx)
	p.counts.Disposed = disposed

	followed, followErr := s.workspace.FollowPlatformApps(ctx)
	p.counts.Followed = followed

	checked, walkErr := s.walk(ctx)
	p.counts.Checked = checked

	furtherErr := s.goOn(ctx, p, began.Add(s.cfg.For))

	return p.counts, errors.Join(readErr, beatErr, parkedErr, messagesErr, conversationsErr, quietErr, healthErr, disposalsErr, followErr, walkErr, furtherErr)
}

// The shortest and the longest pause between two looks at what is due.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
)

// goOn brings back the messages that become due until the end. A message may have been made due meanwhile, so it looks
// although nothing was; and soon after something was brought back, since what finds no place waits for its turn again.
func (s *Sweeper) goOn(ctx context.Context, p *pass, end time.Time) error {
	var problems []error
	for !s.clock.Now().Add(shortestPause).After(end) {
		next, err := s.store.NextDue(ctx)
		if err != nil {
			return errors.Join(append(problems, err)...)
		}

		now := s.clock.Now()
		pause := longestPause
		if !next.IsZero() {
			pause = min(max(next.Sub(now), shortestPause), longestPause)
		}
		if p.brought > 0 {
			pause = shortestPause
		}
		if now.Add(pause).After(end) {
			break
		}
		if err := clock.Wait(ctx, s.clock, pause); err != nil {
			return errors.Join(append(problems, err)...)
		}

		problems = append(problems, s.sweepMessages(ctx, p), s.sweepConversations(ctx, p))
	}

	return errors.Join(problems...)
}

// errNoHeartbeat says that webhook's public address did not take a heartbeat.
var errNoHeartbeat = errors.New("webhook did not take the heartbeat")

// sendHeartbeat posts a heartbeat to webhook's public address, which publishes it as it does callbacks. Once receive has stored
// it, callbacks come through, and every one from before it has been dealt with.
func (s *Sweeper) sendHeartbeat(ctx context.Context) error {
	sealer, err := s.sealer.Get(ctx)
	if err != nil {
		return err
	}

	address := strings.TrimSuffix(s.cfg.WebhookURL, "/") + provider.HeartbeatPath
	body := strings.NewReader(sealer.SealBeat(s.clock.Now().UnixMilli()))

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}

	resp, err := s.client.Do(req)
	if err != nil {
		return errors.Join(errNoHeartbeat, err)
	}

	_ = resp.Body.Close()

	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: status %d", errNoHeartbeat, resp.StatusCode)
	}

	return nil
}

const (
	// pageSize is how many items of a kind one query reads.
	pageSize = 500
	// atOnce is how many items are handled at the same time.
	atOnce = 16
	// maxSweepTime is how long a sweep goes on to read more of a kind; what is still due then is left to the next.
	maxSweepTime = 20 * time.Second
)

// sweepPages handles all that is due, page by page and several at a time. list returns the page after an item, or the first;
// complete is true if it got through without a failure. An item that fails, or cannot be read, does not keep the others waiting.
func sweepPages[T any](c clock.Clock, list func(last *T) ([]T, error), handle func(T) error) (complete bool, err error) {
	began := c.Now()
	page, err := list(nil)

	failures := []error{err}
	for len(page) > 0 {
		failures = append(failures, handleAll(page, handle))
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

// handleAll handles items, several at a time. One that another worker was faster with is no failure.
func handleAll[T any](items []T, handle func(T) error) error {
	var (
		mu       sync.Mutex
		failures []error
		running  errgroup.Group
	)

	running.SetLimit(atOnce)

	for _, item := range items {
		running.Go(func() error {
			err := handle(item)
			if err == nil || store.IsConflict(err) {
				return nil
			}

			mu.Lock()
			defer mu.Unlock()

			failures = append(failures, err)

			return nil
		})
	}

	_ = running.Wait() // no item ends the group: each failure is kept

	return errors.Join(failures...)
}
