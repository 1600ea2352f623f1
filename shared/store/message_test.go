package store_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var ignoreRead = cmpopts.IgnoreFields(message.Message{}, "UpdateTime", "ChangedAt")

func claimed(id string) message.Message {
	return message.Message{
		ID: id, AccountID: "811", OrderID: "o-" + id, Event: "shipment/failed_delivery", Subject: "s/1", OccurredAt: 7, AppID: "app",
		Provider: "gupshup", Ownership: message.Client, TemplateID: "t", Filling: filling(),
		Phone: "+919000000001", CustomerID: "811:k", Activity: message.Activity{OrderNumber: "N"}, Phase: message.Claimed, Attempt: 1,
		Nonce: "n", LeaseUntil: at.Add(time.Minute), Due: at.Add(time.Minute), Bucket: store.Bucket(id), Tries: 2,
		EventData: []byte("{}"), EventAttrs: map[string]string{"resource": "shipment"}, CreatedAt: at, ExpireAt: at.Add(time.Hour),
		Attempts: map[string]message.Attempt{"1": {ClaimedAt: at.UnixMilli()}},
	}
}

func (b *bench) read(id string) message.Message {
	b.t.Helper()
	m, err := b.Message(b.t.Context(), id)
	b.must(err)
	return m
}

// claim writes a claimed message, with nothing beside it.
func (b *bench) claim(id string) message.Message {
	b.t.Helper()
	m := claimed(id)
	updated, err := b.Decide(b.t.Context(), store.Decision{Message: m})
	b.must(err)
	m.UpdateTime = updated
	return m
}

func messageSuite() map[string]func(*bench) {
	all := map[string]func(*bench){"record in any order": recordAnyOrder, "due messages": dueMessages}
	all["decide"] = func(b *bench) {
		ctx, m := b.t.Context(), claimed(b.name("a"))
		_, err := b.Message(ctx, m.ID)
		b.want(err, store.ErrNotFound)
		updated, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
		got := b.read(m.ID)
		b.same("update time", updated, got.UpdateTime)
		if diff := cmp.Diff(m, got, ignoreRead); diff != "" {
			b.t.Errorf("message (-want +got):\n%s", diff)
		}
		_, err = b.Decide(ctx, store.Decision{Message: m})
		b.want(err, store.ErrExists)
	}
	all["take over"] = func(b *bench) {
		ctx, m := b.t.Context(), b.claim(b.name("a"))
		stale := m
		m.Phase, m.Attempt, m.Nonce, m.Due, m.EventData, m.Reason = message.Dropped, 2, "o", time.Time{}, nil, message.Expired
		m.Attempts = map[string]message.Attempt{"1": {ClaimedAt: 1, Rank: message.RankFailed}, "2": {ClaimedAt: 2, PossibleDuplicate: true}}
		updated, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
		b.same("newer", updated.After(stale.UpdateTime), true)
		if diff := cmp.Diff(m, b.read(m.ID), ignoreRead); diff != "" {
			b.t.Errorf("message (-want +got):\n%s", diff)
		}
		_, err = b.Decide(ctx, store.Decision{Message: stale})
		b.want(err, store.ErrConflict)
	}
	all["decide with an order"] = func(b *bench) {
		ctx, id := b.t.Context(), store.OrderID("811", b.name("1"))
		times := store.StatusTimes{OrderID: id, Subject: "s", Times: map[string]int64{"created": 5}, ExpireAt: at}
		_, err := b.Decide(ctx, store.Decision{Message: claimed(b.name("a")), Times: times})
		b.must(err)
		_, err = b.Decide(ctx, store.Decision{Message: claimed(b.name("b")), Times: times})
		b.want(err, store.ErrExists) // the order came to be meanwhile
		_, err = b.Message(ctx, b.name("b"))
		b.want(err, store.ErrNotFound)
		o, err := b.Order(ctx, id)
		b.must(err)
		times.Times = map[string]int64{"created": 4, "delivered": 9}
		_, err = b.Decide(ctx, store.Decision{Message: claimed(b.name("b")), Times: times, Order: &o})
		b.must(err)
		_, err = b.Decide(ctx, store.Decision{Message: claimed(b.name("c")), Times: times, Order: &o})
		b.want(err, store.ErrConflict)
		o, err = b.Order(ctx, id)
		b.must(err)
		b.same("times", o.TimesOf("s"), map[string]int64{"created": 5, "delivered": 9})
	}
	all["an order's numbers as events tell them"] = func(b *bench) {
		ctx, number := b.t.Context(), b.name("NC")
		id := b.name("1") + "/a" // no name of a document can have it
		told := func(asked string) string {
			found, err := b.OrdersToldByNumber(ctx, "811", asked, 5)
			b.must(err)
			var all []string
			for _, o := range found {
				all = append(all, o.PlatformID)
			}
			return strings.Join(all, " ")
		}
		times := store.StatusTimes{
			OrderID: store.OrderID("811", id), Subject: "s", Times: map[string]int64{"created": 5}, ExpireAt: at,
			AccountID: "811", PlatformID: id, Numbers: []string{number, "#V" + number, ""},
		}
		_, err := b.Decide(ctx, store.Decision{Message: claimed(b.name("a")), Times: times})
		b.must(err)
		o, err := b.Order(ctx, times.OrderID)
		b.must(err)
		for _, asked := range []string{number, "#" + number, "V" + number} {
			b.same("told by a new order: "+asked, told(asked), id)
		}
		times.Numbers = []string{number + "-2"}
		_, err = b.Decide(ctx, store.Decision{Message: claimed(b.name("b")), Times: times, Order: &o})
		b.must(err)
		times.Times, times.Numbers = map[string]int64{"packed": 6}, []string{number + "-3"}
		b.must(b.MergeStatusTimes(ctx, times))
		times.Numbers = []string{number + "-4"}
		b.must(b.NoteOff(ctx, "811", "shipment/packed", "2024-02-13", times))
		for _, asked := range []string{number, number + "-2", number + "-3", number + "-4"} {
			b.same("told since: "+asked, told(asked), id)
		}
		for _, asked := range []string{"", "#", number + "-5"} {
			b.same("told by nobody: "+asked, told(asked), "")
		}
		found, err := b.OrdersByNumber(ctx, "811", number, 5)
		b.must(err)
		b.same("kept orders", len(found), 0)
	}
	all["decide with a mark"] = func(b *bench) {
		ctx := b.t.Context()
		entry, state := record(consent.State{}, consent.Grant, at)
		c := b.customer(store.CustomerID("811", b.name("key")), state, entry)
		_, err := b.Decide(ctx, store.Decision{Message: claimed(b.name("a")), Mark: &c})
		b.must(err)
		marked, err := b.Customer(ctx, c.ID)
		b.must(err)
		b.same("in flight", marked.InFlight, b.name("a"))
		_, err = b.Decide(ctx, store.Decision{Message: claimed(b.name("b")), Mark: &c})
		b.want(err, store.ErrConflict)
		_, err = b.Message(ctx, b.name("b"))
		b.want(err, store.ErrNotFound)
	}
	all["facts"] = func(b *bench) {
		ctx := b.t.Context()
		entry, state := record(consent.State{}, consent.Grant, at)
		c := b.customer(store.CustomerID("811", b.name("key")), state, entry)
		m, orderID := b.claim(b.name("a")), store.OrderID("811", b.name("1"))
		f, err := b.Facts(ctx, store.FactsOf{CustomerID: "811:nobody", OrderID: orderID, MessageID: b.name("none")})
		b.must(err)
		b.same("nothing", f, store.Facts{})
		b.must(b.KeepOrder(ctx, store.OrderCopy{AccountID: "811", OrderID: b.name("1"), JSON: []byte("{}"), At: at, ExpireAt: at}))
		f, err = b.Facts(ctx, store.FactsOf{CustomerID: c.ID, OrderID: orderID, MessageID: m.ID})
		b.must(err)
		if f.Customer == nil || f.Order == nil || f.Message == nil {
			b.t.Fatalf("got %+v, want all three", f)
		}
		b.same("customer", *f.Customer, c)
		b.same("order", string(f.Order.JSON), "{}")
		b.same("message", f.Message.UpdateTime, m.UpdateTime)
		f, err = b.Facts(ctx, store.FactsOf{MessageID: m.ID})
		b.must(err)
		b.same("message alone", f.Customer == nil && f.Order == nil && f.Message != nil, true)
	}
	all["settle"] = func(b *bench) {
		ctx, m := b.t.Context(), b.claim(b.name("a"))
		p := message.Progress{MessageID: m.ID, Attempt: 1, Status: message.StatusAccepted, At: 5, AppID: "app", IDs: []string{b.name("i/1=")}}
		b.want(b.Record(ctx, message.Progress{MessageID: b.name("none"), Attempt: 1, Status: message.StatusSent, At: 5}), store.ErrNotFound)
		p.ClearDueIf = at
		b.want(b.Record(ctx, p), store.ErrConflict)
		p.ClearDueIf = m.UpdateTime
		b.must(b.Record(ctx, p))
		got := b.read(m.ID)
		b.same("due", got.Due.IsZero(), true)
		b.same("event kept", string(got.EventData), "{}")
		found, err := b.MessageByProviderIDs(ctx, "app", []string{b.name("i/1=")})
		b.must(err)
		b.same("found by id", found.ID, m.ID)
		found, err = b.MessageByProviderIDs(ctx, "app", []string{"other", b.name("i/1=")})
		b.must(err)
		b.same("found by one of two", found.ID, m.ID)
		for app, ids := range map[string][]string{"another": {b.name("i/1=")}, "app": {"other"}, "ap": nil} {
			_, err = b.MessageByProviderIDs(ctx, app, ids)
			b.want(err, store.ErrNotFound)
		}
		p = message.Progress{MessageID: m.ID, Attempt: 1, Status: message.StatusDelivered, At: 9, Final: true}
		b.must(b.Record(ctx, p))
		b.same("event gone", len(b.read(m.ID).EventData), 0)
	}
	all["change"] = func(b *bench) {
		ctx, m := b.t.Context(), b.claim(b.name("a"))
		entry, state := record(consent.State{}, consent.Grant, at)
		c := b.customer(store.CustomerID("811", b.name("key")), state, entry)
		no, gone := record(c.Consent, consent.Withdraw, at.Add(time.Minute))
		m.Phase, m.Reason, m.Tries, m.Resent, m.Retried, m.Due = message.Waiting, "", 3, true, true, at.Add(time.Hour)
		change := store.Change{Message: m, Effects: []store.Consequence{{Customer: c, Next: gone, Entries: []consent.Entry{no}}}}
		p := message.Progress{MessageID: m.ID, Attempt: 1, Status: message.StatusFailed, At: 8, Failure: message.Failure{Code: "131016", Class: "transient"}}
		b.must(b.RecordAs(ctx, p, change))
		got := b.read(m.ID)
		b.same("phase", got.Phase, message.Waiting)
		b.same("counts", got.Tries == 3 && got.Resent && got.Retried && got.Due.Equal(m.Due), true)
		want := message.Attempt{ClaimedAt: at.UnixMilli(), Rank: message.RankFailed, At: map[string]int64{"failed": 8}, Failure: message.Failure{Code: "131016", Class: "transient"}}
		b.same("attempt", got.Attempts["1"], want)
		after, err := b.Customer(ctx, c.ID)
		b.must(err)
		b.same("consent", after.Consent.Status, consent.Inactive)
		b.want(b.RecordAs(ctx, p, change), store.ErrConflict)
		change.Message = got
		b.want(b.Change(ctx, change), store.ErrConflict) // the customer is not as read
		got.Due = time.Time{}
		b.must(b.Change(ctx, store.Change{Message: got}))
		b.same("due", b.read(m.ID).Due.IsZero(), true)
		ghost := claimed(b.name("ghost"))
		ghost.UpdateTime = at
		if err := b.Change(ctx, store.Change{Message: ghost}); !store.IsConflict(err) {
			b.t.Errorf("change of nothing: got %v, want a conflict", err)
		}
	}
	all["messages of an order"] = func(b *bench) {
		ctx, number := b.t.Context(), b.name("order")
		for i, id := range []string{"b", "a", "c"} {
			m := claimed(b.name(id))
			m.OrderID, m.CreatedAt = number, at.Add(time.Duration(i)*time.Minute)
			if id == "c" {
				m.AccountID = "812"
			}
			_, err := b.Decide(ctx, store.Decision{Message: m})
			b.must(err)
		}
		names := func(all []message.Message) []string {
			var got []string
			for _, m := range all {
				got = append(got, m.ID[len(m.ID)-1:])
			}
			return got
		}
		for account, want := range map[string][]string{"811": {"b", "a"}, "812": {"c"}, "813": nil} {
			all, err := b.MessagesOfOrder(ctx, account, number)
			b.must(err)
			b.same("of account "+account, names(all), want)
		}
		all, err := b.MessagesOfOrderInAllAccounts(ctx, number)
		b.must(err)
		b.same("of all accounts", names(all), []string{"b", "a", "c"})
		all, err = b.MessagesOfOrder(ctx, "", number)
		if !fault.Is(err, fault.Internal) || len(all) > 0 {
			b.t.Errorf("of no account: got %d messages, %v", len(all), err)
		}
	}
	return all
}

// recordAnyOrder writes the same progress in many orders, with repetitions: the message is the same in the end.
func recordAnyOrder(b *bench) {
	price := message.Pricing{Known: true, Billable: true, Model: "PMP", Category: "utility", At: 4}
	parts := []message.Progress{
		{Attempt: 1, Status: message.StatusEnqueued, At: 3, AppID: "app", IDs: []string{"g"}},
		{Attempt: 1, Status: message.StatusSent, At: 6, AppID: "app", IDs: []string{"g", "w"}, Pricing: message.Pricing{Model: "PMP", At: 6}, PricingKind: "sent"},
		{Attempt: 1, Status: message.StatusSent, At: 5, AppID: "app", IDs: []string{"w"}},
		{Attempt: 1, Status: message.StatusRead, At: 9, AppID: "app", IDs: []string{"w"}, Final: true},
		{Attempt: 1, AppID: "app", IDs: []string{"g"}, Pricing: price, PricingKind: "billing"},
		{Attempt: 2, Status: message.StatusFailed, At: 8, AppID: "app", IDs: []string{"h"}, Failure: message.Failure{Code: "500", Class: message.ClassTransient}},
		{Attempt: 2, AppID: "app", IDs: []string{"h"}, Pricing: price, PricingKind: "billing"},
	}
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	random := rand.New(rand.NewPCG(1, 2))
	var first message.Message
	for round := range 6 {
		m := b.claim(b.name(string(rune('a' + round))))
		order := append(random.Perm(len(parts)), random.Perm(len(parts))[:3]...)
		for _, i := range order {
			p := parts[i]
			p.MessageID = m.ID
			b.must(b.Record(b.t.Context(), p))
		}
		got := b.read(m.ID)
		if round == 0 {
			first = got
			b.same("status", got.Status(), message.StatusRead)
			b.same("sent at", got.Attempts["1"].At["sent"], int64(5))
			b.same("prices", got.Pricing, map[string]message.Pricing{"1.sent": {Model: "PMP", At: 6}, "1.billing": price, "2.billing": price})
			continue
		}
		got.ID, got.OrderID, got.Bucket = first.ID, first.OrderID, first.Bucket
		if diff := cmp.Diff(first, got, ignoreRead, sorted); diff != "" {
			b.t.Errorf("order %v (-first +this):\n%s", order, diff)
		}
	}
}

func dueMessages(b *bench) {
	// A time of this case's own, in the far past, so that what others left is not due yet.
	past := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	var want []string
	for i, c := range "0f9a" {
		m := claimed(b.name(string(c)))
		m.Due, m.Bucket = past.Add(time.Duration(i)*time.Minute), store.Bucket(string(c))
		_, err := b.Decide(b.t.Context(), store.Decision{Message: m})
		b.must(err)
		want = append(want, m.ID)
	}
	never := claimed(b.name("never"))
	never.Due = time.Time{}
	_, err := b.Decide(b.t.Context(), store.Decision{Message: never})
	b.must(err)
	for _, tt := range []struct {
		now   time.Duration
		limit int
		want  []string
	}{{2 * time.Minute, 9, want[:3]}, {time.Hour, 2, want[:2]}, {-time.Second, 9, nil}} {
		due, err := b.DueMessages(b.t.Context(), past.Add(tt.now), tt.limit)
		b.must(err)
		var got []string
		for _, m := range due {
			if slices.Contains(want, m.ID) {
				got = append(got, m.ID)
			}
		}
		b.same("due", got, tt.want)
	}
	b.duePages(past.Add(2*time.Minute), want[:3])
	for _, id := range want {
		b.must(b.Record(b.t.Context(), message.Progress{MessageID: id, Attempt: 1, ClearDueIf: b.read(id).UpdateTime}))
	}
}

// duePages reads what is due of the one app that has any, one message at a time.
func (b *bench) duePages(now time.Time, want []string) {
	b.t.Helper()
	ctx := b.t.Context()
	apps, err := b.AppsDue(ctx, now)
	b.must(err)
	b.same("apps", apps, []string{"app"})
	apps, err = b.AppsDue(ctx, now.Add(-time.Hour))
	b.must(err)
	b.same("apps without anything due", len(apps), 0)

	var got []string
	due, err := b.DueMessagesOf(ctx, "app", now, nil, 1)
	for b.must(err); len(due) == 1; b.must(err) {
		got = append(got, due[0].ID)
		due, err = b.DueMessagesOf(ctx, "app", now, &due[0], 1)
	}
	b.same("due, page by page", got, want)
}

func TestBucket(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for i, c := range "0123456789abcdef" {
		got := store.Bucket("00" + string(c))
		if got != i {
			t.Errorf("Bucket(00%c): got %d, want %d", c, got, i)
		}
		seen[got] = true
	}
	if len(seen) != 16 {
		t.Errorf("got %d buckets, want 16", len(seen))
	}
	for _, odd := range []string{"", "z", "-", "é", "Z"} {
		if got := store.Bucket(odd); got < 0 || got > 15 {
			t.Errorf("Bucket(%q): got %d, want 0 to 15", odd, got)
		}
	}
}

func parkedSuite() map[string]func(*bench) {
	find := func(b *bench, app string) []store.Parked {
		all, err := b.DueParked(b.t.Context(), at, 1000)
		b.must(err)
		return slices.DeleteFunc(all, func(p store.Parked) bool { return p.AppID != app })
	}
	return map[string]func(*bench){
		"parked": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			price := message.Pricing{Known: true, At: 3}
			failed := message.Failure{Code: "1002", Class: "recipient", Cause: "c", RetryAfter: 5 * time.Minute}
			park := func(p message.Progress) {
				p.AppID = app
				b.must(b.Park(ctx, store.Unknown{
					Progress:   p,
					CustomerID: "811:k",
					Witness:    time.UnixMilli(p.At + 1),
					Due:        at,
					ExpireAt:   at.Add(time.Hour),
				}))
			}
			park(message.Progress{IDs: []string{"w/1"}, Status: message.StatusRead, At: 9})
			park(message.Progress{IDs: []string{"w/1", "g"}, Status: message.StatusSent, At: 5})
			park(message.Progress{IDs: []string{"w/1"}, Status: message.StatusSent, At: 7, Pricing: price, PricingKind: "sent"})
			park(message.Progress{IDs: []string{"w/1"}, Status: message.StatusFailed, At: 8, Failure: failed})
			all := find(b, app)
			if len(all) != 1 {
				b.t.Fatalf("got %d parked, want 1", len(all))
			}
			p := all[0]
			b.same("times", p.At, map[string]int64{"read": 9, "sent": 5, "failed": 8})
			b.same("first", p.First(), int64(5))
			b.same("none", store.Parked{}.First(), int64(0))
			b.same("ids", p.IDs, []string{"w/1", "g"})
			b.same("price", p.Price, map[string]message.Pricing{"sent": price})
			b.same("error", p.Failure, failed)
			b.same("customer", p.CustomerID, "811:k")

			b.same("phone key", p.PhoneKey, "k")
			b.same("newest time", p.Witness, int64(10))

			m, another := b.claim(b.name("m")), b.claim(b.name("another"))
			b.must(b.Adopt(ctx, p, m, 1))
			b.want(b.Adopt(ctx, p, another, 1), store.ErrConflict)
			adopter, err := b.MessageByProviderIDs(ctx, app, []string{"g"})
			b.must(err)
			b.same("adopter", adopter.ID, m.ID)
			b.same("its attempt's ids", adopter.AttemptAt(1).IDs, []string{"w/1", "g"})
			b.want(b.Unpark(ctx, p), store.ErrConflict)
			b.want(b.PostponeParked(ctx, p, at), store.ErrConflict)
			p = find(b, app)[0]
			b.same("owner", p.Owner, m.ID)
			park(message.Progress{IDs: []string{"w/1"}, Status: message.StatusDelivered, At: 8})
			p = find(b, app)[0]
			b.same("owner stays", p.Owner, m.ID)
			b.must(b.PostponeParked(ctx, p, at.Add(time.Minute)))
			b.same("postponed", len(find(b, app)), 0)
			park(message.Progress{IDs: []string{"w/1"}, Status: message.StatusDelivered, At: 8})
			p = find(b, app)[0]
			b.same("owner of what is of no known message", p.Owner, "")
			b.must(b.Unpark(ctx, p))
			b.same("gone", len(find(b, app)), 0)
			if err := b.Unpark(ctx, p); !store.IsConflict(err) {
				b.t.Errorf("unpark twice: got %v, want a conflict", err)
			}
		},
		"two ids and one attempt": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			for _, id := range []string{"a", "b"} {
				b.must(b.Park(ctx, store.Unknown{
					Progress:   message.Progress{AppID: app, IDs: []string{id}, Status: message.StatusSent, At: 5},
					CustomerID: "811:k",
					Due:        at,
					ExpireAt:   at.Add(time.Hour),
				}))
			}
			m, all := b.claim(b.name("m")), find(b, app)
			b.must(b.Adopt(ctx, all[0], m, 1))
			b.want(b.Adopt(ctx, all[1], m, 1), store.ErrConflict)
			b.same("ids", b.read(m.ID).AttemptAt(1).IDs, all[0].IDs)
			for _, p := range find(b, app) {
				if p.ID == all[1].ID {
					b.same("owner of the second", p.Owner, "")
				}
			}
		},
		"unowned status": func(b *bench) {
			ctx, app, key := b.t.Context(), b.name("app"), b.name("key")
			has := func(appID, accountID, key string, since int64) bool {
				found, err := b.HasUnownedStatus(ctx, appID, store.CustomerID(accountID, key), time.UnixMilli(since))
				b.must(err)
				return found
			}
			b.must(b.Park(ctx, store.Unknown{
				Progress:   message.Progress{AppID: app, IDs: []string{"a"}, Status: message.StatusSent, At: 5},
				CustomerID: store.CustomerID("811", key),
				Due:        at,
				ExpireAt:   at.Add(time.Hour),
			}))
			b.same("of the customer", has(app, "811", key, 5), true)
			b.same("of another account's customer with the number", has(app, "812", key, 5), true)
			b.same("of another number", has(app, "811", "other", 5), false)
			b.same("of another app", has("other", "811", key, 5), false)
			b.same("from before", has(app, "811", key, 6), false)
			b.must(b.Adopt(ctx, find(b, app)[0], b.claim(b.name("m")), 1))
			b.same("that a message owns", has(app, "812", key, 5), false)
		},
	}
}
