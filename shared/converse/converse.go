// Package converse moves conversations with shoppers on: it asks the order platform for the order, submits to it what the shopper chose, and
// sends what the shopper is to be told. The rules are those of package conversation.
//
//	intake, or sweep's event ─▶ Advance ─▶ order ─▶ conversation.Step ─▶ told and stored ─▶ ndrResolution, answers
//
// Any number of workers may advance one conversation at a time, and each may stop at any point. Every write of the conversation is
// conditional on what was read. An action is submitted by the worker whose mark and lease it carries; after a worker that died, the order
// says whether the platform has it. An answer is a message of the send log, which one worker creates; one that ends in doubt is not sent
// again.
package converse

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Platform is the order platform's side of an action.
type Platform interface {
	Resolve(ctx context.Context, r platform.Resolution) error
}

// Keys are the product's own keys that conversations need.
type Keys struct {
	// Phone makes customers' ids.
	Phone phone.Keyer
	// Reference seals what providers echo, and what buttons send back.
	Reference message.Sealer
}

// Deps are what conversations are moved on with.
type Deps struct {
	Store     *store.Store
	Accounts  *settings.Accounts
	Apps      *settings.Apps
	Providers settings.Providers
	Orders    *orders.Reader
	Platform  Platform
	Outcomes  *outcome.Recorder
	// Messages publishes to customer-messages what a person has to go on with.
	Messages *queue.Publisher
	// Client calls providers.
	Client *http.Client
	Keys   *cache.Once[Keys]
	Clock  clock.Clock
	Logger *slog.Logger
}

// Conversations moves conversations on. It is safe for concurrent use.
type Conversations struct {
	Deps
	cfg Config
}

// New returns Conversations; it makes no call.
func New(cfg Config, deps Deps) *Conversations { return &Conversations{Deps: deps, cfg: cfg} }

// maxRounds bounds how often one call looks at a conversation. Each round ends with a write; what is left after the last is due.
const maxRounds = 12

// Advance does all that can be done now of a conversation. What is left is due later, and an error changes nothing of that. A conversation
// that does not exist needs nothing.
func (c *Conversations) Advance(ctx context.Context, id string) error {
	return c.advance(ctx, id, false)
}

// Resume does so for a conversation that sweep found due, and has put off meanwhile.
func (c *Conversations) Resume(ctx context.Context, id string) error { return c.advance(ctx, id, true) }

func (c *Conversations) advance(ctx context.Context, id string, due bool) error {
	for n := range maxRounds {
		now, err := c.Store.Conversation(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil || now.Due.IsZero() || !now.IsDue(c.Clock.Now()) && (n > 0 || !due) {
			return err
		}

		err = c.round(ctx, now)
		if err != nil && !lost(err) {
			return err
		}
	}

	return nil
}

// lost reports whether a write lost to another worker's.
func lost(err error) bool { return store.IsConflict(err) || errors.Is(err, store.ErrExists) }

// round makes one step of a conversation, and does what it calls for. What is told is written first: a worker that lost to another one has
// decided nothing.
func (c *Conversations) round(ctx context.Context, now conversation.Conversation) error {
	l, err := c.line(ctx, now)
	if err != nil {
		return err
	}

	facts, read, err := c.facts(ctx, now, l)
	if err != nil {
		return err
	}

	next, err := c.Store.SaveConversation(ctx, now.Step(facts))
	if err != nil {
		return err
	}

	for _, a := range next.Actions {
		if a.State != conversation.Submitting || a.Nonce != facts.Nonce {
			continue
		}

		if next, err = c.settle(ctx, next, facts, c.submit(ctx, next, a, read[a.OrderID])); err != nil {
			return err
		}
	}

	return c.deliver(ctx, next, l, facts)
}

// maxConflicts is how often a write that lost to another is made again.
const maxConflicts = 8

// settle writes what the platform made of an action, whatever was written meanwhile.
func (c *Conversations) settle(
	ctx context.Context, now conversation.Conversation, f conversation.Facts, r conversation.Result,
) (conversation.Conversation, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.Calls.Timeout)
	defer cancel()

	for range maxConflicts {
		f.Now = c.Clock.Now().In(f.Now.Location())

		next, err := c.Store.SaveConversation(ctx, now.Settle(r, f))
		if err == nil || !lost(err) {
			return next, err
		}

		if now, err = c.Store.Conversation(ctx, now.ID); err != nil {
			return now, err
		}
	}

	return now, fault.New(fault.Conflict, "converse.settle", "the conversation keeps changing")
}

// tell publishes how an action ended.
func (c *Conversations) tell(ctx context.Context, of conversation.Conversation, n conversation.Notice) error {
	root, err := c.Store.Message(ctx, n.Action.MessageID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}

	if n.Forward {
		if err = c.forward(ctx, of, n.Action); err != nil {
			return err
		}
	}

	c.log(ctx, of, n.Action)

	return c.Outcomes.PublishReply(ctx, outcome.ReplyTold{ID: n.ID, Root: root, Action: n.Action.Label(), At: n.Action.DoneAt})
}

// log writes how an action ended that the platform has taken, and how long that took, or gave no answer to for a day.
func (c *Conversations) log(ctx context.Context, of conversation.Conversation, a conversation.Action) {
	if a.State == conversation.Accepted {
		c.Logger.InfoContext(ctx, "a shopper's choice was submitted",
			"account_id", logging.Number(of.AccountID),
			"order_id", logging.Number(a.OrderID),
			"message_id", a.MessageID,
			"code", string(a.Code),
			"lag_ms", a.DoneAt.Sub(a.HeardAt).Milliseconds())
	}

	if a.State == conversation.Stuck {
		c.Logger.ErrorContext(ctx, "a shopper's choice could not be submitted for a day: the platform gave no answer",
			"account_id", logging.Number(of.AccountID),
			"order_id", logging.Number(a.OrderID),
			"message_id", a.MessageID,
			"code", string(a.Code))
	}
}

// at returns a time as the events of customer-messages have it.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }
