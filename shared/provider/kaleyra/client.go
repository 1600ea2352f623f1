// Package kaleyra speaks to version 2 of Kaleyra's WhatsApp API: template and order_status messages, session text,
// templates, the check of credentials; and it reads callbacks.
//
// Kaleyra has no callback format of its own: it fills in whatever body a brand has typed into a callback profile. So
// this package publishes the body to type ([CallbackProfile]) and reads that, beside the shapes of Meta that Kaleyra's
// own examples show. Callbacks are not signed; a static header carries a secret ([CallbackHeader]).
//
// The path of a send names the business number, not the shopper's as Kaleyra's page has it (CONTRACT.md section 2.1). Error codes
// and their sources are data, in codes.go; what our events are called in an order_status message is data too, in orderstatus.go.
package kaleyra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Name is the provider's name in settings and URLs.
const Name = "kaleyra"

// defaultRate is ours: Kaleyra publishes none for version 2. A support page on the link to CleverTap allows 50,000
// requests in five minutes, which is far above it.
const defaultRate = 20

// Keys of [provider.App.ProviderIDs].
const (
	// KeyPod is where the account lives: "in", "ap", "eu" or "na".
	KeyPod = "pod"
	// KeySID is the account's id, which stands in every address.
	KeySID = "sid"
	// KeyWABA is the id of the WhatsApp business account, which the addresses of templates hold.
	KeyWABA = "wabaId"
	// KeyVersion is the version of the API that the number was set up for, "v2" if it is missing. A number works with one
	// version only, and version 1 cannot be used.
	KeyVersion = "apiVersion"
)

// hosts are the addresses of version 2 by pod (developers.kaleyra.io/docs/whatsapp-api-v2-send-template-messages; "na"
// stands on its newer pages only).
var hosts = map[string]string{
	"in": "https://api.in.kaleyra.io",
	"ap": "https://api.ap.kaleyra.io",
	"eu": "https://api.eu.kaleyra.io",
	"na": "https://api.na.kaleyra.ai",
}

// BaseURLs are the addresses of all pods.
func BaseURLs() []string { return slices.Collect(maps.Values(hosts)) }

// Config says where Kaleyra is.
type Config struct {
	// BaseURL is what stands before "/v2/…" for every pod; empty means the address of the app's pod.
	BaseURL string
}

// Provider is Kaleyra. It holds no state but its address and may be used by many at once.
type Provider struct{ base string }

// New returns Kaleyra at the address of the configuration.
func New(cfg Config) *Provider { return &Provider{base: strings.TrimRight(cfg.BaseURL, "/")} }

// Name is "kaleyra".
func (*Provider) Name() string { return Name }

// Capabilities say that Kaleyra calls back and that its callbacks carry our reference.
func (*Provider) Capabilities() provider.Capabilities {
	return provider.Capabilities{Echo: true, Callbacks: true, Rate: defaultRate}
}

// CheckConfig wants the API key, the sender's number, pod, SID and the id of the WhatsApp business account, and refuses
// a number of version 1.
func (*Provider) CheckConfig(app provider.App) error {
	var problems []error
	if strings.TrimSpace(app.Secret.Reveal()) == "" {
		problems = append(problems, errors.New("kaleyra: apiKey is missing"))
	}

	switch {
	case app.Number == "":
		problems = append(problems, errors.New("kaleyra: number is missing"))
	case lenient.Digits(app.Number) != app.Number:
		problems = append(problems, errors.New("kaleyra: number must be digits with country code, without plus"))
	}

	for _, key := range []string{KeySID, KeyWABA} {
		if app.ProviderIDs[key] == "" {
			problems = append(problems, fmt.Errorf("kaleyra: %s is missing", key))
		}
	}

	switch pod := app.ProviderIDs[KeyPod]; {
	case pod == "":
		problems = append(problems, fmt.Errorf("kaleyra: %s is missing: in, ap, eu or na", KeyPod))
	case hosts[pod] == "":
		problems = append(problems, fmt.Errorf("kaleyra: %s must be in, ap, eu or na", KeyPod))
	}
	if v := app.ProviderIDs[KeyVersion]; v != "" && !strings.EqualFold(v, "v2") {
		problems = append(problems, errVersion)
	}

	return errors.Join(problems...)
}

// errVersion is what a brand with a number of the older version is told.
var errVersion = fmt.Errorf(
	"kaleyra: %s: the number is set up for version 1 of Kaleyra's WhatsApp API; only version 2 can be used, so ask Kaleyra "+
		"to move the number to version 2", KeyVersion)

// errBase stands for net/http's own error, which holds the URL.
var errBase = errors.New("kaleyra: base URL cannot be used")

// request makes a request for something of the account's; parts are the path below it.
func (p *Provider) request(
	ctx context.Context, app provider.App, method string, body io.Reader, parts ...string,
) (*http.Request, error) {
	base := p.base
	if base == "" {
		base = hosts[app.ProviderIDs[KeyPod]]
	}

	path := []string{base, "v2", url.PathEscape(app.ProviderIDs[KeySID]), "whatsapp"}
	for _, part := range parts {
		path = append(path, url.PathEscape(part))
	}

	req, err := http.NewRequestWithContext(ctx, method, strings.Join(path, "/"), body)
	if err != nil {
		return nil, errBase
	}
	// A line break copied along with the key is the usual cause of a 401.
	req.Header.Set("Api-Key", strings.TrimSpace(app.Secret.Reveal()))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cache-Control", "no-cache") // as in CONTRACT.md section 1

	return req, nil
}
