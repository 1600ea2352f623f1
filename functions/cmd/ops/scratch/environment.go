package scratch

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// environment finds variables: those that a scratch fixes first, then the caller's.
type environment struct {
	given config.Lookuper
	fixed map[string]string
}

// Lookup is part of [config.Lookuper].
func (e environment) Lookup(name string) (string, bool) {
	if value, ok := e.fixed[name]; ok {
		return value, value != ""
	}

	return e.given.Lookup(name)
}

// nowhere ends the names of the hosts that stand for what is outside. No such name leads anywhere, by RFC 6761.
const nowhere = ".scratch.invalid"

// platform is the order platform's part of such a name.
const platform = "platform"

// fixed returns the variables that differ from those of a deployed function; an empty one is not set. One instance works alone, so that it has
// all of an app's rate.
func fixed(project string, cached time.Duration) map[string]string {
	return map[string]string{
		"GOOGLE_CLOUD_PROJECT":         project,
		"PLATFORM_BASE_URL":            "http://" + platform + nowhere,
		"PLATFORM_RESOLUTION_URL":      "",
		"PLATFORM_TOKEN":               "",
		"GUPSHUP_BASE_URL":             "http://" + gupshup.Name + nowhere,
		"KALEYRA_BASE_URL":             "http://" + kaleyra.Name + nowhere,
		"META_BASE_URL":                "http://" + meta.Name + nowhere,
		"BUSINESSONBOT_BASE_URL":       "http://" + businessonbot.Name + nowhere,
		"SECRET_MANAGER_EMULATOR_HOST": "",
		"MAX_INSTANCES":                "1",
		"SETTINGS_TTL":                 cached.String(),
		"K_SERVICE":                    "",
		"PUSH_AUDIENCE":                "",
		"PUSH_SERVICE_ACCOUNT":         "",
		"PUSH_KEYS_URL":                "",
		"PUSH_ISSUER":                  "",
		"PUSH_SIGNATURE":               "",
	}
}

// ownKeys reads the product's own keys, by the names of their secrets.
func ownKeys(ctx context.Context, o Options) (map[string]config.Secret, error) {
	var names wire.KeysConfig
	if err := config.Load(ctx, o.Environment, &names); err != nil {
		return nil, err
	}

	own := map[string]config.Secret{}
	for _, name := range []string{names.Phone.Secret, names.Occurrence, names.Reference.Secret} {
		var err error
		if own[name], err = o.Secrets.Access(ctx, name); err != nil {
			return nil, err
		}
	}

	return own, nil
}
