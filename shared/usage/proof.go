package usage

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Word is what one kind of callback said of the price of an attempt.
type Word struct {
	Attempt int
	// Callback is a status such as "sent", or "billing".
	Callback string
	// At is the provider's time of it; zero if it told none.
	At time.Time
	message.Pricing
}

// Try is one attempt to send.
type Try struct {
	Number    int
	ClaimedAt time.Time
	// Status is the furthest that is known; empty if nothing was heard.
	Status message.Status
	// Times are when each status was reached, the earliest first.
	Times []Reached
	// ProviderIDs are the provider's ids of the attempt.
	ProviderIDs []string
	// Class and Code are of the newest failure.
	Class message.Class
	Code  string
	// PossibleDuplicate marks an attempt after one in doubt, Silence is what it rests on.
	PossibleDuplicate bool
	Silence           message.Silence
}

// Reached is when an attempt had a status, by the provider's clock.
type Reached struct {
	Status message.Status
	At     time.Time
}

// receiptOf returns what the message itself proves.
func receiptOf(m message.Message) Receipt {
	r := Receipt{
		MessageID: m.ID,
		Kind:      Notification,
		OrderID:   m.OrderID,
		Event:     m.Event,
		Shipment:  m.Subject,
		AppID:     m.AppID,
		Provider:  m.Provider,
		Ownership: m.Ownership,
		Status:    m.Status(),
		Reason:    m.Reason,
		CreatedAt: m.CreatedAt,
		Words:     wordsOf(m),
		Attempts:  triesOf(m),
	}
	if m.OccurredAt != 0 {
		r.OccurredAt = time.Unix(m.OccurredAt, 0)
	}

	switch {
	case m.Test:
		r.Kind = Test
	case m.Session != nil:
		r.Kind, r.Purpose = AnswerToShopper, m.Session.Kind
	}

	return r
}

// wordsOf lists what the provider said of the price of a message.
func wordsOf(m message.Message) []Word {
	var all []Word

	for key, fact := range m.Pricing {
		number, callback, _ := strings.Cut(key, ".")
		n, _ := strconv.Atoi(number)

		word := Word{Attempt: n, Callback: callback, Pricing: fact}
		if fact.At != 0 {
			word.At = time.UnixMilli(fact.At)
		}

		all = append(all, word)
	}

	slices.SortFunc(all, func(a, b Word) int {
		return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Pricing.At, b.Pricing.At), cmp.Compare(a.Callback, b.Callback))
	})

	return all
}

// triesOf lists the attempts of a message.
func triesOf(m message.Message) []Try {
	var all []Try

	for n := 1; n <= m.Attempt; n++ {
		a := m.AttemptAt(n)
		one := Try{
			Number:            n,
			Status:            a.Rank.Status(),
			ProviderIDs:       a.IDs,
			Class:             a.Class,
			Code:              a.Code,
			PossibleDuplicate: a.PossibleDuplicate,
			Silence:           a.Silence,
		}
		if a.ClaimedAt != 0 {
			one.ClaimedAt = time.UnixMilli(a.ClaimedAt)
		}

		for _, status := range slices.Sorted(maps.Keys(a.At)) {
			one.Times = append(one.Times, Reached{message.Status(status), time.UnixMilli(a.At[status])})
		}

		slices.SortStableFunc(one.Times, func(x, y Reached) int {
			return cmp.Or(x.At.Compare(y.At), cmp.Compare(message.RankOf(x.Status), message.RankOf(y.Status)))
		})

		all = append(all, one)
	}

	return all
}

// sentences collects those that apply.
type sentences []string

func (s *sentences) say(when bool, sentence string) {
	if when {
		*s = append(*s, sentence)
	}
}

// groundLacksOf says what a receipt has not of the consent, the settings and the template that the message rests on, and why.
func groundLacksOf(m message.Message, r Receipt) []string {
	var all sentences

	all.say(m.Test, "It is a test to a number of the brand's own: it rests on no shopper's consent, and nobody is charged for it.")
	all.say(m.Session != nil, "It answers what the shopper wrote: it has no template, and rests on the service window. The consent is the one at that time.")
	all.say(!m.Test && m.CustomerID == "", "The shopper is not known, and so no consent.")
	all.say(!m.Test && m.CustomerID != "" && r.Consent.Entry == nil, "The shopper had neither given nor taken back a consent, as far as the ledger's newest entries tell.")
	all.say(r.Settings.Number == 0, "The version of the settings was not noted.")
	all.say(r.Settings.Number != 0 && r.Settings.At.IsZero(), "Who made the version of the settings, and when, is not kept.")
	all.say(m.TemplateID == "" && m.Session == nil, "It has no template.")
	all.say(m.TemplateID != "" && r.Template.Copy == nil, "No copy of the template is kept: the provider shows none.")
	all.say(r.Template.Copy != nil && !r.Template.Exact, "The template is the newest copy; that of the time of the message was not noted.")

	return all
}

// priceLacksOf says what a receipt has not of what the message cost, and why.
func priceLacksOf(m message.Message, r Receipt) []string {
	var all sentences

	all.say(m.Attempt == 0, "It was not sent, and so nothing is charged.")
	all.say(m.Attempt > 0 && m.Ownership == message.Client, "It went through the brand's own account: the provider charges that, and the platform nothing.")
	all.say(m.Attempt > 0 && m.Ownership != message.Client && !m.Test && m.Estimate.Card == "", "No rate card had a price for it when it was claimed.")
	all.say(r.Charge.Basis == billing.Untold, "It arrived, and the provider has not said yet whether it charges it: what was expected stands.")
	all.say(r.Charge.Basis == billing.ByDelivery || r.Charge.Basis == billing.ByAcceptance, "The provider never says what it charges: the estimate stands.")
	all.say(m.Attempt > 0 && !r.Charge.Happened() && !m.Test && m.Ownership != message.Client, "Nothing is charged so far: it has failed, or it is not known to have arrived.")

	return all
}
