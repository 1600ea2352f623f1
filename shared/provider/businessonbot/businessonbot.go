// Package businessonbot speaks to BusinessOnBot, which is told what happens to orders and chooses and fills its own
// WhatsApp messages; by choice of the account it sends templates that we fill instead.
//
// BusinessOnBot names no message and reports nothing: an answer of success is the last word there is on a message, and a
// message without an answer stays in doubt. Which events it can be told, and how its answers are to be read, is data:
// events.go and codes.go. The bodies follow CONTRACT.md section 4.
package businessonbot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Name is the provider's name in settings and URLs.
const Name = "businessonbot"

// unnamed is the id of every receipt: BusinessOnBot names no message, and no callback will ever ask for one.
const unnamed = "unnamed"

// defaultRate is ours: BusinessOnBot publishes no limit (CONTRACT.md section 2).
const defaultRate = 10

// Keys of [provider.App.ProviderIDs]. All but the first may be left out.
const (
	// KeyBaseURL is the address that BusinessOnBot's support gave the brand. It is the brand's own and may have a path.
	KeyBaseURL = "baseUrl"
	// KeyMode is "events", the default, or "template".
	KeyMode = "mode"
	// KeyPhoneFormat is how shoppers' numbers are written: "e164" with a plus, or "digits" without. BusinessOnBot's pages
	// do not say (CONTRACT.md section 2); without a choice events have the plus and templates have not, as their samples do.
	KeyPhoneFormat = "phoneFormat"
	// KeyIDs is which id a fulfilment has: "order_number", the default, as in BusinessOnBot's own example, or "shipment".
	KeyIDs = "ids"
	// KeyDeliveryEvents is "on", the default, or "off": one integration was told not to send them (CONTRACT.md section 4.1).
	KeyDeliveryEvents = "deliveryEvents"
)

// Values of the keys above.
const (
	ModeEvents   = "events"
	ModeTemplate = "template"

	formatE164   = "e164"
	formatDigits = "digits"
	idsOrder     = "order_number"
	idsShipment  = "shipment"
	deliveryOn   = "on"
	deliveryOff  = "off"
)

// choices are the values that an optional key may have.
var choices = []struct {
	key    string
	values []string
}{
	{KeyMode, []string{ModeEvents, ModeTemplate}},
	{KeyPhoneFormat, []string{formatE164, formatDigits}},
	{KeyIDs, []string{idsOrder, idsShipment}},
	{KeyDeliveryEvents, []string{deliveryOn, deliveryOff}},
}

// Config says where BusinessOnBot is.
type Config struct {
	// BaseURL stands in for scheme, host and port of every app's own address, so that a simulator can answer for all of
	// them; the app's path follows it. Empty in production.
	BaseURL string
	// OrderZone is the zone of the platform's orderDate, which names none; nil means UTC, in which it most likely is
	// (shared/platform/CONTRACT.md section 1.6).
	OrderZone *time.Location
}

// Provider is BusinessOnBot. It holds no state but its configuration and may be used by many at once.
type Provider struct {
	base string
	zone *time.Location
}

// New returns BusinessOnBot under the configuration.
func New(cfg Config) *Provider {
	zone := cfg.OrderZone
	if zone == nil {
		zone = time.UTC
	}
	return &Provider{base: strings.TrimRight(cfg.BaseURL, "/"), zone: zone}
}

// Name is "businessonbot".
func (*Provider) Name() string { return Name }

// Capabilities say that BusinessOnBot echoes nothing and never calls back about a message.
func (*Provider) Capabilities() provider.Capabilities {
	return provider.Capabilities{Rate: defaultRate}
}

// ByTemplate reports whether the app sends templates that we fill; otherwise events are forwarded. An app does one of the
// two, never both, or its shoppers would hear everything twice.
func (*Provider) ByTemplate(app provider.App) bool { return app.ProviderIDs[KeyMode] == ModeTemplate }

// CheckConfig wants the key and the address, and of the optional settings values that exist.
func (p *Provider) CheckConfig(app provider.App) error {
	var problems []error
	if strings.TrimSpace(app.Secret.Reveal()) == "" {
		problems = append(problems, errors.New("businessonbot: the guest API key is missing"))
	}
	if _, err := p.address(app); err != nil {
		problems = append(problems, err)
	}

	for _, c := range choices {
		if v := app.ProviderIDs[c.key]; v != "" && !slices.Contains(c.values, v) {
			problems = append(problems, fmt.Errorf("businessonbot: %s must be %s", c.key, strings.Join(c.values, " or ")))
		}
	}

	return errors.Join(problems...)
}

// address is what the paths of the app's requests are appended to.
func (p *Provider) address(app provider.App) (string, error) {
	own := strings.TrimSpace(app.ProviderIDs[KeyBaseURL])
	if own == "" {
		return "", errors.New("businessonbot: " + KeyBaseURL + " is missing")
	}

	u, err := url.Parse(own)
	if err != nil || u.Scheme != "https" || !publicHost(u) || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", errors.New("businessonbot: " + KeyBaseURL + " must be an https address such as https://shop.example.com/brand")
	}

	path := strings.TrimRight(u.EscapedPath(), "/")
	if p.base != "" {
		return p.base + path, nil
	}

	return "https://" + u.Host + path, nil
}

// hostCharacters are those of a host's name.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

// publicHost keeps a brand's setting from making us call our own network: the host must be a name with a dot in it, in ASCII, since
// full-width and circled characters become other names on the way, and the port that of https. What the name resolves to is checked
// when it is dialled.
func publicHost(u *url.URL) bool {
	if strings.Trim(u.Hostname(), hostCharacters) != "" || u.Port() != "" && u.Port() != "443" {
		return false
	}

	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if !strings.Contains(host, ".") {
		return false
	}

	last := host[strings.LastIndexByte(host, '.')+1:]
	switch last {
	case "", "internal", "local", "localhost", "localdomain":
		return false
	}

	return strings.Trim(last, "0123456789") != "" // an address in digits
}

// post makes a request with a body. The key goes into the header that the endpoint documents.
func (p *Provider) post(
	ctx context.Context, app provider.App, path, keyHeader string, body any,
) (*http.Request, error) {
	base, err := p.address(app)
	if err != nil {
		return nil, err
	}

	content, err := provider.Encode(body)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, bytes.NewReader(content))
	if err != nil {
		// net/http's own error holds the URL.
		return nil, errors.New("businessonbot: " + KeyBaseURL + " cannot be used")
	}

	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	// A line break copied along with a key is the usual cause of a refusal.
	req.Header.Set(keyHeader, strings.TrimSpace(app.Secret.Reveal()))

	return req, nil
}
