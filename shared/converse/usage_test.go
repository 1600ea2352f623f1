package converse_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestAnswerStaysOnItsDay has an answer that its provider takes the day after it was made. Usage may have counted it on its first day, so it
// stays there.
func TestAnswerStaysOnItsDay(t *testing.T) {
	t.Parallel()

	s := newTalker(t, rig.Options{Provider: meta.Name})
	s.provider = meta.Name

	provided(simulator.Fault{Mode: "throttle", RetryAfterSeconds: 60})(s)
	say("Hello")(s)
	mine := s.session()
	day := mine.Day

	wait(23 * time.Hour)(s)
	mended(s)
	wait(20 * time.Minute)(s)

	mine = s.session()
	if mine.Status() == message.StatusFailed || mine.Attempt < 2 || day == "" || mine.Day != day || mine.Estimate.Day == day {
		t.Errorf("got %s after %d attempts on %q with the estimate of %q, want it taken and on %q", mine.Status(), mine.Attempt, mine.Day, mine.Estimate.Day, day)
	}
}

// session returns the only answer to the rig's shopper.
func (s *talker) session() message.Message {
	s.T.Helper()

	var found []message.Message
	for _, m := range s.Messages() {
		if m.Session != nil {
			found = append(found, m)
		}
	}

	if len(found) != 1 {
		s.T.Fatalf("got %d answers, want one", len(found))
	}

	return found[0]
}

// TestAnswerToNobodysShopperIsCounted has the platform's number answer somebody whom no brand knows. It is one of the service messages that the
// number has free.
func TestAnswerToNobodysShopperIsCounted(t *testing.T) {
	t.Parallel()

	s := newTalker(t, rig.Options{Provider: meta.Name, Shared: true, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}})
	s.provider, s.shared = meta.Name, true
	_, err := s.Parts.Store.SavePlatformApp(t.Context(), s.app().AppID, store.Author{}, s.Clock.Now(), func(p account.PlatformApp) (account.PlatformApp, error) {
		own, failed := s.Parts.Store.Account(t.Context(), rig.BrandID)
		p.App, p.Unexpected = own.Apps[s.app().AppID], account.UnexpectedReplies{Enabled: true, Text: standard}

		return p, failed
	})
	s.Must(err)
	tulsiFails(s)
	hear(provider.ReplyEvent{ID: "in-1", From: "919000000077", Type: "text", Text: "Hello"}, false)(s)

	all, err := s.Parts.Store.MessagesOfOrderInAllAccounts(t.Context(), "")
	if s.Must(err); len(all) != 1 || all[0].AccountID != "" || all[0].Day != "" || all[0].Estimate.Micros != 0 {
		t.Fatalf("got %+v, want one answer of no account", all)
	}
	if n, failed := s.Parts.Store.CountService(t.Context(), all[0].AppID, s.Clock.Now().Add(-time.Hour)); failed != nil || n != 1 {
		t.Errorf("got %d answers counted and %v, want the one", n, failed)
	}
}
