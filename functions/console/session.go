package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// sessionFor is how long somebody who came in stays in.
const sessionFor = 30 * time.Minute

// maxCookie is the longest cookie that is looked at.
const maxCookie = 4096

// sessions seals who came in into a cookie, and reads it again. Nothing is stored: a session ends by its time, or with its cookie. They are
// safe for concurrent use.
type sessions struct {
	// cookie is the cookie's name and attributes, without its value and its time.
	cookie http.Cookie
	// door is the one that the sessions are of; a session of another door is none, though one key seals both.
	door  string
	key   *cache.Once[config.Secret]
	clock clock.Clock
}

// session is what a cookie says.
type session struct {
	Door     string      `json:"door"`
	Subject  string      `json:"sub"`
	Name     string      `json:"name,omitempty"`
	Email    string      `json:"email,omitempty"`
	Role     access.Role `json:"role"`
	Accounts []string    `json:"accounts,omitempty"`
	// All is not told by the role: a link that the platform makes is for one account, whatever its role.
	All bool `json:"all,omitempty"`
	// Until is when it ends, in epoch seconds.
	Until int64 `json:"until"`
}

// ready returns an error unless a session can begin: the key is there.
func (s *sessions) ready(ctx context.Context) error {
	_, err := s.key.Get(ctx)
	return err
}

// begin sets the cookie of somebody who has come in.
func (s *sessions) begin(ctx context.Context, w http.ResponseWriter, c access.Caller) error {
	body, err := json.Marshal(session{
		Door:     s.door,
		Subject:  c.Subject,
		Name:     c.Name,
		Email:    c.Email,
		Role:     c.Role,
		Accounts: c.Accounts,
		All:      c.All,
		Until:    s.clock.Now().Add(sessionFor).Unix(),
	})
	if err != nil {
		return err
	}

	seal, err := s.seal(ctx, body)
	if err != nil {
		return err
	}

	s.set(w, base64.RawURLEncoding.EncodeToString(body)+"."+base64.RawURLEncoding.EncodeToString(seal), int(sessionFor.Seconds()))

	return nil
}

// end takes the cookie away.
func (s *sessions) end(w http.ResponseWriter) { s.set(w, "", -1) }

// set sets the cookie for so many seconds; less than 0 takes it away.
func (s *sessions) set(w http.ResponseWriter, value string, seconds int) {
	cookie := s.cookie //nolint:gosec // whose attributes each door sets
	cookie.Value, cookie.MaxAge, cookie.Path = value, seconds, "/"
	http.SetCookie(w, &cookie)
}

// whose returns who has come in; an error of kind Unauthenticated if nobody has, or if the session is over.
func (s *sessions) whose(r *http.Request) (access.Caller, error) {
	const op = "console.whose"

	cookie, err := r.Cookie(s.cookie.Name)
	if err != nil || len(cookie.Value) > maxCookie {
		return access.Caller{}, fault.New(fault.Unauthenticated, op, "nobody is signed in")
	}

	text, sealText, _ := strings.Cut(cookie.Value, ".")
	body, unread := base64.RawURLEncoding.DecodeString(text)
	seal, unsealed := base64.RawURLEncoding.DecodeString(sealText)

	want, err := s.seal(r.Context(), body)
	if err != nil {
		return access.Caller{}, err
	}

	var in session
	if unread != nil || unsealed != nil || !hmac.Equal(seal, want) || json.Unmarshal(body, &in) != nil || in.Door != s.door {
		return access.Caller{}, fault.New(fault.Unauthenticated, op, "the session cannot be read")
	}
	if s.clock.Now().Unix() >= in.Until {
		return access.Caller{}, fault.New(fault.Unauthenticated, op, "the session is over")
	}

	return access.Caller{
		Subject:  in.Subject,
		Name:     in.Name,
		Email:    in.Email,
		Role:     in.Role,
		Accounts: in.Accounts,
		All:      in.All,
	}, nil
}

// seal returns the seal over a session.
func (s *sessions) seal(ctx context.Context, body []byte) ([]byte, error) {
	key, err := s.key.Get(ctx)
	if err != nil {
		return nil, err
	}

	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte("console session\x00"))
	mac.Write(body)

	return mac.Sum(nil), nil
}
