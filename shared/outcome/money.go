package outcome

import (
	"context"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// endingEstimate is what a message was expected to cost when it was claimed. Amounts are millionths of the currency's unit.
type endingEstimate struct {
	Category string `json:"estimateCategory"`
	Micros   int64  `json:"estimateMicros"`
	Currency string `json:"estimateCurrency,omitempty"`
	// Card is the version of the rate card, empty where there was no price.
	Card string `json:"estimateCard,omitempty"`
}

// endingCharge is what a message costs as of an outcome. The provider's word on it may come later: usage and receipts have the final one.
type endingCharge struct {
	// Basis is what it rests on.
	Basis billing.Basis `json:"chargeBasis"`
	// Billable is what the provider said; nil if it has not said yet, or never does.
	Billable *bool  `json:"chargeBillable,omitempty"`
	Type     string `json:"chargeType,omitempty"`
	Category string `json:"chargeCategory,omitempty"`
	Micros   int64  `json:"chargeMicros"`
	Currency string `json:"chargeCurrency,omitempty"`
	Card     string `json:"chargeCard,omitempty"`
}

// money returns what a message was expected to cost and what it costs as of now; nil where nothing is known. It reads nothing but what the
// instance keeps of rate cards. No outcome waits for a price: where the cards cannot be read there is no charge.
func (r *Recorder) money(ctx context.Context, m message.Message) (*endingEstimate, *endingCharge) {
	if m.Estimate.Category == "" {
		return nil, nil
	}

	e := m.Estimate
	estimate := &endingEstimate{Category: e.Category, Micros: e.Micros, Currency: e.Currency, Card: e.Card}

	all, err := r.apps.Charges(ctx, m)
	if err != nil {
		r.logger.WarnContext(ctx, "an outcome is told without its charge", "message_id", m.ID, "error", err)
		return estimate, nil
	}

	return estimate, endingChargeOf(all.Account)
}

// endingChargeOf returns a charge as it is told; nil if there is none.
func endingChargeOf(c billing.Charge) *endingCharge {
	if !c.Happened() {
		return nil
	}

	told := &endingCharge{
		Basis:    c.Basis,
		Type:     c.Type,
		Category: strings.ToLower(c.Category),
		Micros:   c.Price.Micros,
		Currency: c.Price.Currency,
		Card:     c.Card,
	}

	if c.Basis == billing.Told || c.Basis == billing.Free {
		billable := c.Basis == billing.Told
		told.Billable = &billable
	}

	return told
}
