// Package outcome writes down how an attempt to send ended and does what that calls for: the state of the message, the
// health of the app or template, the shopper's consent ledger, and the event that tells the order platform.
//
//	dispatch  an answer to a post   ┐
//	intake    a delivery report     ├─▶ Recorder ─▶ message and customer (one write) ─▶ app health ─▶ customer-notifications, message-outcomes
//	sweep     a parked report       ┘
//
// Every write either commutes with all others (ranks, times, ids) or is conditional on the update time that was read.
// Every event that is published carries an id made of message, attempt and state, or of message and outcome, so a repetition can be told.
package outcome

import (
	"context"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what a Recorder works with.
type Deps struct {
	Store *store.Store
	Apps  *settings.Apps
	// Notifications publishes to customer-notifications, Endings to message-outcomes.
	Notifications *queue.Publisher
	Endings       *queue.Publisher
	Clock         clock.Clock
	Logger        *slog.Logger
}

// Recorder records outcomes. It is safe for concurrent use.
type Recorder struct {
	store         *store.Store
	apps          *settings.Apps
	notifications *queue.Publisher
	endings       *queue.Publisher
	clock         clock.Clock
	logger        *slog.Logger
	times         *appTimes
}

// New returns a Recorder; it makes no call.
func New(deps Deps) *Recorder {
	return &Recorder{
		store:         deps.Store,
		apps:          deps.Apps,
		notifications: deps.Notifications,
		endings:       deps.Endings,
		clock:         deps.Clock,
		logger:        deps.Logger,
		times:         &appTimes{apps: map[string]*pendingTimes{}},
	}
}

// maxConflicts is how often a write that lost to another is made again.
const maxConflicts = 8

// Doubt marks a message whose lease ended without a record as in doubt: the provider may or may not have it. Sweep looks at it
// again after grace. Losing to another writer is no error; that writer knew more.
func (r *Recorder) Doubt(ctx context.Context, m message.Message, grace time.Duration) error {
	m.Phase = message.InDoubt
	m.Doubts++
	m.Due = m.LeaseUntil.Add(grace)

	err := r.store.Change(ctx, store.Change{Message: m})
	if store.IsConflict(err) {
		return nil
	}
	if err != nil {
		return err
	}

	r.logger.WarnContext(ctx, "message is in doubt",
		"message_id", m.ID,
		"account_id", logging.Number(m.AccountID),
		"app_id", logging.Word(m.AppID),
		"provider", logging.Word(m.Provider),
		"attempt", m.Attempt)

	return nil
}

// Drop ends a message that waits, for a reason, and forgets its event. The platform is told first, as of one that is given up, since
// nobody comes back to a message once it is written. It returns store.ErrConflict if the message is no longer as read.
func (r *Recorder) Drop(ctx context.Context, m message.Message, reason message.Reason) (Report, error) {
	m.Phase = message.Dropped
	m.Reason = reason
	m.Due = time.Time{}

	if err := r.PublishDropped(ctx, m); err != nil {
		return Report{}, err
	}

	final := message.Progress{MessageID: m.ID, Attempt: m.Attempt, Final: true}
	if err := r.store.RecordAs(ctx, final, store.Change{Message: m}); err != nil {
		return Report{}, err
	}

	return ReportOf(m, Dropped), nil
}
