package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	why "github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

var errExplain = errors.New("name an account and an order, such as 811/51230077, or an account, - and the shopper's number on the standard input, such as 811/-, or a message by its id, which has 32 hex digits, with its account or without")

// fromInput stands for a shopper's number that is read: the shell keeps arguments in its history.
const fromInput = "-"

// accounts returns the accounts as they are stored now.
func (o ops) accounts() *settings.Accounts {
	return settings.NewAccounts(o.store, settings.Options{Clock: o.clock, Timeout: lookUp})
}

// explain says of a message, or of each happening of an order or a shopper, why it was sent or not.
func (o ops) explain(ctx context.Context, subject string, _ bool) error {
	teller := story.New(story.Deps{
		Store:    o.store,
		Accounts: o.accounts(),
		Keyer:    wire.PhoneKeyer(o.secrets, o.own.Phone),
		Clock:    o.clock,
		Zone:     o.zone,
	})

	accountID, orderID, ofOrder := strings.Cut(subject, "/")
	if !ofOrder {
		return o.explainMessage(ctx, teller, subject)
	}
	if accountID == "" || orderID == "" {
		return errExplain
	}
	if message.IsID(orderID) {
		return o.explainMessageOf(ctx, teller, accountID, orderID)
	}
	if orderID == fromInput {
		return o.explainShopper(ctx, teller, accountID)
	}

	all, err := teller.ExplainOrder(ctx, operator, accountID, orderID)
	if err != nil {
		return fmt.Errorf("order %s of account %s: %w", orderID, accountID, err)
	}

	o.say("order %s of account %s", strings.TrimSpace(all.OrderID+" "+all.Number), accountID)

	if !all.Kept {
		o.say("%s %s", all.Explanation.Sentence, all.Explanation.Advice)
	}

	for _, one := range all.Answers {
		o.sayAnswer(one)
	}

	return nil
}

// explainShopper explains what was to be told to the shopper whose number is read.
func (o ops) explainShopper(ctx context.Context, teller *story.Teller, accountID string) error {
	number, err := io.ReadAll(io.LimitReader(o.in, 100))
	if err != nil {
		return fmt.Errorf("the standard input: %w", err)
	}

	s, err := teller.ExplainShopper(ctx, operator, accountID, strings.TrimSpace(string(number)))
	if err != nil {
		return fmt.Errorf("account %s: %w", accountID, err)
	}

	o.say("a shopper of account %s: %s", accountID, cmp.Or(s.Consent, "never met"))
	o.say("%s %s", s.Words.Sentence, s.Words.Advice)

	for _, one := range s.Answers {
		o.sayAnswer(one)
	}

	if s.Older {
		o.say("\nOlder messages are not shown.")
	}

	return nil
}

// lookUp is how long reading an account may take.
const lookUp = 10 * time.Second

// explainMessageOf explains a message of an account. It is as if it were not there if it is another account's.
func (o ops) explainMessageOf(ctx context.Context, teller *story.Teller, accountID, id string) error {
	if _, err := o.store.MessageOf(ctx, accountID, id); err != nil {
		return fmt.Errorf("message %s of account %s: %w", id, accountID, err)
	}

	return o.explainMessage(ctx, teller, id)
}

func (o ops) explainMessage(ctx context.Context, teller *story.Teller, id string) error {
	if !message.IsID(id) {
		return errExplain
	}

	m, err := o.store.Message(ctx, id)
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}

	one, err := teller.ExplainMessage(ctx, operator, m.AccountID, id)
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}

	o.say("order %s of account %s", one.OrderID, m.AccountID)
	o.sayAnswer(one)

	return nil
}

// sayAnswer prints how one happening ended.
func (o ops) sayAnswer(a story.Answer) {
	when := a.Day
	if !a.At.IsZero() {
		when = a.At.UTC().Format(time.RFC3339)
	}

	o.say("\n%s", strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", a.Event, a.Shipment, when, a.MessageID)), " "))
	o.say("  %s: %s %s", a.Status, a.Sentence, a.Advice)

	if a.Settings > 0 {
		o.say("  decided by version %d of the settings", a.Settings)
	}

	for _, c := range a.Checks {
		o.sayCheck(c)
	}

	for _, n := range a.Attempts {
		o.say("  attempt %d  %s%s", n.Number, n.Words.Sentence, marked(n))
	}

	for _, n := range a.Notes {
		o.say("  note       %s", n.Sentence)
	}
}

// sayCheck prints a check that was asked.
func (o ops) sayCheck(c why.Check) {
	if c.Outcome == why.NotAsked {
		return
	}

	line := fmt.Sprintf("  %-10s %s %s", c.Outcome, c.Question, c.Value)
	if c.Now != "" {
		line += " (now: " + c.Now + ")"
	}

	o.say("%s", strings.TrimRight(line, " "))
}

// marked says of an attempt that it may be a second one.
func marked(n why.AttemptNote) string {
	switch {
	case !n.PossibleDuplicate:
		return ""
	case n.Silence == message.SilenceIgnored:
		return " It was sent once more by a person."
	default:
		return " An earlier attempt may have arrived as well."
	}
}
