package store_test

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// givenUp lists what was given up and may be reopened, those first that were given up last. What was reopened, settled by a report or can be reopened no
// more is not in the list.
func givenUp(b *bench) {
	ctx := b.t.Context()
	giveUp := func(name string, when time.Duration) message.Message {
		b.t.Helper()
		m := claimed(b.name(name))
		m.Due = at.Add(time.Hour)
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)

		m = b.read(m.ID)
		m.Phase, m.Due = message.GivenUp, at.Add(when).Add(message.ReopenableFor)
		b.must(b.Change(ctx, store.Change{Message: m}))

		return b.read(m.ID)
	}
	list := func(what string, want ...string) {
		b.t.Helper()

		var got []string
		all, err := b.GivenUp(ctx, nil, 1000)
		b.must(err)
		for _, m := range all {
			if name, ours := strings.CutPrefix(m.ID, b.name("")); ours {
				got = append(got, name)
			}
		}
		b.same(what, got, want)
	}

	first, second, third := giveUp("1", 0), giveUp("2", 2*time.Minute), giveUp("3", time.Minute)
	list("all", "2", "3", "1")

	page, err := b.GivenUp(ctx, &second, 1)
	b.must(err)
	b.same("the page after the first", page[0].ID, third.ID)

	ofAccount := func(now time.Time, after *message.Message) string {
		b.t.Helper()

		all, failed := b.GivenUpOf(ctx, first.AccountID, now, after, 1000)
		b.must(failed)

		var got strings.Builder
		for _, m := range all {
			if name, ours := strings.CutPrefix(m.ID, b.name("")); ours {
				got.WriteString(name)
			}
		}

		return got.String()
	}
	b.same("of an account", ofAccount(at, nil), "132")
	b.same("of an account, while it may be reopened", ofAccount(at.Add(message.ReopenableFor), nil), "32")
	b.same("the account's page after one", ofAccount(at, &third), "2")
	_, err = b.GivenUpOf(ctx, "", at, nil, 1)
	b.same("no account is not all", err != nil, true)

	first.Phase, first.Due = message.Waiting, at
	b.must(b.Change(ctx, store.Change{Message: first}))
	list("one is reopened", "2", "3")

	b.must(b.Record(ctx, message.Progress{MessageID: second.ID, Attempt: 1, Status: message.StatusDelivered, At: 1, AppID: second.AppID, ClearDueIf: second.UpdateTime}))
	list("one is settled", "3")

	third.Due = time.Time{}
	b.must(b.Change(ctx, store.Change{Message: third}))
	list("one can be reopened no more")
}
