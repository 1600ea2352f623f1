package intake_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// otherSpelling is a number whose customer is not the rig's shopper, as Brazil's is without the ninth digit.
const otherSpelling = "918900000001"

// take gives an event of an app to an Intake of the rig, as of now, and again, as Pub/Sub may.
func take(t *testing.T, r *rig.Rig, from provider.Origin, e provider.Event) {
	t.Helper()
	if e.At == 0 {
		e.At = r.Clock.Now().UnixMilli()
	}
	for range 2 {
		c := intake.Callback{Origin: from, Event: e, PublishedAt: r.Clock.Now()}
		if _, err := newIntake(r, r.Hooks).Receive(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", e.Kind, err)
		}
	}
}

// says has a shopper write a text. A user id stands for a hidden number where number is empty.
func says(t *testing.T, r *rig.Rig, from provider.Origin, id, text, number, user string, answers ...string) {
	t.Helper()
	r.Clock.Advance(time.Minute)
	take(t, r, from, provider.Event{Kind: provider.KindReply, Reply: &provider.ReplyEvent{
		ID:         id,
		From:       number,
		UserID:     user,
		Type:       "text",
		Text:       text,
		ContextIDs: answers,
	}})
}

// reports has the provider report a status of the rig's message.
func reports(t *testing.T, r *rig.Rig, from provider.Origin, status message.Status, user string) {
	t.Helper()
	reportsTo(t, r, from, status, rig.Shopper, user)
}

// reportsTo has the provider report a status of the rig's message, and call its recipient by a number.
func reportsTo(t *testing.T, r *rig.Rig, from provider.Origin, status message.Status, number, user string) {
	t.Helper()
	r.Clock.Advance(time.Minute)
	take(t, r, from, provider.Event{Kind: provider.KindStatus, Status: &provider.StatusEvent{
		IDs:       []string{r.Sim.Log().Accepted()[0].MessageID},
		Status:    status,
		Recipient: number,
		UserID:    user,
	}})
}

// A STOP concerns the customers of its number, of its user id and of the message that it answers; a START only that of the
// number it came from, or where none came, of its user id.
func TestWhoAReplySpeaksFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		number, user string
		answers      bool
		linked       string // the number by which a status of our message has called the shopper
		stops        bool
		starts       bool
	}{
		{name: "its number", number: rig.Shopper, stops: true, starts: true},
		{name: "another spelling that answers our message", number: otherSpelling, answers: true, stops: true},
		{name: "another spelling with a known user id", number: otherSpelling, user: rig.ShopperUser, stops: true},
		{name: "another spelling with both", number: otherSpelling, user: rig.ShopperUser, answers: true, stops: true},
		{name: "a known user id alone", user: rig.ShopperUser, stops: true, starts: true},
		{name: "a strange user id that answers our message", user: "IN.55", answers: true, stops: true},
		{name: "nobody who answers our message", answers: true, stops: true},
		{name: "another number", number: otherSpelling},
		{name: "another spelling that a status named", number: otherSpelling, linked: otherSpelling, stops: true, starts: true},
		{name: "another spelling that a status named, and a strange user id", number: otherSpelling, linked: otherSpelling, user: "IN.55", stops: true, starts: true},
		{name: "another number than a status named", number: "918900000002", linked: otherSpelling},
		{name: "a stranger's number that a status named", number: "6581230000", linked: "6581230000"},
		{name: "a stranger's number of the same country that a status named", number: "918912345678", linked: "918912345678"},
		{name: "another number and a strange user id", number: otherSpelling, user: "IN.55"},
	}
	for _, tt := range tests {
		for _, of := range []provider.Origin{ownApp, platformApp} {
			t.Run(tt.name+" at "+of.AccountID, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				var answers []string
				if tt.answers {
					answers = []string{r.Sim.Log().Accepted()[0].MessageID}
				}
				reportsTo(t, r, of, message.StatusRead, cmp.Or(tt.linked, rig.Shopper), rig.ShopperUser)

				for n, step := range []struct {
					text string
					want bool // whether the status is the text's
					is   consent.Status
				}{{"STOP", tt.stops, consent.Inactive}, {"START", tt.starts, consent.Active}} {
					before, _ := r.CheckChain(t)
					says(t, r, of, step.text, step.text, tt.number, tt.user, answers...)
					state, ledger := r.CheckChain(t)
					if want := step.want && before.Status != step.is; (state.Status != before.Status) != want {
						t.Errorf("%s: got %s, which was %s, with %s", step.text, state.Status, before.Status, rig.ActionsOf(ledger))
					}
					if n == 0 && !tt.stops {
						r.Clock.Advance(time.Minute)
						r.SubscribeShopper(consent.Withdraw) // so that START has something to open
					}
				}

				sender := tt.number == rig.Shopper || tt.linked != "" && tt.starts || tt.number == "" && tt.user == rig.ShopperUser
				c, err := r.Parts.Store.Customer(t.Context(), r.CustomerID())
				r.Must(err)
				if opened := !c.LastReplyAt.IsZero(); opened != sender {
					t.Errorf("the service window is open: %t, want %t", opened, sender)
				}
			})
		}
	}
}

// tellsUserID are the ways in which a provider tells whose the user id is.
var tellsUserID = map[string]func(t *testing.T, r *rig.Rig, of provider.Origin){
	"a status": func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		reports(t, r, of, message.StatusDelivered, rig.ShopperUser)
	},
	"a reply": func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		says(t, r, of, "hello", "hello", rig.Shopper, rig.ShopperUser)
	},
	"the send's answer": func(t *testing.T, r *rig.Rig, _ provider.Origin) {
		t.Helper()
		m := r.Sole(t)
		_, err := newIntakeCore(r).Accept(t.Context(), m, provider.Receipt{ID: m.AttemptAt(1).IDs[0], UserID: rig.ShopperUser}, true)
		r.Must(err)
	},
	"the send's answer, found at the event's redelivery": func(t *testing.T, r *rig.Rig, _ provider.Origin) {
		t.Helper()
		r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: r.Sole(t).ID, Attempt: 1, UserID: rig.ShopperUser}))
		r.Hand(r.Hooks, r.First())
	},
	"the send's answer, found at the first status": func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: r.Sole(t).ID, Attempt: 1, UserID: rig.ShopperUser}))
		reports(t, r, of, message.StatusDelivered, "")
	},
	"a parked status": func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		m := r.Sole(t)
		_, err := newIntakeCore(r).Apply(t.Context(), m, message.Progress{
			MessageID: m.ID, Attempt: 1, AppID: of.AppID, Status: message.StatusRead, At: r.Clock.Now().UnixMilli(), UserID: rig.ShopperUser,
		})
		r.Must(err)
	},
	"the news of a new id": func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		moves(t, r, of, provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: rig.Shopper, UserID: rig.ShopperUser})
	},
}

// A STOP under a user id that nobody has told yet is remembered. Once anything tells whose id it is, the ledger gets it with the
// time at which it was said, whichever of the two comes first.
func TestStopUnderAnUnknownUserID(t *testing.T) {
	t.Parallel()
	for name, tell := range tellsUserID {
		for _, stopFirst := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				var said time.Time
				stop := func() {
					says(t, r, ownApp, "stop", "STOP", "", rig.ShopperUser)
					said = r.Clock.Now()
				}
				if stopFirst {
					stop()
					if state, _ := r.CheckChain(t); state.Status != consent.Active {
						t.Fatalf("before the id is known: got %s", state.Status)
					}
				}
				r.Clock.Advance(time.Hour)
				tell(t, r, ownApp)
				if !stopFirst {
					stop()
				}

				state, ledger := r.CheckChain(t)
				last := ledger[len(ledger)-1]
				if state.Status != consent.Inactive || len(ledger) != 2 || last.Source != consent.Keyworded || !last.OccurredAt.Truncate(time.Second).Equal(said) {
					t.Errorf("got %s with %s, the last of %s, want a withdrawal of %s", state.Status, rig.ActionsOf(ledger), last.OccurredAt, said)
				}

				r.Clock.Advance(time.Minute)
				r.SubscribeShopper(consent.Grant)
				reports(t, r, ownApp, message.StatusRead, rig.ShopperUser)
				says(t, r, ownApp, "again", "hello again", rig.Shopper, rig.ShopperUser)
				if state, ledger := r.CheckChain(t); state.Status != consent.Active {
					t.Errorf("subscribed since: got %s with %s", state.Status, rig.ActionsOf(ledger))
				}
			})
		}
	}
}

// So is a START: it opens what the shopper had closed before, and nothing that was closed since.
func TestStartUnderAnUnknownUserID(t *testing.T) {
	t.Parallel()
	for name, tell := range tellsUserID {
		for when, want := range map[string]consent.Status{"before": consent.Active, "between": consent.Inactive, "since": consent.Inactive} {
			t.Run(name+", closed "+when, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				closes := func(at string) {
					if when == at {
						r.Clock.Advance(time.Minute)
						r.SubscribeShopper(consent.Withdraw)
					}
				}
				closes("before")
				says(t, r, ownApp, "start", "START", "", rig.ShopperUser)
				closes("between")
				r.Clock.Advance(time.Hour)
				tell(t, r, ownApp)
				closes("since")
				says(t, r, ownApp, "hello again", "hello", rig.Shopper, rig.ShopperUser)
				if state, ledger := r.CheckChain(t); state.Status != want {
					t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), want)
				}
			})
		}
	}
}

// A START concerns one number: a second one that the user id stands for later is not opened by it.
func TestStartUnderAUserIDOpensOneNumber(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	r.Meet(rig.BrandID, otherSpelling, consent.Withdraw)
	r.Clock.Advance(time.Minute)
	r.SubscribeShopper(consent.Withdraw)
	says(t, r, ownApp, "start", "START", "", rig.ShopperUser)
	says(t, r, ownApp, "hello", "hello", rig.Shopper, rig.ShopperUser)
	says(t, r, ownApp, "hello again", "hello", otherSpelling, rig.ShopperUser)
	for number, want := range map[string]consent.Status{rig.Shopper: consent.Active, otherSpelling: consent.Inactive} {
		if state, ledger := r.CheckChainOf(t, r.CustomerOf(rig.BrandID, number)); state.Status != want {
			t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), want)
		}
	}
}

// The user id is an app's own: what waits under it at a second app is found although the first app has told it already.
func TestStopUnderAUserIDOfAnotherApp(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	second := ownApp
	second.AppID = "gupshup-second"
	says(t, r, second, "stop", "STOP", "", rig.ShopperUser)
	says(t, r, ownApp, "hello", "hello", rig.Shopper, rig.ShopperUser)
	says(t, r, second, "hello there", "hello", rig.Shopper, rig.ShopperUser)
	if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
		t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), consent.Inactive)
	}
}

// A shopper says STOP under a user id that only the answer to our send tells: that send is the last one, and with no status in
// between the next message is refused.
func TestNextMessageAfterAStopUnderAUserID(t *testing.T) {
	t.Parallel()
	of := provider.Origin{Provider: meta.Name, AppID: "meta-neem", AccountID: rig.BrandID}
	told := rig.New(t, rig.Options{Provider: meta.Name})
	told.Hand(told.Hooks, told.First())
	user := told.Sole(t).UserID
	if user == "" {
		t.Fatal("the answer tells no user id")
	}

	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.HeldBack = true
	says(t, r, of, "stop", "STOP", "", user)
	r.Clock.Advance(time.Minute)
	r.Hand(r.Hooks, r.First())
	if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
		t.Errorf("after the answer: got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), consent.Inactive)
	}
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	if got := r.Sim.Log().AcceptedCount(); got != 1 || r.ByStatus()[message.StatusRefused] != 1 {
		t.Errorf("accepted %d of %v, want 1 and the next refused", got, rig.Statuses(r.Messages()))
	}
}

// newIntakeCore returns the recorder of outcomes that an Intake of the rig works with.
func newIntakeCore(r *rig.Rig) *outcome.Recorder { return r.Core(r.Hooks).Outcomes }

// A STOP under a user id holds for every account behind the platform's app that knows the number, and for those that meet it
// later; at a brand's own app for the brand.
func TestStopUnderAUserIDAtManyAccounts(t *testing.T) {
	t.Parallel()
	for name, stopFirst := range map[string]bool{"STOP first": true, "number first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			shareApp(r, "821", "822", "823")
			of := provider.Origin{Provider: platformApp.Provider, AppID: sharedApp}
			r.Meet("821", rig.Shopper, consent.Grant)
			r.Meet("822", rig.Shopper, consent.Grant)
			if stopFirst {
				says(t, r, of, "stop", "STOP", "", rig.ShopperUser)
				says(t, r, of, "hello", "hello", rig.Shopper, rig.ShopperUser)
			} else {
				says(t, r, of, "hello", "hello", rig.Shopper, rig.ShopperUser)
				says(t, r, of, "stop", "STOP", "", rig.ShopperUser)
			}
			for brand, want := range map[string]consent.Status{
				"821": consent.Inactive, "822": consent.Inactive, rig.BrandID: consent.Active, "app:" + sharedApp: consent.Inactive,
			} {
				if state, _ := r.CheckChainOf(t, r.CustomerOf(brand, rig.Shopper)); state.Status != want {
					t.Errorf("%s: got %s, want %s", brand, state.Status, want)
				}
			}
		})
	}
}

// A STOP under a user id at a brand's own app is remembered for a number that the brand has not met, although only the key of
// that number is known: the first event finds it, even where the brand declares the opt-in of everyone who orders.
func TestStopUnderTheUserIDOfAStranger(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	r.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
	says(t, r, ownApp, "hello", "hello", rig.Shopper, rig.ShopperUser)
	says(t, r, ownApp, "stop", "STOP", "", rig.ShopperUser)
	r.Clock.Advance(time.Minute)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if got := r.Sim.Log().AcceptedCount(); got != 0 || r.Sole(t).Reason != message.OptedOut {
		t.Errorf("accepted %d, refused as %q, want none, opted out", got, r.Sole(t).Reason)
	}
	if _, ledger := r.CheckChain(t); len(ledger) != 1 {
		t.Errorf("ledger: got %s, want the one STOP", rig.ActionsOf(ledger))
	}
}

// The first status of a message that names a user id costs two reads and one write more, and none after.
func TestBudgetOfAUserID(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	taker := newIntake(r, r.Hooks)
	costs := func(status message.Status, user string) firestore.Counts {
		t.Helper()
		r.Cloud.Firestore().ResetCounts()
		_, err := taker.Receive(t.Context(), callback(r, provider.Event{Kind: provider.KindStatus, At: r.Clock.Now().UnixMilli(), Status: &provider.StatusEvent{
			IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: status, UserID: user,
		}}))
		r.Must(err)

		return r.Cloud.Firestore().Counts()
	}
	costs(message.StatusSent, "") // also writes when the app answered
	if got, want := costs(message.StatusDelivered, rig.ShopperUser), (firestore.Counts{Reads: 2, Writes: 2}); got != want {
		t.Errorf("the first: got %+v, want %+v", got, want)
	}
	if got, want := costs(message.StatusRead, rig.ShopperUser), (firestore.Counts{Writes: 1}); got != want {
		t.Errorf("the next: got %+v, want %+v", got, want)
	}
}

// A message that WhatsApp refused as undeliverable and delivered after all leaves its shopper reachable, in whatever order
// and at whatever times the two are told. A refusal that is older than the shopper's last message says nothing either.
func TestUnreachableEndsWithAProof(t *testing.T) {
	t.Parallel()
	const failed, delivered, read = message.StatusFailed, message.StatusDelivered, message.StatusRead
	for name, tt := range map[string]struct {
		told  []message.Status
		at    []int // seconds after the rig's time
		wrote int   // when the shopper wrote; 0 for never
		want  consent.Status
	}{
		"refused":                            {told: []message.Status{failed}, at: []int{0}, want: consent.NotReachable},
		"refused, then delivered":            {told: []message.Status{failed, delivered}, at: []int{0, 2}, want: consent.Active},
		"refused, then read":                 {told: []message.Status{failed, read}, at: []int{0, 2}, want: consent.Active},
		"refused, then delivered earlier":    {told: []message.Status{failed, delivered}, at: []int{0, -5}, want: consent.Active},
		"both in one second":                 {told: []message.Status{failed, delivered}, at: []int{0, 0}, want: consent.Active},
		"delivered, then refused":            {told: []message.Status{delivered, failed}, at: []int{0, 2}, want: consent.Active},
		"delivered, then read, then refused": {told: []message.Status{delivered, read, failed}, at: []int{0, 1, 2}, want: consent.Active},
		"sent, then refused":                 {told: []message.Status{message.StatusSent, failed}, at: []int{0, 2}, want: consent.NotReachable},
		"wrote after what is told late":      {told: []message.Status{failed}, at: []int{-5}, wrote: -2, want: consent.Active},
		"wrote before":                       {told: []message.Status{failed}, at: []int{-2}, wrote: -5, want: consent.NotReachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			r.Clock.Advance(time.Minute)
			now := r.Clock.Now().Truncate(time.Second)
			if tt.wrote != 0 {
				take(t, r, ownApp, provider.Event{
					Kind: provider.KindReply, At: now.Add(time.Duration(tt.wrote) * time.Second).UnixMilli(),
					Reply: &provider.ReplyEvent{ID: "hello", From: rig.Shopper, Type: "text", Text: "hello"},
				})
			}
			for n, status := range tt.told {
				e := provider.StatusEvent{IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: status, Recipient: rig.Shopper}
				if status == failed {
					e.Failure = message.Failure{Class: message.ClassRecipient, Code: "131026", Cause: message.CauseNotOnWhatsApp}
				}
				r.Clock.Advance(time.Duration(10*n) * time.Second)
				take(t, r, ownApp, provider.Event{Kind: provider.KindStatus, Status: &e, At: now.Add(time.Duration(tt.at[n]) * time.Second).UnixMilli()})
			}
			if state, ledger := r.CheckChain(t); state.Status != tt.want {
				t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), tt.want)
			}
			if slices.Contains(tt.told, delivered) && r.Sole(t).MaxRank() < message.RankDelivered {
				t.Errorf("the message is %s", r.Sole(t).Status())
			}
		})
	}
}

// What a message's delivery proves does not end what another message's later failure said.
func TestDeliveryProvesNothingOfALaterFailure(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	fail := func(id string, at time.Time) {
		t.Helper()
		take(t, r, ownApp, provider.Event{Kind: provider.KindStatus, At: at.UnixMilli(), Status: &provider.StatusEvent{
			IDs: []string{id}, Status: message.StatusFailed, Recipient: rig.Shopper,
			Failure: message.Failure{Class: message.ClassRecipient, Code: "131026", Cause: message.CauseNotOnWhatsApp},
		}})
	}
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	accepted := r.Sim.Log().Accepted()
	if len(accepted) != 2 {
		t.Fatalf("accepted: got %d, want 2; %s", len(accepted), r.Describe())
	}
	r.Clock.Advance(time.Minute)
	now := r.Clock.Now()
	fail(accepted[0].MessageID, now.Add(-40*time.Second))
	fail(accepted[1].MessageID, now.Add(-20*time.Second))
	take(t, r, ownApp, provider.Event{Kind: provider.KindStatus, At: now.Add(-30 * time.Second).UnixMilli(), Status: &provider.StatusEvent{
		IDs: []string{accepted[0].MessageID}, Status: message.StatusDelivered,
	}})
	if state, ledger := r.CheckChain(t); state.Status != consent.NotReachable {
		t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), consent.NotReachable)
	}
}

// Of a STOP and a number that come at the same time, the later sees the other: the writer that lost reads again.
func TestStopAndNumberAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		r := recorded(t)
		r.Clock.Advance(time.Minute)
		done := make(chan error)
		for _, reply := range []provider.ReplyEvent{
			{ID: "stop", UserID: rig.ShopperUser, Type: "text", Text: "STOP"},
			{ID: "hello", From: rig.Shopper, UserID: rig.ShopperUser, Type: "text", Text: "hello"},
		} {
			go func() {
				_, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, provider.Event{Kind: provider.KindReply, Reply: &reply}))
				done <- err
			}()
		}
		for range 2 {
			r.Must(<-done)
		}
		if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
			t.Fatalf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), consent.Inactive)
		}
	}
}

// What comes under a user id alone is of all numbers that the id stands for: a START brings back whom a STOP under it stopped, and the
// service window opens and the shopper is reachable under each.
func TestUserIDAloneIsAllItsNumbers(t *testing.T) {
	t.Parallel()
	for _, of := range []provider.Origin{ownApp, platformApp} {
		for name, order := range map[string][]string{
			"the order's spelling first": {rig.Shopper, otherSpelling},
			"WhatsApp's spelling first":  {otherSpelling, rig.Shopper},
		} {
			t.Run(name+" at "+of.AccountID, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				r.Meet(rig.BrandID, otherSpelling, consent.Grant)
				for _, number := range order {
					says(t, r, of, "hello "+number, "hello", number, rig.ShopperUser)
				}

				for _, step := range []struct {
					text string
					want consent.Status
				}{{"STOP", consent.Inactive}, {"START", consent.Active}, {"hello", consent.Active}} {
					says(t, r, of, step.text, step.text, "", rig.ShopperUser)
					for _, number := range order {
						id := r.CustomerOf(rig.BrandID, number)
						if state, ledger := r.CheckChainOf(t, id); state.Status != step.want {
							t.Errorf("%s, %s: got %s with %s, want %s", step.text, number, state.Status, rig.ActionsOf(ledger), step.want)
						}
						c, err := r.Parts.Store.Customer(t.Context(), id)
						r.Must(err)
						if c.LastReplyAt.UnixMilli() != r.Clock.Now().UnixMilli() {
							t.Errorf("%s, %s: the service window is as of %s", step.text, number, c.LastReplyAt)
						}
					}
				}
			})
		}
	}
}

// A shopper whose user id stood for one number and then for quite another says START with the number hidden. Nobody knows whether the
// first number is still theirs: a STOP said there since, by the one who has it now, holds.
func TestHiddenStartOpensNoFormerNumber(t *testing.T) {
	t.Parallel()
	const since = "919876500002"
	for _, of := range []provider.Origin{ownApp, platformApp} {
		for _, owner := range []string{"", "IN.77"} {
			r := recorded(t)
			r.Meet(rig.BrandID, since, consent.Withdraw)
			says(t, r, of, "hello", "hello", rig.Shopper, rig.ShopperUser)
			says(t, r, of, "from the new one", "hello", since, rig.ShopperUser)
			says(t, r, of, "stop", "STOP", rig.Shopper, owner)

			says(t, r, of, "start", "START", "", rig.ShopperUser)

			if got, _ := statusOf(t, r, rig.Shopper); got != consent.Inactive {
				t.Errorf("at %q: the former number is %s, want INACTIVE by its owner's STOP", of.AccountID, got)
			}
			if got, _ := statusOf(t, r, since); got != consent.Active {
				t.Errorf("at %q: the shopper's number is %s, want ACTIVE", of.AccountID, got)
			}

			says(t, r, of, "stop again", "STOP", "", rig.ShopperUser)
			if got, _ := statusOf(t, r, since); got != consent.Inactive {
				t.Errorf("at %q: after STOP the shopper's number is %s, want INACTIVE", of.AccountID, got)
			}
		}
	}
}
