package meta

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// callbackFields are those of webhooks that are read, and that the brand's Meta app has to subscribe.
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

// Steps are what is left to be done at Meta. Which fields its app subscribes cannot be set for the brand.
func (*Provider) Steps(c provider.Callbacks) []string {
	fields := "In the App Dashboard open the app, then WhatsApp, Configuration, and subscribe these webhook fields: " + strings.Join(callbackFields, ", ") + "."
	if c.Subscribed {
		return []string{
			"Meta has been told where to report to for this number, and holds it.",
			fields,
		}
	}

	word, err := VerifyToken(c.App)
	if err != nil {
		word = "(there is none without the app secret)"
	}

	return []string{
		"In the App Dashboard open the app, then WhatsApp, Configuration.",
		"Enter this address as callback URL: " + c.URL,
		"Enter this word as verify token: " + word,
		fields,
		"Choose Verify and save.",
	}
}
