package store_test

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	failed = "shipment/failed_delivery"
	packed = "shipment/packed"
)

// logSuite lists messages by each filter, and by several together.
func logSuite() map[string]func(*bench) {
	return map[string]func(*bench){"send log": sendLog, "messages to a customer": messagesTo, "backlog": backlog, "tracking id": tracked, "given up": givenUp, "lists of actions": chosenLists}
}

// logged writes three messages of an account, a minute apart, and one of another account, and returns the account's id.
func (b *bench) logged() (accountID string) {
	b.t.Helper()
	accountID = b.name("811")
	for i, m := range []message.Message{
		{AccountID: accountID, Event: failed, AppID: b.name("a"), CustomerID: b.name("k")},
		{AccountID: accountID, Event: packed, AppID: b.name("a"), CustomerID: b.name("l"), Reason: message.OptedOut},
		{AccountID: accountID, Event: failed, AppID: b.name("b"), CustomerID: b.name("k"), Reason: message.OptedOut},
		{AccountID: b.name("812"), Event: failed, AppID: b.name("a"), CustomerID: b.name("k"), Reason: message.OptedOut},
	} {
		whole := claimed(b.name(string(rune('1' + i))))
		whole.AccountID, whole.Event, whole.AppID, whole.CustomerID, whole.Reason = m.AccountID, m.Event, m.AppID, m.CustomerID, m.Reason
		whole.CreatedAt = at.Add(time.Duration(i+1) * time.Minute)
		_, err := b.Decide(b.t.Context(), store.Decision{Message: whole})
		b.must(err)
	}
	return accountID
}

// listed holds which messages a list has, in their order.
func (b *bench) listed(what string, got []message.Message, err error, want ...string) {
	b.t.Helper()
	b.must(err)
	ids := make([]string, len(got))
	for i := range got {
		ids[i] = got[i].ID
	}
	names := make([]string, len(want))
	for i := range want {
		names[i] = b.name(want[i])
	}
	b.same(what, ids, names)
}

func sendLog(b *bench) {
	ctx, id := b.t.Context(), b.logged()
	for name, tc := range map[string]struct {
		query store.LogQuery
		want  []string
	}{
		"all":              {store.LogQuery{}, []string{"3", "2", "1"}},
		"event":            {store.LogQuery{Event: failed}, []string{"3", "1"}},
		"app":              {store.LogQuery{AppID: b.name("a")}, []string{"2", "1"}},
		"reason":           {store.LogQuery{Reason: message.OptedOut}, []string{"3", "2"}},
		"shopper":          {store.LogQuery{Customers: []string{b.name("k")}}, []string{"3", "1"}},
		"two spellings":    {store.LogQuery{Customers: []string{b.name("l"), b.name("k")}}, []string{"3", "2", "1"}},
		"several together": {store.LogQuery{Event: failed, AppID: b.name("b"), Reason: message.OptedOut, Customers: []string{b.name("k")}}, []string{"3"}},
		"from":             {store.LogQuery{From: at.Add(2 * time.Minute)}, []string{"3", "2"}},
		"until":            {store.LogQuery{Until: at.Add(2 * time.Minute)}, []string{"1"}},
		"next page":        {store.LogQuery{Event: failed, After: &store.LogPlace{CreatedAt: at.Add(3 * time.Minute), ID: b.name("3")}}, []string{"1"}},
	} {
		tc.query.AccountID = id
		got, err := b.SendLog(ctx, tc.query, 5)
		b.listed(name, got, err, tc.want...)
	}
	got, err := b.SendLog(ctx, store.LogQuery{AccountID: id}, 1)
	b.listed("limit", got, err, "3")
	if got, err = b.SendLog(ctx, store.LogQuery{}, 5); err == nil {
		b.t.Errorf("without an account: got %d messages", len(got))
	}
}

func messagesTo(b *bench) {
	ctx := b.t.Context()
	b.logged()
	got, err := b.MessagesTo(ctx, b.name("a"), b.name("k"), failed, at, 5)
	b.listed("of an app to a customer, in every account", got, err, "4", "1")
	got, err = b.MessagesTo(ctx, b.name("a"), b.name("k"), failed, at.Add(2*time.Minute), 5)
	b.listed("since", got, err, "4")
	got, err = b.MessagesTo(ctx, b.name("a"), b.name("k"), failed, at, 1)
	b.listed("limit", got, err, "4")
	got, err = b.MessagesTo(ctx, b.name("a"), b.name("k"), packed, at, 5)
	b.listed("another event", got, err)
}

func backlog(b *bench) {
	ctx, id := b.t.Context(), b.name("811")
	put := func(name, accountID string, phase message.Phase, made, due time.Duration) {
		m := claimed(b.name(name))
		m.AccountID, m.Phase, m.CreatedAt, m.Due = accountID, phase, at.Add(made), time.Time{}
		if due != 0 {
			m.Due = at.Add(due)
		}
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
	}
	put("w1", id, message.Waiting, 2*time.Minute, time.Minute)
	put("w2", id, message.Waiting, time.Minute, time.Hour)
	put("d1", id, message.InDoubt, 0, 0) // its fate is known
	put("d2", id, message.InDoubt, time.Minute, time.Minute)
	put("o1", b.name("812"), message.Held, 0, time.Minute)

	for phase, want := range map[message.Phase]store.Backlog{
		message.Waiting: {Count: 2, Oldest: at.Add(time.Minute)},
		message.InDoubt: {Count: 1, Oldest: at.Add(time.Minute)},
		message.Held:    {},
	} {
		got, err := b.Backlog(ctx, id, phase)
		b.must(err)
		got.Oldest = got.Oldest.UTC()
		b.same(string(phase), got, want)
	}
	if _, err := b.Backlog(ctx, "", message.Held); err == nil {
		b.t.Error("of no account: no error")
	}
}

func tracked(b *bench) {
	ctx, id := b.t.Context(), b.name("811")
	for name, accountID := range map[string]string{"1": id, "2": b.name("812")} {
		m := claimed(b.name(name))
		m.AccountID, m.Activity.TrackingID = accountID, "TRK1"
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
	}
	got, err := b.MessageTracked(ctx, id, "TRK1")
	b.listed("by tracking id", []message.Message{got}, err, "1")
	for _, unknown := range []string{"TRK2", ""} {
		_, err = b.MessageTracked(ctx, id, unknown)
		b.want(err, store.ErrNotFound)
	}
	if _, err = b.MessageTracked(ctx, "", "TRK1"); err == nil {
		b.t.Error("of no account: no error")
	}
}
