package outcome

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// GiveUp ends the wait of a message in doubt that nothing settled. The platform is told first, so that no message ends in
// silence; then it is written. It returns store.ErrConflict if a report settled the message meanwhile: the platform hears of
// that report too. because says in one word why, for the log.
func (r *Recorder) GiveUp(ctx context.Context, m message.Message, because string) error {
	m.Phase = message.GivenUp
	m.Due = r.clock.Now().Add(message.ReopenableFor)

	if err := r.publish(ctx, m, m.Attempt, message.StatusGivenUp, r.clock.Now()); err != nil {
		return err
	}
	if err := r.store.Change(ctx, store.Change{Message: m}); err != nil {
		return err
	}

	r.logger.WarnContext(ctx, "message in doubt was given up",
		"message_id", m.ID,
		"account_id", logging.Number(m.AccountID),
		"app_id", logging.Word(m.AppID),
		"provider", logging.Word(m.Provider),
		"attempt", m.Attempt,
		"because", because)

	return nil
}

// Reopen has a message that was given up decided afresh at a time, as a person asked who saw it as m. It goes out marked as a possible
// duplicate, and its age, tries and doubts count from now. The error is of kind Conflict if it is no longer as seen, or Invalid,
// naming the field "message", if it was not given up or its event is no longer kept.
func Reopen(ctx context.Context, db *store.Store, m message.Message, now time.Time) error {
	switch {
	case m.Phase != message.GivenUp || m.Recorded():
		return fault.Field("message", "was not given up; only what was can be sent once more")
	case len(m.EventData) == 0:
		return fault.Field("message", "has no event any more to be sent again")
	}

	m.Phase = message.Waiting
	m.Due = now
	m.Resent = true
	m.Silence = message.SilenceIgnored
	m.ReopenedAt = now
	m.Doubts = 0
	m.Tries = 0

	return db.Change(ctx, store.Change{Message: m})
}
