package kaleyra

import "github.com/eshopbox/whatsapp-notifications/shared/provider"

// Form is what a brand enters to connect its number.
func (*Provider) Form() provider.Form {
	return provider.Form{
		Credential: "API key",
		Numbered:   true,
		IDs:        []provider.FormID{{Key: KeySID}, {Key: KeyWABA}, {Key: KeyPod}, {Key: KeyVersion, Optional: true}},
		Signing:    provider.SignedByUs,
		Secret:     "callback secret",
	}
}

// Steps are what is left to be done at Kaleyra, which has no way to have it done.
func (*Provider) Steps(c provider.Callbacks) []string {
	secret := ""
	if len(c.App.Signing) > 0 {
		secret = c.App.Signing[0].Reveal()
	}

	return []string{
		"In Kaleyra's console open Settings, Callback profiles, and add a profile for WhatsApp.",
		"Enter this address as URL, with method POST: " + c.URL,
		"Add a header with the name " + CallbackHeader + " and this value, which is shown this once: " + secret,
		"Enter this as body, as it stands: " + string(CallbackProfile()),
		"Ask Kaleyra's support to attach the profile to the number for delivery reports, incoming messages, templates and quality.",
	}
}
