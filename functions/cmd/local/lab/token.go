package lab

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
)

const (
	usualLifetime = time.Hour
	maxLifetime   = 24 * time.Hour
	maxAccountID  = 20
	maxHolder     = 100
)

// tokenRequest is whose token is wanted.
type tokenRequest struct {
	AccountID  string `json:"accountId"`
	Role       string `json:"role"`
	Name       string `json:"name"`
	TTLSeconds *int   `json:"ttlSeconds"`
}

// postToken answers with a token of a person, signed with the local cloud's own key, which workspace verifies as it does deployed.
func (l *Lab) postToken(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	var q tokenRequest
	if err := readStrict(rw, r, &q, "accountId, role, name and ttlSeconds"); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}

	token := l.Cloud.Tokens().Sign(q.claims(l.Audience, l.Clock.Now()))

	return httpx.WriteJSON(rw, http.StatusOK, map[string]string{"token": token})
}

// check names the first field that is wrong.
func (q tokenRequest) check() error {
	platform := access.Role(q.Role) == access.Platform

	switch {
	case !access.Role(q.Role).Known():
		return fault.Field("role", "must be viewer, editor, support or platform")
	case platform && q.AccountID != "":
		return fault.Field("accountId", "must be left out for platform, which may do everything at every account")
	case !platform && (q.AccountID == "" || len(q.AccountID) > maxAccountID || strings.Trim(q.AccountID, "0123456789") != ""):
		return fault.Field("accountId", "must be an account's id, in digits")
	case len(q.Name) > maxHolder:
		return fault.Field("name", "must be at most 100 bytes")
	case q.TTLSeconds != nil && (*q.TTLSeconds < 1 || *q.TTLSeconds > int(maxLifetime.Seconds())):
		return fault.Field("ttlSeconds", "must be from 1 to 86400")
	default:
		return nil
	}
}

// claims are what the token says.
func (q tokenRequest) claims(audience string, now time.Time) map[string]any {
	lifetime := usualLifetime
	if q.TTLSeconds != nil {
		lifetime = time.Duration(*q.TTLSeconds) * time.Second
	}

	grant := map[string]any{"role": q.Role}
	if q.AccountID != "" {
		grant["accounts"] = []string{q.AccountID}
	}

	claims := map[string]any{
		"iss":      idtoken.Issuer,
		"aud":      audience,
		"sub":      "local:" + cmp.Or(q.Name, q.Role),
		"iat":      now.Unix(),
		"exp":      now.Add(lifetime).Unix(),
		"eshopbox": grant,
	}
	if q.Name != "" {
		claims["name"] = q.Name
	}

	return claims
}
