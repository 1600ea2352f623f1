package store_test

import (
	"math/rand/v2"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func progressSuite() map[string]func(*bench) {
	return map[string]func(*bench){"progress_is_one_fold": progressIsOneFold}
}

// progressIsOneFold checks the promise that Progress.Apply makes: what it computes is what the store reads back, for
// random progresses in random order, those that change nothing included.
func progressIsOneFold(b *bench) {
	ctx := b.t.Context()
	rng := rand.New(rand.NewPCG(7, 11))

	for round := range 20 {
		m := message.Message{
			ID:        b.name("fold") + string(rune('a'+round)),
			Phase:     message.Claimed,
			Attempt:   2,
			AppID:     "app",
			Due:       time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC),
			EventData: []byte("{}"),
			Attempts:  map[string]message.Attempt{"1": {ClaimedAt: 1}, "2": {ClaimedAt: 2, PossibleDuplicate: true}},
		}
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
		m = b.read(m.ID)

		for range 12 {
			p := randomProgress(rng, m)
			want := p.Apply(m)
			b.must(b.Record(ctx, p))

			got := b.read(m.ID)
			ignored := cmpopts.IgnoreFields(message.Message{}, "UpdateTime", "ChangedAt")
			if diff := cmp.Diff(want, got, ignored, cmpopts.EquateEmpty()); diff != "" {
				b.t.Fatalf("after %+v (-applied +read):\n%s", p, diff)
			}
			m = got
		}
	}
}

func randomProgress(rng *rand.Rand, m message.Message) message.Progress {
	statuses := []message.Status{
		"", message.StatusAccepted, message.StatusEnqueued, message.StatusSent, message.StatusFailed,
		message.StatusDelivered, message.StatusRead,
	}
	p := message.Progress{
		MessageID: m.ID,
		Attempt:   1 + rng.IntN(2),
		Status:    statuses[rng.IntN(len(statuses))],
		At:        1 + rng.Int64N(9),
		AppID:     "app",
		Final:     rng.IntN(8) == 0,
	}
	for range 1 + rng.IntN(2) {
		p.IDs = append(p.IDs, string(rune('a'+rng.IntN(4))))
	}
	if p.Status == message.StatusFailed {
		p.Failure = message.Failure{Class: message.ClassTransient, Code: string(rune('0' + rng.IntN(10)))}
	}
	if rng.IntN(3) == 0 {
		p.Pricing = message.Pricing{Known: true, Billable: rng.IntN(2) == 0, Model: "PMP"}
		p.PricingKind = []string{"sent", "billing"}[rng.IntN(2)]
	}
	if rng.IntN(4) == 0 {
		p.UserID = string(rune('u' + rng.IntN(3)))
	}
	if rng.IntN(6) == 0 {
		p.ClearDueIf = m.UpdateTime
	}

	return p
}
