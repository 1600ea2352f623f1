package usage_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// cardBefore and cardAfter have prices that differ. The second begins while the messages of a property are on their way.
var (
	cardBefore = cardOf("before", "2026-11-01", 115_003, 863_107)
	cardAfter  = cardOf("after", "2026-11-22", 127_001, 901_009)
)

func cardOf(version string, from billing.Day, utility, marketing int64) billing.Card {
	return billing.Card{Version: version, Currency: "INR", From: from, Rates: []billing.Rate{
		{Market: "IN", Category: billing.Utility, Micros: utility},
		{Market: "IN", Category: billing.Marketing, Micros: marketing},
	}}
}

// tellers are what the providers of the drawn apps tell.
var tellers = map[string]billing.Teller{
	"gs":  {Reports: true, Prices: true},
	"own": {Reports: true, Prices: true},
	"kal": {Reports: true},
	"bot": {},
}

// fate is what a provider tells of an attempt.
type fate struct {
	Ends, Word string
	Lag        time.Duration
	// Billing: a billing event follows. Again: the last report comes once more, with a later time.
	Billing, Again bool
}

// life is a message with the fates of its attempts.
type life struct {
	App   string
	At    time.Duration
	Fates []fate
}

// lives draws messages of four days.
func lives(most int) *rapid.Generator[[]life] {
	hours := func(t *rapid.T, most int, label string) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Hour
	}

	one := rapid.Custom(func(t *rapid.T) fate {
		return fate{
			Ends:    rapid.SampledFrom([]string{"delivered", "read", "read", "failed", "accepted", "sent", "nothing"}).Draw(t, "ends"),
			Word:    rapid.SampledFrom([]string{"utility", "utility", "marketing", "free_customer_service", "free_entry_point", ""}).Draw(t, "word"),
			Lag:     hours(t, 72, "lag"),
			Billing: rapid.Bool().Draw(t, "billing"),
			Again:   rapid.Bool().Draw(t, "again"),
		}
	})

	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) life {
		return life{
			App:   rapid.SampledFrom([]string{"gs", "gs", "own", "kal", "bot"}).Draw(t, "app"),
			At:    hours(t, 95, "at"),
			Fates: rapid.SliceOfN(one, 1, 2).Draw(t, "fates"),
		}
	}), most, most)
}

// of returns the message as it is claimed.
func (l life) of(n int, day func(time.Time) string) message.Message {
	m := message.Message{
		ID: fmt.Sprintf("m%03d", n), AccountID: neem, Event: failed, AppID: l.App, Ownership: message.Platform, Phone: shopper,
		Phase: message.Claimed, Attempt: len(l.Fates), Day: day(start.Add(l.At)),
	}
	if l.App == "own" {
		m.Ownership = message.Client
	}

	m.Estimate = billing.Cards{cardBefore, cardAfter}.Estimate(m, billing.Utility, 250, "INR", start.Add(l.At))

	return m
}

// reports are what the provider tells of a message, in the order in which it happens.
func (l life) reports(m message.Message) []message.Progress {
	var all []message.Progress

	for i, f := range l.Fates {
		all = append(all, f.reports(message.Progress{MessageID: m.ID, Attempt: i + 1, AppID: m.AppID}, start.Add(l.At))...)
	}

	return all
}

func (f fate) reports(about message.Progress, accepted time.Time) []message.Progress {
	arrives := accepted.Add(f.Lag)
	word := message.Pricing{Known: true, Billable: true, Type: "regular", Category: f.Word, At: arrives.UnixMilli()}

	switch f.Word {
	case "":
		word = message.Pricing{}
	case "free_customer_service", "free_entry_point":
		word.Billable, word.Type, word.Category = false, f.Word, "utility"
	}

	says := func(s message.Status, at time.Time) message.Progress {
		p := about
		p.Status, p.At = s, at.UnixMilli()

		if word.Known && (s == message.StatusSent || s == message.StatusDelivered) {
			p.Pricing, p.PricingKind = word, string(s)
		}

		return p
	}

	all := []message.Progress{
		says(message.StatusAccepted, accepted),
		says(message.StatusSent, accepted.Add(time.Second)),
		says(message.StatusDelivered, arrives),
		says(message.StatusRead, arrives.Add(time.Minute)),
	}

	switch f.Ends {
	case "nothing":
		return nil
	case "failed":
		return append(all[:2], says(message.StatusFailed, arrives))
	}

	all = all[:1+slices.IndexFunc(all, func(p message.Progress) bool { return string(p.Status) == f.Ends })]

	if f.Again {
		last := all[len(all)-1]
		last.At += (30 * time.Hour).Milliseconds()
		all = append(all, last)
	}
	if f.Billing && word.Known {
		billed := about
		billed.Pricing, billed.PricingKind = word, "billing"
		all = append(all, billed)
	}

	return all
}

// ledger is an account in memory: its messages, and the days that were closed.
type ledger struct {
	messages map[string]message.Message
	closed   map[billing.Day]billing.Usage
	stale    map[billing.Day]bool
}

// ledgerOf returns a ledger of messages that are claimed, and what providers will tell of them.
func ledgerOf(all []life) (*ledger, []message.Progress) {
	l := &ledger{messages: map[string]message.Message{}, closed: map[billing.Day]billing.Usage{}, stale: map[billing.Day]bool{}}
	day := func(at time.Time) string { return at.In(billing.Zone).Format(time.DateOnly) }

	var reports []message.Progress

	for i, one := range all {
		m := one.of(i, day)
		l.messages[m.ID] = m
		l.stale[billing.Day(m.Day)] = true
		reports = append(reports, one.reports(m)...)
	}

	return l, reports
}

func (l *ledger) apply(p message.Progress) {
	m := l.messages[p.MessageID]
	l.messages[p.MessageID] = p.Apply(m)
	l.stale[billing.Day(m.Day)] = true
}

// close adds up the days of which something is new.
func (l *ledger) close() {
	cards := billing.Cards{cardBefore, cardAfter}

	for day := range l.stale {
		var n billing.Counter

		for _, m := range l.messages {
			if billing.Day(m.Day) == day {
				n.Count(m, cards.Of(m, tellers[m.AppID]))
			}
		}

		l.closed[day] = n.Usage()
	}

	clear(l.stale)
}

// statement returns what the closed days come to, and the attempts that were charged beside others.
func (l *ledger) statement() (csv []byte, extra []billing.Extra) {
	l.close()

	var n billing.Counter
	for _, u := range l.closed {
		n.Add(u, func(k billing.Key) billing.Key { return k })
	}

	u := n.Usage()
	extra = u.Extra

	return usage.Statement(u), extra
}

// shuffled returns reports in any order, some of them more than once.
func shuffled(t *rapid.T, reports []message.Progress) []message.Progress {
	all := slices.Clone(reports)
	for _, p := range reports {
		if rapid.Bool().Draw(t, "twice") {
			all = append(all, p)
		}
	}

	return rapid.Permutation(all).Draw(t, "order")
}

// TestStatementOfAnyInterleaving has what providers tell of ten thousand messages, a hundred at a time, come repeated, late and in any order,
// with closings in between. The statement is that of the straight run, to the byte.
func TestStatementOfAnyInterleaving(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		all := lives(100).Draw(t, "messages")

		straight, reports := ledgerOf(all)
		for _, p := range reports {
			straight.apply(p)
		}

		mixed, _ := ledgerOf(all)
		closes := rapid.IntRange(50, 500).Draw(t, "closes after")

		for i, p := range shuffled(t, reports) {
			if i%closes == 0 {
				mixed.close()
			}

			mixed.apply(p)
		}

		want, wantExtra := straight.statement()
		if got, extra := mixed.statement(); !bytes.Equal(got, want) || !slices.Equal(extra, wantExtra) {
			t.Errorf("got\n%s and %v, want\n%s and %v", got, extra, want, wantExtra)
		}
	})
}

// TestStoredStatementOfAnyInterleaving does so over the store, with the days closed by the book while reports still come.
func TestStoredStatementOfAnyInterleaving(t *testing.T) {
	t.Parallel()

	statement := func(t *testing.T, all []life, order func([]message.Progress) []message.Progress, pause time.Duration) []byte {
		t.Helper()

		r := newRig(t, "Asia/Kolkata")
		for _, c := range []billing.Card{cardBefore, cardAfter} {
			r.must(r.store.CreateRateCard(t.Context(), store.RateCard{Card: c}))
		}

		var reports []message.Progress

		for _, l := range all {
			r.clock.Advance(max(start.Add(l.At).Sub(r.clock.Now()), 0))
			reports = append(reports, l.reports(r.claim(l.App))...)
		}

		for i, p := range order(reports) {
			r.apply(p)

			if pause > 0 && i%5 == 0 {
				r.clock.Advance(pause)
				r.must(r.another().Close(t.Context(), neem))
			}
		}

		for range 2 {
			r.clock.Advance(48 * time.Hour)
			r.closeUp()
		}

		return r.usage(november).CSV()
	}

	straight := func(all []message.Progress) []message.Progress { return all }

	for seed := range 6 {
		all := lives(25).Example(seed)
		for i := range all {
			all[i].Fates = all[i].Fates[:1]

			if all[i].App == "bot" {
				all[i].App = "kal"
			}
		}

		slices.SortStableFunc(all, func(a, b life) int { return cmp.Compare(a.At, b.At) })

		mixed := func(reports []message.Progress) []message.Progress {
			return rapid.Custom(func(t *rapid.T) []message.Progress { return shuffled(t, reports) }).Example(seed)
		}

		want, got := statement(t, all, straight, 0), statement(t, all, mixed, 3*time.Hour)
		if !bytes.Equal(got, want) {
			t.Errorf("example %d: got\n%s\nwant\n%s", seed, got, want)
		}
	}
}
