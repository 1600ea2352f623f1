package monitoring_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweeping are scenes of what sweep finds.
var sweeping = []scene{
	{name: "the rate card is old", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Clock.Advance(4 * 365 * 24 * time.Hour) // far beyond the quarter of the card that the product brings along
		sweep(r)
	}, want: []string{"alert rate-card"}},
	{name: "an account spends most of its limit", play: func(b *book) {
		r := start(b, rig.Options{Shared: true})
		r.ChangeAccount(func(a *account.Account) { a.Limits = account.Limits{DailyMicros: 2000000} })
		spend(r, 1_900_000)
		sweep(r)
	}, want: []string{"alert spending"}},
	{name: "a template's messages arrive less", play: func(b *book) {
		r := start(b, rig.Options{})
		fall(r)
		sweep(r)
	}, want: []string{"alert template-falls"}},
	{name: "an app cannot send", play: func(b *book) {
		r := start(b, rig.Options{})
		hold(r, message.CauseBalance)
		r.Clock.Advance(20 * time.Minute)
		sweep(r)
	}, want: []string{"alert held"}},
	{name: "a provider does not answer", play: func(b *book) {
		r := start(b, rig.Options{Shared: true})
		hold(r, message.CauseNotAnswering)
		r.Clock.Advance(20 * time.Minute)
		sweep(r)
	}, want: []string{"alert held"}},
	{name: "an app reports nothing", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Clock.Advance(time.Hour)
		r.Must(r.Parts.Store.RecordAppTimes(b.t.Context(), rig.AppID, store.AppTimes{Taken: r.Clock.Now()}))

		for range 2 { // people are told by the first, as soon as that is known
			r.Clock.Advance(20 * time.Minute)
			sweep(r)
		}
	}, want: []string{"alert silent"}},
	{name: "a daily root is late", play: func(b *book) {
		r := start(b, rig.Options{})
		w := r.NewWorker(rig.Options{Logger: b.logger, Config: world.StorageEnvironment(r.Cloud.StorageURL())})
		r.Cloud.Storage().Break(func(method, _ string) bool { return method == http.MethodPost })
		r.SubscribeShopper(consent.Withdraw)
		r.Clock.Advance(50 * time.Hour)
		r.CallSweep(w)
	}, want: []string{"alert logged", "alert roots-late"}},
}

// hold has the app of the rig be unhealthy from now on.
func hold(r *rig.Rig, cause message.Cause) {
	r.T.Helper()

	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[a.Sender]
		app.Health = account.Health{Reason: cause, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(time.Hour)}
		a.Apps[a.Sender] = app
	})
}

// spend has the rig's account have sent something today that costs so much.
func spend(r *rig.Rig, micros int64) {
	r.T.Helper()

	now, a := r.Clock.Now(), r.Stored()
	id := strings.Repeat("0123456789abcdef", 2)

	_, err := r.Parts.Store.Decide(r.T.Context(), store.Decision{Message: message.Message{
		ID:         id,
		AccountID:  rig.BrandID,
		AppID:      rig.AppID,
		Provider:   r.Vendor.Name(),
		Ownership:  message.Platform,
		Event:      rig.FailedDeliveryKind,
		Phase:      message.Claimed,
		Bucket:     store.Bucket(id),
		CreatedAt:  now,
		ExpireAt:   now.Add(90 * 24 * time.Hour),
		Day:        a.Day(now),
		Attempt:    1,
		LeaseUntil: now,
		Attempts:   map[string]message.Attempt{"1": {Rank: message.RankSent, ClaimedAt: now.UnixMilli()}},
		Estimate:   message.Estimate{Category: "utility", Micros: micros, Currency: "INR", Day: a.Day(now)},
	}})
	r.Must(err)
}

// fall has half of a template's messages not arrive in the last three days.
func fall(r *rig.Rig) {
	r.T.Helper()

	a, at := r.Stored(), r.Clock.Now().UTC().Truncate(time.Second)
	today := billing.Day(a.Day(at))

	for n := range 32 {
		row := billing.Row{
			Key:     billing.Key{AppID: a.Sender, TemplateID: rig.TemplateID},
			Figures: billing.Figures{Sent: 20, Delivered: 20},
		}
		if n >= 29 {
			row.Delivered, row.Sent, row.Failed = 10, 10, 10
		}

		r.Must(r.Parts.Store.PutClosedDay(r.T.Context(), rig.BrandID, store.ClosedDay{
			Day:      today.Plus(n - 32),
			Closings: 1,
			Usage:    billing.Usage{Rows: []billing.Row{row}},
		}))
	}

	r.Must(r.Parts.Store.PutClosing(r.T.Context(), rig.BrandID, store.Closing{ClosedTo: today, LookedAt: at}))
}
