package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// usageSuite is what usage is counted from, and where it is kept.
func usageSuite() map[string]func(*bench) {
	return map[string]func(*bench){"usage_of_days": usageOfDays, "closed_days": closedDays, "events_off": eventsOff, "failed_deliveries": failedDeliveries, "foreign_charges": foreignCharges}
}

// usageOfDays has messages of three days, two of one account, and a service message.
func usageOfDays(b *bench) {
	ctx, id, app := b.t.Context(), b.name("1489"), b.name("app")

	first, err := b.FirstDay(ctx, id)
	if b.must(err); first != "" {
		b.t.Errorf("got the first day %q of an account without messages", first)
	}

	made, claimed := map[string]message.Message{}, map[string]string{"2026-10-31": "2026-11-02", "2026-11-01": "2026-11-01", "2026-12-01": "2026-12-01"}
	for name, day := range map[string]string{"a": "2026-10-31", "b": "2026-11-01", "c": "2026-12-01"} {
		m := message.Message{ID: b.name(name), AccountID: id, AppID: app, Day: day, CreatedAt: at, ExpireAt: at.Add(time.Hour), Phase: message.Claimed, Attempt: 1}
		m.Estimate = message.Estimate{Category: string(billing.Service), Micros: 5, Currency: "INR", Day: claimed[day]}
		m.UpdateTime, err = b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
		made[name] = m
	}

	var seen []string
	b.must(b.EachOfDays(ctx, id, "2026-10-31", "2026-12-01", func(m message.Message) { seen = append(seen, m.ID) }))
	slices.Sort(seen)
	if diff := cmp.Diff([]string{b.name("a"), b.name("b")}, seen); diff != "" {
		b.t.Errorf("messages of the days (-want +got):\n%s", diff)
	}
	if first, err = b.FirstDay(ctx, id); err != nil || first != "2026-10-31" {
		b.t.Errorf("got the first day %q and %v", first, err)
	}
	if n, failed := b.CountService(ctx, app, at); failed != nil || n != 3 {
		b.t.Errorf("got %d service messages and %v, want 3", n, failed)
	}

	for from, want := range map[billing.Day]int64{"2026-10-31": 0, "2026-11-02": 5} {
		if sum, failed := b.SumEstimates(ctx, id, "INR", from, from.Next()); failed != nil || sum != want {
			b.t.Errorf("got a sum of %d and %v on %s, want %d: it counts when it is claimed, whenever it was made", sum, failed, from, want)
		}
	}
	if sum, failed := b.SumEstimates(ctx, id, "INR", "2026-10-31", "2026-12-02"); failed != nil || sum != 15 {
		b.t.Errorf("got a sum of %d and %v, want 15", sum, failed)
	}
	if sum, failed := b.SumEstimates(ctx, id, "USD", "2026-10-31", "2026-12-01"); failed != nil || sum != 0 {
		b.t.Errorf("got a sum of %d dollars and %v, want none", sum, failed)
	}

	all, err := b.ChangedDays(ctx, id, "2026-12-01", time.Now().Add(-time.Hour))
	if b.must(err); len(all) != 2 || !all["2026-10-31"] || !all["2026-11-01"] {
		b.t.Errorf("got changed days %v before December", slices.Collect(maps.Keys(all)))
	}

	noted := b.changed(b.name("a"))
	for what, write := range map[string]func(m message.Message) error{
		"report": func(m message.Message) error {
			return b.Record(ctx, message.Progress{MessageID: m.ID, Attempt: 1, Status: message.StatusSent, At: 1})
		},
		"phase":     func(m message.Message) error { return b.Change(ctx, store.Change{Message: m}) },
		"take-over": func(m message.Message) error { _, err := b.Decide(ctx, store.Decision{Message: m}); return err },
	} {
		m, err := b.Message(ctx, b.name("a"))
		b.must(err)
		for time.Since(noted) < 2*time.Millisecond { // the store's clock counts milliseconds
		}
		b.must(write(m))
		if now := b.changed(m.ID); !now.After(noted) {
			b.t.Errorf("a %s does not show as a change: %s, as before", what, now)
		} else {
			noted = now
		}
	}
}

// changed returns when a message was written last.
func (b *bench) changed(id string) time.Time {
	b.t.Helper()
	m, err := b.Message(b.t.Context(), id)
	b.must(err)

	return m.ChangedAt
}

// unversioned compares closed days as they were put.
var unversioned = cmpopts.IgnoreFields(store.ClosedDay{}, "UpdateTime")

// closedDays keeps days and how far an account is closed.
func closedDays(b *bench) {
	ctx, id := b.t.Context(), b.name("1489")

	day := func(d billing.Day) store.ClosedDay {
		return store.ClosedDay{Day: d, ClosedAt: at, Closings: 2, Off: map[string]int64{"shipment/packed": 3}, Usage: billing.Usage{
			Rows:  []billing.Row{{Key: billing.Key{Day: d, AppID: "a", Currency: "INR"}, Figures: billing.Figures{Sent: 1, ActualMicros: 5}}},
			Extra: []billing.Extra{{MessageID: "m", Price: billing.Money{Micros: 7, Currency: "INR"}}},
		}}
	}
	for _, d := range []billing.Day{"2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"} {
		b.must(b.PutClosedDay(ctx, id, day(d)))
	}

	got, err := b.ClosedDays(ctx, id, "2026-11-01", "2026-12-01")
	if diff := cmp.Diff([]store.ClosedDay{day("2026-11-01"), day("2026-11-30")}, got, unversioned); err != nil || diff != "" {
		b.t.Errorf("%v; closed days (-want +got):\n%s", err, diff)
	}

	again := got[0]
	again.Usage, again.Closings = billing.Usage{}, 3
	b.want(b.PutClosedDay(ctx, id, day(again.Day)), store.ErrExists)
	b.must(b.PutClosedDay(ctx, id, again))
	b.want(b.PutClosedDay(ctx, id, got[0]), store.ErrConflict)

	got, err = b.ClosedDays(ctx, id, again.Day, again.Day.Next())
	if diff := cmp.Diff([]store.ClosedDay{again}, got, unversioned); err != nil || diff != "" {
		b.t.Errorf("%v; day closed again (-want +got):\n%s", err, diff)
	}

	c, err := b.Closing(ctx, id)
	if b.must(err); c != (store.Closing{}) {
		b.t.Errorf("got %+v of an account of which nothing is closed", c)
	}

	b.must(b.PutClosing(ctx, id, store.Closing{ClosedTo: "2026-11-01", LookedAt: at}))
	b.want(b.PutClosing(ctx, id, store.Closing{ClosedTo: "2026-11-02", LookedAt: at}), store.ErrExists)

	c, err = b.Closing(ctx, id)
	b.must(err)
	c.ClosedTo = "2026-11-02"
	b.must(b.PutClosing(ctx, id, c))
	b.want(b.PutClosing(ctx, id, c), store.ErrConflict)
}

// eventsOff are counted by their orders, of one account and day.
func eventsOff(b *bench) {
	ctx, id := b.t.Context(), b.name("1489")

	for orderID, kinds := range map[string][]string{"1": {"shipment/packed", "shipment/packed", "shipment/lost"}, "2": {"shipment/packed"}, "3": {"shipment/damage"}} {
		for _, kind := range kinds {
			b.must(b.NoteOff(ctx, id, kind, "2026-11-20", store.StatusTimes{OrderID: store.OrderID(id, orderID), Subject: "s", ExpireAt: at.Add(time.Hour)}))
		}
	}

	for _, tt := range []struct {
		account, day string
		kinds        []string
		want         int64
	}{
		{id, "2026-11-20", []string{"shipment/packed"}, 2},
		{id, "2026-11-20", []string{"shipment/packed", "shipment/lost", "shipment/damage"}, 3},
		{id, "2026-11-21", []string{"shipment/packed"}, 0},
		{b.name("another"), "2026-11-20", []string{"shipment/packed"}, 0},
	} {
		if n, err := b.CountOff(ctx, tt.account, tt.kinds, billing.Day(tt.day)); err != nil || n != tt.want {
			b.t.Errorf("%s, %s of %s: got %d and %v, want %d", tt.day, tt.kinds, tt.account, n, err, tt.want)
		}
	}
}

// failedDeliveries are read with their orders, their conversations and what was written about them, in as few calls as may be.
func failedDeliveries(b *bench) {
	ctx, id, root := b.t.Context(), b.name("1489"), b.name("a")

	for name, day := range map[string]string{"a": "2026-11-01", "b": "2026-11-02", "c": "2026-12-01"} {
		for _, event := range []string{"shipment/failed_delivery", "shipment/packed"} {
			m := message.Message{
				ID: b.name(name), AccountID: id, OrderID: "1", Subject: "s", CustomerID: "k", Event: event, Day: day, OccurredAt: 5, CreatedAt: at, ExpireAt: at.Add(time.Hour), Phase: message.Refused,
			}
			if event != "shipment/failed_delivery" {
				m.ID += "-packed"
			}
			_, err := b.Decide(ctx, store.Decision{Message: m})
			b.must(err)
		}
	}

	got, err := b.MessagesOfEvent(ctx, id, "shipment/failed_delivery", "2026-11-01", "2026-12-01", 9)
	if b.must(err); len(got) != 2 || got[0].ID != root || got[1].Day != "2026-11-02" || got[0].OrderID != "1" || got[0].Subject != "s" || got[0].CustomerID != "k" || got[0].OccurredAt != 5 {
		b.t.Errorf("got %+v, want those of November in the order of their days", got)
	}
	if got, err = b.MessagesOfEvent(ctx, id, "shipment/failed_delivery", "2026-11-01", "2026-12-01", 1); err != nil || len(got) != 1 {
		b.t.Errorf("got %d messages and %v, want one", len(got), err)
	}

	var names []string
	for i := range 301 { // more than one call reads
		names = append(names, store.OrderID(id, fmt.Sprint(i)))
	}
	b.must(b.MergeStatusTimes(ctx, store.StatusTimes{OrderID: names[300], Subject: "s", Times: map[string]int64{"delivered": 7}, ExpireAt: at.Add(time.Hour)}))
	orders, err := b.OrdersNamed(ctx, append(names, names...))
	if b.must(err); len(orders) != 1 || orders[names[300]].TimesOf("s")["delivered"] != 7 {
		b.t.Errorf("got orders %+v", orders)
	}

	talk := b.name("talk")
	_, err = b.SaveConversation(ctx, conversation.Conversation{ID: talk, AccountID: id, ExpireAt: at.Add(time.Hour), Actions: []conversation.Action{{ID: "x", MessageID: root}}})
	b.must(err)
	talks, err := b.Conversations(ctx, []string{talk, b.name("none")})
	if b.must(err); len(talks) != 1 || len(talks[talk].Actions) != 1 {
		b.t.Errorf("got conversations %+v", talks)
	}

	b.must(b.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{ID: b.name("r"), AccountID: id, RootID: root, At: at, ExpireAt: at.Add(time.Hour)}}))
	var asked []string
	for i := range 31 {
		asked = append(asked, b.name(fmt.Sprint(i)))
	}
	answered, err := b.Answered(ctx, append(asked, root))
	if diff := cmp.Diff(map[string]bool{root: true}, answered); err != nil || diff != "" {
		b.t.Errorf("%v, answered (-want +got):\n%s", err, diff)
	}
}

// foreignCharges are counted once, by their app and time.
func foreignCharges(b *bench) {
	ctx, account, app := b.t.Context(), b.name("1489"), b.name("app")

	note := func(id string, when time.Time) {
		b.must(b.NoteForeignCharge(ctx, store.ForeignCharge{AccountID: account, AppID: app, IDs: []string{id}, Price: message.Pricing{Known: true, Billable: true}, At: when, ExpireAt: at.Add(time.Hour)}))
	}
	note("x", at)
	note("x", at)
	note("y", at.Add(time.Hour))

	for until, want := range map[time.Time]int64{at: 0, at.Add(time.Hour): 1, at.Add(2 * time.Hour): 2} {
		if n, err := b.CountForeignCharges(ctx, account, at, until); err != nil || n != want {
			b.t.Errorf("until %s got %d and %v, want %d", until, n, err, want)
		}
	}
}

// TestDaysOfNobody is refused: it must not mean those of all accounts.
func TestDaysOfNobody(t *testing.T) {
	t.Parallel()
	if _, err := local(t, []byte("{}"), nil).MessagesOfEvent(t.Context(), "", "shipment/packed", "2026-11-01", "2026-12-01", 1); err == nil {
		t.Error("the messages of no account were read")
	}
	if err := local(t, []byte("{}"), nil).EachOfDays(t.Context(), "", "2026-11-01", "2026-12-01", func(message.Message) {}); err == nil {
		t.Error("the days of no account were read")
	}
}
