package store_test

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func record(s consent.State, action consent.Action, when time.Time) (consent.Entry, consent.State) {
	entries, next, _ := consent.Record(s, consent.Entry{
		Action: action, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, OccurredAt: when, RecordedAt: when,
	})
	return entries[0], next
}

// customer creates a shopper and returns them as stored.
func (b *bench) customer(id string, state consent.State, first consent.Entry) store.Customer {
	b.t.Helper()
	b.must(b.CreateCustomer(b.t.Context(), store.Customer{ID: id, AccountID: "811", PhoneKey: b.name("key"), Phone: "+919000000001", Consent: state}, first))
	c, err := b.Customer(b.t.Context(), id)
	b.must(err)
	return c
}

func customerSuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"customer": func(b *bench) {
			ctx, id := b.t.Context(), store.CustomerID("811", b.name("key"))
			_, err := b.Customer(ctx, id)
			b.want(err, store.ErrNotFound)
			entry, state := record(consent.For(id), consent.Grant, at)
			c := store.Customer{
				ID: id, AccountID: "811", PhoneKey: b.name("key"), Phone: "+919000000001", Email: "ira@example.test", Name: "Ira Sample",
				Consent: state, LastReplyAt: at, UserID: "u", InFlight: "m",
			}
			b.must(b.CreateCustomer(ctx, c, entry))
			b.want(b.CreateCustomer(ctx, c, entry), store.ErrExists)
			got, err := b.Customer(ctx, id)
			b.must(err)
			if got.UpdateTime.IsZero() {
				b.t.Error("no update time")
			}
			if diff := cmp.Diff(c, got, cmpopts.IgnoreFields(store.Customer{}, "UpdateTime"), cmpopts.IgnoreUnexported(store.Customer{})); diff != "" {
				b.t.Errorf("customer (-want +got):\n%s", diff)
			}
			all, err := b.CustomersByPhone(ctx, b.name("key"))
			b.must(err)
			b.same("by phone", []store.Customer{got}, all)
			all, err = b.CustomersByPhone(ctx, b.name("another"))
			b.must(err)
			b.same("by another phone", len(all), 0)
		},
		"ledger": func(b *bench) {
			ctx, id := b.t.Context(), store.CustomerID("811", b.name("key"))
			entry, state := record(consent.For(id), consent.Seen, at)
			c := b.customer(id, state, entry)
			for i := range 11 { // so many that the order of texts would differ from that of numbers
				action := consent.Grant
				if i%2 == 1 {
					action = consent.Withdraw
				}
				entry, state = record(c.Consent, action, at.Add(time.Duration(i+1)*time.Minute))
				b.must(b.ChangeConsent(ctx, c, state, entry))
				stale := c
				var err error
				c, err = b.Customer(ctx, id)
				b.must(err)
				b.want(b.ChangeConsent(ctx, stale, state, entry), store.ErrConflict)
			}
			entries, err := b.Ledger(ctx, id)
			b.must(err)
			b.must(c.Consent.Verify(entries))
			b.same("entries", len(entries), 12)
			b.same("status", c.Consent.Status, consent.Active)

			for upTo, want := range map[int64][]int64{0: {12, 11}, 2: {2}} {
				entries, err = b.ConsentEntries(ctx, id, consent.OrderUpdates, upTo, 2)
				b.must(err)
				var got []int64
				for _, e := range entries {
					got = append(got, e.Sequence)
				}
				b.same("newest entries", got, want)
			}
			offers, err := b.ConsentEntries(ctx, id, consent.Marketing, 0, 2)
			b.must(err)
			b.same("entries of offers", len(offers), 0)
		},
		"entries of a day": entriesOfDay,
		"newcomer of a blocked number": func(b *bench) {
			ctx, key := b.t.Context(), b.name("key")
			atAuthority := store.Customer{ID: store.AppCustomerID(store.Authority, key)}
			blocked := store.ConsequenceFor(atAuthority)
			blocked.Record(consent.Entry{Action: consent.Block, Source: consent.Authority, OccurredAt: at, RecordedAt: at})
			atAuthority.Consent = blocked.Next
			b.must(b.CreateCustomer(ctx, atAuthority, blocked.Entries...))

			fresh := store.Customer{ID: store.CustomerID("811", key), AccountID: "811", PhoneKey: key}
			c, err := b.Newcomer(ctx, fresh, nil, at.Add(time.Hour))
			b.must(err)
			_, reason := consent.May(c.Consent, consent.OrderUpdates, at.Add(time.Hour))
			b.same("reason", reason, message.Blocked)
			b.must(b.CreateCustomer(ctx, c))
			entries, err := b.Ledger(ctx, c.ID)
			b.must(err)
			b.same("actions", []consent.Action{entries[0].Action}, []consent.Action{consent.Block})

			// Who was read before the block must not be made after it.
			other := b.name("other")
			late, err := b.Newcomer(ctx, store.Customer{ID: store.CustomerID("811", other), AccountID: "811", PhoneKey: other}, nil, at)
			b.must(err)
			atAuthority.ID = store.AppCustomerID(store.Authority, other)
			b.must(b.CreateCustomer(ctx, atAuthority))
			b.want(b.CreateCustomer(ctx, late), store.ErrExists)
		},
		"newcomers of several accounts at once": func(b *bench) {
			ctx, key := b.t.Context(), b.name("key")
			met := func(account string) store.Consequence {
				c, err := b.Newcomer(ctx, store.Customer{ID: store.CustomerID(account, key), AccountID: account, PhoneKey: key}, []string{"app"}, at)
				b.must(err)
				e := store.ConsequenceFor(c)
				e.Record(consent.Entry{Action: consent.Withdraw, Source: consent.NumberChange, Purpose: consent.OrderUpdates, OccurredAt: at.Add(time.Hour), RecordedAt: at.Add(time.Hour)})
				return e
			}
			// The app's own document is written by the same news.
			atApp := store.ConsequenceFor(store.Customer{ID: store.AppCustomerID("app", key)})
			atApp.Record(consent.Entry{Action: consent.Withdraw, Source: consent.NumberChange, Purpose: consent.OrderUpdates, OccurredAt: at, RecordedAt: at})
			b.must(b.AddConsents(ctx, []store.Consequence{met("811"), atApp, met("812")}))
			noted, err := b.Customer(ctx, store.AppCustomerID(store.Authority, key))
			b.must(err)
			b.same("met", noted.Met, []string{"811", "812"})

			// A block that comes between the reading and the writing is not missed.
			late := met("813")
			blocked := store.ConsequenceFor(noted)
			blocked.Record(consent.Entry{Action: consent.Block, Source: consent.Authority, SourceRef: "order 7", OccurredAt: at, RecordedAt: at})
			b.must(b.AddConsents(ctx, []store.Consequence{blocked}))
			b.want(b.AddConsents(ctx, []store.Consequence{late}), store.ErrConflict)
		},
		"customer gone": func(b *bench) {
			entry, state := record(consent.State{}, consent.Grant, at)
			ghost := store.Customer{ID: store.CustomerID("811", b.name("ghost")), UpdateTime: at}
			if err := b.ChangeConsent(b.t.Context(), ghost, state, entry); !store.IsConflict(err) {
				b.t.Errorf("got %v, want a conflict", err)
			}
			entries, err := b.Ledger(b.t.Context(), ghost.ID)
			b.must(err)
			b.same("entries", len(entries), 0)
		},
		"ids": func(b *bench) {
			seen := map[string]string{}
			for _, account := range []string{"811", "", "a/b", "..", "811:", "1/2", strings.Repeat("9", 60), "abc", "ABC"} {
				for _, id := range []string{store.CustomerID(account, "key"), store.OrderID(account, "1")} {
					if strings.ContainsAny(id, "/") || id == "." || id == ".." || strings.HasPrefix(id, "__") {
						b.t.Errorf("id of account %q cannot stand in a document's name", account)
					}
					if other, taken := seen[id]; taken {
						b.t.Errorf("accounts %q and %q share an id", account, other)
					}
					seen[id] = account
				}
			}
			if store.ReplyID("g", "ab", "c") == store.ReplyID("g", "a", "bc") {
				b.t.Error("two replies share an id")
			}
			if id := store.ReplyID("g", "a", "wamid.a/b=="); strings.Contains(id, "/") {
				b.t.Errorf("reply id %s holds a slash", id)
			}
		},
	}
}

func replySuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"reply": func(b *bench) {
			ctx := b.t.Context()
			r := store.Reply{
				ID: store.ReplyID("gupshup", "app", b.name("wamid/1")), AccountID: "811", AppID: "app", InboundID: "wamid/1",
				CustomerID: "c", MessageID: "m", OrderID: "1", Type: "text", Tap: true, Text: "hi", Postback: "p", Content: []byte("{}"),
				Keyword: "stop", At: at, ReceivedAt: at.Add(time.Second), ExpireAt: at.Add(time.Hour),
			}
			_, err := b.Reply(ctx, r.ID)
			b.want(err, store.ErrNotFound)
			b.must(b.AddReply(ctx, store.ReplyWrite{Reply: r}))
			b.want(b.AddReply(ctx, store.ReplyWrite{Reply: r}), store.ErrExists)
			got, err := b.Reply(ctx, r.ID)
			b.must(err)
			b.same("reply", got, r)
		},
		"newest reply": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			for i, key := range []string{"k", "k", "l", "m"} {
				b.must(b.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{ID: store.ReplyID("g", app, key+strings.Repeat("i", i)), AppID: app, PhoneKey: key, At: at.Add(time.Duration(i) * time.Hour)}}))
			}
			b.must(b.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{ID: store.ReplyID("g", app+"2", "k"), AppID: app + "2", PhoneKey: "k", At: at.Add(9 * time.Hour)}}))
			for _, tc := range []struct {
				keys  []string
				since time.Duration
				want  time.Duration
			}{{[]string{"k"}, 0, time.Hour}, {[]string{"k", "l"}, 0, 2 * time.Hour}, {[]string{"k"}, time.Hour, time.Hour}} {
				r, err := b.NewestReply(ctx, app, tc.keys, at.Add(tc.since))
				b.must(err)
				if !r.At.Equal(at.Add(tc.want)) || r.ID == "" {
					b.t.Errorf("%v: got the reply of %v, want %v", tc.keys, r.At, tc.want)
				}
			}
			for _, keys := range [][]string{nil, {"n"}, {"k"}} {
				_, err := b.NewestReply(ctx, app, keys, at.Add(time.Hour+time.Second))
				b.want(err, store.ErrNotFound)
			}
		},
		"reply with consequences": func(b *bench) {
			ctx, id := b.t.Context(), store.CustomerID("811", b.name("known"))
			entry, state := record(consent.For(id), consent.Grant, at)
			known := b.customer(id, state, entry)
			stop, stopped := record(known.Consent, consent.Withdraw, at.Add(time.Minute))
			first, fresh := record(consent.For(store.CustomerID("811", b.name("new"))), consent.Withdraw, at.Add(time.Minute))
			newID := store.CustomerID("811", b.name("new"))
			effects := []store.Consequence{
				{Customer: known, Next: stopped, Entries: []consent.Entry{stop}},
				{Customer: store.Customer{ID: newID, AccountID: "811"}, Next: fresh, Entries: []consent.Entry{first}},
			}
			reply := func(n string) store.Reply {
				return store.Reply{ID: store.ReplyID("g", "app", b.name(n)), At: at.Add(time.Minute)}
			}
			said := reply("1")
			effects[0].Said, effects[1].Said = &said, &said
			b.must(b.AddReply(ctx, store.ReplyWrite{Reply: said, Effects: effects}))
			for _, id := range []string{id, newID} {
				c, err := b.Customer(ctx, id)
				b.must(err)
				entries, err := b.Ledger(ctx, id)
				b.must(err)
				b.must(c.Consent.Verify(entries))
				b.same("status", c.Consent.Status, consent.Inactive)
				b.same("last reply", c.LastReplyAt, at.Add(time.Minute))
			}
			b.want(b.AddReply(ctx, store.ReplyWrite{Reply: reply("2"), Effects: effects[:1]}), store.ErrConflict)
			b.want(b.AddReply(ctx, store.ReplyWrite{Reply: reply("2"), Effects: effects[1:]}), store.ErrExists)
			_, err := b.Reply(ctx, reply("2").ID)
			b.want(err, store.ErrNotFound) // nothing is half done
			c, err := b.Customer(ctx, id)
			b.must(err)
			older := reply("3")
			older.At = at
			b.must(b.AddReply(ctx, store.ReplyWrite{Reply: older, Effects: []store.Consequence{{Customer: c, Said: &older}}}))
			c, err = b.Customer(ctx, id)
			b.must(err)
			b.same("last reply after an older one", c.LastReplyAt, at.Add(time.Minute))
		},
		"user id": func(b *bench) {
			ctx := b.t.Context()
			unknown, err := b.UserID(ctx, "app", b.name("user"))
			b.must(err)
			b.same("update time", unknown.UpdateTime, time.Time{})

			stop := consent.Entry{Action: consent.Withdraw, Purpose: consent.Everything, OccurredAt: at, RecordedAt: at}
			stopped, numbered := unknown.Stopped(stop), unknown.Standing("key", at)
			b.must(b.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{ID: store.ReplyID("g", "app", b.name("1")), At: at}, Users: []store.UserID{stopped}}))
			b.want(b.AddConsents(ctx, nil, numbered), store.ErrExists) // it has not seen the STOP
			known, err := b.UserID(ctx, "app", b.name("user"))
			b.must(err)
			b.same("stop", *known.Stop, stop)

			numbered, again := known.Standing("key", at), known.Stopped(consent.Entry{OccurredAt: at.Add(time.Minute), RecordedAt: at})
			b.must(b.AddConsents(ctx, nil, numbered))
			b.want(b.AddConsents(ctx, nil, again), store.ErrConflict) // it has not seen the number
			known, err = b.UserID(ctx, "app", b.name("user"))
			b.must(err)
			b.same("phone keys", len(known.PhoneKeys), 1)
			b.same("stop", *known.Stop, stop)

			other, err := b.UserID(ctx, "another", b.name("user"))
			b.must(err)
			b.same("at another app", other.UpdateTime, time.Time{})
		},
	}
}

func orderSuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"status times": func(b *bench) {
			ctx, id := b.t.Context(), store.OrderID("811", b.name("1"))
			_, err := b.Order(ctx, id)
			b.want(err, store.ErrNotFound)
			merge := func(subject string, times map[string]int64) {
				b.must(b.MergeStatusTimes(ctx, store.StatusTimes{OrderID: id, Subject: subject, Times: times, ExpireAt: at}))
			}
			merge("ship/1", nil)
			_, err = b.Order(ctx, id)
			b.want(err, store.ErrNotFound)
			b.must(b.KeepOrder(ctx, store.OrderCopy{AccountID: "811", OrderID: b.name("1"), JSON: []byte(`{"a":1.0}`), At: at, ExpireAt: at}))
			merge("ship/1", map[string]int64{"created": 5, "delivered": 9})
			merge("ship/1", map[string]int64{"created": 7, "delivered": 3})
			merge("ship.1", map[string]int64{"created": 1})
			o, err := b.Order(ctx, id)
			b.must(err)
			b.same("one", o.TimesOf("ship/1"), map[string]int64{"created": 7, "delivered": 9})
			b.same("two", o.TimesOf("ship.1"), map[string]int64{"created": 1})
			b.same("json", string(o.JSON), `{"a":1.0}`)
		},
		"kept order": func(b *bench) {
			ctx, number := b.t.Context(), b.name("77")
			_, err := b.KeptOrder(ctx, number)
			b.want(err, store.ErrNotFound)
			b.must(b.MergeStatusTimes(ctx, store.StatusTimes{OrderID: store.OrderID("810", number), Subject: "s", Times: map[string]int64{"a": 1}}))
			_, err = b.KeptOrder(ctx, number)
			b.want(err, store.ErrNotFound)
			b.must(b.KeepOrder(ctx, store.OrderCopy{AccountID: "811", OrderID: number, JSON: []byte("new"), At: at.Add(time.Minute), ExpireAt: at}))
			b.must(b.KeepOrder(ctx, store.OrderCopy{AccountID: "812", OrderID: number, JSON: []byte("old"), At: at, ExpireAt: at}))
			o, err := b.KeptOrder(ctx, number)
			b.must(err)
			b.same("newest", string(o.JSON), "new")
			for account, want := range map[string]string{"811": "new", "812": "old"} {
				o, err := b.OrderByUntrustedID(ctx, account, number)
				b.must(err)
				b.same("of account "+account, string(o.JSON), want)
				b.same("its id", o.ID, store.OrderID(account, number))
				b.same("the platform's id", o.PlatformID, number)
			}
			for _, account := range []string{"810", "813"} { // known by its status times only, and not at all
				_, err := b.OrderByUntrustedID(ctx, account, number)
				b.want(err, store.ErrNotFound)
			}
		},
		"order under an odd id": func(b *bench) {
			ctx, odd := b.t.Context(), b.name("no_1")+strings.Repeat("9", 40)
			b.must(b.KeepOrder(ctx, store.OrderCopy{AccountID: "811", OrderID: odd, JSON: []byte("{}"), At: at, ExpireAt: at}))
			o, err := b.OrderByUntrustedID(ctx, "811", odd)
			b.must(err)
			b.same("the platform's id", o.PlatformID, odd)

			id := store.OrderID("811", odd+"0") // of which only an event has told
			b.must(b.MergeStatusTimes(ctx, store.StatusTimes{OrderID: id, Subject: "s", Times: map[string]int64{"a": 1}}))
			o, err = b.Order(ctx, id)
			b.must(err)
			b.same("the platform's id where only its hash is known", o.PlatformID, "")
		},
	}
}

// entriesOfDay reads the entries that two customers got, a page at a time, and none of another account or of a later time.
func entriesOfDay(b *bench) {
	ctx, account := b.t.Context(), b.name("account")
	var want []store.DayEntry
	for _, owner := range []string{account, account, b.name("another")} {
		id := store.CustomerID(owner, b.name("key"+string(rune('a'+len(want)))))
		entry, state := record(consent.For(id), consent.Seen, at)
		c := b.customer(id, state, entry)
		next, state := record(c.Consent, consent.Grant, at.Add(time.Minute))
		b.must(b.ChangeConsent(ctx, c, state, next))
		if owner == account {
			want = append(want, store.DayEntry{Subject: id, Sequence: 1, Hash: entry.Hash}, store.DayEntry{Subject: id, Sequence: 2, Hash: next.Hash})
		}
	}

	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	var got []store.DayEntry
	for len(got) < 10 {
		var after store.DayEntry
		if len(got) > 0 {
			after = got[len(got)-1]
		}
		page, err := b.EntriesOfDay(ctx, account, from, until, after, 3)
		b.must(err)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.DayEntry{}, "StoredAt")); diff != "" {
		b.t.Errorf("entries (-want +got):\n%s", diff)
	}

	none, err := b.EntriesOfDay(ctx, account, until, until.Add(time.Hour), store.DayEntry{}, 3)
	b.must(err)
	b.same("entries of another day", len(none), 0)
}
