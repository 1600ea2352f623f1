package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// UserConfig is what a function reads that people and services call: whose tokens it takes.
type UserConfig struct {
	// Service is the name of the Cloud Run service, which the platform sets. It is how a function knows that it is deployed.
	Service string `env:"K_SERVICE"`
	// Issuer signs people's tokens. KeysURL is where it publishes its keys; empty means where its discovery document says.
	Issuer  string `env:"USER_ISSUER"`
	KeysURL string `env:"USER_KEYS_URL"`
	// Audience is what all tokens must be made for, those of services too.
	Audience string `env:"USER_AUDIENCE"`
	// Claim names the claim that says what a person may do. It is an object: {"role": "editor", "accounts": ["811"]}, without accounts
	// for the role platform.
	Claim string `env:"USER_CLAIM, default=eshopbox"`
	// ServiceIdentities says the same of services, whose tokens Google signs, as JSON by their e-mails:
	// {"portal@example.iam.gserviceaccount.com": {"role": "platform"}}.
	ServiceIdentities string `env:"SERVICE_IDENTITIES"`
	// ServiceKeysURL is where the keys are that tokens of services are signed with: Google's, or on a machine of one's own others.
	ServiceKeysURL string `env:"SERVICE_KEYS_URL, default=https://www.googleapis.com/oauth2/v3/certs"`
}

// Validate requires issuer and audience of a function that is deployed, and Google's keys for services. On a machine of one's own both
// may be missing, if nothing else is set.
func (c UserConfig) Validate() error {
	deployed := c.Service != ""
	needed := deployed || c.Issuer != "" || c.KeysURL != "" || c.Audience != "" || c.ServiceIdentities != ""

	var check config.Check
	check.That(!needed || c.Issuer != "", "USER_ISSUER is required")
	check.That(!needed || c.Audience != "", "USER_AUDIENCE is required")
	check.Address("USER_ISSUER", c.Issuer)
	check.Address("USER_KEYS_URL", c.KeysURL)
	check.Address("SERVICE_KEYS_URL", c.ServiceKeysURL)
	check.That(!isGoogle(c.Issuer), "USER_ISSUER must not be Google: its tokens do not say what a person may do, and SERVICE_IDENTITIES does")
	check.That(!deployed || isSecure(c.Issuer), "USER_ISSUER must be an https address beside K_SERVICE")
	check.That(!deployed || isSecure(c.KeysURL), "USER_KEYS_URL must be an https address beside K_SERVICE")
	check.That(!deployed || c.ServiceKeysURL == googleKeys, "SERVICE_KEYS_URL must not be set beside K_SERVICE: a deployed function takes Google's tokens of services only")

	if _, err := readIdentities(c.ServiceIdentities); err != nil {
		check.That(false, "SERVICE_IDENTITIES "+err.Error())
	}

	return check.Err()
}

// isSecure reports whether an address is of https; an empty one counts as not set.
func isSecure(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && u.Scheme == "https"
}

// isGoogle reports whether Google is the issuer of that name; its older tokens leave the scheme out.
func isGoogle(issuer string) bool { return issuer == googleIssuer || "https://"+issuer == googleIssuer }

// Users returns what finds out whose a request is, for a configuration that is valid. An error is of kind Unauthenticated, or
// Unavailable while the issuer's keys cannot be had; that a token is not for us, or says nothing of what its holder may do, is
// Unauthenticated too. It is safe for concurrent use. The keys are fetched in the background from now on.
//
// Without an issuer, which only a function that is not deployed can lack, it takes no request, and one WARN says so now.
func Users(ctx context.Context, c UserConfig, clk clock.Clock, logger *slog.Logger) func(*http.Request) (access.Caller, error) {
	if c.Issuer == "" {
		logger.WarnContext(ctx, "nobody is let in, since USER_ISSUER is not set")
		return func(*http.Request) (access.Caller, error) { return access.Caller{}, refused("no_issuer") }
	}

	o := options{
		token:      bearer,
		issuer:     c.Issuer,
		keysURL:    c.KeysURL,
		algorithms: []string{oidc.RS256},
		audience:   c.Audience,
		skew:       usualSkew,
		identify:   byClaim(c.Claim),
		clock:      clk,
		logger:     logger,
	}
	people := newVerifier(o)

	services, _ := readIdentities(c.ServiceIdentities) // which is valid
	if len(services) == 0 {
		return people.check
	}

	o.issuer, o.keysURL, o.identify = googleIssuer, c.ServiceKeysURL, byMail(func(t *oidc.IDToken, email string) (access.Caller, bool) {
		service, ok := services[email]
		service.Subject = "service:" + t.Subject

		return service, ok
	})
	google := newVerifier(o)

	return func(r *http.Request) (access.Caller, error) {
		if token, _ := bearer(r.Header); isGoogle(claimedIssuer(token)) {
			return google.check(r)
		}

		return people.check(r)
	}
}

// claimedIssuer returns the issuer that a token claims, empty if it says none that can be read. It proves nothing: it says who is to
// verify the token.
func claimedIssuer(token string) string {
	if len(token) > maxToken {
		return ""
	}

	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")

	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return ""
	}

	var claims struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(text, &claims) != nil {
		return ""
	}

	return claims.Issuer
}

// byClaim returns what identifies a person by the claim of that name.
func byClaim(name string) func(*oidc.IDToken) (access.Caller, error) {
	return func(t *oidc.IDToken) (access.Caller, error) {
		var (
			claims map[string]json.RawMessage
			person struct {
				Name  string `json:"name"`
				Email string `json:"email"`
			}
		)
		if errors.Join(t.Claims(&claims), t.Claims(&person)) != nil {
			return access.Caller{}, refused("malformed")
		}
		if t.Subject == "" {
			return access.Caller{}, refused("subject")
		}

		c, err := readGrant(claims[name])
		if err != nil {
			return access.Caller{}, refused("claim")
		}

		c.Subject, c.Name, c.Email = t.Subject, person.Name, person.Email

		return c, nil
	}
}

// readIdentities reads the services that are let in, by their e-mails. An error says what is wrong, without the text's values.
func readIdentities(text string) (map[string]access.Caller, error) {
	if text == "" {
		return nil, nil
	}

	var entries map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		return nil, errors.New("must be a JSON object")
	}

	services := make(map[string]access.Caller, len(entries))
	for email, entry := range entries {
		name, domain, ok := strings.Cut(email, "@")
		if !ok || name == "" || domain == "" {
			return nil, errors.New("has a key that is no e-mail")
		}

		c, err := readGrant(entry)
		if err != nil {
			return nil, errors.New("has an identity that " + err.Error())
		}

		c.Name, c.Email = name, email
		services[email] = c
	}

	return services, nil
}

var errNoRole = errors.New("has no role, or an unknown one")

// readGrant reads what somebody may do: {"role": "viewer", "accounts": ["811"]}. Accounts that the role platform may have are ignored,
// since it may touch all. Names are read as they are written, in this case alone.
func readGrant(text []byte) (access.Caller, error) {
	var (
		fields   map[string]json.RawMessage
		role     access.Role
		accounts []string
	)
	if json.Unmarshal(text, &fields) != nil {
		return access.Caller{}, errors.New("is no object")
	}
	if json.Unmarshal(fields["role"], &role) != nil || !role.Known() {
		return access.Caller{}, errNoRole
	}
	if role == access.Platform {
		return access.Caller{Role: role, All: true}, nil
	}
	if json.Unmarshal(fields["accounts"], &accounts) != nil || len(accounts) == 0 || slices.ContainsFunc(accounts, isNoAccount) {
		return access.Caller{}, errors.New("has no list of accounts, or one with something else than ids")
	}

	return access.Caller{Role: role, Accounts: accounts}, nil
}

// isNoAccount reports whether a text is not an account's id: digits.
func isNoAccount(id string) bool {
	return id == "" || len(id) > 20 || strings.Trim(id, "0123456789") != ""
}
