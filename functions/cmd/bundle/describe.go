package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// Function is what Terraform has to know of a function.
type Function struct {
	// EntryPoint is the name that it registers with the functions framework.
	EntryPoint string `json:"entryPoint"`
	// Variables are those that it reads of its environment, but for what is never set in a deployment.
	Variables map[string]Variable `json:"variables"`
}

// Variable is what Terraform has to know of an environment variable.
type Variable struct {
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required,omitempty"`
	// Secret says that the value comes from Secret Manager.
	Secret bool `json:"secret,omitempty"`
}

// functions are all functions, with what each reads beside [boot.Config].
var functions = map[string]struct {
	entryPoint string
	config     any
}{
	"brandapi":  {"BrandAPI", brandapi.Config{}},
	"console":   {"Console", console.Config{}},
	"notify":    {"Notify", notify.Config{}},
	"receive":   {"Receive", receive.Config{}},
	"subscribe": {"Subscribe", subscribe.Config{}},
	"sweep":     {"Sweep", sweep.Config{}},
	"webhook":   {"Webhook", webhook.Config{}},
	"workspace": {"Workspace", workspace.Config{}},
}

// undeployed are the variables that a deployment never sets: Cloud Run does, or they lead to something that stands in for Google or a provider.
var undeployed = []string{
	"K_SERVICE", "SECRET_MANAGER_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "PUSH_KEYS_URL", "PUSH_ISSUER", "SERVICE_KEYS_URL", "IAP_KEYS_URL",
	"GUPSHUP_BASE_URL", "KALEYRA_BASE_URL", "META_BASE_URL", "BUSINESSONBOT_BASE_URL",
}

// errDefaults says that two functions read one variable in different ways.
var errDefaults = errors.New("has two defaults, is required in one function only, or is a secret in one only")

// Describe returns the description of all functions for Terraform, as JSON.
func Describe() ([]byte, error) {
	described := struct {
		Functions map[string]Function `json:"functions"`
	}{map[string]Function{}}
	all := map[string]Variable{}

	for name, f := range functions {
		described.Functions[name] = Function{EntryPoint: f.entryPoint, Variables: map[string]Variable{}}

		for _, v := range slices.Concat(config.Variables(boot.Config{}), config.Variables(f.config)) {
			if slices.Contains(undeployed, v.Name) {
				continue
			}

			one := Variable{Default: v.Default, Required: v.Required, Secret: v.Secret}
			if known, ok := all[v.Name]; ok && known != one {
				return nil, fmt.Errorf("%s %w", v.Name, errDefaults)
			}

			all[v.Name], described.Functions[name].Variables[v.Name] = one, one
		}
	}

	text, err := json.MarshalIndent(described, "", "  ")

	return append(text, '\n'), err
}
