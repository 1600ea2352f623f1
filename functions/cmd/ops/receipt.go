package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

var errReceipt = errors.New("name an account and a message, such as 811/0123456789abcdef0123456789abcdef")

// receipt prints what proves one message: consent, settings, template, attempts, and what it cost.
func (o ops) receipt(ctx context.Context, subject string, _ bool) error {
	accountID, messageID, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || messageID == "" {
		return errReceipt
	}

	book := usage.New(usage.Deps{
		Store:     o.store,
		Accounts:  o.accounts(),
		Providers: o.providers,
		Clock:     o.clock,
	})

	r, err := book.Receipt(ctx, operator, accountID, messageID)
	if err != nil {
		return fmt.Errorf("message %s of account %s: %w", messageID, accountID, err)
	}

	o.say("%s %s of account %s", r.Kind, r.MessageID, accountID)
	o.line("order", r.OrderID, r.Event, r.Shipment, r.Purpose, utc(r.OccurredAt))
	o.line("status", r.Status, r.Reason, "made", utc(r.CreatedAt))
	o.line("app", r.AppID, r.Provider, r.Ownership)
	o.sayProofs(r)
	o.sayTries(r)
	o.sayMoney(r)

	for _, sentence := range r.Lacks {
		o.line("note", sentence)
	}

	return nil
}

// sayProofs prints the consent, the settings and the template of a message.
func (o ops) sayProofs(r usage.Receipt) {
	o.line("consent", r.Consent.Status)

	if e := r.Consent.Entry; e != nil {
		o.line("", fmt.Sprintf("entry %d", e.Sequence), e.Action, e.Purpose, "by", e.Source, utc(e.OccurredAt), "recorded", utc(e.RecordedAt))
		o.line("", "notice", e.NoticeVersion, e.NoticeHash)
		o.line("", "hash", e.Hash)
	}
	if s := r.Settings; s.Number != 0 {
		o.line("settings", fmt.Sprintf("version %d", s.Number), s.Action, s.By.Subject, s.By.Name, utc(s.At))
	}

	o.line("template", r.Template.ID)

	if t := r.Template.Copy; t != nil {
		o.line("", t.Name, t.Language, t.Category, t.Status, "checked", utc(t.CheckedAt))
		o.line("", fmt.Sprintf("%q", t.Body))
	}
}

// sayTries prints the attempts of a message.
func (o ops) sayTries(r usage.Receipt) {
	for _, a := range r.Attempts {
		o.line(fmt.Sprintf("attempt %d", a.Number), utc(a.ClaimedAt), a.Status, a.Class, a.Code, strings.Join(a.ProviderIDs, " "))

		for _, reached := range a.Times {
			o.line("", reached.Status, utc(reached.At))
		}
	}
}

// sayMoney prints what a message was expected to cost, what it cost, and what the provider said of it.
func (o ops) sayMoney(r usage.Receipt) {
	e := r.Estimate
	if e.Category != "" {
		o.line("estimate", e.Category, billing.Money{Micros: e.Micros, Currency: e.Currency}, fmt.Sprintf("mark-up %d basis points", e.MarkupBasisPoints))
		o.sayRow(e.Row)
	}
	if r.Charge.Happened() {
		o.sayCharge("charge", r.Charge)
	}

	for _, extra := range r.Extra {
		o.sayCharge("extra", extra)
	}

	for _, w := range r.Words {
		o.line("word", fmt.Sprintf("attempt %d", w.Attempt), w.Callback, billableOf(w), w.Model, w.Category, w.Type, w.Source, utc(w.At))
	}
}

// billableOf says whether the provider charges a message, by one word of it; nothing if the word does not say so.
func billableOf(w usage.Word) string {
	switch {
	case !w.Known:
		return ""
	case w.Billable:
		return "billable"
	default:
		return "free"
	}
}

func (o ops) sayCharge(name string, c usage.ChargeProof) {
	o.line(name, c.Basis, fmt.Sprintf("attempt %d", c.Attempt), c.Type, c.Category, c.Price, utc(c.At))
	o.sayRow(c.Row)
}

// sayRow prints the line of a card that a price is from.
func (o ops) sayRow(row *billing.PriceRow) {
	if row != nil {
		o.line("", "card", row.Version, "from", row.From, row.Market, row.Category, billing.Money{Micros: row.Micros, Currency: row.Currency})
	}
}

// line prints a name and what there is of some values; nothing if there is none.
func (o ops) line(name string, values ...any) {
	words := strings.Fields(fmt.Sprintln(values...))
	if len(words) > 0 {
		o.say("  %-10s %s", name, strings.Join(words, " "))
	}
}

// utc returns a time for a person; empty if it is not known.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}

	return t.UTC().Format(time.RFC3339)
}
