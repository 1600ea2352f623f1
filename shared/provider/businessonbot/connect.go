package businessonbot

import "github.com/eshopbox/whatsapp-notifications/shared/provider"

// Form is what a brand enters to connect BusinessOnBot.
func (*Provider) Form() provider.Form {
	ids := []provider.FormID{{Key: KeyBaseURL}}
	for _, c := range choices {
		ids = append(ids, provider.FormID{Key: c.key, Optional: true})
	}

	return provider.Form{Credential: "guest API key", IDs: ids} //nolint:gosec // what a person calls it
}

// Steps are what is left to be done at BusinessOnBot, which never calls back about a message.
func (*Provider) Steps(provider.Callbacks) []string {
	return []string{
		"Nothing is left to be done: BusinessOnBot is told of every event that is switched on, and chooses its own messages.",
		"BusinessOnBot does not report what became of a message.",
	}
}
