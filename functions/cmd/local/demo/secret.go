package demo

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// Names of the brands' secrets: credentials at the providers, what callbacks are signed with, and tokens in webhook URLs.
const (
	neemKey       = "gupshup-neem-api-key"
	neemToken     = lab.TokenPrefix + NeemApp
	platformKey   = "gupshup-platform-api-key"
	platformToken = lab.TokenPrefix + ShareApp

	marigoldKey    = "meta-marigold-token"
	marigoldSecret = "meta-marigold-app-secret"
	marigoldToken  = lab.TokenPrefix + MarigoldApp

	jasmineKey    = "kaleyra-jasmine-api-key"
	jasmineSecret = "kaleyra-jasmine-callback-secret"
	jasmineToken  = lab.TokenPrefix + JasmineApp

	aniseKey = "businessonbot-anise-guest-key"
	// aniseGuest is the key with which BusinessOnBot calls our brandapi.
	aniseGuest = lab.GuestPrefix + AniseApp
)

// Secrets returns the names of all secrets of the demo, for [world.Options].
func Secrets() []string {
	return []string{
		neemKey, platformKey, neemToken, platformToken,
		marigoldKey, marigoldSecret, marigoldToken,
		jasmineKey, jasmineSecret, jasmineToken,
		aniseKey, aniseGuest,
	}
}

// secrets reads the secrets of these names.
func secrets(ctx context.Context, w *world.World, names ...string) ([]config.Secret, error) {
	all := make([]config.Secret, 0, len(names))
	for _, name := range names {
		s, err := w.Parts.Secrets.Access(ctx, name)
		if err != nil {
			return nil, err
		}

		all = append(all, s)
	}

	return all, nil
}
