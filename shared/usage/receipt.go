package usage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Receipt is what proves one message: by which consent, settings and template it was sent, what was tried, what it was expected to cost,
// what it cost, and what the provider said of that. It holds no telephone number, no name of a shopper and no text with values in it.
type Receipt struct {
	MessageID string
	Kind      Kind
	OrderID   string
	// Event is the pair of resource and subtype, Shipment the id of the shipment or return. Purpose is what an answer to a shopper is for.
	Event, Shipment, Purpose string
	AppID, Provider          string
	Ownership                message.Ownership
	Status                   message.Status
	// Reason is why it was refused or dropped.
	Reason message.Reason
	// OccurredAt is when the event happened; zero if that is not known.
	CreatedAt, OccurredAt time.Time

	Consent  ConsentProof
	Settings SettingsProof
	Template TemplateProof

	Estimate EstimateProof
	// Charge is what the account is charged; the zero ChargeProof if nothing is known to be charged, or to be free. Extra are further attempts
	// that the provider charged.
	Charge ChargeProof
	Extra  []ChargeProof
	// Words are what the provider said of the price, by attempt and kind of callback.
	Words    []Word
	Attempts []Try
	// Lacks says in sentences what the receipt has not, and why. Those of them that are in LacksGround are of what the message rests on, such as the
	// consent; the others are of what it cost.
	Lacks       []string
	LacksGround []string
}

// Kind is what kind of message a receipt is of.
type Kind string

// The kinds.
const (
	Notification Kind = "notification"
	// Test is one that a brand sent to a number of its own.
	Test Kind = "test"
	// AnswerToShopper is one within the service window, without a template.
	AnswerToShopper Kind = "answer"
)

// ConsentProof is the consent that a message was sent by, or that was lacking.
type ConsentProof struct {
	// Status is what the newest decision on the message saw, such as ACTIVE; empty if none was read.
	Status string
	// Entry is that of the ledger which was in force at that time; nil if there was none.
	Entry *consent.Entry
}

// SettingsProof is the version of the account's settings that a message was sent by.
type SettingsProof struct {
	// Number is 0 if none is known.
	Number int64
	// At, By and Action are of the change that made the version; zero if it is not kept.
	At     time.Time
	By     store.Author
	Action string
}

// TemplateProof is the template that a message was sent with.
type TemplateProof struct {
	// ID is empty of a message without a template.
	ID string
	// Copy has the text with its placeholders, and when the provider was seen to have it so last; nil if there is none.
	Copy *store.Template
	// Exact is false if Copy is the newest one, and not known to be what the message was sent with.
	Exact bool
}

// EstimateProof is what a message was expected to cost.
type EstimateProof struct {
	message.Estimate

	// Row is the line of the card that the estimate is from; nil if there was no price.
	Row *billing.PriceRow
}

// ChargeProof is what an attempt cost.
type ChargeProof struct {
	billing.Charge

	// Row is the line of the card that the price is from; nil if there is none.
	Row *billing.PriceRow
}

// Receipt returns what proves a message of the account; NotFound if it has none of that id. It reads at most 9 documents, beside the rate
// cards, which an instance keeps.
func (b *Book) Receipt(ctx context.Context, c access.Caller, accountID, messageID string) (Receipt, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return Receipt{}, err
	}

	m, err := b.message(ctx, accountID, messageID)
	if err != nil {
		return Receipt{}, err
	}

	r := receiptOf(m)

	if r.Consent, err = b.consentOf(ctx, m); err != nil {
		return Receipt{}, err
	}
	if r.Settings, err = b.settingsOf(ctx, m); err != nil {
		return Receipt{}, err
	}
	if r.Template, err = b.templateOf(ctx, m); err != nil {
		return Receipt{}, err
	}
	if err = b.price(ctx, m, &r); err != nil {
		return Receipt{}, err
	}

	r.LacksGround = groundLacksOf(m, r)
	r.Lacks = append(slices.Clone(r.LacksGround), priceLacksOf(m, r)...)

	return r, nil
}

// message reads a message of the account. That of another account is none, also if it went through the same app.
func (b *Book) message(ctx context.Context, accountID, id string) (message.Message, error) {
	m, err := b.Store.MessageOf(ctx, accountID, id)
	if errors.Is(err, store.ErrNotFound) {
		err = fault.New(fault.NotFound, "usage.message", "no such message")
	}

	return m, err
}

// maxEntries is how many entries of a ledger are read. One that gives or takes back a consent is only added if it is the latest on its purpose,
// by the time that it counts from: so the newest is the one, unless several were written at once.
const maxEntries = 5

// consentOf returns the consent that a message was sent by. What the newest decision read is known by its place in the ledger; of a message
// of the old form, and of an answer, by the time.
func (b *Book) consentOf(ctx context.Context, m message.Message) (ConsentProof, error) {
	proof := ConsentProof{Status: m.Grounds.Consent}
	if m.Test || m.CustomerID == "" {
		return proof, nil
	}

	purpose := consent.OrderUpdates
	if m.Grounds.Marketing {
		purpose = consent.Marketing
	}

	entries, err := b.Store.ConsentEntries(ctx, m.CustomerID, purpose, m.Grounds.Ledger, maxEntries)
	if err != nil {
		return ConsentProof{}, err
	}

	at := decidedAt(m)

	var known []consent.Entry

	for _, e := range entries {
		if m.Grounds.Ledger > 0 || !e.RecordedAt.After(at) {
			known = append(known, e)
		}
	}

	if e, ok := consent.InForce(known, purpose); ok {
		proof.Entry = &e
	}

	return proof, nil
}

// decidedAt returns when it was decided whether to send a message.
func decidedAt(m message.Message) time.Time {
	if m.Grounds.At != 0 {
		return time.UnixMilli(m.Grounds.At)
	}

	return m.CreatedAt
}

// settingsOf returns the version of the settings that a message was sent by, or refused by.
func (b *Book) settingsOf(ctx context.Context, m message.Message) (SettingsProof, error) {
	proof := SettingsProof{Number: m.SettingsVersion}
	if proof.Number == 0 {
		proof.Number = m.Grounds.Settings
	}
	if proof.Number == 0 {
		return proof, nil
	}

	v, err := b.Store.Version(ctx, m.AccountID, proof.Number)
	if errors.Is(err, store.ErrNotFound) {
		return proof, nil
	}

	proof.At, proof.By, proof.Action = v.At, v.By, v.Action

	return proof, err
}

// templateOf returns the template that a message was sent with; the newest copy if that of its time is not kept.
func (b *Book) templateOf(ctx context.Context, m message.Message) (TemplateProof, error) {
	proof := TemplateProof{ID: m.TemplateID}
	if m.TemplateID == "" {
		return proof, nil
	}

	if m.Grounds.Copy != "" {
		kept, err := b.Store.TemplateCopy(ctx, m.AppID, m.TemplateID, m.Grounds.Copy)
		if err == nil {
			proof.Copy, proof.Exact = &kept, true
			return proof, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return TemplateProof{}, err
		}
	}

	newest, err := b.Store.Template(ctx, m.AppID, m.TemplateID)
	if errors.Is(err, store.ErrNotFound) {
		return proof, nil
	}

	proof.Copy = &newest

	return proof, err
}

// price notes what a message was expected to cost, and what it cost.
func (b *Book) price(ctx context.Context, m message.Message, r *Receipt) error {
	cards, err := b.Accounts.Cards(ctx)
	if err != nil {
		return err
	}

	row := func(version, category string) *billing.PriceRow {
		found, ok := cards.RowOf(version, m.Phone, category)
		if !ok {
			return nil
		}

		return &found
	}

	r.Estimate = EstimateProof{m.Estimate, row(m.Estimate.Card, m.Estimate.Category)}

	all := cards.Of(m, settings.Teller(b.Providers, m.Provider))
	r.Charge = ChargeProof{all.Account, row(all.Account.Card, all.Account.Category)}

	for _, extra := range all.Extra {
		r.Extra = append(r.Extra, ChargeProof{extra, row(extra.Card, extra.Category)})
	}

	return nil
}
