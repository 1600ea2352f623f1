package billing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

const shopper = "+919000000001"

// delivered is when the messages of these tests arrive: after midnight in India, and before it in UTC.
var delivered = time.Date(2026, 10, 9, 19, 0, 0, 0, time.UTC)

// attempt returns an attempt of a rank that was accepted an hour before, and delivered if the rank says so.
func attempt(rank message.Rank) message.Attempt {
	a := message.Attempt{Rank: rank, At: map[string]int64{"accepted": delivered.Add(-time.Hour).UnixMilli()}}
	if rank >= message.RankDelivered {
		a.At["delivered"] = delivered.UnixMilli()
	}

	return a
}

// sent returns a message through the platform's app with these attempts and words of its provider.
func sent(pricing map[string]message.Pricing, attempts ...message.Attempt) message.Message {
	m := message.Message{
		Phone:     shopper,
		Ownership: message.Platform,
		Attempt:   len(attempts),
		Pricing:   pricing,
		Estimate:  message.Estimate{Category: "utility", Micros: 118_000, Currency: "INR", Card: "october", MarkupBasisPoints: 1_000},
	}
	for i, a := range attempts {
		m = m.WithAttempt(i+1, a)
	}

	return m
}

// unpriced returns the message as one that was claimed while the rate cards could not be read.
func unpriced(m message.Message) message.Message {
	m.Estimate.Micros, m.Estimate.Card = 0, ""
	return m
}

// word is what a provider says of a price.
func word(billable bool, kind, category string) message.Pricing {
	return message.Pricing{Known: true, Billable: billable, Type: kind, Category: category, At: delivered.Add(time.Minute).UnixMilli()}
}

// cards are one for October and one from the tenth on, dearer.
func cards() billing.Cards {
	card := func(version string, from billing.Day, utility int64) billing.Card {
		return billing.Card{Version: version, Currency: "INR", From: from, Rates: []billing.Rate{
			{Market: "IN", Category: billing.Utility, Micros: utility},
			{Market: "IN", Category: billing.Marketing, Micros: 860_000},
		}}
	}

	return billing.Cards{card("october", "2026-10-01", 110_000), card("tenth", "2026-10-10", 200_000)}
}

// TestCharges says what a message costs its account, of each provider's words in each state.
func TestCharges(t *testing.T) {
	t.Parallel()

	bills := billing.Teller{Reports: true, Prices: true, Bills: true}
	tells, reports, silent := billing.Teller{Reports: true, Prices: true}, billing.Teller{Reports: true}, billing.Teller{}
	regular := word(true, "regular", "utility")
	dear, estimate := int64(220_000), int64(118_000)

	for name, tt := range map[string]struct {
		message message.Message
		teller  billing.Teller
		basis   billing.Basis
		micros  int64
		card    string
		extra   int
	}{
		"told_and_delivered":      {sent(map[string]message.Pricing{"1.sent": regular}, attempt(message.RankDelivered)), tells, billing.Told, dear, "tenth", 0},
		"told_and_read":           {sent(map[string]message.Pricing{"1.delivered": regular}, attempt(message.RankRead)), tells, billing.Told, dear, "tenth", 0},
		"told_and_not_delivered":  {sent(map[string]message.Pricing{"1.sent": regular}, attempt(message.RankSent)), tells, "", 0, "", 0},
		"billing_event_alone":     {sent(map[string]message.Pricing{"1.billing": regular}, attempt(message.RankAccepted)), tells, billing.Told, dear, "tenth", 0},
		"billing_event_lacks":     {sent(map[string]message.Pricing{"1.sent": word(true, "regular", "marketing")}, attempt(message.RankDelivered)), bills, billing.Untold, 946_000, "tenth", 0},
		"billing_event_came":      {sent(map[string]message.Pricing{"1.sent": regular, "1.billing": regular}, attempt(message.RankDelivered)), bills, billing.Told, dear, "tenth", 0},
		"free_on_delivery":        {sent(map[string]message.Pricing{"1.delivered": word(false, "free_entry_point", "utility")}, attempt(message.RankDelivered)), bills, billing.Free, 0, "", 0},
		"claimed_without_cards":   {unpriced(sent(nil, attempt(message.RankDelivered))), reports, billing.ByDelivery, dear, "tenth", 0},
		"billing_outweighs_sent":  {sent(map[string]message.Pricing{"1.sent": regular, "1.billing": word(false, "free_entry_point", "utility")}, attempt(message.RankDelivered)), tells, billing.Free, 0, "", 0},
		"delivered_outweighs":     {sent(map[string]message.Pricing{"1.sent": regular, "1.delivered": word(true, "regular", "marketing")}, attempt(message.RankDelivered)), tells, billing.Told, 946_000, "tenth", 0},
		"failed":                  {sent(map[string]message.Pricing{"1.billing": regular}, attempt(message.RankFailed)), tells, "", 0, "", 0},
		"free":                    {sent(map[string]message.Pricing{"1.delivered": word(false, "free_customer_service", "service")}, attempt(message.RankDelivered)), tells, billing.Free, 0, "", 0},
		"nothing_told_yet":        {sent(nil, attempt(message.RankDelivered)), tells, billing.Untold, estimate, "october", 0},
		"category_without_a_word": {sent(map[string]message.Pricing{"1.sent": {Category: "utility", At: 1}}, attempt(message.RankDelivered)), tells, billing.Untold, estimate, "october", 0},
		"amount_without_category": {sent(map[string]message.Pricing{"1.delivered": {Known: true, Source: "kaleyra"}}, attempt(message.RankDelivered)), reports, billing.ByDelivery, estimate, "october", 0},
		"never_told":              {sent(nil, attempt(message.RankDelivered)), reports, billing.ByDelivery, estimate, "october", 0},
		"never_told_and_sent":     {sent(nil, attempt(message.RankSent)), reports, "", 0, "", 0},
		"without_reports":         {sent(nil, attempt(message.RankAccepted)), silent, billing.ByAcceptance, estimate, "october", 0},
		"claimed":                 {sent(nil, attempt(message.RankNone)), silent, "", 0, "", 0},
		"category_of_no_card":     {sent(map[string]message.Pricing{"1.sent": word(true, "regular", "authentication")}, attempt(message.RankDelivered)), tells, billing.Told, estimate, "october", 0},
		"marketing_lite":          {sent(map[string]message.Pricing{"1.sent": word(true, "regular", "marketing_lite")}, attempt(message.RankDelivered)), tells, billing.Told, 946_000, "tenth", 0},
		"two_billed": {
			sent(map[string]message.Pricing{"1.sent": regular, "2.sent": regular}, attempt(message.RankDelivered), attempt(message.RankRead)),
			tells, billing.Told, dear, "tenth", 1,
		},
		"first_failed": {sent(map[string]message.Pricing{"2.sent": regular}, attempt(message.RankFailed), attempt(message.RankDelivered)), tells, billing.Told, dear, "tenth", 0},
		"first_free": {
			sent(map[string]message.Pricing{"1.sent": word(false, "free_entry_point", "utility"), "2.sent": regular}, attempt(message.RankDelivered), attempt(message.RankRead)),
			tells, billing.Told, dear, "tenth", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := cards().Of(tt.message, tt.teller)
			if got.Account.Basis != tt.basis || got.Account.Price.Micros != tt.micros || got.Account.Card != tt.card || len(got.Extra) != tt.extra {
				t.Errorf("got %+v, want basis %q, %d micros, card %q, %d extra", got, tt.basis, tt.micros, tt.card, tt.extra)
			}
		})
	}
}

// TestBrandsOwnAccountIsNotCharged has a message through a brand's own app: it is counted as told, and costs the account nothing.
func TestBrandsOwnAccountIsNotCharged(t *testing.T) {
	t.Parallel()

	m := sent(map[string]message.Pricing{"1.sent": word(true, "regular", "utility")}, attempt(message.RankDelivered))
	m.Ownership = message.Client
	m.Estimate = cards().Estimate(m, billing.Utility, 1_000, "INR", delivered)

	if got := cards().Of(m, billing.Teller{Reports: true, Prices: true}).Account; got.Basis != billing.Told || got.Price.Micros != 0 || m.Estimate.Micros != 0 {
		t.Errorf("got %+v with estimate %+v, want the provider's word and no price", got, m.Estimate)
	}
}

// TestEstimate has messages claimed a second before and at midnight in India, from which on another card counts.
func TestEstimate(t *testing.T) {
	t.Parallel()

	midnight := time.Date(2026, 10, 9, 18, 30, 0, 0, time.UTC)
	m := sent(nil)

	for at, want := range map[time.Time]message.Estimate{
		midnight.Add(-time.Second): {Category: "utility", Micros: 121_000, Currency: "INR", Card: "october", MarkupBasisPoints: 1_000},
		midnight:                   {Category: "utility", Micros: 220_000, Currency: "INR", Card: "tenth", MarkupBasisPoints: 1_000},
	} {
		if got := cards().Estimate(m, billing.Utility, 1_000, "INR", at); got != want {
			t.Errorf("at %s got %+v, want %+v", at, got, want)
		}
	}

	m.Phone = "+12025550123"
	if got := cards().Estimate(m, billing.Utility, 0, "INR", midnight); got.Micros != 0 || got.Card != "" || got.Category != "utility" {
		t.Errorf("got %+v to a country without a price, want the category alone", got)
	}
}

// TestManyExtrasAreCounted has more attempts charged beside others than one document could list: the first are listed, and all are counted.
func TestManyExtrasAreCounted(t *testing.T) {
	t.Parallel()

	var n billing.Counter

	for i := range 1500 {
		m := sent(nil)
		m.ID, m.Day = fmt.Sprintf("%04d", 1499-i), "2026-10-09"
		n.Count(m, billing.Charges{Account: billing.Charge{Basis: billing.Told}, Extra: []billing.Charge{{Basis: billing.Told, Attempt: 2}}})
	}

	u := n.Usage()
	if u.Total().Extra != 1500 || len(u.Extra) != 1000 || u.Extra[0].MessageID != "0000" || u.Extra[999].MessageID != "0999" {
		t.Errorf("got %d counted and %d listed, want all and the first 1,000", u.Total().Extra, len(u.Extra))
	}
}
