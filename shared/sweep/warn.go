package sweep

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// The lines that alerts of the deployment wait for, of what sweep looks at anyway. Nothing is read for them.
const (
	heldLine   = "an app cannot send"
	silentLine = "no reports come of an app's messages"
	doubtLine  = "a message stays in doubt"
	choiceLine = "a shopper's choice waits for the order platform"
)

const (
	// warnEvery is how often an instance writes the same line of an app or an account.
	warnEvery = time.Hour
	// heldFor is how long an app may be unhealthy before it is worth a line: a short outage ends by itself.
	heldFor = 15 * time.Minute
	// choiceFor is how long a shopper's choice may be under way.
	choiceFor = time.Hour
)

// warnOfHeld warns if the app that an account sends with cannot send for long. An account's other apps, and one of an account that has no
// event on, keep nobody waiting.
func (s *Sweeper) warnOfHeld(ctx context.Context, a account.Account) {
	app, ok := a.App(a.Sender)

	held := s.clock.Now().Sub(app.Health.Since)
	if !ok || app.Health.Healthy() || held < heldFor || !sends(a) || !s.rounds.due("held "+app.ID, warnEvery, s.clock.Now()) {
		return
	}

	s.logger.WarnContext(ctx, heldLine,
		"account_id", logging.Word(ownerOf(a, app)),
		"app_id", logging.Word(app.ID),
		"provider", logging.Word(app.Provider),
		"cause", string(app.Health.Reason),
		"minutes", int64(held/time.Minute))
}

// sends reports whether an account has an event on.
func sends(a account.Account) bool {
	for kind := range a.Events {
		if a.Event(kind).Enabled {
			return true
		}
	}

	return false
}

// warnOfSilent warns of apps that take messages of which no report comes, as people were told. times are those of the account's apps.
func (s *Sweeper) warnOfSilent(ctx context.Context, a account.Account, times map[string]store.AppTimes) {
	for _, id := range slices.Sorted(maps.Keys(a.Apps)) {
		app, t := a.Apps[id], times[id]
		silent := app.Health.Healthy() && app.Checked.Told == account.Silent && t.Witness.Before(t.Taken)

		if silent && s.rounds.due("silent "+id, warnEvery, s.clock.Now()) {
			s.logger.WarnContext(ctx, silentLine,
				"account_id", logging.Word(ownerOf(a, app)),
				"app_id", logging.Word(id),
				"provider", logging.Word(app.Provider))
		}
	}
}

// ownerOf returns the account that an app belongs to; empty for the platform's app, of which one account of many was looked at.
func ownerOf(a account.Account, app account.App) string {
	if app.Ownership == message.Platform {
		return ""
	}

	return a.ID
}

// warnOfDoubt warns of a message that is in doubt for twice as long as it takes to settle one where callbacks come through, also where the
// app owes none.
func (s *Sweeper) warnOfDoubt(ctx context.Context, m message.Message) {
	now := s.clock.Now()

	doubted := now.Sub(m.LeaseUntil)
	if doubted < 2*s.cfg.Limits.QuietGrace || !s.rounds.due("doubt "+m.AppID, warnEvery, now) {
		return
	}

	s.logger.WarnContext(ctx, doubtLine,
		"message_id", m.ID,
		"account_id", logging.Number(m.AccountID),
		"app_id", logging.Word(m.AppID),
		"provider", logging.Word(m.Provider),
		"minutes", int64(doubted/time.Minute))
}

// warnOfChoices warns of a conversation with a choice that the order platform does not have after an hour, of each account once an hour.
func (s *Sweeper) warnOfChoices(ctx context.Context, c conversation.Conversation) {
	now := s.clock.Now()

	for _, a := range c.Actions {
		waits := !a.State.Over() && a.State != conversation.Asked // which waits for the shopper

		if waits && now.Sub(a.HeardAt) >= choiceFor && s.rounds.due("choice "+c.AccountID, warnEvery, now) {
			s.logger.WarnContext(ctx, choiceLine,
				"account_id", logging.Number(c.AccountID),
				"order_id", logging.Number(a.OrderID),
				"message_id", a.MessageID,
				"code", string(a.Code),
				"minutes", int64(now.Sub(a.HeardAt)/time.Minute))
		}
	}
}
