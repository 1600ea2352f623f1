// Package intake takes what providers call back with: delivery reports, prices, replies, preferences, and news of
// templates and accounts. Every callback may come twice, late, out of order, or before the send it tells of was recorded.
//
//	status, price ─▶ the message by our reference or the provider's id ─▶ outcome.Recorder
//	                 an unknown id: delivered again, then parked for an unsettled message of that shopper, else foreign
//	reply ─────────▶ stored, with what it means for the shopper's consent and conversation, in one write; then converse moves on
//	preference ────▶ consent
//	call ──────────▶ the service window
//	new number ────▶ what the shopper refused under the old one
//	new shape ─────▶ canary.Book
//	news ──────────▶ health of the app or the template; of a provider whose callbacks nobody signs, sweep asks it first
package intake

import (
	"context"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Callback is one event of a provider, as it comes from provider-events.
type Callback struct {
	provider.Origin
	Event       provider.Event
	PublishedAt time.Time
}

// Keys are the product's own keys, as dispatch has them.
type Keys struct {
	// Phone makes customers' ids.
	Phone phone.Keyer
	// Reference opens what providers echo.
	Reference message.Sealer
}

// Deps are what an Intake works with.
type Deps struct {
	Store    *store.Store
	Accounts *settings.Accounts
	Apps     *settings.Apps
	// Providers say by which ids replies name messages.
	Providers settings.Providers
	Keys      *cache.Once[Keys]
	Outcomes  *outcome.Recorder
	// Conversations moves on what shoppers answer.
	Conversations *converse.Conversations
	Clock         clock.Clock
	Logger        *slog.Logger
}

// Intake takes callbacks. It is safe for concurrent use.
type Intake struct {
	cfg       Config
	store     *store.Store
	accounts  *settings.Accounts
	apps      *settings.Apps
	providers settings.Providers
	keys      *cache.Once[Keys]
	outcomes  *outcome.Recorder

	conversations *converse.Conversations

	recent *recent

	clock  clock.Clock
	logger *slog.Logger
}

// New returns an Intake; it makes no call.
func New(cfg Config, deps Deps) *Intake {
	return &Intake{
		cfg:       cfg,
		store:     deps.Store,
		accounts:  deps.Accounts,
		apps:      deps.Apps,
		providers: deps.Providers,
		keys:      deps.Keys,
		outcomes:  deps.Outcomes,

		conversations: deps.Conversations,

		recent: newRecent(),

		clock:  deps.Clock,
		logger: deps.Logger,
	}
}

// maxConflicts is how often a write that lost to another is made again.
const maxConflicts = 8

// Receive takes one callback. A nil error means that Pub/Sub may forget it; after any error it is delivered again.
func (i *Intake) Receive(ctx context.Context, c Callback) (outcome.Report, error) {
	c.Event.At = c.time()

	report, err := i.take(ctx, c)
	if err != nil {
		return report, err
	}

	return report, i.noteAgent(ctx, c)
}

func (i *Intake) take(ctx context.Context, c Callback) (outcome.Report, error) {
	switch c.Event.Kind {
	case provider.KindHeartbeat:
		return i.receiveHeartbeat(ctx, c)
	case provider.KindStatus, provider.KindBilling:
		return i.receiveStatus(ctx, c)
	case provider.KindReply:
		return i.receiveReply(ctx, c)
	case provider.KindPreference, provider.KindUser:
		return i.receivePreference(ctx, c)
	case provider.KindTemplate:
		return i.receiveTemplate(ctx, c)
	case provider.KindAccount:
		return i.receiveAccount(ctx, c)
	case provider.KindCall:
		return i.receiveCall(ctx, c)
	case provider.KindIdentity:
		return i.receiveIdentity(ctx, c)
	case provider.KindShape:
		return c.report(outcome.Applied), canary.Book{Store: i.store, Logger: i.logger}.Keep(ctx, *c.Event.Shape)
	case provider.KindConversation:
		return c.report(outcome.Applied), i.conversations.Resume(ctx, c.Event.Conversation)
	default:
		i.warnOfField(ctx, c)
		return c.report(outcome.Ignored), nil
	}
}

// receiveHeartbeat writes what this instance has learned of apps, and then that callbacks from before the heartbeat were dealt
// with.
func (i *Intake) receiveHeartbeat(ctx context.Context, c Callback) (outcome.Report, error) {
	if err := i.outcomes.FlushAppTimes(ctx); err != nil {
		return outcome.Report{}, err
	}

	return outcome.Report{Result: outcome.Heartbeat}, i.store.PutHeartbeat(ctx, time.UnixMilli(c.Event.At))
}

// time returns the provider's time of the event in epoch milliseconds, or ours if it named none.
func (c Callback) time() int64 {
	switch {
	case c.Event.At != 0:
		return c.Event.At
	case c.Event.ReceivedAt != 0:
		return c.Event.ReceivedAt
	default:
		return c.PublishedAt.UnixMilli()
	}
}

// happenedAt returns when the event happened, once [Intake.Receive] has settled it.
func (c Callback) happenedAt() time.Time { return time.UnixMilli(c.Event.At) }

func (c Callback) report(result outcome.Result) outcome.Report {
	return outcome.Report{
		Result:    result,
		AppID:     c.AppID,
		Provider:  c.Provider,
		AccountID: c.AccountID,
	}
}
