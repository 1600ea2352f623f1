package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// operator is whose the changes are that ops makes: whoever may write to the store by hand may do what the platform may.
var operator = access.Caller{Subject: "ops", Name: "ops", Role: access.Platform, All: true}

// workspace returns the use cases of settings, as workspace has them.
func (o ops) workspace() *settings.Workspace {
	return settings.NewWorkspace(settings.WorkspaceDeps{
		Store:      o.store,
		Secrets:    o.secrets,
		Providers:  o.providers,
		Client:     o.client,
		Timeout:    o.timeout,
		Keys:       wire.WorkspaceKeys(o.secrets, wire.CallbackKeysConfig{Phone: o.own.Phone, Reference: o.own.Reference}),
		WebhookURL: o.webhookURL,
		News: &settings.Newsroom{
			Publisher: o.topics.Publisher(o.news, queue.Options{}),
			Clock:     o.clock,
			Logger:    slog.New(slog.DiscardHandler), // what the platform is not told shows in the account
		},
		Clock: o.clock,
	})
}

// rateCard puts the rate card that a file has, as PUT /v1/rate-cards does.
func (o ops) rateCard(ctx context.Context, file string, dry bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}

	named, err := billing.Read(text, o.force)
	if err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}

	put := o.workspace().CheckRateCard
	if !dry {
		put = o.workspace().PutRateCard

		if err = o.begin(ctx, named.Version); err != nil {
			return err
		}
	}

	card, created, err := put(ctx, operator, named.Version, text, o.force)
	if err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}

	switch {
	case created:
		o.did("rate card %s is new: %s", card.Version, span(card))
	case dry:
		o.say("rate card %s is there, and would be as the file has it: %s", card.Version, span(card))
	default:
		o.did("rate card %s was there, and is as the file has it: %s", card.Version, span(card))
	}

	return nil
}

// rateCards lists all rate cards with their prices, and says for which currencies a newer one is due.
func (o ops) rateCards(ctx context.Context, _ string, _ bool) error {
	cards, stale, err := o.workspace().RateCards(ctx, operator)
	if err != nil {
		return err
	}

	for _, card := range cards {
		o.say("%s: %s", card.Version, span(card))

		for _, r := range card.Rates {
			o.say("  %-12s %-29s %s%s", r.Market, r.Category, billing.Money{Micros: r.Micros, Currency: card.Currency}, tiers(r))
		}
	}

	for _, currency := range stale {
		o.say("%s: the newest card is from before this quarter; put one that is of it", currency)
	}

	return nil
}

// span says on which days a card counts.
func span(card billing.Card) string {
	if card.Until == "" {
		return fmt.Sprintf("%s from %s", card.Currency, card.From)
	}

	return fmt.Sprintf("%s from %s until %s", card.Currency, card.From, card.Until)
}

// tiers says how many prices for more messages a rate has.
func tiers(r billing.Rate) string {
	if len(r.Tiers) == 0 {
		return ""
	}

	return ", and " + count(len(r.Tiers), "tier")
}
