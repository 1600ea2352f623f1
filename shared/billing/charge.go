package billing

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// Zone is that of the platform's WhatsApp accounts, in which prices change at midnight: UTC+5:30 all year.
var Zone = time.FixedZone("IST", int((5*time.Hour + 30*time.Minute).Seconds()))

// Basis is what a charge rests on.
type Basis string

// The bases of a charge.
const (
	// Told: the provider said that it charges the message, and as what.
	Told Basis = "provider"
	// Free: the provider said that it does not charge the message.
	Free Basis = "free"
	// Untold: the message arrived, and its provider has not said yet, in a callback that may come late, whether it charges. What it said when it
	// sent the message stands, or else the estimate.
	Untold Basis = "untold"
	// ByDelivery: the message arrived, and its provider never says whether it charges. The estimate stands.
	ByDelivery Basis = "delivered"
	// ByAcceptance: the provider took the message and never says whether it arrived. The estimate stands.
	ByAcceptance Basis = "accepted"
)

// Charge is what one attempt of a message cost. The zero Charge is that of an attempt which cost nothing, as far as is known: it failed,
// or nothing has been heard of it.
type Charge struct {
	Basis Basis
	// Attempt is its number, from 1.
	Attempt int
	// Type and Category are the provider's words, such as "regular" and "utility", or the estimate's category.
	Type     string
	Category string
	// At is when it arrived, or what the provider charges by; its price is that of this time.
	At time.Time
	// Price is what the account is charged, with its mark-up. It is zero of what is free, of a test, of what goes through a brand's own
	// account, and where no card has a price.
	Price Money
	// Card is the version of the card that Price is from; empty where there is none.
	Card string
}

// Happened reports whether there is a charge, or the provider's word that there is none.
func (c Charge) Happened() bool { return c.Basis != "" }

// Teller is what a provider tells of its messages.
type Teller struct {
	// Reports: whether they arrived. Prices: whether, and as what, they are charged. Bills: that it tells so in a billing event of its own, so
	// that the price in its report of sending is what it expects.
	Reports, Prices, Bills bool
}

// Charges are what a message cost.
type Charges struct {
	// Account is what the account is charged: the first attempt that cost anything. A message is charged once.
	Account Charge
	// Extra are further attempts that the provider charged too. They are the platform's cost, or that of the owner of the app.
	Extra []Charge
}

// Of returns what a message cost, of whose provider by tells. It goes by nothing but the message and the cards: it is the same whoever asks,
// whenever and how often. Cards must be those of [Cards.Admit], which never change once they have priced a message.
func (cs Cards) Of(m message.Message, by Teller) Charges {
	var all Charges

	for n := 1; n <= m.Attempt; n++ {
		c := cs.ofAttempt(m, n, by)

		switch {
		case !c.Happened():
		case !all.Account.Happened(), all.Account.Basis == Free && c.Basis != Free:
			all.Account = c
		case c.Basis != Free:
			all.Extra = append(all.Extra, c)
		}
	}

	return all
}

// ofAttempt returns what one attempt cost.
func (cs Cards) ofAttempt(m message.Message, n int, by Teller) Charge {
	a := m.AttemptAt(n)
	if a.Rank == message.RankFailed {
		return Charge{}
	}

	fact, kind := toldOf(m, n)
	billed := kind == kindBilling
	arrived := a.Rank >= message.RankDelivered || billed // a billing event is of a message that arrived, whatever else got lost
	charge := Charge{Attempt: n, At: arrival(a, fact)}

	switch {
	case arrived && fact.Known && !fact.Billable:
		charge.Basis, charge.Type, charge.Category = Free, fact.Type, fact.Category
		return charge
	case arrived && fact.Known:
		charge.Basis, charge.Type, charge.Category = Told, fact.Type, fact.Category
		if by.Bills && kind == string(message.StatusSent) {
			charge.Basis = Untold
		}

		return cs.priced(m, charge)
	case arrived && by.Prices:
		charge.Basis = Untold
	case arrived:
		charge.Basis = ByDelivery
	case !by.Reports && a.Rank >= message.RankAccepted:
		charge.Basis = ByAcceptance
	default:
		return Charge{}
	}

	charge.Category = m.Estimate.Category
	if m.Estimate.Card == "" && m.Ownership == message.Platform {
		return cs.priced(m, charge) // the cards could not be read when it was claimed, or none had a price then
	}

	charge.Price, charge.Card = Money{m.Estimate.Micros, m.Estimate.Currency}, m.Estimate.Card

	return charge
}

// kindBilling is the kind of a billing event.
const kindBilling = "billing"

// told are the callbacks that speak of a price, the strongest word first: a billing event, then what is nearest to the delivery, which is
// what is charged.
var told = []string{kindBilling, string(message.StatusDelivered), string(message.StatusRead), string(message.StatusSent)}

// toldOf returns the provider's word on the price of an attempt, and the kind of callback that it is from. Only a word that names the category
// counts: Kaleyra's is an amount without a currency.
func toldOf(m message.Message, n int) (fact message.Pricing, kind string) {
	for _, kind := range told {
		f := m.Pricing[message.Number(n)+"."+kind]
		if f.Known && f.Category != "" {
			return f, kind
		}
	}

	return message.Pricing{}, ""
}

// arrival returns when an attempt arrived, as far as is known.
func arrival(a message.Attempt, fact message.Pricing) time.Time {
	for _, s := range []message.Status{message.StatusDelivered, message.StatusRead} {
		if at := a.At[string(s)]; at != 0 {
			return time.UnixMilli(at)
		}
	}

	if fact.At != 0 {
		return time.UnixMilli(fact.At)
	}

	return time.UnixMilli(a.At[string(message.StatusAccepted)])
}

// priced returns a charge with the price of its category at its time. Where no card has one the estimate's stands.
func (cs Cards) priced(m message.Message, c Charge) Charge {
	e := m.Estimate

	if m.Ownership != message.Platform || m.Test {
		return c
	}

	q, err := cs.priceTo(m.Phone, chargedAs(c.Category), c.At, e.Currency)
	if err != nil {
		c.Price, c.Card = Money{e.Micros, e.Currency}, e.Card
		return c
	}

	c.Price, c.Card = Markup(e.MarkupBasisPoints).Apply(q.Price), q.Version

	return c
}

// otherwise are the categories that providers name which a card has under another name.
var otherwise = map[Category]Category{"marketing_lite": Marketing, "authentication_int": AuthenticationInternational}

// chargedAs returns the category of a card for a provider's word.
func chargedAs(word string) Category {
	c := Category(strings.ReplaceAll(strings.ToLower(word), "-", "_"))
	if known, ok := otherwise[c]; ok {
		return known
	}

	return c
}

// priceTo returns what a message to a number (E.164) costs, as [Cards.Price] does, whose errors it has. Of a calling code that several
// countries share it is the first country that has a price.
func (cs Cards) priceTo(e164 string, c Category, at time.Time, currency string) (Quote, error) {
	number, err := phone.FromE164(e164)
	if err != nil {
		return Quote{}, ErrNoPrice
	}

	for _, country := range number.Countries() {
		q, err := cs.Price(country, c, at.In(Zone), currency)
		if !errors.Is(err, ErrNoPrice) {
			return q, err
		}
	}

	return Quote{}, ErrNoPrice
}

// Estimate returns what a message through an app is expected to cost an account with that mark-up, as it is claimed at a time. Where no card
// has a price it names the category alone, and nothing is charged. What goes through a brand's own account is not charged.
func (cs Cards) Estimate(m message.Message, c Category, mark Markup, currency string, at time.Time) message.Estimate {
	e := message.Estimate{Category: string(c), Currency: currency, MarkupBasisPoints: int(mark)}

	if m.Ownership != message.Platform || m.Test {
		return e
	}

	if q, err := cs.priceTo(m.Phone, c, at, currency); err == nil {
		e.Micros, e.Card = mark.Apply(q.Price).Micros, q.Version
	}

	return e
}

// Sort puts cards in the order of their days and versions.
func (cs Cards) Sort() {
	slices.SortFunc(cs, func(a, b Card) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Version, b.Version)) })
}
