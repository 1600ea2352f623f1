// Package gupshup speaks to Gupshup's self-serve API for WhatsApp: template and session messages, templates, the check
// of credentials, and subscriptions; and it reads the callbacks of versions 2 and 3.
//
// Gupshup's facts are data: error codes with their sources in codes.go. Its answers and callbacks differ between its own
// pages and apps, so everything is decoded tolerantly (decode.go) and judged by few firm fields: a send is accepted by a
// 2xx with a message id, a report belongs to the message of its gsId, or else of its id.
package gupshup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Name is the provider's name in settings and URLs.
const Name = "gupshup"

// BaseURL is the self-serve API. The older paths under /sm are dead.
const BaseURL = "https://api.gupshup.io"

// defaultRate is the published limit of the self-serve API (support article 360012076319: 20 messages a second).
const defaultRate = 20

// Keys of [provider.App.ProviderIDs].
const (
	// KeyAppID is the app's UUID, which the addresses of its templates and settings hold.
	KeyAppID = "appId"
	// KeyAppName is the app's name, which a send must carry beside the number.
	KeyAppName = "appName"
)

// Config says where Gupshup is.
type Config struct {
	// BaseURL is what stands before "/wa/…"; empty means Gupshup's own address.
	BaseURL string
}

// Provider is Gupshup. It holds no state but its address and may be used by many at once.
type Provider struct{ base string }

// New returns Gupshup at the address of the configuration.
func New(cfg Config) *Provider {
	base := strings.TrimRight(cfg.BaseURL, "/")
	if base == "" {
		base = BaseURL
	}
	return &Provider{base: base}
}

// Name is "gupshup".
func (*Provider) Name() string { return Name }

// Capabilities say that Gupshup calls back and echoes nothing of ours.
func (*Provider) Capabilities() provider.Capabilities {
	return provider.Capabilities{Callbacks: true, Prices: true, Bills: true, Forgeable: true, IDs: 2, Rate: defaultRate}
}

// CheckConfig wants the API key, the number, and the app's name and id: none of them can be found out from the others.
func (*Provider) CheckConfig(app provider.App) error {
	var problems []error
	if strings.TrimSpace(app.Secret.Reveal()) == "" {
		problems = append(problems, errors.New("gupshup: apiKey is missing"))
	}

	switch {
	case app.Number == "":
		problems = append(problems, errors.New("gupshup: number is missing"))
	case lenient.Digits(app.Number) != app.Number:
		problems = append(problems, errors.New("gupshup: number must be digits with country code, without plus"))
	}

	for _, key := range []string{KeyAppID, KeyAppName} {
		if app.ProviderIDs[key] == "" {
			problems = append(problems, fmt.Errorf("gupshup: %s is missing", key))
		}
	}

	return errors.Join(problems...)
}

// field is one field of a form.
type field struct{ name, value string }

// post makes a request with a form, whose fields keep their order.
func (p *Provider) post(
	ctx context.Context, method string, app provider.App, path string, fields ...field,
) (*http.Request, error) {
	var form strings.Builder
	for _, f := range fields {
		if f.value == "" {
			continue
		}
		if form.Len() > 0 {
			form.WriteByte('&')
		}

		form.WriteString(url.QueryEscape(f.name))
		form.WriteByte('=')
		form.WriteString(url.QueryEscape(f.value))
	}

	req, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(form.String()))
	if err != nil {
		return nil, errBase
	}

	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	authorise(req, app)

	return req, nil
}

// get makes a request for something of the app's.
func (p *Provider) get(ctx context.Context, app provider.App, path string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, http.NoBody)
	if err != nil {
		return nil, errBase
	}

	authorise(req, app)

	return req, nil
}

// errBase stands for net/http's own error, which holds the URL.
var errBase = errors.New("gupshup: base URL cannot be used")

// authorise trims the key: a line break copied along with it is the usual cause of a 401.
func authorise(req *http.Request, app provider.App) {
	req.Header.Set("Apikey", strings.TrimSpace(app.Secret.Reveal()))
	req.Header.Set("Accept", "application/json")
}

// appPath is the address of something of the app's.
func appPath(app provider.App, rest string) string {
	return "/wa/app/" + url.PathEscape(app.ProviderIDs[KeyAppID]) + rest
}

// encode is JSON for a field of a form.
func encode(v any) (string, error) {
	b, err := provider.Encode(v)
	return string(b), err
}
