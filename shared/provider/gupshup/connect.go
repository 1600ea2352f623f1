package gupshup

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Form is what a brand enters to connect its Gupshup app.
func (*Provider) Form() provider.Form {
	return provider.Form{
		Credential: "API key",
		Numbered:   true,
		IDs:        []provider.FormID{{Key: KeyAppID}, {Key: KeyAppName}},
	}
}

// Steps are what is left to be done at Gupshup.
func (*Provider) Steps(c provider.Callbacks) []string {
	const leave = "Leave that subscription as it is. Without it nobody knows what became of a message."

	switch {
	case c.Subscribed && c.Modes == nil:
		return []string{
			"Gupshup has been told where to report to, and holds it as the subscription " + tag + ". It tells how many events it reports there, and not which.",
			"In Gupshup's console open the app, then Webhooks, and make sure that these are switched on: " + strings.ToLower(strings.Join(modes, ", ")) + ".",
			leave,
		}
	case c.Subscribed:
		return []string{
			"Nothing is left to be done: Gupshup has been told where to report to, and holds it as the subscription " + tag + ".",
			leave,
		}
	}

	return []string{
		"In Gupshup's console open the app, then Webhooks, and add a webhook.",
		"Enter this address as callback URL: " + c.URL,
		"Choose payload format Gupshup (v2), and switch on these events: " + strings.ToLower(strings.Join(modes, ", ")) + ".",
		"Save it. Gupshup tries the address and shows it as active.",
	}
}
