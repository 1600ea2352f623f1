package story_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// parcel is the order that a story is told of.
var parcel = rig.Parcel{Phone: rig.Shopper, Order: "51230077", Number: "NC-20417"}

// put has a worker take an event of the parcel that happens now.
func put(t *testing.T, r *rig.Rig, w *rig.Worker, subType string) happening {
	t.Helper()
	h := published(t, order.Kind{Resource: order.Shipment, SubType: subType}, parcel, r.Clock.Now(), "9000000001")
	r.Hand(w, r.EventData(h.data))

	return h
}

// told is what a story says in one word a line, for comparison.
func told(e story.Entry) string {
	of := strings.TrimPrefix(e.Event, "shipment/")
	switch e.Kind {
	case story.Happened:
		return "event " + of
	case story.Decided:
		return strings.TrimSpace(fmt.Sprintf("decision %s %s %s", of, e.Decision.Outcome, e.Decision.Because))
	case story.Attempted:
		return fmt.Sprintf("attempt %s %d through %s", of, e.Attempt.Number, e.Attempt.AppID)
	case story.Reported:
		late := ""
		if e.Report.Late {
			late = " late"
		}

		return fmt.Sprintf("status %s %d %s%s", of, e.Report.Attempt, e.Report.Status, late)
	case story.Replied:
		return fmt.Sprintf("reply %s %s", of, e.Reply.Type)
	case story.Acted:
		return strings.Join(strings.Fields(fmt.Sprintf("action %s %s %s by %s", e.Action.Code, e.Action.Mode, e.Action.State, e.Action.By)), " ")
	case story.Revealed:
		return "reveal by " + e.Reveal.By
	default:
		return string(e.Kind) + " " + of
	}
}

// TestStoryOfActions tells what was chosen on WhatsApp, and does not take the platform's word of it for another action.
func TestStoryOfActions(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	h := put(t, r, r.Hooks, "failed_delivery")
	m := r.Sole(t)
	r.Clock.Advance(time.Minute)
	tapped := r.Clock.Now()
	_, err := r.Parts.Store.SaveConversation(t.Context(), conversation.Conversation{
		ID: m.CustomerID, AccountID: rig.BrandID, AppID: rig.AppID, CustomerID: m.CustomerID, Phone: m.Phone, ExpireAt: r.Clock.Now().AddDate(1, 0, 0),
		Actions: []conversation.Action{
			{ID: "r1", Code: conversation.Reattempt, State: conversation.Accepted, MessageID: m.ID, OrderID: m.OrderID, Subject: m.Subject, At: tapped, DoneAt: tapped.Add(time.Minute)},
			{ID: "r2", Code: conversation.Cancel, State: conversation.Late, MessageID: m.ID, OrderID: m.OrderID, Subject: m.Subject, At: tapped.Add(time.Second), Why: conversation.WhyLate},
			{ID: "r3", Code: conversation.Cancel, State: conversation.Accepted, MessageID: "of another order", OrderID: "1", Subject: "S", At: tapped},
		},
	})
	r.Must(err)
	r.Clock.Advance(2 * time.Minute)
	put(t, r, r.Hooks, "ndr_resolution_submitted") // the platform's word of ours
	r.Clock.Advance(time.Hour)
	put(t, r, r.Hooks, "ndr_resolution_submitted") // and another, of somebody at the portal

	got, err := tellerOf(r).Order(t.Context(), viewer, rig.BrandID, h.event.OrderID)
	r.Must(err)
	var actions []string
	for _, e := range got.Entries {
		if e.Kind == story.Acted {
			actions = append(actions, told(e))
		}
	}
	want := []string{"action ACTF001 whatsapp accepted by customer", "action ACTF003 whatsapp late by customer", "action portal accepted by unknown"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestStoryOfPortalActions tells an action of the portal's beside whatever was chosen on WhatsApp: of one that was submitted the platform tells
// once, and then.
func TestStoryOfPortalActions(t *testing.T) {
	t.Parallel()
	const never = -1
	for name, tt := range map[string]struct {
		state conversation.State
		// submitted is how many minutes after the tap the action was, told when the platform told of actions.
		submitted int
		told      []int
		portal    int
	}{
		"stuck, since nobody could be asked":       {conversation.Stuck, never, []int{180}, 1},
		"stuck, and told of by its submission":     {conversation.Stuck, 10, []int{11}, 0},
		"stuck, and told of much later":            {conversation.Stuck, 10, []int{180}, 1},
		"overtaken while the shopper was asked":    {conversation.Overtaken, never, []int{5}, 1},
		"accepted":                                 {conversation.Accepted, 10, []int{11}, 0},
		"accepted, and another one soon after":     {conversation.Accepted, 10, []int{10, 14}, 1},
		"accepted, and another one soon before":    {conversation.Accepted, 10, []int{2, 10}, 1},
		"accepted, and told of before it was sent": {conversation.Accepted, 60, []int{5}, 1},
		"being submitted":                          {conversation.Submitting, 10, []int{10}, 0},
		"to be submitted":                          {conversation.Ready, never, []int{10}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			// Of an event that is off only the newest time is known.
			r.ChangeAccount(func(a *account.Account) {
				a.Events["shipment/ndr_resolution_submitted"] = a.Events[rig.FailedDeliveryKind]
			})
			h := put(t, r, r.Hooks, "failed_delivery")
			m := r.Sole(t)
			r.Clock.Advance(time.Hour)
			tapped := r.Clock.Now()
			after := func(minutes int) time.Time { return tapped.Add(time.Duration(minutes) * time.Minute) }
			a := conversation.Action{ID: "r1", Code: conversation.Reattempt, State: tt.state, MessageID: m.ID, OrderID: m.OrderID, Subject: m.Subject, At: tapped}
			if tt.submitted != never {
				a.SubmittedAt = after(tt.submitted)
			}
			if a.State.Over() {
				a.DoneAt = after(24 * 60)
			}
			_, err := r.Parts.Store.SaveConversation(t.Context(), conversation.Conversation{
				ID: m.CustomerID, AccountID: rig.BrandID, AppID: rig.AppID, CustomerID: m.CustomerID, Phone: m.Phone, ExpireAt: tapped.AddDate(1, 0, 0), Actions: []conversation.Action{a},
			})
			r.Must(err)
			for _, minutes := range tt.told {
				r.Clock.Advance(after(minutes).Sub(r.Clock.Now()))
				put(t, r, r.Hooks, "ndr_resolution_submitted")
			}

			got, err := tellerOf(r).Order(t.Context(), viewer, rig.BrandID, h.event.OrderID)
			r.Must(err)
			portal, whatsApp := 0, 0
			for _, e := range got.Entries {
				if e.Action != nil && e.Action.Mode == story.OnPortal {
					portal++
				} else if e.Action != nil {
					whatsApp++
				}
			}
			if portal != tt.portal || whatsApp != 1 {
				t.Errorf("got %d of the portal and %d of WhatsApp, want %d and 1", portal, whatsApp, tt.portal)
			}
		})
	}
}

// TestStoryOfLateReports marks what came after the message was ended, and what was overtaken.
func TestStoryOfLateReports(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	now := r.Clock.Now()
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: strings.Repeat("a", 32), AccountID: rig.BrandID, OrderID: "7", Event: "shipment/failed_delivery", Subject: "S", CreatedAt: now, OccurredAt: now.Unix(),
		Phase: message.GivenUp, AppID: rig.AppID, Attempt: 2, Due: now.Add(message.ReopenableFor + time.Hour), Grounds: message.Grounds{At: now.UnixMilli()},
		Attempts: map[string]message.Attempt{
			"1": {ClaimedAt: at(0), Rank: message.RankFailed, At: map[string]int64{"failed": at(30 * time.Minute)}, Failure: message.Failure{Class: message.ClassTransient, Code: "1000"}},
			"2": {ClaimedAt: at(10 * time.Minute), Rank: message.RankDelivered, At: map[string]int64{"sent": at(3 * time.Hour), "delivered": at(2 * time.Hour)}, PossibleDuplicate: true},
		},
	}})
	r.Must(err)
	got, err := tellerOf(r).Order(t.Context(), viewer, rig.BrandID, "7")
	r.Must(err)
	var lines []string
	for _, e := range got.Entries {
		lines = append(lines, told(e))
	}
	want := []string{
		"event failed_delivery", "decision failed_delivery passed", "attempt failed_delivery 1 through " + rig.AppID, "attempt failed_delivery 2 through " + rig.AppID,
		"status failed_delivery 1 failed late", "given_up failed_delivery", "status failed_delivery 2 delivered late", "status failed_delivery 2 sent late",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestStoryByNumber finds an order by its numbers in the shop as soon as an event of it has come, be that one told or off.
func TestStoryByNumber(t *testing.T) {
	t.Parallel()
	for _, subType := range []string{"failed_delivery", "shipment_held"} {
		t.Run(subType, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			put(t, r, r.Hooks, subType)
			if o, err := r.Parts.Store.Order(t.Context(), store.OrderID(rig.BrandID, parcel.Order)); err != nil || subType == "shipment_held" && len(o.JSON) > 0 {
				t.Fatalf("got %v, with a copy of %d bytes", err, len(o.JSON))
			}
			for _, number := range []string{parcel.Number, "#" + parcel.Number} {
				got, err := tellerOf(r).Order(t.Context(), viewer, rig.BrandID, number)
				if err != nil || got.OrderID != parcel.Order || len(got.Entries) == 0 {
					t.Errorf("%s: got %+v, %v", number, got, err)
				}
			}
		})
	}
}

// TestStoryAnswers refuses who may not look, and says of an account without an app that nothing is kept.
func TestStoryAnswers(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.Must(r.Parts.Store.PutAccount(t.Context(), account.Account{ID: "999", Slug: "other"}))
	if _, err := teller.Order(t.Context(), stranger, rig.BrandID, "51230077"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a stranger: got %v", err)
	}
	if _, err := teller.Order(t.Context(), viewer, rig.BrandID, "1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an order that is not there: got %v", err)
	}
	none, err := teller.Order(t.Context(), stranger, "999", "51230077")
	if err != nil || none.Kept || none.Explanation.Status != "not_kept" {
		t.Errorf("without an app: got %+v, %v", none, err)
	}
}

// TestMessages lists messages by each filter, page by page, and masks their numbers.
func TestMessages(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	const all = 23
	for n := range all {
		if n == 12 {
			r.Clock.Advance(24 * time.Hour)
		}
		p := rig.ParcelOf(n)
		if n%2 == 0 {
			r.SubscribePhone(p.Phone, consent.Grant)
		}
		kind := order.Kind{Resource: order.Shipment, SubType: []string{"failed_delivery", "out_for_delivery"}[n%3%2]}
		r.Hand(r.Hooks, r.EventData(published(t, kind, p, r.Clock.Now(), strings.TrimPrefix(p.Phone, "91")).data))
		r.Clock.Advance(time.Second)
	}
	walk := func(f story.Filter) []story.Row {
		t.Helper()
		var rows []story.Row
		for range all {
			page, err := teller.Messages(t.Context(), viewer, rig.BrandID, f)
			r.Must(err)
			if len(page.Rows) > f.Limit {
				t.Errorf("%+v: got %d rows", f, len(page.Rows))
			}
			rows = append(rows, page.Rows...)
			if f.Cursor = page.Next; f.Cursor == "" {
				return rows
			}
		}
		t.Fatalf("%+v: the pages do not end", f)
		return nil
	}

	whole := walk(story.Filter{Limit: 100})
	if len(whole) != all {
		t.Fatalf("got %d rows", len(whole))
	}
	for _, row := range whole {
		if !strings.HasPrefix(row.Phone, "+91******") || row.Number == "" || row.Sentence == "" || row.Because == "" {
			t.Errorf("got %+v", row)
		}
	}
	keep := func(fits func(story.Row) bool) []story.Row {
		return slices.DeleteFunc(slices.Clone(whole), func(r story.Row) bool { return !fits(r) })
	}
	for name, tt := range map[string]struct {
		filter story.Filter
		fits   func(story.Row) bool
	}{
		"all":    {story.Filter{}, func(story.Row) bool { return true }},
		"state":  {story.Filter{State: message.StatusRefused}, func(r story.Row) bool { return r.Status == message.StatusRefused }},
		"sent":   {story.Filter{State: message.StatusAccepted}, func(r story.Row) bool { return r.Status == message.StatusAccepted }},
		"event":  {story.Filter{Event: "shipment/out_for_delivery"}, func(r story.Row) bool { return r.Event == "shipment/out_for_delivery" }},
		"app":    {story.Filter{AppID: rig.AppID}, func(r story.Row) bool { return r.AppID == rig.AppID }},
		"no app": {story.Filter{AppID: "another"}, func(story.Row) bool { return false }},
		"reason": {story.Filter{Reason: message.NotOptedIn}, func(r story.Row) bool { return r.Because == "not_opted_in" }},
		"day":    {story.Filter{Day: "2024-02-14"}, func(r story.Row) bool { return r.CreatedAt.In(config.IST).Day() == 14 }},
		"several": {
			story.Filter{Day: "2024-02-13", Event: "shipment/failed_delivery", State: message.StatusRefused, Reason: message.NotOptedIn, AppID: rig.AppID},
			func(r story.Row) bool {
				return r.CreatedAt.In(config.IST).Day() == 13 && r.Event == "shipment/failed_delivery" && r.Status == message.StatusRefused
			},
		},
	} {
		want := keep(tt.fits)
		for _, limit := range []int{1, 4, 23, 50} {
			tt.filter.Limit = limit
			if diff := cmp.Diff(want, walk(tt.filter), cmp.Transformer("none", func(r []story.Row) []story.Row { return append([]story.Row{}, r...) })); diff != "" {
				t.Errorf("%s in pages of %d (-want +got):\n%s", name, limit, diff)
			}
		}
		if (len(want) == 0) != (name == "no app") {
			t.Errorf("%s: %d rows", name, len(want))
		}
	}

	for field, f := range map[string]story.Filter{
		"state": {State: "lost"}, "event": {Event: "shipment/flown"}, "reason": {Reason: "mood"}, "day": {Day: "today"}, "cursor": {Cursor: "!"},
	} {
		_, err := teller.Messages(t.Context(), viewer, rig.BrandID, f)
		if got, _ := fault.Public(err); !fault.Is(err, fault.Invalid) || got != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if _, err := teller.Messages(t.Context(), stranger, rig.BrandID, story.Filter{Limit: 1}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a stranger: got %v", err)
	}
}

// TestReveal shows a number to support alone, for a reason, and notes it first.
func TestReveal(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.First())
	m := r.Sole(t)
	const reason = "the shopper asked to be called back"
	reveal := func(ctx context.Context, reason string) (string, error) {
		return tellerOf(r).Reveal(ctx, support, rig.BrandID, m.ID, reason)
	}

	if _, err := tellerOf(r).Reveal(t.Context(), viewer, rig.BrandID, m.ID, reason); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a viewer: got %v", err)
	}
	for _, wrong := range []string{"", "because  ", strings.Repeat("x", 301), "call +91 90000-00001 back please"} {
		if _, err := reveal(t.Context(), wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	noted := func() []store.Reveal {
		all, err := r.Parts.Store.RevealsOfOrder(context.WithoutCancel(t.Context()), rig.BrandID, m.OrderID, 9)
		r.Must(err)
		return all
	}
	if all := noted(); len(all) != 0 {
		t.Errorf("noted without a number shown: %+v", all)
	}

	number, err := reveal(t.Context(), reason)
	r.Must(err)
	want := []store.Reveal{{
		AccountID: rig.BrandID, MessageID: m.ID, OrderID: m.OrderID, CustomerID: m.CustomerID,
		By: store.Author{Subject: "u-2", Name: "Sana of support"}, Role: "support", Reason: reason, At: r.Clock.Now(),
	}}
	if diff := cmp.Diff(want, noted()); diff != "" || number != "+"+rig.Shopper {
		t.Errorf("got %s (-want +noted):\n%s", number, diff)
	}

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if number, err = reveal(gone, reason); err == nil || number != "" {
		t.Errorf("what cannot be noted: got %q, %v", number, err)
	}
}

// TestStoryOfAnswers tells what the shopper was asked and answered, beside the message that began it, and takes no answer for an event.
func TestStoryOfAnswers(t *testing.T) {
	t.Parallel()

	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	if _, err := r.Sim.Phones().Reply(rig.Shopper, simulator.Reply{Button: "Try again"}); err != nil {
		t.Fatal(err)
	}
	r.Settle(r.Hooks)
	if _, err := r.Sim.Phones().Reply(rig.Shopper, simulator.Reply{Text: "near the gate"}); err != nil {
		t.Fatal(err)
	}
	r.Settle(r.Hooks)

	told, err := tellerOf(r).Order(t.Context(), viewer, rig.BrandID, "51230077")
	r.Must(err)

	var got []string
	for _, e := range told.Entries {
		switch e.Kind {
		case story.Answered:
			got = append(got, "answer "+e.Answer.Purpose)
		case story.Replied:
			got = append(got, "reply "+e.Reply.Type+" "+e.Reply.Label)
		case story.Acted:
			got = append(got, fmt.Sprintf("action %s %s", e.Action.Code, e.Action.State))
		case story.Happened:
			if e.MessageID != "" {
				got = append(got, "event "+e.Event)
			}
		default:
		}
		if e.Report != nil && e.Report.Late {
			t.Errorf("%s of %s is late", e.Report.Status, e.Event)
		}
	}

	want := []string{"event shipment/failed_delivery", "reply quick_reply Try again", "action ACTF001 accepted", "answer question", "reply text ", "answer done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("story (-want +got):\n%s", diff)
	}
}
