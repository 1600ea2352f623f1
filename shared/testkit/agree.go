package testkit

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Agree records in an account that was made by hand that somebody has agreed to the charges of its events, at each app of the platform's that
// it has, as is recorded when events are switched on over the workspace API. Without that nothing is sent through such an app. Its choices are
// then what its events say. An account without such an app stays as it is.
func Agree(a *account.Account) {
	choices := map[string]map[string]account.Choice{}
	charged := false

	for id, app := range a.Apps {
		choices[id] = a.ChoicesAt(id)
		if app.Ownership != message.Platform {
			continue
		}

		charged = true

		for kind, e := range a.Events {
			choices[id][kind] = account.Choice{Enabled: e.Enabled, MaxAge: e.MaxAge, Charges: agreed()}
		}
	}

	if charged {
		a.Choices = choices
	}
}

// agreed returns a consent to charges.
func agreed() *account.ChargeConsent {
	return &account.ChargeConsent{
		By:          "somebody at the brand",
		At:          time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		TextVersion: "2024-01",
		Price:       "INR 0.117875",
		PriceMicros: 117_875,
	}
}
