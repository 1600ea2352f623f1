// Package meta speaks to Meta's WhatsApp Cloud API: template and session messages, templates, the check of credentials,
// and subscriptions; and it reads signed webhooks, as well as the bare ones of the retired On-Premises API.
//
// Meta's facts are data: error codes with their sources are in codes.go, what its order templates can say of an event in
// payment.go. A send is accepted by a 2xx with a message id and no error; everything else is judged by the error's
// code first and by the HTTP status after it, as Meta changes the latter. Webhooks are decoded tolerantly (decode.go):
// every field may be missing, and one odd item costs no other.
package meta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Name is the provider's name in settings and URLs.
const Name = "meta"

const (
	// BaseURL is the Graph API.
	BaseURL = "https://graph.facebook.com"
	// defaultVersion is the version that requests are made for unless the configuration names another. A version ends
	// about two years after its successor; this one came on 29 July 2026 (CONTRACT.md section 1.1).
	defaultVersion = "v26.0"
	// defaultRate leaves some of a number's 80 messages a second, which count both ways, to what comes in.
	defaultRate = 60
)

// Keys of [provider.App.ProviderIDs]. Both are Meta's ids, not phone numbers.
const (
	// KeyPhoneNumberID is the number that sends.
	KeyPhoneNumberID = "phoneNumberId"
	// KeyWABAID is the WhatsApp Business Account that owns number and templates.
	KeyWABAID = "wabaId"
)

// Config says where Meta is.
type Config struct {
	// BaseURL is what stands before the version; empty means Meta's own address.
	BaseURL string
	// Version is the Graph API's, such as "v26.0"; empty means [defaultVersion].
	Version string
}

// Provider is Meta. It holds no state but its address and may be used by many at once.
type Provider struct{ base string }

// New returns Meta at the address and version of the configuration.
func New(cfg Config) *Provider {
	base := strings.TrimRight(cfg.BaseURL, "/")
	if base == "" {
		base = BaseURL
	}

	version := strings.Trim(cfg.Version, "/ ")
	if version == "" {
		version = defaultVersion
	}

	return &Provider{base: base + "/" + version}
}

// Name is "meta".
func (*Provider) Name() string { return Name }

// Capabilities say that Meta calls back and echoes our reference.
func (*Provider) Capabilities() provider.Capabilities {
	return provider.Capabilities{Echo: true, Callbacks: true, Prices: true, IDs: 1, Rate: defaultRate}
}

// CheckConfig wants the access token and the two ids. The app secret is needed for signed webhooks only and is not asked
// for here, since sending does without it.
func (*Provider) CheckConfig(app provider.App) error {
	var problems []error
	if token(app) == "" {
		problems = append(problems, errors.New("meta: accessToken is missing"))
	}
	if app.Number != "" && lenient.Digits(app.Number) != app.Number {
		problems = append(problems, errors.New("meta: number must be digits with country code, without plus"))
	}

	for _, key := range []string{KeyPhoneNumberID, KeyWABAID} {
		switch id := app.ProviderIDs[key]; {
		case id == "":
			problems = append(problems, fmt.Errorf("meta: %s is missing", key))
		case strings.Trim(id, "0123456789") != "":
			problems = append(problems, fmt.Errorf("meta: %s must be digits", key))
		}
	}

	return errors.Join(problems...)
}

// token is trimmed: a line break copied along with it is a common cause of a 401.
func token(app provider.App) string { return strings.TrimSpace(app.Secret.Reveal()) }

// errBase stands for net/http's own error, which holds the URL.
var errBase = errors.New("meta: base URL cannot be used")

// post makes a request with a JSON body.
func (p *Provider) post(ctx context.Context, app provider.App, path string, body any) (*http.Request, error) {
	content, err := provider.Encode(body)
	if err != nil {
		return nil, err
	}

	req, err := p.request(ctx, http.MethodPost, app, path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}

	req.Header.Set("Content-Type", "application/json")

	return req, nil
}

// get makes a request for something of the app's.
func (p *Provider) get(ctx context.Context, app provider.App, path string, query url.Values) (*http.Request, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return p.request(ctx, http.MethodGet, app, path, http.NoBody)
}

func (p *Provider) request(
	ctx context.Context, method string, app provider.App, path string, body io.Reader,
) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+"/"+path, body)
	if err != nil {
		return nil, errBase
	}

	req.Header.Set("Authorization", "Bearer "+token(app))
	req.Header.Set("Accept", "application/json")

	return req, nil
}
