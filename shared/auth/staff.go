package auth

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Identity-Aware Proxy's tokens: https://cloud.google.com/iap/docs/signed-headers-howto.
const (
	iapHeader = "X-Goog-Iap-Jwt-Assertion"
	iapIssuer = "https://cloud.google.com/iap"
	iapKeys   = "https://www.gstatic.com/iap/verify/public_key-jwk"
	// iapSkew is what its documentation grants. A token is signed for each request and lasts ten minutes.
	iapSkew = 30 * time.Second
	// iapPerson begins the subject of a person with a Google account. Others that the proxy can be made to let in, such as people who
	// signed up by an e-mail of their own, have another one, and their e-mail may be nobody's word but theirs.
	iapPerson = "accounts.google.com:"
)

// StaffConfig says whom of the platform's staff a function lets in that stands behind Identity-Aware Proxy, and what each may do.
type StaffConfig struct {
	// Service is the name of the Cloud Run service, which the platform sets. It is how a function knows that it is deployed.
	Service string `env:"K_SERVICE"`
	// Audience is the backend service that the proxy guards: /projects/NUMBER/global/backendServices/ID.
	Audience string `env:"IAP_AUDIENCE"`
	// KeysURL is where the proxy publishes its keys; on a machine of one's own another place.
	KeysURL string `env:"IAP_KEYS_URL, default=https://www.gstatic.com/iap/verify/public_key-jwk"`
	// People says what somebody may do, as JSON by e-mail: {"asha@example.com": {"role": "support", "accounts": ["811"]}}. Without accounts
	// it is for all of them, and the role platform is always. Capitals in an e-mail make no difference.
	People string `env:"CONSOLE_STAFF"`
	// Role is that of everybody else whom the proxy lets through, at all accounts. Without it they may do nothing.
	Role access.Role `env:"CONSOLE_STAFF_ROLE"`
}

// backendService is the form of the audience.
var backendService = regexp.MustCompile(`^/projects/[0-9]+/global/backendServices/[0-9]+$`)

// Validate checks what is set. That an audience is there is for the function to require, since it may have other doors.
func (c StaffConfig) Validate() error {
	var check config.Check
	check.That(c.Audience == "" || backendService.MatchString(c.Audience), "IAP_AUDIENCE must be /projects/NUMBER/global/backendServices/ID")
	check.That(isAddress(c.KeysURL), "IAP_KEYS_URL is not an http or https address")
	check.That(c.Service == "" || c.KeysURL == iapKeys, "IAP_KEYS_URL must not be set beside K_SERVICE: a deployed function takes the proxy's tokens only")
	check.That(c.Role == "" || c.Role.Known(), "CONSOLE_STAFF_ROLE must be viewer, editor, support or platform")

	if _, err := readStaff(c.People); err != nil {
		check.That(false, "CONSOLE_STAFF "+err.Error())
	}

	return check.Err()
}

// Staff returns what finds out who of the platform's staff a request is from, for a configuration that is valid and has an audience. An
// error is of kind Unauthenticated if the proxy did not send the request, Forbidden if it did and nothing says what the person may do, or
// Unavailable while the proxy's keys cannot be had. It is safe for concurrent use. The keys are fetched in the background from now on.
func Staff(c StaffConfig, clk clock.Clock, logger *slog.Logger) func(*http.Request) (access.Caller, error) {
	people, _ := readStaff(c.People) // which is valid

	v := newVerifier(options{
		token:      assertion,
		issuer:     iapIssuer,
		keysURL:    c.KeysURL,
		algorithms: []string{oidc.ES256},
		audience:   c.Audience,
		skew:       iapSkew,
		identify:   byStaff(people, c.Role),
		clock:      clk,
		logger:     logger,
	})

	return v.check
}

// assertion returns the token that the proxy has put into the request. The proxy takes out every such header that its own caller sent.
func assertion(h http.Header) (token string, ok bool) {
	all := h[iapHeader]
	if len(all) != 1 || all[0] == "" {
		return "", false
	}

	return all[0], true
}

// byStaff returns what identifies a member of the staff by the e-mail that the proxy names, or else gives the usual role.
func byStaff(people map[string]access.Caller, usual access.Role) func(*oidc.IDToken) (access.Caller, error) {
	return func(t *oidc.IDToken) (access.Caller, error) {
		var claims struct {
			Email string `json:"email"`
		}
		if t.Claims(&claims) != nil || t.IssuedAt.Unix() <= 0 {
			return access.Caller{}, refused("malformed")
		}

		name, domain, ok := strings.Cut(claims.Email, "@")
		if !ok || name == "" || domain == "" {
			return access.Caller{}, refused("email")
		}
		if id, isPerson := strings.CutPrefix(t.Subject, iapPerson); !isPerson || id == "" {
			return access.Caller{}, refused("subject")
		}

		c, named := people[strings.ToLower(claims.Email)]
		if !named {
			c = access.Caller{Role: usual, All: true}
		}
		if !c.Role.Known() {
			return access.Caller{}, fault.New(fault.Forbidden, op, "you are signed in, but have no role here; ask whoever runs this console for one")
		}

		c.Subject, c.Name, c.Email = t.Subject, name, claims.Email

		return c, nil
	}
}

// readStaff reads what each of the staff may do, by their e-mails in small letters. An error says what is wrong, without the text's values.
func readStaff(text string) (map[string]access.Caller, error) {
	if text == "" {
		return nil, nil
	}

	var entries map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		return nil, errors.New("must be a JSON object")
	}

	people := make(map[string]access.Caller, len(entries))
	for email, entry := range entries {
		name, domain, ok := strings.Cut(email, "@")
		if !ok || name == "" || domain == "" {
			return nil, errors.New("has a key that is no e-mail")
		}

		c, err := readPost(entry)
		if err != nil {
			return nil, errors.New("has a person that " + err.Error())
		}

		if _, twice := people[strings.ToLower(email)]; twice {
			return nil, errors.New("names a person twice, in capitals and without")
		}

		people[strings.ToLower(email)] = c
	}

	return people, nil
}

// readPost reads what one of the staff may do: as [readGrant] does, but without accounts it is for all. Who wrote accounts beside the role
// platform wanted to give less than it is.
func readPost(text []byte) (access.Caller, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil || fields == nil {
		return access.Caller{}, errors.New("is no object")
	}

	var role access.Role
	if json.Unmarshal(fields["role"], &role) != nil || !role.Known() {
		return access.Caller{}, errNoRole
	}

	if _, some := fields["accounts"]; some && role == access.Platform {
		return access.Caller{}, errors.New("has the role platform and accounts: platform is for all of them, so give another role or leave accounts out")
	} else if some {
		return readGrant(text)
	}

	return access.Caller{Role: role, All: true}, nil
}
