package account

import "github.com/eshopbox/whatsapp-notifications/shared/fault"

// Reclassed says what becomes of news of orders while WhatsApp has their template in the category marketing, whether it was moved there
// or chosen so. Empty is [HoldReclassed].
type Reclassed string

// What becomes of them.
const (
	// HoldReclassed holds them until the template is in another category, or another one is chosen.
	HoldReclassed Reclassed = "hold"
	// SendReclassed sends them as the marketing that they are by then: at its price, and only to shoppers who agreed to marketing.
	SendReclassed Reclassed = "send"
)

// Check returns an Invalid error for what there is not.
func (r Reclassed) Check(field string) error {
	if r != HoldReclassed && r != SendReclassed {
		return fault.Field(field, "must be hold or send")
	}

	return nil
}

// SendsReclassed reports whether news of orders go on as marketing while their template is in that category.
func (a Account) SendsReclassed() bool { return a.Reclassed == SendReclassed }

// TemplateHealth returns the health of an event's template as it counts for sending.
func (a Account) TemplateHealth(kind string) Health { return a.ForSending(a.Events[kind].Health) }

// ForSending returns the health of a template as it counts for sending: one that is held for its category alone can be sent where the account
// lets such events go on.
func (a Account) ForSending(h Health) Health {
	if h.Reason == CategoryHeld && a.SendsReclassed() {
		return Health{Since: h.Since, RetryAt: h.RetryAt, Checks: h.Checks}
	}

	return h
}
