package story_test

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// TestQuietHoursAreTold in the send log, which finds what waits for them, in the activity and in the explanation, with what is so by now.
func TestQuietHoursAreTold(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.ChangeAccount(func(a *account.Account) {
		a.Quiet = &account.QuietHours{Enabled: true, From: "15:00", To: "08:00"}
	})
	r.Hand(r.Hooks, r.First()) // at 15:30
	const sentence = "The message waits until 08:00 on 14 February, when the account's quiet hours end."

	page, err := teller.Messages(t.Context(), viewer, rig.BrandID, story.Filter{Reason: message.QuietHours, Limit: 5})
	r.Must(err)
	if len(page.Rows) != 1 || page.Rows[0].Status != message.StatusWaiting || page.Rows[0].Because != "quiet_hours" || page.Rows[0].Sentence != sentence {
		t.Errorf("send log: got %+v", page.Rows)
	}

	told, err := teller.Order(t.Context(), viewer, rig.BrandID, "51230077")
	r.Must(err)
	decided := slices.IndexFunc(told.Entries, func(e story.Entry) bool { return e.Kind == story.Decided })
	if decided < 0 || told.Entries[decided].Decision.Because != "quiet_hours" || told.Entries[decided].Decision.Words.Sentence != sentence {
		t.Errorf("activity: got %+v", told.Entries)
	}

	explained := func() checks.Check {
		one, failed := teller.ExplainMessage(t.Context(), viewer, rig.BrandID, r.Sole(t).ID)
		r.Must(failed)
		if one.Sentence != sentence {
			t.Errorf("explained: got %s", one.Sentence)
		}

		return stopped(one.Explanation)
	}
	if c := explained(); c.Name != checks.QuietHours || c.Value != "quiet until 2024-02-14T08:00:00+05:30" || c.Now != "" {
		t.Errorf("got %+v", c)
	}

	r.ChangeAccount(func(a *account.Account) {
		a.Quiet = &account.QuietHours{Enabled: true, From: "15:00", To: "09:00"}
	})
	if c := explained(); c.Now != "quiet until 2024-02-14T09:00:00+05:30" {
		t.Errorf("with another end: got %+v", c)
	}
	r.Clock.Advance(24*time.Hour - 7*time.Hour)
	if c := explained(); c.Now != "quiet until 2024-02-14T09:00:00+05:30" {
		t.Errorf("at 08:30: got %+v", c)
	}
	r.Clock.Advance(time.Hour)
	if c := explained(); c.Now != "yes" {
		t.Errorf("afterwards: got %+v", c)
	}

	r.Settle(r.Hooks)
	page, err = teller.Messages(t.Context(), viewer, rig.BrandID, story.Filter{Reason: message.QuietHours, Limit: 5})
	r.Must(err)
	if len(page.Rows) != 0 {
		t.Errorf("once it is sent: got %+v", page.Rows)
	}
}
