package auth

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// Google's identity tokens: https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions.
const (
	googleIssuer = "https://accounts.google.com"
	googleKeys   = "https://www.googleapis.com/oauth2/v3/certs"
)

// PushConfig is what a function reads that takes pushes of Pub/Sub, or calls of Cloud Scheduler: whose they must be.
type PushConfig struct {
	// Service is the name of the Cloud Run service, which the platform sets. It is how a function knows that it is deployed.
	Service string `env:"K_SERVICE"`
	// Audience is that of the subscription's, or the job's, OIDC token.
	Audience string `env:"PUSH_AUDIENCE"`
	// ServiceAccount is the e-mail of the service account that the token is made for.
	ServiceAccount string `env:"PUSH_SERVICE_ACCOUNT"`
	// KeysURL and Issuer are another issuer than Google: the local cloud.
	KeysURL string `env:"PUSH_KEYS_URL, default=https://www.googleapis.com/oauth2/v3/certs"`
	Issuer  string `env:"PUSH_ISSUER, default=https://accounts.google.com"`
	// Signature is [signatureRequired], or [signatureCheckedByPlatform] of a function that only the pushing service account may invoke.
	Signature string `env:"PUSH_SIGNATURE, default=required"`
}

// Who checks the signature of a push's token.
const (
	// signatureRequired: we do. A token without one is refused.
	signatureRequired = "required"
	// signatureCheckedByPlatform: Cloud Run does, since its IAM lets in the pushing service account alone, and may then hand on the token
	// without the signature. A function that everybody may invoke must never be set so: a stranger could write such a token.
	signatureCheckedByPlatform = "checked-by-platform"
)

// Validate requires audience and service account of a function that is deployed, and Google's tokens. On a machine of one's
// own both may be missing, if nothing else is set.
func (c PushConfig) Validate() error {
	deployed, google := c.Service != "", c.KeysURL == googleKeys && c.Issuer == googleIssuer
	needed := deployed || !google || c.Audience != "" || c.ServiceAccount != ""

	var check config.Check
	check.That(!needed || c.Audience != "", "PUSH_AUDIENCE is required")
	check.That(!needed || c.ServiceAccount != "", "PUSH_SERVICE_ACCOUNT is required")
	check.That(c.Signature == signatureRequired || c.Signature == signatureCheckedByPlatform,
		"PUSH_SIGNATURE must be "+signatureRequired+" or "+signatureCheckedByPlatform)
	check.That(deployed || c.Signature != signatureCheckedByPlatform, "PUSH_SIGNATURE must be "+signatureRequired+" without K_SERVICE: no platform checks anything there")
	check.That(isAddress(c.KeysURL), "PUSH_KEYS_URL is not an http or https address")
	check.That(!deployed || c.KeysURL == googleKeys, "PUSH_KEYS_URL must not be set beside K_SERVICE: a deployed function takes Google's tokens only")
	check.That(!deployed || c.Issuer == googleIssuer, "PUSH_ISSUER must not be set beside K_SERVICE: a deployed function takes Google's tokens only")

	return check.Err()
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Pushes returns the check of whose push a request is, for a configuration that is valid. The check returns nil for a push with
// a right token, and for every other an error of kind Unauthenticated, or Unavailable while Google's keys cannot be had. It is
// safe for concurrent use. The keys are fetched in the background from now on. Without an audience, which only a
// function that is not deployed can lack, it takes every request, and one WARN says so now: Google's Pub/Sub emulator sends no
// tokens.
func Pushes(ctx context.Context, c PushConfig, clk clock.Clock, logger *slog.Logger) func(*http.Request) error {
	if c.Audience == "" {
		logger.WarnContext(ctx, "pushes are accepted from anybody, since PUSH_AUDIENCE is not set")
		return func(*http.Request) error { return nil }
	}

	v := newVerifier(options{
		token:      bearer,
		issuer:     c.Issuer,
		keysURL:    c.KeysURL,
		algorithms: []string{oidc.RS256},
		audience:   c.Audience,
		skew:       usualSkew,
		identify: byMail(func(_ *oidc.IDToken, email string) (access.Caller, bool) {
			return access.Caller{}, email == c.ServiceAccount
		}),
		unsigned: c.Signature == signatureCheckedByPlatform,
		clock:    clk,
		logger:   logger,
	})

	return func(r *http.Request) error {
		_, err := v.check(r)
		return err
	}
}
