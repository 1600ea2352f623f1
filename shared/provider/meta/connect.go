package meta

import (
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// callbackFields are those of webhooks that are read, and that the brand's Meta app has to subscribe (see [Provider.Subscribe]).
var callbackFields = []string{
	"messages", "standby", "messaging_handovers", "calls", "user_preferences",
	"message_template_status_update", "message_template_quality_update", "message_template_components_update", "template_category_update",
	"account_update", "account_alerts", "account_review_update", "security",
	"phone_number_quality_update", "phone_number_name_update", "business_capability_update",
}

// Form is what a brand enters to connect its number. The app secret is that of the Meta app whose token it is.
func (*Provider) Form() provider.Form {
	return provider.Form{
		Credential: "access token",
		Numbered:   true,
		IDs:        []provider.FormID{{Key: KeyPhoneNumberID}, {Key: KeyWABAID}},
		Signing:    provider.SignedByBrand,
		Secret:     "app secret",
	}
}

// Steps are what is left to be done at Meta.
func (*Provider) Steps(c provider.Callbacks) []string {
	if c.Subscribed {
		return subscribedSteps(c.Modes)
	}

	word, err := VerifyToken(c.App)
	if err != nil {
		word = "(there is none without the app secret)"
	}

	return []string{
		"In the App Dashboard open the app, then WhatsApp, Configuration.",
		"Enter this address as callback URL: " + c.URL,
		"Enter this word as verify token: " + word,
		inDashboard + "subscribe these webhook fields: " + strings.Join(callbackFields, ", ") + ".",
		"Choose Verify and save.",
	}
}

// inDashboard is where people find the fields of webhooks.
const inDashboard = "In the App Dashboard open the app, then WhatsApp, Configuration, and "

// subscribedSteps are what is left to be done once Meta has been told the address, by the fields that its app subscribes; nil if Meta has
// not told these.
func subscribedSteps(fields []string) []string {
	const held = "Meta has been told where to report to for this number, and holds it."

	missing := slices.DeleteFunc(slices.Clone(callbackFields), func(f string) bool { return slices.Contains(fields, f) })

	switch {
	case len(missing) == 0:
		return []string{held + " Nothing is left to be done: the app subscribes all webhook fields that are read here."}
	case fields == nil:
		return []string{
			held,
			"Meta does not tell which webhook fields the app subscribes, and says nothing of one that is missing: make sure of them by hand.",
			inDashboard + "subscribe these webhook fields: " + strings.Join(missing, ", ") + ".",
		}
	default:
		return []string{
			held,
			"The app does not subscribe all webhook fields that are read here, and they cannot be set from here: it has a callback address of its own, or Meta " +
				"refused them. What they would tell is not heard of.",
			inDashboard + "subscribe these webhook fields, too: " + strings.Join(missing, ", ") + ".",
		}
	}
}
